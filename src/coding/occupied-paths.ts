import type { RepoPath } from '../edits/types.js';
import { foldPath } from '../tasks/protected-paths.js';

/**
 * Says whether a new file can't be made at a path: something stands there already, in this spelling or in one that is
 * the same on some systems (`SRC/a.js`), or a folder does, or a file stands where the path needs a folder.
 */
export function findOccupied(paths: Iterable<RepoPath>): (path: RepoPath) => boolean {
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const path of paths) {
    const folded = foldPath(path);
    files.add(folded);
    for (const parent of parentsOf(folded)) folders.add(parent);
  }
  return (path) => {
    const folded = foldPath(path);
    return files.has(folded) || folders.has(folded) || parentsOf(folded).some((parent) => files.has(parent));
  };
}

function parentsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
