import picomatch from 'picomatch';

import type { CheckConfig } from '../config/schema.js';
import type { RepoPath } from '../edits/types.js';

/** The checks that a change of these paths can touch: those of whose `paths` one matches, and those without `paths`. */
export function affectedChecks(
  checks: readonly CheckConfig[],
  changedPaths: readonly RepoPath[],
): CheckConfig[] {
  return checks.filter((check) => {
    if (check.paths.length === 0) return true;
    const matches = picomatch(check.paths.map(withoutDot), { dot: true });
    return changedPaths.some((path) => matches(path));
  });
}

/** `./docs/**` means `docs/**`; paths of git never start with a dot and a slash. */
function withoutDot(glob: string): string {
  return glob.replace(/^(!?)\.\//, '$1');
}
