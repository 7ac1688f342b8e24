import { applyPatch, parsePatch } from 'diff';
import type { Case } from '../make-case.js';
import { isPlainDiff, type Left, type Peer } from './peer.js';

/** Lines of context that may differ; more makes some hunks take seconds. */
const FUZZ = 2;

export const jsdiff: Peer = {
  name: `jsdiff, fuzz ${FUZZ}`,
  reads: isPlainDiff,
  run: (cases) => cases.map(patchFiles),
};

function patchFiles(one: Case): Left {
  try {
    const patches = parsePatch(one.diff ?? '');
    const left = new Map(one.files);
    const [only] = [...one.truth.keys()];
    for (const patch of patches) {
      // With one file to change there is nothing to find: it is handed over whatever the header says.
      const path = one.truth.size === 1 ? only : patch.newFileName?.replace(/^b\//, '');
      const text = path === undefined ? undefined : one.files.get(path);
      if (path === undefined || text === undefined) return undefined;
      const made = applyPatch(text, patch, { fuzzFactor: FUZZ });
      if (made === false) return undefined;
      left.set(path, made);
    }
    return left;
  } catch {
    return undefined;
  }
}
