import type { DraftFile, Hunk, HunkLine } from './draft.js';
import type { Change } from './edit.js';
import { findPlaces, type Fold } from './oracle.js';
import type { Source } from './source.js';

/** Context grows up to this many lines until the old lines stand only once. */
const MOST_CONTEXT = 25;

/**
 * The changes with `context` unchanged lines around them, those that lie close together in one hunk. Context grows
 * until the old lines of each stand once in the file under `folds`. Undefined when they never do.
 */
export function buildHunks(
  file: DraftFile,
  changes: readonly Change[],
  context: number,
  folds: ReadonlySet<Fold>,
): Hunk[] | undefined {
  const hunks: Hunk[] = [];
  let reached = 0;
  for (const group of groupChanges(changes, context)) {
    const hunk = growHunk(file, group, context, folds, reached);
    if (hunk === undefined) return undefined;
    reached = Math.max(reached, ...hunk.lines.map((line) => (line.at ?? -1) + 1));
    hunks.push(hunk);
  }
  // Context that grew into the next hunk's lines: two places that a model would have written as one.
  const starts = hunks.map((hunk) => hunk.lines.find((line) => line.at !== undefined)?.at ?? 0);
  const ends = hunks.map((hunk) => hunk.lines.findLast((line) => line.at !== undefined)?.at ?? 0);
  return starts.every((start, index) => index === 0 || start > (ends[index - 1] ?? -1)) ? hunks : undefined;
}

function growHunk(
  file: DraftFile,
  group: readonly Change[],
  context: number,
  folds: ReadonlySet<Fold>,
  reached: number,
): Hunk | undefined {
  for (let size = context; size <= MOST_CONTEXT; size += 1) {
    const lines = listHunkLines(file.lines, group, size, size, reached);
    const old = lines.filter((line) => line.op !== '+').map((line) => line.text);
    if (old.every((text) => text.trim() === '')) continue;
    const places = findPlaces(file, old, folds);
    if (places.length === 1) return makeHunk(file.source, lines);
  }
  return undefined;
}

export function makeHunk(source: Source, lines: HunkLine[]): Hunk {
  const first = lines.find((line) => line.at !== undefined)?.at ?? 0;
  return {
    lines,
    header: 'numbers',
    shift: 0,
    miscount: [0, 0],
    section: sectionAbove(source, first),
  };
}

/** The lines of a hunk with that many unchanged lines before and after, none before line `reached`. */
export function listHunkLines(
  lines: readonly string[],
  group: readonly Change[],
  before: number,
  after: number,
  reached = 0,
): HunkLine[] {
  const first = group[0]?.at ?? 0;
  const last = group.at(-1);
  const end = (last?.at ?? 0) + (last?.removed ?? 0);
  const from = Math.max(reached, first - before);
  const to = Math.min(lines.length, end + after);
  const result: HunkLine[] = [];
  const keep = (until: number, at: number): void => {
    for (let line = at; line < until; line += 1) result.push({ op: ' ', text: lines[line] ?? '', at: line });
  };
  let next = from;
  for (const change of group) {
    keep(change.at, next);
    next = change.at + change.removed;
    for (let at = change.at; at < next; at += 1) result.push({ op: '-', text: lines[at] ?? '', at });
    for (const text of change.added) result.push({ op: '+', text, at: undefined });
  }
  keep(to, next);
  return result;
}

function groupChanges(changes: readonly Change[], context: number): Change[][] {
  const groups: Change[][] = [];
  for (const change of changes) {
    const last = groups.at(-1)?.at(-1);
    if (last !== undefined && change.at - (last.at + last.removed) <= 2 * context)
      groups.at(-1)?.push(change);
    else groups.push([change]);
  }
  return groups;
}

/**
 * The text that a diff has behind `@@`: the head of the function around the line above the hunk, else the nearest line
 * above that starts with a letter, as git does it.
 */
export function sectionAbove(source: Source, line: number): string {
  const around = source.functions.filter((one) => one.from < line && one.to >= line);
  const inner = around.sort((one, other) => other.from - one.from)[0];
  if (inner !== undefined) return inner.head.trim();
  for (let at = line - 1; at >= 0; at -= 1) {
    const text = source.lines[at] ?? '';
    if (/^[A-Za-z_$]/.test(text)) return text.trim();
  }
  return '';
}
