import type { RepoPath } from '../edits/types.js';
import { isGitFolder } from '../platform/path-names.js';
import { repositoryError } from './failures.js';
import type { ObjectId } from './repository.js';

/** Whether this is a full object name, so that git can read it as nothing else. */
function isObjectId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** @throws NexusError `not-an-object` for anything but a full object name: a name could be read as an option */
export function objectId(text: string): ObjectId {
  if (isObjectId(text)) return text;
  throw repositoryError('not-an-object', `"${text}" is not the full name of a git object.`);
}

/** Where `update-ref` expects "must not exist". */
export function zeroLike(oid: ObjectId): ObjectId {
  return '0'.repeat(oid.length);
}

/** Whether git could hold a file at this path; a path that a model wrote may be anything. */
export function isRepoPath(path: string): boolean {
  if (path === '' || path.includes('\0')) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && !isGitFolder(part));
}

/** Groups paths so that a group fits on one command line, also on Windows (32,767 characters). */
export function commandLines(paths: Iterable<RepoPath>): RepoPath[][] {
  const lines: RepoPath[][] = [];
  let left = 0;
  for (const path of paths) {
    const length = Buffer.byteLength(path) + 3;
    if (left < length || lines.length === 0) {
      lines.push([]);
      left = 16_000;
    }
    lines.at(-1)?.push(path);
    left -= length;
  }
  return lines;
}
