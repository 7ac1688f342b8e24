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
 */
export async function chooseTarget(input: ReviewInput): Promise<Target | undefined> {
  const { repository, record } = input;
  if (input.into !== undefined) return findTarget(input, input.into);
  const startedFrom = record?.started.baseName;
  if (startedFrom !== undefined) {
    const target = await findTarget(input, startedFrom);
    if (target !== undefined) return target;
  }
  for (const name of [input.configuredBase, await repository.currentBranch()]) {
    const target = name === undefined ? undefined : await findTarget(input, name);
    if (target === undefined) continue;
    if (record === undefined || (await holdsCommit(input, record.started.base, target))) return target;
  }
  return undefined;
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
