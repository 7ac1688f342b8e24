import type { PlaceHint, ReplaceEdit, Replacement } from '../reading/edit.js';
import { newLinesOf } from '../reading/edit.js';
import type { FileIndex } from './file-index.js';
import { findPlacements, spanOf, type Placement } from './match.js';
import { RELAXATIONS, STRICT_RELAXATIONS, type Relaxation } from './relaxation.js';
import { choosePlace } from './signals.js';

/** Where an edit stands in the file. Lines count from 0. */
export type Located =
  | { kind: 'at'; placement: Placement }
  | { kind: 'already'; line: number }
  | { kind: 'ambiguous'; lines: number[]; placements: Placement[] }
  | { kind: 'missing' };

/** The file lines between two others, both exclusive. */
export interface FileRange {
  after: number;
  before: number;
}

/** Letters and signs that new lines must have before finding them in the file means that the edit is done already. */
const LEAST_ALREADY = 8;

/**
 * Finds the one place of a replacement: the strictest pass that finds any place decides, and only if it finds exactly
 * one. Between several, two independent signals must agree (see {@link choosePlace}); `order` is the range of file
 * lines that the edits before and after it leave.
 */
export function locate(
  index: FileIndex,
  edit: Pick<ReplaceEdit, 'readings' | 'hint'>,
  order: FileRange | undefined,
): Located {
  const done = findDone(index, edit.readings);
  for (const relaxed of RELAXATIONS) {
    const placements = distinct(edit.readings.flatMap((reading) => findPlacements(index, reading, relaxed)));
    if (placements.length === 0) continue;
    const chosen = choose(index, placements, edit.hint, order);
    if (chosen === undefined) return ambiguous(placements);
    if (done !== undefined && covers(done, chosen)) return { kind: 'already', line: done.first };
    return { kind: 'at', placement: chosen };
  }
  return done === undefined ? { kind: 'missing' } : { kind: 'already', line: done.first };
}

function choose(
  index: FileIndex,
  placements: readonly Placement[],
  hint: PlaceHint,
  order: FileRange | undefined,
): Placement | undefined {
  const [only] = placements;
  return placements.length === 1 ? only : choosePlace(index, placements, hint, order);
}

function ambiguous(placements: Placement[]): Located {
  return { kind: 'ambiguous', lines: placements.map((placement) => spanOf(placement).first), placements };
}

/** Readings of one edit that come to the same place are one place; the most literal reading wins. */
function distinct(placements: readonly Placement[]): Placement[] {
  const seen = new Set<string>();
  return placements.filter((placement) => {
    const { first, last } = spanOf(placement);
    const key = `${first}:${last}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/**
 * The one place where the new lines stand in the file as the edit would leave them: then it is done already. Only for
 * new lines that say enough; a brace and a blank line are everywhere.
 */
function findDone(
  index: FileIndex,
  readings: readonly Replacement[],
): { first: number; last: number } | undefined {
  for (const relaxed of STRICT_RELAXATIONS) {
    for (const reading of readings) {
      const place = findNewLines(index, reading, relaxed);
      if (place !== undefined) return place;
    }
  }
  return undefined;
}

function findNewLines(
  index: FileIndex,
  reading: Replacement,
  relaxed: Relaxation,
): { first: number; last: number } | undefined {
  const fresh = newLinesOf(reading);
  const added = reading.lines.filter((line) => line.op === '+').map((line) => line.text);
  const said = (added.length > 0 ? added : fresh).join('').replace(/\s/g, '').length;
  if (said < LEAST_ALREADY) return undefined;
  const context = fresh.map((text) => ({ op: ' ' as const, text }));
  const placements = findPlacements(index, { lines: context }, relaxed);
  const [only] = placements;
  return placements.length === 1 && only !== undefined ? spanOf(only) : undefined;
}

/** Whether the found old lines are part of the new lines that stand there: an insertion that was made before. */
function covers(done: { first: number; last: number }, placement: Placement): boolean {
  if (placement.lines.some((line) => line.op === '-')) return false;
  const { first, last } = spanOf(placement);
  return done.first <= first && last <= done.last;
}
