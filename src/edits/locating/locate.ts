import type { PlaceHint, ReplaceEdit, Replacement } from '../reading/edit.js';
import { newLinesOf } from '../reading/edit.js';
import { traitsOf, type FileIndex } from './file-index.js';
import { findBent } from './find-bent.js';
import { findPlacements, spanOf, type Placement } from './match.js';
import { EXACT, isCommentLine, keyOf, passesFor, TRAILING_SPACE, type Relaxation } from './relaxation.js';
import { choosePlace } from './signals.js';

/** Where an edit stands in the file. Lines count from 0. */
export type Located =
  | { kind: 'at'; placement: Placement }
  | { kind: 'already'; line: number }
  | { kind: 'ambiguous'; lines: number[] }
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
  edit: Pick<ReplaceEdit, 'readings' | 'hint' | 'format'>,
  order: FileRange | undefined,
): Located {
  const readings = edit.readings.filter((reading) => mayFit(index, reading));
  const passes = selectPasses(index, readings);
  const unclear: Placement[] = [];
  for (const [number, relaxed] of passes.entries()) {
    for (const reading of readings) {
      if (relaxed.indentation && reading.isReindented === true) continue;
      const placements = findPlacements(index, reading, relaxed);
      if (placements.every(({ isUnclear }) => isUnclear === true)) {
        unclear.push(...placements);
        continue;
      }
      const chosen =
        chooseAmongLoose(index, reading, relaxed, edit.hint, order) ??
        choose(index, placements, edit.hint, order);
      if (chosen === undefined || isElsewhere(chosen, unclear)) return ambiguous([...unclear, ...placements]);
      const done = onlyAdds(chosen) ? findDone(index, readings, passes.slice(0, number + 1)) : undefined;
      if (done !== undefined && covers(done, chosen)) return { kind: 'already', line: done.first };
      return { kind: 'at', placement: chosen };
    }
  }
  const done = findDone(index, readings, passes);
  if (done !== undefined) return { kind: 'already', line: done.first };
  if (unclear.length > 0) return ambiguous(unclear);
  const bent = findBent(index, readings, edit.format, passes);
  if (bent.length === 0) return { kind: 'missing' };
  const chosen = choose(index, bent, edit.hint, order);
  return chosen === undefined ? ambiguous(bent) : { kind: 'at', placement: chosen };
}

/** Old lines from which on it is worth counting whether the file can have as many. */
const LONG = 2000;

/** Whether a file can have as many lines as a long reading has that no pass leaves out. */
function mayFit(index: FileIndex, { lines }: Replacement): boolean {
  if (lines.length < LONG) return true;
  const old = lines.filter(({ op, text }) => op !== '+' && text.trim() !== '' && !isCommentLine(text));
  return old.length <= Math.max(LONG, index.lines.length);
}

function selectPasses(index: FileIndex, readings: readonly Replacement[]): readonly Relaxation[] {
  const own = traitsOf(readings.flatMap(({ lines }) => lines.map((line) => line.text)));
  return passesFor({
    typography: own.typography || index.traits.typography,
    comments: own.comments || index.traits.comments,
  });
}

function choose(
  index: FileIndex,
  placements: readonly Placement[],
  hint: PlaceHint,
  order: FileRange | undefined,
): Placement | undefined {
  const [only] = placements;
  const chosen = placements.length === 1 ? only : choosePlace(index, placements, hint, order);
  return chosen?.isUnclear === true ? undefined : chosen;
}

/**
 * The place that number and section both name, if white space behind lines, which nobody sees, is all that tells it from
 * one that fits exactly.
 */
function chooseAmongLoose(
  index: FileIndex,
  reading: Replacement,
  relaxed: Relaxation,
  hint: PlaceHint,
  order: FileRange | undefined,
): Placement | undefined {
  if (relaxed !== EXACT || hint.line === undefined || hint.sections === undefined) return undefined;
  return choosePlace(index, findPlacements(index, reading, TRAILING_SPACE), hint, order);
}

/** A stricter pass found the old lines at another place, where it was unclear what the edit means. */
function isElsewhere(chosen: Placement, unclear: readonly Placement[]): boolean {
  const { first } = spanOf(chosen);
  return unclear.length > 0 && unclear.every((placement) => spanOf(placement).first !== first);
}

/** Several places, or one at which it is not clear what the edit means. */
function ambiguous(placements: readonly Placement[]): Located {
  const lines = [...new Set(placements.map((placement) => spanOf(placement).first))];
  return lines.length > 1 ? { kind: 'ambiguous', lines } : { kind: 'missing' };
}

/**
 * The one place where the new lines stand in the file as the edit would leave them: then it is done already. Only for
 * new lines that say enough; a brace and a blank line are everywhere.
 */
function findDone(
  index: FileIndex,
  readings: readonly Replacement[],
  passes: readonly Relaxation[],
): { first: number; last: number } | undefined {
  for (const relaxed of passes) {
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
  const compared = (added.length > 0 ? added : fresh).filter((line) => keyOf(line, relaxed) !== undefined);
  const said = compared.join('').replace(/\s/g, '').length;
  if (said < LEAST_ALREADY || (added.length === 0 && !isFramed(reading))) return undefined;
  const context = fresh.map((text) => ({ op: ' ' as const, text }));
  const placements = findPlacements(index, { lines: context }, relaxed);
  const [only] = placements;
  return placements.length === 1 && only !== undefined ? spanOf(only) : undefined;
}

/** Whether lines that stay stand on both sides of those that go: else the file can have them beside what is left. */
function isFramed({ lines }: Replacement): boolean {
  const text = lines.filter((line) => line.text.trim() !== '');
  return text[0]?.op === ' ' && text.at(-1)?.op === ' ';
}

function onlyAdds(placement: Placement): boolean {
  return placement.lines.every((line) => line.op !== '-');
}

/** Whether the found old lines are part of the new lines that stand there: an insertion that was made before. */
function covers(done: { first: number; last: number }, placement: Placement): boolean {
  const { first, last } = spanOf(placement);
  return done.first <= first && last <= done.last;
}
