import { EXIT, NexusError } from '../errors.js';
import type { ObjectId } from '../repository/repository.js';
import type { AcceptInput } from './accept.js';
import { chooseTarget, holdsCommit, stackedOn, type Target } from './choose-target.js';

/**
 * Whether a task may be accepted as things are now: in review, or needing attention and accepted anyway; its branch
 * where it was when that was found; a branch to accept into that holds the commit the work started from.
 */
export async function checkAcceptable(input: AcceptInput): Promise<{ tip: ObjectId; target: Target }> {
  const refusal = refuseState(input);
  if (refusal !== undefined) throw refusal;
  const { repository, branchName, state } = input;
  const tip = (await repository.branch(branchName))?.tip;
  if (tip === undefined) {
    throw notAcceptable(
      input,
      `its branch ${branchName} does not exist`,
      `nexus retry ${input.task.id} does it anew.`,
    );
  }
  if ('tip' in state && state.tip !== tip) {
    throw new NexusError({
      code: 'branch-moved',
      message: `${branchName} was moved just now: it is at ${tip.slice(0, 12)}, and what is known is of ${state.tip?.slice(0, 12) ?? 'nothing'}.`,
      remedy: `Look at it again: nexus review ${input.task.id}`,
      exitCode: EXIT.repository,
    });
  }
  const target = await chooseTarget(input);
  if (target === undefined) throw await targetMissing(input);
  await refuseForeignBase(input, target);
  return { tip, target };
}

function refuseState(input: AcceptInput): NexusError | undefined {
  const { state, task } = input;
  switch (state.kind) {
    case 'review':
      return undefined;
    case 'needs-attention':
      if (input.anyway === true) return undefined;
      return notAcceptable(
        input,
        `it needs attention: ${state.reason}, ${state.detail}`,
        `See nexus review ${task.id}. To accept it all the same: nexus accept ${task.id} --anyway`,
      );
    case 'accepted':
      return notAcceptable(
        input,
        'it is accepted already',
        `If its branch is still there: git branch -d ${input.branchName}`,
      );
    case 'rejected':
      return notAcceptable(input, 'it was rejected', `nexus retry ${task.id} does it anew.`);
    case 'ready':
      return notAcceptable(
        input,
        state.why === 'changed'
          ? 'its text in tasks.yml has changed since it was done'
          : 'it is not done yet',
        `nexus run ${task.id} does it.`,
      );
    case 'waiting':
      return notAcceptable(input, `it waits: ${state.because}`);
    case 'planning':
    case 'coding':
    case 'checking':
    case 'documenting':
      return notAcceptable(
        input,
        `it is being worked on (${state.kind})`,
        'Wait until it is done: nexus status',
      );
  }
}

function notAcceptable({ task }: AcceptInput, why: string, remedy?: string): NexusError {
  return new NexusError({
    code: 'not-acceptable',
    message: `${task.id} can't be accepted: ${why}.`,
    ...(remedy === undefined ? {} : { remedy }),
    exitCode: EXIT.attention,
  });
}

async function targetMissing({ into, record, task, repository }: AcceptInput): Promise<NexusError> {
  const current = await repository.currentBranch();
  const name = into ?? record?.started.baseName;
  const message =
    name === undefined
      ? `It is not known which branch ${task.id} is to be accepted into: its run started from no branch.`
      : `${task.id} can't be accepted into ${name}: there is no such branch to merge into.`;
  return new NexusError({
    code: 'target-missing',
    message,
    remedy: `Name the branch: nexus accept ${task.id} --into ${current ?? 'BRANCH'}`,
    exitCode: EXIT.repository,
  });
}

/** Merging a branch whose base the target does not hold would bring that base's commits along, unasked. */
async function refuseForeignBase(input: AcceptInput, target: Target): Promise<void> {
  const { record, task } = input;
  if (record === undefined || (await holdsCommit(input, record.started.base, target))) return;
  const from = record.started.baseName ?? 'a detached HEAD';
  const below = stackedOn(input);
  throw new NexusError({
    code: 'base-not-in-target',
    message: `${task.id} can't be accepted into ${target.name}: that does not hold the commit ${record.started.base.slice(0, 12)} (of ${from}) which the work started from, so other commits would come along.`,
    remedy:
      below === undefined
        ? `Do it anew from ${target.name}: nexus retry ${task.id}`
        : `Accept what it is built on first: nexus accept ${below}`,
    exitCode: EXIT.repository,
  });
}
