import { lstat } from 'node:fs/promises';
import { Git } from './git.js';
import { findAbandoned, removeDrafts } from './own-folders.js';
import { listTaken, namedFolder, removeWorktree } from './throwaway-worktree.js';
import type { Repository } from './repository.js';

/** What an earlier process that is gone has left: a temporary index, or a throw-away worktree. */
export interface StaleFolder {
  /** Name of its folder below `<common dir>/nexus/temporary`. */
  key: string;
  /** What it takes up; absolute. */
  paths: string[];
  /** Removes it, git's entry too. Never throws. Returns the path of the worktree, if it was one. */
  remove(): Promise<string | undefined>;
}

/** What running processes use is not stale, and neither are files that another computer may still have. */
export async function findStaleWorktrees(repository: Repository): Promise<StaleFolder[]> {
  const { root, commonDir } = repository;
  const found: StaleFolder[] = [];
  for (const own of await findAbandoned(commonDir)) {
    const folder = await namedFolder(own);
    const isThere = folder !== undefined && (await exists(folder));
    if (own.isForeign && isThere) continue;
    found.push({
      key: own.key,
      paths: await listTaken(commonDir, own),
      remove: () => removeWorktree(Git.in(root).at({ root, commonDir }), commonDir, own),
    });
  }
  return found;
}

/**
 * Removes what earlier Nexus processes that are gone have left: temporary indexes, and throw-away worktrees with git's
 * entries of them. Returns the paths of the removed worktrees.
 */
export async function removeStaleWorktrees(repository: Repository): Promise<string[]> {
  await removeDrafts(repository.commonDir);
  const removed: string[] = [];
  for (const stale of await findStaleWorktrees(repository)) {
    const path = await stale.remove();
    if (path !== undefined) removed.push(path);
  }
  return removed;
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
