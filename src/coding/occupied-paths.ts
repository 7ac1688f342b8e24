import type { RepoPath } from '../edits/types.js';
import { pathKey } from '../platform/path-names.js';

/**
 * Says whether a new file can't be made at a path: something stands there already, in this spelling or in one that is
 * the same on some systems (`SRC/a.js`), or a folder does, or a file stands where the path needs a folder, or one of
 * its folders is there in another spelling.
 */
export function findOccupied(paths: Iterable<RepoPath>): (path: RepoPath) => boolean {
  const files = new Set<string>();
  /** The spelling of each folder by its key. Where a repository has several, any of them is fine. */
  const folders = new Map<string, Set<string>>();
  for (const path of paths) {
    files.add(pathKey(path));
    for (const folder of foldersOf(path)) {
      const key = pathKey(folder);
      const spellings = folders.get(key);
      if (spellings === undefined) folders.set(key, new Set([folder]));
      else spellings.add(folder);
    }
  }
  return (path) => {
    const key = pathKey(path);
    if (files.has(key) || folders.has(key)) return true;
    return foldersOf(path).some((folder) => {
      const spellings = folders.get(pathKey(folder));
      return files.has(pathKey(folder)) || (spellings !== undefined && !spellings.has(folder));
    });
  };
}

function foldersOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
