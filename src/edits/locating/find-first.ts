import type { Replacement } from '../reading/edit.js';
import type { FileIndex } from './file-index.js';
import { findPlacements, type Placement } from './match.js';
import type { Relaxation } from './relaxation.js';

/** The places under the strictest pass that finds any; none where it is unclear what the edit means there. */
export function findFirst(
  index: FileIndex,
  replacement: Replacement,
  relaxations: readonly Relaxation[],
): Placement[] {
  for (const relaxed of relaxations) {
    const placements = findPlacements(index, replacement, relaxed);
    if (placements.length > 0)
      return placements.some(({ isUnclear }) => isUnclear === true) ? [] : placements;
  }
  return [];
}
