import type { CalibrationEdit } from './edit.js';
import { GO_EDITS } from './go.js';
import { JAVASCRIPT_EDITS } from './javascript.js';
import { PYTHON_EDITS } from './python.js';
import { TYPESCRIPT_EDITS } from './typescript.js';

/** A dozen, in an order that mixes languages: whoever stops early has measured some of each. */
export const CALIBRATION_EDITS: readonly CalibrationEdit[] = interleave([
  TYPESCRIPT_EDITS,
  JAVASCRIPT_EDITS,
  PYTHON_EDITS,
  GO_EDITS,
]);

function interleave(groups: readonly (readonly CalibrationEdit[])[]): CalibrationEdit[] {
  const longest = Math.max(...groups.map((group) => group.length));
  return Array.from({ length: longest }, (_, index) =>
    groups.flatMap((group) => group.slice(index, index + 1)),
  ).flat();
}
