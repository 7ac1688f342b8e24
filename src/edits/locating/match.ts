import type { EditLine, Replacement } from '../reading/edit.js';
import { oldLinesOf } from '../reading/edit.js';
import type { MatchPass } from '../types.js';
import { addsAtEdge, LEAST_EVIDENCE, LEAST_OF_ALL_LINES } from './evidence.js';
import { adaptAddedLines } from './adapt-lines.js';
import type { FileIndex } from './file-index.js';
import { keepGaps } from './keep-gaps.js';
import { isCommentLine, type Relaxation } from './relaxation.js';
import { isSameLine, isSkippable, keepDoubles, LONGEST_GAP, settleInsertions } from './settle-insertions.js';

/** A replacement laid over the file: for each of its lines the file line it stands for. */
export interface Placement {
  pass: MatchPass;
  /** The replacement's lines; the added ones already have the file's indentation and characters. */
  lines: readonly EditLine[];
  /** For each line of `lines` the file line (from 0), or -1 for an added line and for one that the file lacks. */
  at: readonly number[];
  finalNewline: boolean | undefined;
  /** Lines of the reply above the first that has its place, which were set aside. */
  above?: number;
  /** The lines before the added ones were adapted. */
  stated?: readonly EditLine[];
  /** The old lines stand there, but that is too little to tell, or leaves it open what the edit means there. */
  isUnclear?: boolean;
}

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

/** A placement behind another one: what it adds before its first line must not go behind the other's last. */
export function anchor(index: FileIndex, placement: Placement): Placement {
  const above = spanOf(placement).first - 1;
  if (placement.lines[0]?.op !== '+' || above < 0) return placement;
  const line: EditLine = { op: ' ', text: index.lines[above] ?? '' };
  return {
    ...placement,
    lines: [line, ...placement.lines],
    at: [above, ...placement.at],
    stated: [line, ...(placement.stated ?? placement.lines)],
  };
}

/** All places where the old lines of `replacement` stand under one pass. */
export function findPlacements(index: FileIndex, replacement: Replacement, relaxed: Relaxation): Placement[] {
  const old = oldLinesOf(replacement);
  const { compared, places, capped } = index.find(replacement, relaxed);
  const isWeak = !hasEvidence(old, compared, relaxed);
  // What changes nothing may stand anywhere: a piece between lines of dots.
  const changes = replacement.lines.some((line) => line.op !== ' ');
  if (isWeak && changes && places.length > 1) {
    return places.map((place) => layLoosely(replacement, compared, place, relaxed));
  }
  const placements: Placement[] = [];
  // With too many places to look at them all, none is the only one, even if just one of those seen would hold.
  for (const place of capped ? places.slice(0, 2) : places) {
    const placed = layOver(index, replacement, compared, place, relaxed);
    if (placed === undefined) continue;
    const isCertain = !isWeak || !changes || addsAtEdge(index, placed.lines, placed.at);
    placements.push(isCertain ? placed : { ...placed, isUnclear: true });
  }
  const [first] = placements;
  if (capped && first !== undefined && placements.length === 1) placements.push(first);
  return placements;
}

/**
 * The replacement with its compared old lines (positions among the old lines) on these file lines; undefined when the
 * others do not stand there.
 */
export function layOver(
  index: FileIndex,
  replacement: Replacement,
  compared: readonly number[],
  place: readonly number[],
  relaxed: Relaxation,
): Placement | undefined {
  const lineOf = mapOldLines(index, oldLinesOf(replacement), compared, place);
  if (lineOf === undefined) return undefined;
  let order = 0;
  const at = replacement.lines.map((line) => (line.op === '+' ? -1 : (lineOf[order++] ?? -1)));
  const stated = { lines: replacement.lines, at };
  const spaced = relaxed.blanks ? keepGaps(index, stated) : stated;
  const kept = relaxed.blanks && spaced !== undefined ? keepDoubles(index, spaced) : spaced;
  const laid = kept === undefined ? undefined : settleInsertions(index, kept);
  const adapted = laid === undefined ? 'unclear' : adaptAddedLines(index, laid, relaxed);
  if (adapted === undefined) return undefined;
  if (laid === undefined || adapted === 'unclear') return layLoosely(replacement, compared, place, relaxed);
  const { finalNewline } = replacement;
  return { pass: relaxed.pass, lines: adapted, at: laid.at, finalNewline, stated: laid.lines };
}

/** A place that is one of several, or unclear: where it stands is all that is asked of it. */
function layLoosely(
  { lines, finalNewline }: Replacement,
  compared: readonly number[],
  place: readonly number[],
  { pass }: Relaxation,
): Placement {
  const lineOf = new Map(compared.map((at, order) => [at, place[order] ?? -1]));
  let order = 0;
  const at = lines.map((line) => (line.op === '+' ? -1 : (lineOf.get(order++) ?? -1)));
  return { pass, lines, at, finalNewline, isUnclear: true };
}

function hasEvidence(old: readonly string[], compared: readonly number[], relaxed: Relaxation): boolean {
  if (relaxed.pass === 'exact' || relaxed.pass === 'trailing-space') return true;
  const least = relaxed.blanks || relaxed.comments ? LEAST_EVIDENCE : LEAST_OF_ALL_LINES;
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
  const first = compared[0] ?? 0;
  if (!mapLinesAbove(index, old, first, place[0] ?? 0, lineOf)) return undefined;
  const nextKnown = knownAfter(lineOf);
  const below = commentsBeside(old, 'below');
  let from = place[0] ?? 0;
  for (let at = first; at < old.length; at += 1) {
    const known = lineOf[at] ?? -1;
    if (known >= 0) {
      from = known + 1;
      continue;
    }
    const limit = Math.min(nextKnown[at] ?? endOfGap(index, from), from + LONGEST_GAP);
    const beyond = below[at];
    let found = -1;
    for (let line = from; line < limit && found < 0; line += 1) {
      if (isSameLine(index.lines[line], old[at] ?? '')) found = line;
      else if (beyond !== undefined && isSameLine(index.lines[line], beyond)) break;
    }
    if (found < 0 && isCommentLine(old[at] ?? '')) return undefined;
    lineOf[at] = found;
    if (found >= 0) from = found + 1;
  }
  return lineOf;
}

/**
 * For each blank old line the comment next to it, beyond other blank ones: a blank line of the file that stands beyond
 * that comment is another one.
 */
function commentsBeside(old: readonly string[], side: 'above' | 'below'): (string | undefined)[] {
  const beside = Array.from<string | undefined>({ length: old.length });
  let last: string | undefined;
  for (let count = 0; count < old.length; count += 1) {
    const at = side === 'above' ? count : old.length - 1 - count;
    const line = old[at] ?? '';
    if (line.trim() === '') beside[at] = last;
    else last = isCommentLine(line) ? line : undefined;
  }
  return beside;
}

/** Finds the comments and blank lines above the first compared one, upwards; false when a comment has no place. */
function mapLinesAbove(
  index: FileIndex,
  old: readonly string[],
  first: number,
  place: number,
  lineOf: number[],
): boolean {
  const above = commentsBeside(old, 'above');
  let next = place - 1;
  for (let at = first - 1; at >= 0; at -= 1) {
    let line = next;
    const beyond = above[at];
    while (line >= 0 && next - line < LONGEST_GAP && !isSameLine(index.lines[line], old[at] ?? '')) {
      const isBeyond = beyond !== undefined && isSameLine(index.lines[line], beyond);
      if (isBeyond || !isSkippable(index.lines[line])) line = 0;
      line -= 1;
    }
    const found = line >= 0 && isSameLine(index.lines[line], old[at] ?? '') ? line : -1;
    if (found < 0 && isCommentLine(old[at] ?? '')) return false;
    lineOf[at] = found;
    if (found >= 0) next = found - 1;
  }
  return true;
}

/** The line after the comments and blank lines that begin at `from`, in which more of them may be looked for. */
function endOfGap(index: FileIndex, from: number): number {
  let end = from;
  while (end < index.lines.length && end - from < LONGEST_GAP && isSkippable(index.lines[end])) end += 1;
  return end;
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
