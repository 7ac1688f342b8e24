import type { ObjectId } from '../repository/repository.js';
import type { ReviewInput } from './packet.js';

/** The branch that a task is accepted into. */
export interface Target {
  name: string;
  tip: ObjectId;
}

/**
 * The branch to accept into: the one that the user names; else the one that the run started from; else, when that is
 * gone or there was none, the configured base or the current branch, if it holds the commit that the run started from.
 * Feature branches are never chosen: work stacked on one goes where that one went.
 */
export async function chooseTarget(input: ReviewInput): Promise<Target | undefined> {
  const { repository, record } = input;
  if (input.into !== undefined) return findTarget(input, input.into);
  const startedFrom = record?.started.baseName;
  const stacked = stackedOn(input) !== undefined;
  if (startedFrom !== undefined && !stacked) {
    const target = await findTarget(input, startedFrom);
    if (target !== undefined) return target;
  }
  for (const name of [input.configuredBase, await repository.currentBranch()]) {
    if (name === undefined || taskOfBranch(input, name) !== undefined) continue;
    const target = await findTarget(input, name);
    if (target === undefined) continue;
    if (record === undefined || stacked || (await holdsCommit(input, record.started.base, target))) {
      return target;
    }
  }
  return undefined;
}

/** The task whose feature branch the run started from; undefined when it started from an ordinary branch. */
export function stackedOn(input: ReviewInput): string | undefined {
  const name = input.record?.started.baseName;
  return name === undefined ? undefined : taskOfBranch(input, name);
}

/** All feature branches have the prefix of this one; what follows is the task's id. */
function taskOfBranch({ branchName, task }: ReviewInput, name: string): string | undefined {
  const prefix = branchName.slice(0, branchName.length - task.id.length);
  return prefix !== '' && name.startsWith(prefix) ? name.slice(prefix.length) : undefined;
}

/** Whether the target holds a commit; false as well when the commit no longer exists. */
export async function holdsCommit(input: ReviewInput, commit: ObjectId, target: Target): Promise<boolean> {
  if ((await input.repository.resolveCommit(commit)) === undefined) return false;
  return input.repository.isAncestor(commit, target.tip);
}

async function findTarget(input: ReviewInput, name: string): Promise<Target | undefined> {
  if (name === input.branchName) return undefined;
  const branch = await input.repository.branch(name);
  return branch === undefined ? undefined : { name, tip: branch.tip };
}
