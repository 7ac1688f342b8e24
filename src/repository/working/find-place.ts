import { realpath } from 'node:fs/promises';
import { dirname, relative, sep } from 'node:path';
import type { RepoPath } from '../../edits/types.js';
import { EXIT, hasCode, NexusError } from '../../errors.js';
import { isGitFolder } from '../../platform/path-names.js';
import { openRepository } from '../open.js';
import type { Repository } from '../repository.js';
import { isGitDirectory, isRepositoryTop } from './folder-view.js';

/** A folder with working files, inside a repository or not. */
export interface WorkingPlace {
  /** The folder itself; absolute, without links. */
  root: string;
  /** What comes before its paths in those of the repository: empty, or ending in `/`. */
  prefix: RepoPath;
  /** The repository around it. */
  repository: Repository | undefined;
}

/**
 * Finds out which repository an existing folder belongs to. git is asked only if something above the folder looks like
 * a repository, so that without one git need not be installed.
 * @throws NexusError `inside-git-folder`, and what `openRepository` throws for a repository that can't be used
 */
export async function findWorkingPlace(folder: string): Promise<WorkingPlace> {
  const root = await realpath(folder);
  const above = listAbove(root);
  if (root.split(sep).some(isGitFolder) || above.some(isGitDirectory)) {
    throw new NexusError({
      code: 'inside-git-folder',
      message: `${root} is git's own folder: no working files are there.`,
      remedy: 'Name the folder that has your files.',
      exitCode: EXIT.usage,
    });
  }
  const repository = above.some(isRepositoryTop) ? await openIfAny(root) : undefined;
  const way = repository === undefined ? '' : relative(repository.root, root).split(sep).join('/');
  // With core.worktree a repository's files may be somewhere else.
  if (/^(?:\.\.(?:\/|$)|\/|[a-z]:)/i.test(way)) return { root, prefix: '', repository: undefined };
  return { root, prefix: way === '' ? '' : `${way}/`, repository };
}

async function openIfAny(folder: string): Promise<Repository | undefined> {
  try {
    return await openRepository(folder);
  } catch (error) {
    // A `.git` that is none, or one where git was told not to look.
    if (hasCode(error, 'not-a-repository')) return undefined;
    throw error;
  }
}

/** The folder and all above it. */
function listAbove(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...listAbove(parent)];
}
