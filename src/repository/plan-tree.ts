import { createHash } from 'node:crypto';
import type { FileChange, RepoPath } from '../edits/types.js';
import type { NexusError } from '../errors.js';
import { repositoryError } from './failures.js';
import { isRepoPath } from './names.js';
import type { ObjectId, TreeEntry } from './repository.js';

/** What a tree gets and loses. Removals come first, so that a file can take the place of a folder. */
export interface TreePlan {
  removals: RepoPath[];
  writes: { path: RepoPath; mode: string; text: string }[];
}

/** All paths that these changes speak of. */
export function pathsOf(changes: readonly FileChange[]): RepoPath[] {
  return changes.flatMap((change) => (change.kind === 'rename' ? [change.from, change.path] : [change.path]));
}

/**
 * Turns file changes into tree changes. `entries` are the parent's entries at the paths of the changes. Existing files
 * keep their mode, new ones get 100644.
 *
 * @throws NexusError `change-refused` when a change does not fit the parent: what it replaces isn't there or is not
 *   what it was made for, what it creates is there already, or the file can't be edited as text
 */
export function planTree(
  changes: readonly FileChange[],
  entries: ReadonlyMap<RepoPath, TreeEntry>,
): TreePlan {
  for (const path of pathsOf(changes)) {
    if (!isRepoPath(path)) throw refused(path, 'is not a path inside the repository');
  }
  const removed = new Set<RepoPath>();
  for (const change of changes) {
    if (change.kind === 'delete') take(change.path, change.oldText);
    if (change.kind === 'rename') take(change.from, change.oldText);
  }
  const writes = new Map<RepoPath, TreePlan['writes'][number]>();
  for (const change of changes) {
    if (change.kind === 'delete') continue;
    const mode = modeFor(change);
    if (writes.has(change.path)) throw refused(change.path, 'is changed twice');
    writes.set(change.path, { path: change.path, mode, text: change.newText });
  }
  return { removals: [...removed].filter((path) => !writes.has(path)), writes: [...writes.values()] };

  function take(path: RepoPath, oldText: string): void {
    if (removed.has(path)) throw refused(path, 'is changed twice');
    existing(path, oldText);
    removed.add(path);
  }

  function modeFor(change: Exclude<FileChange, { kind: 'delete' }>): string {
    if (change.kind === 'modify') {
      if (removed.has(change.path)) throw refused(change.path, 'is changed twice');
      return existing(change.path, change.oldText).mode;
    }
    // Such a name is legal here and a way out of the folder on Windows.
    if (change.path.includes('\\')) throw refused(change.path, 'has a backslash in it');
    if (entries.has(change.path) && !removed.has(change.path)) throw refused(change.path, 'exists already');
    return change.kind === 'rename' ? existing(change.from, change.oldText).mode : '100644';
  }

  function existing(path: RepoPath, oldText: string): TreeEntry {
    const entry = entries.get(path);
    if (!entry) throw refused(path, 'does not exist in the parent commit');
    if (!entry.mode.startsWith('100')) throw refused(path, 'is a symlink or submodule');
    if (blobId(oldText, entry.oid) !== entry.oid)
      throw refused(path, 'has another content in the parent commit');
    return entry;
  }
}

/** The name of the blob with this content, in the hash (SHA-1 or SHA-256) of `like`. */
export function blobId(content: Buffer | string, like: ObjectId): ObjectId {
  const bytes = Buffer.from(content);
  const hash = createHash(like.length === 64 ? 'sha256' : 'sha1');
  return hash.update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
}

function refused(path: RepoPath, reason: string): NexusError {
  return repositoryError(
    'change-refused',
    `A change of ${JSON.stringify(path)} was refused: the path ${reason}.`,
  );
}
