import { isOutrun, readBranchWork, runOf } from '../journal/branch-work.js';
import type { RunStartedEntry } from '../journal/entries.js';
import { keepInHistory } from '../journal/history.js';
import type { RunRecord } from '../journal/run-record.js';
import type { RunJournal } from '../journal/run-store.js';
import { isResumable } from '../journal/task-state.js';
import type { BranchInfo, CommitInfo } from '../repository/repository.js';
import { adoptCommits } from './commit-change.js';
import { createTaskRun, type StartInput } from './create-task-run.js';
import { firstEntry } from './first-entry.js';
import { ownTroubleOf } from './own-trouble.js';
import { rebuildRun } from './rebuild-run.js';
import { baseRewritten, branchChanged, branchDeleted, quote } from './start-failures.js';
import type { TaskRun } from './task-run.js';

/**
 * Begins a run of a task, or takes up the one that was interrupted; one whose journal is lost is rebuilt from its branch
 * where that is complete. A journal that can't be read is set aside and told of. Only under the repository's lock.
 * @throws NexusError `branch-changed`, `base-rewritten`, `identity-missing`, `branch-name-taken`, …
 */
export async function startRun(input: StartInput): Promise<TaskRun> {
  const { store } = input.workspace;
  const { task } = input.planned;
  const aside = await store.setAside(task.id);
  if (aside === undefined) return open(input);
  const message = `The last run of ${task.id} can't be read: ${aside.problem}. It was set aside as ${aside.folder}; what counts now is what is on the branch.`;
  input.sink({ type: 'notice', task: task.id, message });
  const run = await open(input);
  await run.journal.append({ type: 'notice', message });
  return run;
}

async function open(input: StartInput): Promise<TaskRun> {
  const { workspace, planned } = input;
  const { task } = planned;
  const branch = await workspace.repository.branch(planned.branch);
  if (!planned.resume) return begin(input, branch);
  const journal = await workspace.store.reopen(task.id);
  const counts = journal !== undefined && !isOutrun(journal.record, branch);
  if (counts && isResumable(journal.record, task, branch?.tip)) return resume(input, journal, branch);
  const rebuilt = await rebuildRun(input, branch);
  return rebuilt === undefined ? begin(input, branch) : resume(input, rebuilt, branch, true);
}

/** What is found out first can be seen without a journal; with it, the old branch can be put aside later, too. */
async function begin(input: StartInput, old: BranchInfo | undefined): Promise<TaskRun> {
  const { workspace, planned } = input;
  const { repository, store } = workspace;
  await repository.identity();
  if (old === undefined) await repository.assertBranchCreatable(planned.branch);
  else await assertReplaceable(input, old);
  const after = old === undefined ? undefined : runOf(old.trailers);
  const run = await store.nextRunId(planned.task.id, after);
  const journal = await store.create(firstEntry(input, run));
  if (old !== undefined) await putAside(input, old);
  const started = await createTaskRun(input, journal);
  tellStart(started, false);
  return started;
}

/** @throws NexusError `branch-changed`, `branch-checked-out` */
async function assertReplaceable(input: StartInput, old: BranchInfo): Promise<void> {
  const { store, repository } = input.workspace;
  const { task, base } = input.planned;
  const { record } = await store.latest(task.id);
  const known = record !== undefined && isOutrun(record, old) ? undefined : record;
  const work = await readBranchWork(repository, { task, branch: old, record: known, base });
  if (work.foreign !== undefined) {
    throw branchChanged(task.id, old.name, `holds a commit that Nexus did not make (${quote(work.foreign)})`);
  }
  await repository.assertBranchMovable(old.name);
}

/** A branch of an earlier run goes under `refs/nexus/history/` before the new one takes its name. */
async function putAside(input: StartInput, old: BranchInfo): Promise<void> {
  const { repository } = input.workspace;
  await keepInHistory(repository, input.planned.task.id, old.tip);
  await repository.deleteBranch(old.name, old.tip);
}

/** @param rebuilt the journal was made from the branch just now: its commits are nothing new */
async function resume(
  input: StartInput,
  journal: RunJournal,
  branch: BranchInfo | undefined,
  rebuilt = false,
): Promise<TaskRun> {
  let commits: CommitInfo[];
  try {
    commits = await findOwnCommits(input, journal.record, branch);
  } catch (error) {
    const outcome = ownTroubleOf(error);
    if (outcome !== undefined) await journal.append({ type: 'ended', outcome, tip: branch?.tip });
    throw error;
  }
  const run = await createTaskRun(input, journal);
  await adoptCommits(run, commits, { tell: !rebuilt });
  if (journal.record.progress.kind === 'waits-for-approval') await journal.append({ type: 'plan-approved' });
  tellStart(run, true);
  return run;
}

/** The commits to go on from. @throws NexusError `branch-changed`, `base-rewritten`, `branch-checked-out` */
async function findOwnCommits(
  input: StartInput,
  record: RunRecord,
  branch: BranchInfo | undefined,
): Promise<CommitInfo[]> {
  const { started } = record;
  const { repository } = input.workspace;
  if (!(await isBaseKept(input, started))) throw baseRewritten(started);
  if (branch === undefined) {
    await assertNothingLost(input, record);
    return [];
  }
  const commits = await repository.log(started.base, branch.tip);
  if (commits.length === 0) {
    // Somebody moved it back to where it began. It holds nothing, and stands in the way of the one to be made.
    await repository.deleteBranch(branch.name, branch.tip);
    return [];
  }
  if (await isOfEarlierRun(input, record, branch)) {
    // Killed after the journal had begun and before the old branch was put aside.
    await putAside(input, branch);
    return [];
  }
  assertOwn(started, commits);
  return commits;
}

async function isOfEarlierRun(input: StartInput, record: RunRecord, branch: BranchInfo): Promise<boolean> {
  if (record.committed.length > 0) return false;
  const { task, base } = input.planned;
  const work = await readBranchWork(input.workspace.repository, { task, branch, record: undefined, base });
  const isOld = (commit: CommitInfo): boolean => runOf(commit.trailers) !== record.started.run;
  return work.run !== undefined && work.commits.every(isOld);
}

/** A branch that is gone takes commits along, which are kept under `refs/nexus/history/` if git still has them. */
async function assertNothingLost(input: StartInput, record: RunRecord): Promise<void> {
  const last = record.committed.at(-1)?.oid;
  if (last === undefined) return;
  const { repository } = input.workspace;
  const tip = await repository.resolveCommit(last);
  const kept = tip === undefined ? undefined : await keepInHistory(repository, record.started.task.id, tip);
  throw branchDeleted(record.started, kept);
}

/**
 * Whether the commit that the run started from is still part of what it was the tip of. That is asked of the branch it
 * was then: the user may stand on another one now.
 */
async function isBaseKept(input: StartInput, { base, baseName }: RunStartedEntry): Promise<boolean> {
  const { repository } = input.workspace;
  const { planned } = input;
  if (base === planned.base) return true;
  // Rewritten so long ago that git has cleaned it away.
  if ((await repository.resolveCommit(base)) === undefined) return false;
  const named = baseName === undefined ? undefined : await repository.branch(baseName);
  if (named !== undefined && (await repository.isAncestor(base, named.tip))) return true;
  return repository.isAncestor(base, planned.base);
}

function assertOwn(started: RunStartedEntry, commits: readonly CommitInfo[]): void {
  const foreign = commits.find((commit) => !(commit.trailers.get('nexus-run') ?? []).includes(started.run));
  if (foreign === undefined) return;
  const how = `holds a commit that is not of this run (${quote(foreign)})`;
  throw branchChanged(started.task.id, started.branch, how);
}

function tellStart(run: TaskRun, resumed: boolean): void {
  const { started } = run.journal.record;
  const { task, base, branch, dirty } = started;
  run.sink({
    type: 'task-started',
    task: task.id,
    title: task.title,
    run: started.run,
    branch,
    base,
    resumed,
    dirty,
  });
}
