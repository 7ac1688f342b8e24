import { findOtherSpelling, pathKey } from '../platform/path-names.js';
import type { FileChange, Rejection, RepoPath } from './types.js';

/** Two new paths of one reply that are one on some systems, or of which one is a file where the other has a folder. */
export function findClash(changes: readonly FileChange[]): Rejection | undefined {
  const made: RepoPath[] = [];
  for (const { kind, path } of changes) {
    if (kind !== 'create' && kind !== 'rename') continue;
    for (const other of made) {
      const message = clashOf(other, path);
      if (message !== undefined) {
        return { code: 'path-not-allowed', path, message, feedback: `${message} Use one spelling.` };
      }
    }
    made.push(path);
  }
  return undefined;
}

function clashOf(one: RepoPath, other: RepoPath): string | undefined {
  const [a, b] = [pathKey(one), pathKey(other)];
  if (a.startsWith(`${b}/`) || b.startsWith(`${a}/`)) {
    return `${one} and ${other} cannot both be made: a path is a file or a folder.`;
  }
  return findOtherSpelling(other, one) === undefined
    ? undefined
    : `${one} and ${other} spell a name differently that some systems take for one.`;
}
