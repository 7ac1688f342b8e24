import { hasCode } from '../errors.js';
import type { ObjectId, Repository } from '../repository/repository.js';

export type RemovedBranch = { kind: 'deleted' } | { kind: 'kept'; because: string };

/** Deletes a branch if it still is at `tip` and nobody has it checked out; says why where it stays. */
export async function removeBranch(
  repository: Repository,
  name: string,
  tip: ObjectId,
): Promise<RemovedBranch> {
  try {
    await repository.deleteBranch(name, tip);
    return { kind: 'deleted' };
  } catch (error) {
    if (hasCode(error, 'branch-checked-out')) {
      const worktree = (await repository.checkedOut()).get(name);
      return { kind: 'kept', because: `it is checked out${worktree === undefined ? '' : ` in ${worktree}`}` };
    }
    if (hasCode(error, 'branch-moved')) return { kind: 'kept', because: 'somebody moved it just now' };
    throw error;
  }
}
