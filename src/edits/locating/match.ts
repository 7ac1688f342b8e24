import type { EditLine, Replacement } from '../reading/edit.js';
import { oldLinesOf } from '../reading/edit.js';
import type { MatchPass } from '../types.js';
import type { FileIndex } from './file-index.js';
import { findShift, type Shift } from './indentation.js';
import { foldTypography, hasTypography, isCommentLine, type Relaxation } from './relaxation.js';

/** A replacement laid over the file: for each of its lines the file line it stands for. */
export interface Placement {
  pass: MatchPass;
  /** The replacement's lines; the added ones already have the file's indentation and characters. */
  lines: readonly EditLine[];
  /** For each line of `lines` the file line (from 0), or -1 for an added line and for one that the file lacks. */
  at: readonly number[];
  finalNewline: boolean | undefined;
}

/** Letters, digits and signs that a loose pass must have compared: less fits by accident. (aider, Gemini CLI: 10) */
const LEAST_EVIDENCE = 10;

/** File lines between two matched ones in which a comment or blank line of the reply is looked for. */
const LONGEST_GAP = 200;

/** The first and last file line that a placement stands on. */
export function spanOf(placement: Placement): { first: number; last: number } {
  let first = Infinity;
  let last = -1;
  for (const at of placement.at) {
    if (at < 0) continue;
    if (at < first) first = at;
    if (at > last) last = at;
  }
  return { first: first === Infinity ? 0 : first, last };
}

/** All places where the old lines of `replacement` stand under one pass. */
export function findPlacements(index: FileIndex, replacement: Replacement, relaxed: Relaxation): Placement[] {
  const old = oldLinesOf(replacement);
  const { compared, places, capped } = index.find(old, relaxed);
  if (places.length === 0 || !hasEvidence(old, compared, relaxed)) return [];
  const placements: Placement[] = [];
  // With too many places to look at them all, none is the only one, even if just one of those seen would hold.
  for (const place of capped ? places.slice(0, 2) : places) {
    const lineOf = mapOldLines(index, old, compared, place);
    if (lineOf === undefined) continue;
    const placed = lay(index, replacement, lineOf, relaxed);
    if (placed !== undefined) placements.push(placed);
  }
  const [first] = placements;
  if (capped && first !== undefined && placements.length === 1) placements.push(first);
  return placements;
}

function hasEvidence(old: readonly string[], compared: readonly number[], relaxed: Relaxation): boolean {
  if (relaxed.pass === 'exact' || relaxed.pass === 'trailing-space') return true;
  const least = relaxed.pass === 'indentation' ? 4 : LEAST_EVIDENCE;
  return compared.reduce((sum, at) => sum + (old[at] ?? '').replace(/\s/g, '').length, 0) >= least;
}

/**
 * The file line of every old line, from those of the compared ones. A blank line that the file lacks is -1; a comment
 * must stand in the gap where the reply has it. Undefined when one does not.
 */
function mapOldLines(
  index: FileIndex,
  old: readonly string[],
  compared: readonly number[],
  place: readonly number[],
): number[] | undefined {
  const lineOf = Array.from<number>({ length: old.length }).fill(-1);
  compared.forEach((at, order) => {
    lineOf[at] = place[order] ?? -1;
  });
  const nextKnown = knownAfter(lineOf);
  const first = compared[0] ?? 0;
  let next = (place[0] ?? 0) - 1;
  for (let at = first - 1; at >= 0; at -= 1) {
    const found = isSameLine(index.lines[next], old[at] ?? '') ? next : -1;
    if (found < 0 && isCommentLine(old[at] ?? '')) return undefined;
    lineOf[at] = found;
    if (found >= 0) next -= 1;
  }
  let from = place[0] ?? 0;
  for (let at = first; at < old.length; at += 1) {
    const known = lineOf[at] ?? -1;
    if (known >= 0) {
      from = known + 1;
      continue;
    }
    const limit = Math.min(nextKnown[at] ?? from + 1, from + LONGEST_GAP);
    let found = -1;
    for (let line = from; line < limit && found < 0; line += 1) {
      if (isSameLine(index.lines[line], old[at] ?? '')) found = line;
    }
    if (found < 0 && isCommentLine(old[at] ?? '')) return undefined;
    lineOf[at] = found;
    if (found >= 0) from = found + 1;
  }
  return lineOf;
}

function isSameLine(line: string | undefined, other: string): boolean {
  return line !== undefined && foldTypography(line).trim() === foldTypography(other).trim();
}

/** For each old line the file line of the next one that has its place already. */
function knownAfter(lineOf: readonly number[]): (number | undefined)[] {
  const after = Array.from<number | undefined>({ length: lineOf.length });
  let known: number | undefined;
  for (let at = lineOf.length - 1; at >= 0; at -= 1) {
    after[at] = known;
    const line = lineOf[at] ?? -1;
    if (line >= 0) known = line;
  }
  return after;
}

function lay(
  index: FileIndex,
  replacement: Replacement,
  lineOf: readonly number[],
  relaxed: Relaxation,
): Placement | undefined {
  const pairs: { file: string; reply: string }[] = [];
  const at: number[] = [];
  let order = 0;
  for (const line of replacement.lines) {
    const fileLine = line.op === '+' ? -1 : (lineOf[order++] ?? -1);
    at.push(fileLine);
    if (fileLine >= 0) pairs.push({ file: index.lines[fileLine] ?? '', reply: line.text });
  }
  if (hasOpenInsertion(index, replacement.lines, at)) return undefined;
  const adapted = adaptAddedLines(replacement.lines, pairs, relaxed);
  if (adapted === undefined) return undefined;
  return { pass: relaxed.pass, lines: adapted, at, finalNewline: replacement.finalNewline };
}

/**
 * Whether new lines go between two lines that have text between them in the file, which the reply left out: they may
 * belong before that text or after it. After a removed line their place is clear.
 */
function hasOpenInsertion(index: FileIndex, lines: readonly EditLine[], at: readonly number[]): boolean {
  let previous = -1;
  let isOpen = false;
  for (const [order, line] of lines.entries()) {
    const fileLine = at[order] ?? -1;
    if (line.op === '+') {
      if (lines[order - 1]?.op === ' ') isOpen = previous >= 0;
      continue;
    }
    if (fileLine < 0) continue;
    if (isOpen && hasText(index, previous + 1, fileLine)) return true;
    isOpen = false;
    previous = fileLine;
  }
  return false;
}

function hasText(index: FileIndex, from: number, to: number): boolean {
  for (let line = from; line < to; line += 1) if ((index.lines[line] ?? '').trim() !== '') return true;
  return false;
}

/** Added lines with the file's indentation and, where the reply alone is typographic, plain characters. */
function adaptAddedLines(
  lines: readonly EditLine[],
  pairs: readonly { file: string; reply: string }[],
  relaxed: Relaxation,
): readonly EditLine[] | undefined {
  const fold = relaxed.typography && pairs.some(({ reply }) => hasTypography(reply));
  const plain = fold && !pairs.some(({ file }) => hasTypography(file));
  let shift: Shift | undefined;
  if (relaxed.indentation) {
    const folded = relaxed.typography
      ? pairs.map(({ file, reply }) => ({ file: foldTypography(file), reply: foldTypography(reply) }))
      : pairs;
    shift = findShift(folded);
    if (shift === undefined) return undefined;
  }
  if (shift === undefined && !plain) return lines;
  const adapted: EditLine[] = [];
  for (const line of lines) {
    if (line.op !== '+') {
      adapted.push(line);
      continue;
    }
    const folded = plain ? foldTypography(line.text) : line.text;
    const text = shift === undefined ? folded : shift(folded);
    if (text === undefined) return undefined;
    adapted.push({ op: '+', text });
  }
  return adapted;
}
