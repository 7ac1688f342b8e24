import { lstat } from 'node:fs/promises';
import { Git } from './git.js';
import { findAbandoned } from './own-folders.js';
import { namedFolder, removeWorktree } from './throwaway-worktree.js';
import type { Repository } from './repository.js';

/**
 * Removes what earlier Nexus processes that are gone have left: temporary indexes, and throw-away worktrees with git's
 * entries of them. What running processes use stays, and so do files that another computer may still have. Returns the
 * paths of the removed worktrees.
 */
export async function removeStaleWorktrees(repository: Repository): Promise<string[]> {
  const git = Git.in(repository.root);
  const removed: string[] = [];
  for (const own of await findAbandoned(repository.commonDir)) {
    if (own.isForeign && (await isThere(await namedFolder(own)))) continue;
    const path = await removeWorktree(git, repository.commonDir, own);
    if (path !== undefined) removed.push(path);
  }
  return removed;
}

async function isThere(path: string | undefined): Promise<boolean> {
  if (path === undefined) return false;
  return lstat(path).then(
    () => true,
    () => false,
  );
}
