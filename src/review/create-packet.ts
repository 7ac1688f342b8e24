import { readDecisionMessage } from '../journal/decisions.js';
import { existingCommit, listBranchCommits } from './branch-commits.js';
import { compareBase } from './compare-base.js';
import { listNextActions } from './next-actions.js';
import { describeVerdict, findChecked, listChecks } from './packet-checks.js';
import { describeFiles, listSteps, sumCost } from './packet-run.js';
import type { PacketTask, ReviewInput, ReviewPacket } from './packet.js';

/**
 * Everything a reviewer needs about one task's branch, computed from git and the journal as they are now. Works for a
 * task in any state, also without a branch or a journal. Writes nothing but objects (the merge preview).
 */
export async function createPacket(input: ReviewInput): Promise<ReviewPacket> {
  const { repository, task, state, record } = input;
  const branch = await repository.branch(input.branchName);
  const tip = branch?.tip ?? (await existingCommit(repository, 'tip' in state ? state.tip : undefined));
  const base = await compareBase(input, tip);
  const compared =
    tip === undefined || base.commit === undefined ? undefined : { from: base.commit, to: tip };
  const commits = compared === undefined ? [] : await listBranchCommits(input, compared.from, compared.to);
  const changed = compared === undefined ? [] : await repository.changedFiles(compared.from, compared.to);
  const tree = tip === undefined ? undefined : await repository.treeOf(tip);
  const checked = findChecked(record, tip, tree);
  const decided = state.kind === 'accepted' || state.kind === 'rejected';
  const packet: Omit<ReviewPacket, 'next'> = {
    task: describeTask(input),
    state,
    decisionMessage: decided
      ? await readDecisionMessage(repository, { task: task.id, taskHash: task.hash })
      : undefined,
    branch: { name: input.branchName, exists: branch !== undefined, tip },
    plan:
      record?.plan === undefined || record.planNotes === undefined
        ? undefined
        : { ...record.plan, notes: record.planNotes },
    base,
    commits,
    steps: listSteps(record, commits),
    files: describeFiles(input, changed, commits),
    verdict: describeVerdict(record, checked),
    checks: listChecks(record, checked),
    setupFailed: checked?.report.setupFailed,
    dropped: record?.dropped ?? [],
    notices: record?.notices ?? [],
    dirty: record?.started.dirty ?? [],
    cost: sumCost(record),
  };
  return { ...packet, next: listNextActions(packet) };
}

function describeTask({ task }: ReviewInput): PacketTask {
  const { id, title, description, kind, acceptance } = task;
  return { id, title, description, kind, acceptance };
}
