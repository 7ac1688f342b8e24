import { EXIT, NexusError } from '../errors.js';
import { writeDecision } from '../journal/decisions.js';
import { keepInHistory } from '../journal/history.js';
import type { ObjectId } from '../repository/repository.js';
import { holdsForeignCommits } from './branch-commits.js';
import { compareBase } from './compare-base.js';
import { removeBranch, type RemovedBranch } from './remove-branch.js';
import type { ReviewInput } from './packet.js';

export interface RejectResult {
  task: string;
  branch: string;
  tip: ObjectId;
  /** Ref that keeps the tip: `refs/nexus/history/<task>/<number>`. */
  history: string;
  removed: RemovedBranch;
}

/**
 * Puts a task's work aside. The decision is remembered until the task's text changes; the tip is kept under
 * `refs/nexus/history/`, and the branch is deleted unless somebody has it checked out or committed to it.
 *
 * @throws NexusError `nothing-to-reject`
 */
export async function rejectTask(
  input: ReviewInput,
  options: { message?: string | undefined } = {},
): Promise<RejectResult> {
  const { repository, task, branchName } = input;
  const refusal = refuseState(input);
  if (refusal !== undefined) throw refusal;
  const tip = (await repository.branch(branchName))?.tip;
  if (tip === undefined) {
    const remedy = `Set \`status: paused\` on ${task.id} in tasks.yml to keep it from being done.`;
    throw nothingToReject(input, 'it has no branch', remedy);
  }
  const kept = await keepInHistory(repository, task.id, tip);
  await writeDecision(
    repository,
    { task: task.id, verb: 'rejected', taskHash: task.hash, tip },
    options.message,
  );
  const base = await compareBase(input, tip);
  const foreign = await holdsForeignCommits(input, base.commit, tip);
  return {
    task: task.id,
    branch: branchName,
    tip,
    history: kept.ref,
    removed: foreign
      ? { kind: 'kept', because: 'it holds commits that Nexus did not write' }
      : await removeBranch(repository, branchName, tip),
  };
}

function refuseState(input: ReviewInput): NexusError | undefined {
  const { state, task } = input;
  switch (state.kind) {
    case 'accepted':
      return nothingToReject(input, 'it is accepted already', 'Take it back with git revert.');
    case 'rejected':
      return nothingToReject(input, 'it is rejected already');
    case 'planning':
    case 'coding':
    case 'checking':
    case 'documenting':
      return nothingToReject(
        input,
        `it is being worked on (${state.kind})`,
        'Wait until it is done: nexus status',
      );
    case 'ready':
      if (state.why !== 'changed') return undefined;
      return nothingToReject(
        input,
        'its text in tasks.yml has changed, so what was done for the old one counts no more',
        `Set \`status: paused\` on ${task.id} in tasks.yml to keep it from being done.`,
      );
    case 'waiting':
    case 'review':
    case 'needs-attention':
      return undefined;
  }
}

function nothingToReject({ task }: ReviewInput, why: string, remedy?: string): NexusError {
  return new NexusError({
    code: 'nothing-to-reject',
    message: `${task.id} can't be rejected: ${why}.`,
    ...(remedy === undefined ? {} : { remedy }),
    exitCode: EXIT.attention,
  });
}
