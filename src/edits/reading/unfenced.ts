import { closesBeginPatch, opensBeginPatch } from './begin-patch.js';

/** A diff or patch that stands in the reply without a fence; positions are reply line numbers from 0. */
export interface UnfencedDiff {
  kind: 'diff' | 'patch';
  from: number;
  /** The first line after it. */
  to: number;
  /** It says where it ends, or something else follows: no later line can belong to it. */
  closed: boolean;
}

const FENCE = /^[ \t]{0,40}(`{3,20}|~{3,20})[ \t]*([^`]*)$/;
const HEADER =
  /^(?:diff --(?:git|cc) |index [0-9a-f]|old mode |new mode |new file mode |deleted file mode |similarity |dissimilarity |rename (?:from|to) |copy (?:from|to) |Binary files |GIT binary )/;
/** A list item or a sentence of prose, which only a line of a hunk could be as well. */
const BULLET = /^[-+*] (?:[A-Z`*"“([]|\d)/;
const SENTENCE = /^[A-Z][\w’',]* .*[.:!?]$/;
/** Lines behind an `@@` in which there must be a changed one. */
const LONGEST_CONTEXT = 60;

/**
 * Finds the diffs and patches outside of fences among the lines that `isTaken` leaves. Their lines are no fences, though
 * the text of a file may look like one. `namesFile` says whether a line is the path of a file: lines with signs right
 * below it are a diff without any header.
 */
export function findUnfencedDiffs(
  lines: readonly string[],
  isTaken: (at: number) => boolean,
  namesFile: (line: string) => boolean,
): UnfencedDiff[] {
  const found: UnfencedDiff[] = [];
  let fence: { mark: string; length: number } | undefined;
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? '';
    if (line === '') {
      at += 1;
      continue;
    }
    const mayFence = line.length > 2 && line.length <= 400 && /[`~]{3}/.test(line) && !isTaken(at);
    const match = mayFence ? FENCE.exec(line) : null;
    const [, mark = '', info = ''] = match ?? [];
    if (fence !== undefined) {
      const closes = mark.startsWith(fence.mark) && mark.length >= fence.length && info.trim() === '';
      if (closes) fence = undefined;
      at += 1;
    } else if (isTaken(at)) {
      at += 1;
    } else if (match !== null) {
      fence = { mark: mark.charAt(0), length: mark.length };
      at += 1;
    } else {
      const one = findAt(lines, at, isTaken, namesFile);
      if (one !== undefined) found.push(one);
      at = one?.to ?? at + 1;
    }
  }
  return found;
}

function findAt(
  lines: readonly string[],
  at: number,
  isTaken: (at: number) => boolean,
  namesFile: (line: string) => boolean,
): UnfencedDiff | undefined {
  // Most lines are prose or code, told apart by their first character.
  if (!/^[\s*@+\-d]/.test(lines[at] ?? '')) return undefined;
  if (opensBeginPatch(lines[at] ?? '')) {
    let end = at + 1;
    while (end < lines.length && !isTaken(end) && !closesBeginPatch(lines[end - 1] ?? '')) end += 1;
    return { kind: 'patch', from: at, to: end, closed: closesBeginPatch(lines[end - 1] ?? '') };
  }
  if (!startsDiff(lines, at, namesFile)) return undefined;
  const to = endOfDiff(lines, at, isTaken);
  return to <= at
    ? undefined
    : { kind: 'diff', from: at, to, closed: to < lines.length && isStart(lines, to) };
}

/** Whether a line can only be the head of a diff, or of one of its hunks. */
function isStart(lines: readonly string[], at: number): boolean {
  const line = lines[at] ?? '';
  if (line.startsWith('diff --git ') || line.startsWith('@@')) return true;
  return /^--- \S/.test(line) && /^\+\+\+ \S/.test(lines[at + 1] ?? '');
}

function startsDiff(lines: readonly string[], at: number, namesFile: (line: string) => boolean): boolean {
  const line = lines[at] ?? '';
  if (line.startsWith('@@')) return line.length < 400 && hasChange(lines, at + 1);
  if (isStart(lines, at)) return true;
  if (!/^[+\- ]\s*\S/.test(line)) return false;
  const above = lines[at - 1]?.trim() === '' ? lines[at - 2] : lines[at - 1];
  if (above === undefined || above.length > 400 || BULLET.test(line) || !namesFile(above)) return false;
  let end = at;
  while (/^[+\- ]/.test(lines[end] ?? '')) end += 1;
  return (lines[end] ?? '').trim() === '' && lines.slice(at, end).some((one) => isChange(one));
}

function hasChange(lines: readonly string[], from: number): boolean {
  return lines.slice(from, from + LONGEST_CONTEXT).some((line) => isChange(line));
}

function isChange(line: string): boolean {
  return /^[+-]/.test(line) && !BULLET.test(line);
}

function endOfDiff(lines: readonly string[], from: number, isTaken: (at: number) => boolean): number {
  let at = from;
  while (at < lines.length) {
    const start = at;
    while (at < lines.length && isHeader(lines, at)) at += 1;
    const hunk = lines[at]?.startsWith('@@') === true;
    const counts = hunk ? readCounts(lines[at] ?? '') : undefined;
    if (hunk) at += 1;
    let limit = at;
    while (
      limit < lines.length &&
      !isTaken(limit) &&
      !isStart(lines, limit) &&
      !/^[`~]{3}/.test(lines[limit] ?? '')
    )
      limit += 1;
    const end = endOfHunk(lines, at, limit, counts);
    const goesOn = end === limit && limit > start && limit < lines.length && isStart(lines, limit);
    if (!goesOn) return end;
    at = limit;
  }
  return at;
}

function isHeader(lines: readonly string[], at: number): boolean {
  const line = lines[at] ?? '';
  if (HEADER.test(line)) return true;
  if (/^--- \S/.test(line) && /^\+\+\+ \S/.test(lines[at + 1] ?? '')) return true;
  return /^\+\+\+ \S/.test(line) && /^--- \S/.test(lines[at - 1] ?? '');
}

interface Counts {
  old: number;
  fresh: number;
}

function readCounts(line: string): Counts | undefined {
  const match = /^@@+\s*-\d{1,9}(?:,(\d{1,9}))?\s+\+\d{1,9}(?:,(\d{1,9}))?/.exec(line);
  return match === null ? undefined : { old: Number(match[1] ?? 1), fresh: Number(match[2] ?? 1) };
}

/** The first line after a hunk that begins at `from`: what its header counts, its signs and the prose behind it tell. */
function endOfHunk(
  lines: readonly string[],
  from: number,
  limit: number,
  counts: Counts | undefined,
): number {
  let lastChange = limit - 1;
  while (lastChange >= from && !isChange(lines[lastChange] ?? '')) lastChange -= 1;
  const left = { old: counts?.old ?? 0, fresh: counts?.fresh ?? 0 };
  const seen = { bare: false, spaced: false, spacedSign: false };
  let end = from;
  for (let at = from; at < limit;) {
    const line = lines[at] ?? '';
    let next = at + 1;
    if (line === '') {
      while (next < limit && lines[next] === '') next += 1;
      if (next >= limit || !goesOnAfterBlank(lines[next] ?? '', next <= lastChange, left, seen)) return end;
    } else if (!/^[+\-\\ \t]/.test(line)) {
      const isText = left.old > 0 && left.fresh > 0;
      if (at > lastChange && !isText && (SENTENCE.test(line) || (seen.spaced && !seen.bare))) return end;
      seen.bare = true;
    } else if (line.startsWith(' ')) seen.spaced = true;
    else if (/^[+-] \S/.test(line)) seen.spacedSign = true;
    if (!line.startsWith('+')) left.old -= next - at;
    if (!line.startsWith('-')) left.fresh -= next - at;
    at = next;
    if (line !== '') end = at;
  }
  return end;
}

function goesOnAfterBlank(
  line: string,
  changeFollows: boolean,
  left: Counts,
  seen: { spacedSign: boolean },
): boolean {
  const isCounted = left.old > 1 && left.fresh > 1;
  if (BULLET.test(line))
    return left.old > 1 || left.fresh > 1 || (seen.spacedSign && !SENTENCE.test(line.slice(2)));
  if (/^[+\-\\ \t]/.test(line)) return true;
  return changeFollows || (isCounted && !SENTENCE.test(line));
}
