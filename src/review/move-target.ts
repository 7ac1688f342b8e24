import { EXIT, NexusError } from '../errors.js';
import type { ObjectId } from '../repository/repository.js';
import type { AcceptInput } from './accept.js';
import type { Target } from './choose-target.js';
import { operationInProgress } from './operation-in-progress.js';

/**
 * Brings the target to `after`, which descends from it; returns the work tree whose files came along. A branch that is
 * checked out nowhere is moved by its ref alone.
 */
export async function moveTarget(
  input: AcceptInput,
  target: Target,
  after: ObjectId,
): Promise<string | undefined> {
  const { repository } = input;
  const worktree = (await repository.checkedOut()).get(target.name);
  if (worktree === undefined) {
    await repository.updateBranch(target.name, after, target.tip);
    return undefined;
  }
  await refuseDuringOperation(input, target, worktree);
  await refuseMoved(input, target);
  await repository.fastForwardCheckedOut(worktree, after);
  return worktree;
}

async function refuseDuringOperation(input: AcceptInput, target: Target, worktree: string): Promise<void> {
  const operation = await operationInProgress(worktree).catch(() => 'missing');
  if (operation === undefined) return;
  if (operation === 'missing') {
    throw new NexusError({
      code: 'worktree-missing',
      message: `${target.name} is checked out in ${worktree}, which can't be read.`,
      remedy: 'If the folder is gone, run git worktree prune and accept again.',
      exitCode: EXIT.repository,
    });
  }
  throw new NexusError({
    code: 'operation-in-progress',
    message: `${target.name} can't be moved: a ${operation} waits to be finished in ${worktree}.`,
    remedy: `Finish it or give it up (git ${operation} ${operation === 'bisect' ? 'reset' : '--abort'}), then: nexus accept ${input.task.id}`,
    exitCode: EXIT.repository,
  });
}

/** The merge was computed for one commit of the target; on another it would be another merge. */
async function refuseMoved({ repository, task }: AcceptInput, target: Target): Promise<void> {
  const now = (await repository.branch(target.name))?.tip;
  if (now === target.tip) return;
  throw new NexusError({
    code: 'branch-moved',
    message: `${target.name} was moved while the merge was prepared. Nothing was changed.`,
    remedy: `Try again: nexus accept ${task.id}`,
    exitCode: EXIT.repository,
  });
}
