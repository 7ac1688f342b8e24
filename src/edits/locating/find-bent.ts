import { isDotsLine } from '../guards/elision.js';
import type { EditLine, Replacement } from '../reading/edit.js';
import type { EditFormat, MatchPass } from '../types.js';
import type { FileIndex } from './file-index.js';
import { indentOf } from './indentation.js';
import { findPlacements, spanOf, type Placement } from './match.js';
import { RELAXATIONS, STRICT_RELAXATIONS, type Relaxation } from './relaxation.js';

/** Letters and signs that must remain to be compared after lines were set aside. (aider, Gemini CLI: 10) */
const LEAST_EVIDENCE = 10;
/** Context lines that are dropped at most at each side of a hunk. */
const MOST_DROPPED = 8;
/** File lines around a hunk in which a dropped context line may stand after all. */
const NEIGHBOURHOOD = 12;

const ANY_SPELLING: Relaxation = {
  pass: 'typography',
  trailing: true,
  indentation: true,
  blanks: false,
  comments: false,
  typography: true,
};

/**
 * The places of a replacement whose lines do not all stand in the file: with `...` for unchanged text, with a `+` that
 * was forgotten, with wrong lines at the edge of a hunk. Each way counts only where the rest leaves no doubt.
 */
export function findBent(index: FileIndex, replacement: Replacement, format: EditFormat): Placement[] {
  const dotted = findAroundDots(index, replacement);
  if (dotted !== undefined || format === 'search-replace') return dotted === undefined ? [] : [dotted];
  const completed = findWithPluses(index, replacement);
  return completed.length > 0 ? completed : findWithLessContext(index, replacement);
}

/**
 * `...` lines on both sides of an edit stand for text that stays. Each piece between them must fit exactly one place,
 * and their order must be that of the file; a piece that changes nothing may fit several.
 */
function findAroundDots(index: FileIndex, replacement: Replacement): Placement | undefined {
  const { lines } = replacement;
  if (!lines.some((line) => line.op === ' ' && isDotsLine(line.text))) return undefined;
  if (lines.some((line) => line.op !== ' ' && isDotsLine(line.text))) return undefined;
  const found: Placement[] = [];
  for (const piece of splitAtDots(lines)) {
    const changes = piece.some((line) => line.op !== ' ');
    const placements = findFirst(index, { lines: piece }, RELAXATIONS);
    const [only] = placements;
    if (only === undefined) return undefined;
    if (placements.length === 1) found.push(only);
    else if (changes) return undefined;
  }
  const inOrder = found.every((piece, at) => {
    const previous = found[at - 1];
    return previous === undefined || spanOf(previous).last < spanOf(piece).first;
  });
  if (
    found.length === 0 ||
    !inOrder ||
    countEvidence(found.flatMap((piece) => piece.lines)) < LEAST_EVIDENCE
  ) {
    return undefined;
  }
  return {
    pass: 'ellipsis',
    lines: found.flatMap((piece) => piece.lines),
    at: found.flatMap((piece) => piece.at),
    finalNewline: undefined,
  };
}

function splitAtDots(lines: readonly EditLine[]): EditLine[][] {
  const pieces: EditLine[][] = [[]];
  for (const line of lines) {
    if (line.op === ' ' && isDotsLine(line.text)) pieces.push([]);
    else pieces.at(-1)?.push(line);
  }
  return pieces.filter((piece) => piece.some((line) => line.text.trim() !== '' || line.op !== ' '));
}

/** The places under the strictest pass that finds any. */
function findFirst(
  index: FileIndex,
  replacement: Replacement,
  relaxations: readonly Relaxation[],
): Placement[] {
  for (const relaxed of relaxations) {
    const placements = findPlacements(index, replacement, relaxed);
    if (placements.length > 0) return placements;
  }
  return [];
}

/**
 * Context that the file has nowhere, right beside changed lines, is new text whose `+` was forgotten, if the lines
 * around it touch in the file. Its first space may be the sign's place or indentation: the file's indentation tells.
 */
function findWithPluses(index: FileIndex, replacement: Replacement): Placement[] {
  const { lines } = replacement;
  const unknown = lines.map(
    (line) => line.op === ' ' && line.text.trim() !== '' && !stands(index, line.text),
  );
  if (!unknown.includes(true)) return [];
  const unit = indentUnit(index);
  const tried = new Set<string>();
  const found: Placement[] = [];
  for (let signs = 0; signs <= MOST_SIGNS; signs += 1) {
    const taken = takeSigns(lines, unknown, signs);
    // At the edge of a hunk such a line may as well be context that the model made up.
    if (taken[0] === true || taken.at(-1) === true || tried.has(taken.join())) continue;
    tried.add(taken.join());
    found.push(...placeWithPluses(index, replacement, taken, unit));
  }
  return found;
}

/** Lines of mere signs (closing braces) are in every file: so many of them after new text may be new as well. */
const MOST_SIGNS = 3;

function takeSigns(lines: readonly EditLine[], isUnknown: readonly boolean[], signs: number): boolean[] {
  const taken = [...isUnknown];
  let left = 0;
  for (const [at, line] of lines.entries()) {
    if (isUnknown[at] === true) left = signs;
    else if (left > 0 && line.op === ' ' && line.text.trim() !== '' && !/\w/.test(line.text)) {
      taken[at] = true;
      left -= 1;
    } else left = 0;
  }
  return taken;
}

function placeWithPluses(
  index: FileIndex,
  replacement: Replacement,
  isUnknown: readonly boolean[],
  unit: number,
): Placement[] {
  const marked = replacement.lines.map((line, at) => (isUnknown[at] === true ? plus(line) : line));
  const lines = marked.map((line, at) =>
    line.op === ' ' && line.text.trim() === '' && isBetweenAdded(marked, at) ? plus(line) : line,
  );
  if (!touchesStatedChange(replacement.lines, lines) || countEvidence(lines) < LEAST_EVIDENCE) return [];
  const adapted: EditLine[] = [];
  for (const [at, line] of lines.entries()) {
    if (isUnknown[at] !== true) {
      adapted.push(line);
      continue;
    }
    const text = settleIndent(line.text, unit);
    if (text === undefined) return [];
    adapted.push({ op: '+', text });
  }
  return rename(findFirst(index, { ...replacement, lines: adapted }, STRICT_RELAXATIONS), 'missing-plus');
}

/** Whether a line stands in the file, white space around it and typography aside. */
function stands(index: FileIndex, text: string): boolean {
  return index.linesLike(text).length > 0 || index.find([text], ANY_SPELLING).places.length > 0;
}

function plus(line: EditLine): EditLine {
  return { op: '+', text: line.text };
}

function isBetweenAdded(lines: readonly EditLine[], at: number): boolean {
  const isText = (line: EditLine) => line.text.trim() !== '';
  return lines.slice(0, at).findLast(isText)?.op === '+' && lines.slice(at + 1).find(isText)?.op === '+';
}

/** Whether every run of added lines has one that the model marked itself, or follows a removed line. */
function touchesStatedChange(stated: readonly EditLine[], lines: readonly EditLine[]): boolean {
  let touched = true;
  let inRun = false;
  for (const [at, line] of lines.entries()) {
    if (line.op === ' ') {
      if (inRun && !touched) return false;
      inRun = false;
      continue;
    }
    if (!inRun) touched = false;
    inRun = true;
    if (stated[at]?.op !== ' ') touched = true;
  }
  return !inRun || touched;
}

/** The step of a file's indentation in spaces; 0 where it has none. */
function indentUnit(index: FileIndex): number {
  let unit = 0;
  for (const line of index.lines) {
    const indent = indentOf(line);
    if (line.trim() === '' || indent === '' || indent.includes('\t')) continue;
    let other = indent.length;
    while (other > 0) [unit, other] = [other, unit % other];
    if (unit === 1) return 1;
  }
  return unit;
}

/** The text as it stands or with one space more, whichever is a step of the file's indentation; undefined if unclear. */
function settleIndent(text: string, unit: number): string | undefined {
  const indent = indentOf(text);
  if (indent === '' || indent.includes('\t')) return text;
  if (unit < 2) return undefined;
  if (indent.length % unit === 0) return text;
  return (indent.length + 1) % unit === 0 ? ` ${text}` : undefined;
}

/**
 * The hunk without some of its outermost context, as little as possible. Context that stands elsewhere in the file
 * speaks for another place, and then there is none.
 */
function findWithLessContext(index: FileIndex, replacement: Replacement): Placement[] {
  const { lines } = replacement;
  const head = lines.findIndex((line) => line.op !== ' ');
  const tail = lines.length - 1 - lines.findLastIndex((line) => line.op !== ' ');
  if (head < 0) return [];
  // The line next to a change stays: without it new lines could land inside text that the reply took for context.
  const mostFront = Math.min(Math.max(0, head - 1), MOST_DROPPED);
  const mostBack = Math.min(Math.max(0, tail - 1), MOST_DROPPED);
  for (let dropped = 1; dropped <= mostFront + mostBack; dropped += 1) {
    const found = new Map<string, Placement>();
    for (let front = Math.max(0, dropped - mostBack); front <= Math.min(mostFront, dropped); front += 1) {
      const back = dropped - front;
      const kept = lines.slice(front, lines.length - back);
      if (countEvidence(kept) < LEAST_EVIDENCE) continue;
      for (const placement of findFirst(index, { ...replacement, lines: kept }, STRICT_RELAXATIONS)) {
        const { first, last } = spanOf(placement);
        const above = { from: first - NEIGHBOURHOOD, to: first };
        const below = { from: last + 1, to: last + 1 + NEIGHBOURHOOD };
        const agrees =
          lines.slice(0, front).every((line) => speaksFor(index, line.text, above)) &&
          lines.slice(lines.length - back).every((line) => speaksFor(index, line.text, below));
        if (!agrees) return [];
        found.set(`${first}:${last}`, placement);
      }
    }
    if (found.size > 0) return rename([...found.values()], 'context');
  }
  return [];
}

/** Whether a line that was set aside stands in these file lines, or nowhere in the file. */
function speaksFor(index: FileIndex, text: string, range: { from: number; to: number }): boolean {
  if (text.replace(/\W/g, '').length < 4) return true;
  const lines = index.linesLike(text);
  return lines.length === 0 || lines.some((line) => line >= range.from && line < range.to);
}

function countEvidence(lines: readonly EditLine[]): number {
  return lines.reduce((sum, line) => sum + (line.op === '+' ? 0 : line.text.replace(/\s/g, '').length), 0);
}

function rename(placements: readonly Placement[], pass: MatchPass): Placement[] {
  return placements.map((placement) => ({ ...placement, pass }));
}
