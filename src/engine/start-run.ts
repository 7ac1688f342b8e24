import { checkName } from '../checks/check-name.js';
import { EXIT, NexusError } from '../errors.js';
import type { RunStartedEntry } from '../journal/entries.js';
import { keepInHistory } from '../journal/history.js';
import type { RunRecord } from '../journal/run-record.js';
import type { RunJournal } from '../journal/run-store.js';
import { isResumable } from '../journal/task-state.js';
import type { Model, Role } from '../models/port.js';
import type { BranchInfo, CommitInfo, ObjectId } from '../repository/repository.js';
import type { Task } from '../tasks/task.js';
import { NEXUS_VERSION } from '../version.js';
import { adoptCommits } from './commit-change.js';
import { createTaskRun, type StartInput } from './create-task-run.js';
import { effectiveChecks } from './effective-checks.js';
import type { PlannedTask } from './plan-run.js';
import type { Survey } from './survey.js';
import { ownTroubleOf } from './own-trouble.js';
import type { TaskRun } from './task-run.js';
import type { Workspace } from './workspace.js';

/**
 * Begins a run of a task, or takes up the one that was interrupted.
 * @throws NexusError `branch-changed`, `base-rewritten`, `identity-missing`, `branch-name-taken`, …
 */
export async function startRun(input: StartInput): Promise<TaskRun> {
  const { workspace, planned } = input;
  const journal = planned.resume ? await workspace.store.reopen(planned.task.id) : undefined;
  if (journal !== undefined && isResumable(journal.record, planned.task)) return resume(input, journal);
  return begin(input);
}

async function begin(input: StartInput): Promise<TaskRun> {
  const { workspace, planned, models } = input;
  await workspace.repository.identity();
  await putAsideOldBranch(input);
  await workspace.repository.assertBranchCreatable(planned.branch);
  const first = await firstEntry(workspace, planned, models);
  const run = await createTaskRun(input, await workspace.store.create(first));
  tellStart(run, false);
  return run;
}

async function firstEntry(
  workspace: Workspace,
  planned: PlannedTask,
  models: Record<Role, Model>,
): Promise<RunStartedEntry> {
  const { task, branch, base, baseName, dirty, checks } = planned;
  return {
    type: 'run-started',
    run: await workspace.store.nextRunId(task.id),
    nexus: NEXUS_VERSION,
    task: { id: task.id, title: task.title, hash: task.hash, kind: task.kind },
    base,
    baseName,
    branch,
    models: { overseer: models.overseer.name, coder: models.coder.name },
    dirty,
    checks,
  };
}

async function resume(input: StartInput, journal: RunJournal): Promise<TaskRun> {
  const { repository } = input.workspace;
  const { started } = journal.record;
  const branch = await repository.branch(started.branch);
  const commits = branch === undefined ? [] : await repository.log(started.base, branch.tip);
  try {
    assertOwn(started, commits);
    if (branch === undefined && journal.record.committed.length > 0) throw deleted(started);
    if (!(await isBaseKept(input, journal.record))) throw baseRewritten(started);
  } catch (error) {
    const outcome = ownTroubleOf(error);
    if (outcome !== undefined) await journal.append({ type: 'ended', outcome, tip: branch?.tip });
    throw error;
  }
  const run = await createTaskRun(input, journal);
  await adoptCommits(run, commits);
  if (journal.record.progress.kind === 'waits-for-approval') await journal.append({ type: 'plan-approved' });
  tellStart(run, true);
  return run;
}

async function isBaseKept(input: StartInput, record: RunRecord): Promise<boolean> {
  const { base } = record.started;
  return base === input.planned.base || input.workspace.repository.isAncestor(base, input.planned.base);
}

/**
 * A run opened only to take a verdict: the last one of the task, or, when its journal is gone, a new one that knows the
 * branch and nothing else.
 */
export async function openRunForChecks(
  input: Omit<StartInput, 'planned'> & { task: Task; survey: Survey; branch: BranchInfo },
): Promise<TaskRun> {
  const { workspace, task, survey, branch, models } = input;
  const { repository, config, store } = workspace;
  const planned: PlannedTask = {
    task,
    resume: true,
    why: 'check',
    branch: branch.name,
    base: survey.base,
    baseName: survey.baseName,
    dirty: [],
    checks: effectiveChecks(config, task).map((check) => checkName(check)),
  };
  const last = await store.latest(task.id);
  const kept = last.record === undefined ? undefined : await store.reopen(task.id);
  const base = (await repository.mergeBase(survey.base, branch.tip)) ?? survey.base;
  const journal =
    kept ?? (await store.create({ ...(await firstEntry(workspace, { ...planned, base }, models)) }));
  const run = await createTaskRun({ ...input, planned }, journal);
  run.commits = await repository.log(run.base, branch.tip);
  run.tip = branch.tip;
  if (kept === undefined) {
    const detail = 'The journal of its run is gone; its verdict was taken anew.';
    await journal.append({
      type: 'ended',
      outcome: { kind: 'needs-attention', reason: 'unverified', detail },
      tip: branch.tip,
    });
  }
  return run;
}

/** A branch of an earlier run goes under `refs/nexus/history/` before the new one takes its name. */
async function putAsideOldBranch(input: StartInput): Promise<void> {
  const { repository } = input.workspace;
  const { task, branch } = input.planned;
  const old = await repository.branch(branch);
  if (old === undefined) return;
  const commits = await repository.log(await startOf(input, old.tip), old.tip);
  const foreign = commits.find((commit) => !isOurs(commit, task));
  if (foreign !== undefined)
    throw changed(
      task.id,
      branch,
      `holds a commit that Nexus did not make (${foreign.oid.slice(0, 10)} "${foreign.subject}")`,
    );
  await keepInHistory(repository, task.id, old.tip);
  await repository.deleteBranch(branch, old.tip);
}

/** Where the old branch began: its run says so, also when the base was rewritten since. */
async function startOf(input: StartInput, tip: ObjectId): Promise<ObjectId> {
  const { repository, store } = input.workspace;
  const { task, branch, base } = input.planned;
  const started = (await store.latest(task.id)).record?.started;
  if (started?.branch === branch && (await repository.isAncestor(started.base, tip))) return started.base;
  return (await repository.mergeBase(base, tip)) ?? base;
}

function isOurs(commit: CommitInfo, task: Task): boolean {
  return commit.trailers.has('nexus-run') && (commit.trailers.get('nexus-task') ?? []).includes(task.id);
}

function assertOwn(started: RunStartedEntry, commits: readonly CommitInfo[]): void {
  const foreign = commits.find((commit) => !(commit.trailers.get('nexus-run') ?? []).includes(started.run));
  if (foreign !== undefined)
    throw changed(
      started.task.id,
      started.branch,
      `holds a commit that is not of this run (${foreign.oid.slice(0, 10)} "${foreign.subject}")`,
    );
}

function changed(task: string, branch: string, how: string): NexusError {
  return new NexusError({
    code: 'branch-changed',
    message: `The branch ${branch} ${how}; Nexus does not touch it.`,
    remedy: `Keep it under another name (git branch -m ${branch} NAME) or delete it (git branch -D ${branch}), then start anew: nexus retry ${task}`,
    exitCode: EXIT.repository,
  });
}

function deleted(started: RunStartedEntry): NexusError {
  return new NexusError({
    code: 'branch-changed',
    message: `The branch ${started.branch} was deleted while this run was not done.`,
    remedy: `Start it anew from the base: nexus retry ${started.task.id}`,
    exitCode: EXIT.repository,
  });
}

function baseRewritten(started: RunStartedEntry): NexusError {
  return new NexusError({
    code: 'base-rewritten',
    message: `The base no longer contains ${started.base.slice(0, 10)}, the commit that this run of ${started.task.id} started from.`,
    remedy: `Start it anew from the base as it is now: nexus retry ${started.task.id}`,
    exitCode: EXIT.attention,
  });
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
