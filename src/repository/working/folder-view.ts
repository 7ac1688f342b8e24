import { lstatSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import type { RepoPath } from '../../edits/types.js';
import { EXIT, hasCode, messageOf, NexusError } from '../../errors.js';

/** What stands at a path below a folder. `at` is the part of the path that decides. */
export type Found =
  | { kind: 'missing' }
  | { kind: 'file'; stats: Stats }
  | { kind: 'folder' }
  /** A pipe, a socket, a device. */
  | { kind: 'special' }
  /** The path, or a folder above it, is a symbolic link (or a junction). */
  | { kind: 'link'; at: RepoPath }
  /** A file stands where the path needs a folder. */
  | { kind: 'blocked'; at: RepoPath }
  /** The path lies in a repository of its own: a submodule, a clone, a worktree. */
  | { kind: 'foreign'; at: RepoPath };

const GONE = ['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'EINVAL', 'ELOOP'];

/**
 * Looks at paths below `root` without ever going through a link. What it found out about folders it remembers: a new
 * view sees them as they are then.
 */
export class FolderView {
  readonly #root: string;
  readonly #submodules: ReadonlySet<RepoPath>;
  /** By path; undefined for a folder through which a path may lead. */
  readonly #folders = new Map<RepoPath, Found | undefined>();

  /** @param root real path; @param submodules paths that git knows as such, whether they are checked out or not */
  constructor(root: string, submodules: ReadonlySet<RepoPath> = new Set()) {
    this.#root = root;
    this.#submodules = submodules;
  }

  /** @param path relative, without `.` and `..` @throws NexusError `not-readable` */
  find(path: RepoPath): Found {
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1)) {
      const obstacle = this.#pass(path.slice(0, end));
      if (obstacle !== undefined) return obstacle;
    }
    if (this.#submodules.has(path)) return { kind: 'foreign', at: path };
    const stats = this.#stat(path);
    if (stats === undefined) return { kind: 'missing' };
    if (stats.isSymbolicLink()) return { kind: 'link', at: path };
    if (stats.isDirectory()) return { kind: 'folder' };
    return stats.isFile() ? { kind: 'file', stats } : { kind: 'special' };
  }

  #pass(folder: RepoPath): Found | undefined {
    if (this.#folders.has(folder)) return this.#folders.get(folder);
    const obstacle = this.#look(folder);
    this.#folders.set(folder, obstacle);
    return obstacle;
  }

  #look(folder: RepoPath): Found | undefined {
    if (this.#submodules.has(folder)) return { kind: 'foreign', at: folder };
    const stats = this.#stat(folder);
    if (stats === undefined) return { kind: 'missing' };
    if (stats.isSymbolicLink()) return { kind: 'link', at: folder };
    if (!stats.isDirectory()) return { kind: 'blocked', at: folder };
    return isRepositoryTop(join(this.#root, folder)) ? { kind: 'foreign', at: folder } : undefined;
  }

  #stat(path: RepoPath): Stats | undefined {
    try {
      return lstatSync(join(this.#root, path));
    } catch (error) {
      if (GONE.some((code) => hasCode(error, code))) return undefined;
      throw notReadable(join(this.#root, path), error);
    }
  }
}

export function notReadable(path: string, cause: unknown): NexusError {
  return new NexusError({
    code: 'not-readable',
    message: `${path} cannot be read: ${messageOf(cause)}.`,
    remedy: 'Make it readable for the user who runs Nexus.',
    exitCode: EXIT.repository,
    cause,
  });
}

/** Whether a repository begins at this folder, or it is a repository's own folder (a bare one has no `.git`). */
export function isRepositoryTop(folder: string): boolean {
  return isThere(join(folder, '.git')) || isGitDirectory(folder);
}

/** Whether git itself would take this folder for a repository's own (setup.c, `is_git_directory`). */
export function isGitDirectory(folder: string): boolean {
  return ['HEAD', 'objects', 'refs'].every((name) => isThere(join(folder, name)));
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // In a folder that may not be searched: nothing in it can be read or written either.
    return false;
  }
}
