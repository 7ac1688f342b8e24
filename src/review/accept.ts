import { writeDecision } from '../journal/decisions.js';
import type { ObjectId } from '../repository/repository.js';
import { checkAcceptable } from './acceptable.js';
import { findChecked } from './packet-checks.js';
import type { Target } from './choose-target.js';
import { prepareMerge, type PreparedMerge } from './prepare-merge.js';
import { moveTarget } from './move-target.js';
import { removeBranch, type RemovedBranch } from './remove-branch.js';
import type { ReviewInput } from './packet.js';

export interface AcceptInput extends ReviewInput {
  /** Accept a branch that needs attention, too. It always gets a merge commit, which says why. */
  anyway?: boolean | undefined;
  /** What the person said about it; kept with the decision. */
  message?: string | undefined;
}

export interface AcceptResult {
  task: string;
  branch: string;
  /** The branch that holds the work now. */
  into: string;
  /** `contained`: the branch held the work already, merged by hand. */
  how: 'fast-forward' | 'merge' | 'contained';
  tip: ObjectId;
  /** Of `into`. */
  before: ObjectId;
  after: ObjectId;
  /** Work tree whose files were brought along; undefined when `into` is checked out nowhere. */
  worktree: string | undefined;
  /** What the checks say of exactly the tree that `into` has now. */
  verdict: 'good' | 'failing' | 'unverified' | 'not-checked';
  removed: RemovedBranch;
  /** Sentences for people: everything that is not as it is usually. */
  remarks: string[];
}

/**
 * Brings a reviewed branch into the branch that its run started from: by fast-forward if possible, else by a merge
 * that is computed in the object database first, so that a conflict leaves everything as it was. Where the target is
 * checked out its files come along; uncommitted changes stay, and only overlapping ones refuse. The feature branch is
 * deleted afterwards.
 *
 * @throws NexusError `not-acceptable`, `target-missing`, `base-not-in-target`, `merge-conflict`, `merge-unsupported`,
 *   `operation-in-progress`, `branch-moved`, `local-changes` and what else the repository says; nothing has changed then
 */
export async function acceptTask(input: AcceptInput): Promise<AcceptResult> {
  const { repository, task } = input;
  const { tip, target } = await checkAcceptable(input);
  const prepared = await prepareMerge(input, tip, target);
  const worktree = prepared.how === 'contained' ? undefined : await moveTarget(input, target, prepared.after);
  await writeDecision(
    repository,
    { task: task.id, verb: 'accepted', taskHash: task.hash, tip },
    input.message,
  );
  const removed = await removeBranch(repository, input.branchName, tip);
  const verdict = await verdictOfResult(input, prepared);
  return {
    task: task.id,
    branch: input.branchName,
    into: target.name,
    how: prepared.how,
    tip,
    before: target.tip,
    after: prepared.after,
    worktree,
    verdict,
    removed,
    remarks: remarksOn(input, target, prepared, verdict, removed),
  };
}

/** A merged tree was checked only if it happens to be one that the checks ran on. */
async function verdictOfResult(
  { repository, record }: AcceptInput,
  prepared: PreparedMerge,
): Promise<AcceptResult['verdict']> {
  const tree = await repository.treeOf(prepared.after);
  return findChecked(record, prepared.after, tree)?.verdict.kind ?? 'not-checked';
}

function remarksOn(
  input: AcceptInput,
  target: Target,
  prepared: PreparedMerge,
  verdict: AcceptResult['verdict'],
  removed: RemovedBranch,
): string[] {
  const { state, branchName } = input;
  const remarks: string[] = [];
  if (prepared.how === 'contained') remarks.push(`${target.name} held the work already; nothing was merged.`);
  if (verdict === 'not-checked') {
    remarks.push(
      prepared.how === 'merge'
        ? `The merged tree was not checked: run your checks on ${target.name}.`
        : `No check ran on what ${target.name} is now.`,
    );
  } else if (verdict !== 'good') {
    remarks.push(`The checks say "${verdict}" of what ${target.name} is now.`);
  }
  if (state.kind === 'needs-attention') remarks.push(`It needed attention: ${state.reason}, ${state.detail}`);
  if (removed.kind === 'kept') remarks.push(`The branch ${branchName} stays: ${removed.because}.`);
  return remarks;
}
