import { accessSync, constants, existsSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import type { FileChange, Rejection, RejectionCode, RepoPath } from '../../edits/types.js';
import { pathKey } from '../../platform/path-names.js';
import { FolderView, type Found } from './folder-view.js';

/** One path that a change touches: `old` must be there, `new` must not. */
interface Place {
  path: RepoPath;
  is: 'old' | 'new';
}

/**
 * Holds changes against the disk as it is now, before anything is written: no path may lead through a link or into
 * another repository, nothing may stand where a new file goes (in no spelling), and what changes must be writable.
 * @param root real path of the folder
 */
export function checkPlaces(
  root: string,
  changes: readonly FileChange[],
  submodules: ReadonlySet<RepoPath>,
): Rejection[] {
  const view = new FolderView(root, submodules);
  return changes.flatMap(listPlaces).flatMap((place) => {
    const rejection = checkObstacle(view.find(place.path), place, root) ?? checkSpelling(root, place);
    return rejection === undefined ? [] : [rejection];
  });
}

function listPlaces(change: FileChange): Place[] {
  switch (change.kind) {
    case 'create':
      return [{ path: change.path, is: 'new' }];
    case 'modify':
    case 'delete':
      return [{ path: change.path, is: 'old' }];
    case 'rename':
      return [
        { path: change.from, is: 'old' },
        { path: change.path, is: 'new' },
      ];
  }
}

function checkObstacle(found: Found, { path, is }: Place, root: string): Rejection | undefined {
  const advice = is === 'old' ? 'Do it without changing this file.' : 'Choose another path.';
  switch (found.kind) {
    case 'link':
      return reject(
        'not-editable',
        path,
        found.at === path
          ? `${path} is a symbolic link.`
          : `${path} leads through the symbolic link ${found.at}.`,
        advice,
      );
    case 'foreign':
      return reject('not-editable', path, `${path} belongs to another repository, ${found.at}.`, advice);
    case 'blocked':
      return reject('path-not-allowed', path, `${path} cannot be made: ${found.at} is a file.`, advice);
    case 'folder':
      return reject('exists', path, `${path} is a folder.`, advice);
    case 'special':
      return reject('not-editable', path, `${path} is no regular file.`, advice);
    case 'missing':
      return is === 'new'
        ? checkFolder(root, path, advice)
        : reject('not-editable', path, `${path} is gone.`, advice);
    case 'file':
      if (is === 'new') return reject('exists', path, `${path} exists already.`, 'To change it, say so.');
      return isReadOnly(join(root, path), found.stats)
        ? reject('not-editable', path, `${path} is read-only.`, advice)
        : checkFolder(root, path, advice);
  }
}

/** A file is replaced, not overwritten: so its folder has to be writable. */
function checkFolder(root: string, path: RepoPath, advice: string): Rejection | undefined {
  for (let end = path.lastIndexOf('/'); ; end = path.lastIndexOf('/', end - 1)) {
    const folder = end === -1 ? '.' : path.slice(0, end);
    try {
      accessSync(join(root, folder), constants.W_OK | constants.X_OK);
      return undefined;
    } catch (error) {
      const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      if (isMissing && end !== -1) continue;
      return reject(
        'not-editable',
        path,
        `${path} cannot be written: its folder ${folder} is read-only.`,
        advice,
      );
    }
  }
}

/** Its owner took the right to write it away, or somebody who runs Nexus has none. */
function isReadOnly(file: string, stats: Stats): boolean {
  if ((stats.mode & 0o200) === 0) return true;
  try {
    accessSync(file, constants.W_OK);
    return false;
  } catch {
    return true;
  }
}

/**
 * A name that the disk has in another spelling: on Windows and macOS it leads to that file (`TASKS.YML`, `NEXUS~1.YML`),
 * elsewhere it would make a second one, which can't be checked out there.
 */
function checkSpelling(root: string, { path }: Place): Rejection | undefined {
  const parts = path.split('/');
  for (const [index, name] of parts.entries()) {
    const above = parts.slice(0, index);
    const names = listNames(join(root, ...above));
    if (names === undefined) return undefined;
    if (names.includes(name)) continue;
    const isThere = existsSync(join(root, ...above, name));
    // HFS+ gives names back in another Unicode form than they were written in.
    if (isThere && names.some((other) => other.normalize('NFC') === name.normalize('NFC'))) continue;
    const other = names.find((candidate) => pathKey(candidate) === pathKey(name));
    if (other === undefined && !isThere) return undefined;
    const message =
      other === undefined
        ? `${path} is another name of something that is there.`
        : `${path} differs from ${[...above, other].join('/')} in upper and lower case only.`;
    return reject('unknown-path', path, message, 'Write the name that is there if you mean that.');
  }
  return undefined;
}

function listNames(folder: string): string[] | undefined {
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}

function reject(code: RejectionCode, path: RepoPath, message: string, advice: string): Rejection {
  return { code, path, message, feedback: `${message} ${advice}` };
}
