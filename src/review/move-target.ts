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
  await expectTip(input, target.name, target.tip);
  await repository.fastForwardCheckedOut(worktree, after);
  await expectTip(input, target.name, after);
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
async function expectTip({ repository, task }: AcceptInput, name: string, tip: ObjectId): Promise<void> {
  if ((await repository.branch(name))?.tip === tip) return;
  throw new NexusError({
    code: 'branch-moved',
    message: `${name} is not at ${tip.slice(0, 12)}, where it was expected: somebody moved it meanwhile.`,
    remedy: `Look at it with git log ${name}, then: nexus accept ${task.id}`,
    exitCode: EXIT.repository,
  });
}
