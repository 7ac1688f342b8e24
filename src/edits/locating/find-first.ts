import type { EditLine, Replacement } from '../reading/edit.js';
import type { FileIndex } from './file-index.js';
import { findPlacements, type Placement } from './match.js';
import type { Relaxation } from './relaxation.js';

/** Letters and signs that must remain to be compared after lines were set aside. (aider, Gemini CLI: 10) */
export const LEAST_EVIDENCE = 10;

/** The places under the strictest pass that finds any. */
export function findFirst(
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

/** Letters and signs of the lines that must stand in the file. */
export function countEvidence(lines: readonly EditLine[]): number {
  return lines.reduce((sum, line) => sum + (line.op === '+' ? 0 : line.text.replace(/\s/g, '').length), 0);
}
