import type { Replacement } from '../reading/edit.js';
import type { EditFormat } from '../types.js';
import { alignHunk, type Aligned } from './align-hunk.js';
import type { Allowed } from './align-items.js';
import type { FileIndex } from './file-index.js';
import { findAroundDots } from './find-around-dots.js';
import { findFirst } from './find-first.js';
import { findJoined } from './find-joined.js';
import { findPlacements, spanOf, type Placement } from './match.js';
import type { Relaxation } from './relaxation.js';

/** Places of lines between dots that are looked at: what fits more often says nothing. */
const MOST_PLACES = 999;

/** What a hunk may lack or have too much, by increasing looseness. */
const ALLOWANCES: readonly Allowed[] = [
  { pluses: 'unknown', context: false },
  { pluses: 'none', context: true },
  { pluses: 'unknown', context: true },
  { pluses: 'signs', context: false },
  { pluses: 'signs', context: true },
];

/**
 * The places of a replacement whose lines do not all stand in the file: with `...` for unchanged text, with a `+` that
 * was forgotten, with wrong lines at the edge of a hunk, with two hunks in one. Each way counts only where the rest
 * leaves no doubt.
 */
export function findBent(
  index: FileIndex,
  readings: readonly Replacement[],
  format: EditFormat,
  passes: readonly Relaxation[],
): Placement[] {
  const ofHunk = format === 'search-replace' ? [] : ALLOWANCES;
  for (const reading of readings) {
    const dotted = findAroundDots(index, reading, (piece, changes) =>
      changes ? findPiece(index, piece, ofHunk, passes) : findAnywhere(index, piece, passes),
    );
    if (dotted !== undefined) return [dotted];
  }
  const found = findAligned(index, readings, ofHunk, passes);
  if (found.length > 0 || format === 'search-replace') return found;
  for (const reading of readings) {
    const joined = findJoined(index, reading, (piece) => findPiece(index, piece, ofHunk, passes));
    if (joined !== undefined) return [joined];
  }
  return [];
}

/** Where lines that stay may stand, by any pass. */
function findAnywhere(index: FileIndex, piece: Replacement, passes: readonly Relaxation[]): Placement[] {
  const found = new Map<number, Placement>();
  for (const relaxed of passes) {
    if (index.find(piece, relaxed).places.length > MOST_PLACES) return [];
    for (const placement of findPlacements(index, piece, relaxed)) {
      const { first } = spanOf(placement);
      if (!found.has(first)) found.set(first, placement);
    }
  }
  return [...found.values()];
}

function findPiece(
  index: FileIndex,
  piece: Replacement,
  allowances: readonly Allowed[],
  passes: readonly Relaxation[],
): Placement[] {
  const found = findFirst(index, piece, passes);
  return found.length > 0 ? found : findAligned(index, [piece], allowances, passes);
}

function findAligned(
  index: FileIndex,
  readings: readonly Replacement[],
  allowances: readonly Allowed[],
  passes: readonly Relaxation[],
): Placement[] {
  for (const allowed of allowances) {
    let best: Aligned | undefined;
    for (const relaxed of passes) {
      for (const reading of readings) {
        if (relaxed.indentation && reading.isReindented === true) continue;
        const found = alignHunk(index, reading, relaxed, allowed);
        // What sets less of the hunk aside is nearer to it than what overlooks less white space.
        if (found.guesses < (best?.guesses ?? Infinity)) best = found;
      }
    }
    if (best !== undefined) return best.placements;
  }
  return [];
}
