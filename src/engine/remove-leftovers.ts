import { removeRunLeftovers } from '../journal/leftovers.js';
import { removeStaleRefLocks } from '../repository/ref-locks.js';
import { removeStaleWorktrees } from '../repository/stale-worktrees.js';
import type { Workspace } from './workspace.js';

/** Removes what processes that are gone have left behind. Only for the process that holds the repository's lock. */
export async function removeLeftovers({ repository, config }: Workspace): Promise<void> {
  const { commonDir } = repository;
  await removeStaleRefLocks(commonDir, config.branch_prefix);
  await removeStaleWorktrees(repository);
  await removeRunLeftovers(commonDir);
}
