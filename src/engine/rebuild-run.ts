import { checkName } from '../checks/check-name.js';
import { readBranchWork, type BranchWork } from '../journal/branch-work.js';
import type { Outcome } from '../journal/entries.js';
import type { RunJournal } from '../journal/run-store.js';
import type { BranchInfo } from '../repository/repository.js';
import type { Task } from '../tasks/task.js';
import { adoptCommits } from './commit-change.js';
import { createTaskRun, type StartInput } from './create-task-run.js';
import { effectiveChecks } from './effective-checks.js';
import type { PlannedTask } from './plan-run.js';
import { firstEntry } from './first-entry.js';
import { baseRewritten } from './start-failures.js';
import type { Survey } from './survey.js';
import type { TaskRun } from './task-run.js';

/**
 * The journal of a run that lost its own, made from its branch: which run it was and what it started from; its commits are
 * adopted when it is resumed. Undefined for a branch that is not complete, since nothing says what it lacks: replies,
 * plan and verdicts are gone, so that its work has to start anew.
 */
export async function rebuildRun(
  input: StartInput,
  branch: BranchInfo | undefined,
): Promise<RunJournal | undefined> {
  if (branch === undefined) return undefined;
  const { task, base } = input.planned;
  const { repository } = input.workspace;
  const work = await readBranchWork(repository, { task, branch, record: undefined, base });
  if (!work.complete || work.run === undefined || work.taskHash !== task.hash) return undefined;
  return createFrom(input, work, work.run);
}

async function createFrom(input: StartInput, work: BranchWork, run: string): Promise<RunJournal> {
  const { models, ...first } = firstEntry(input, run);
  return input.workspace.store.create({
    ...first,
    base: work.base,
    // What was uncommitted then is not known.
    dirty: [],
    models: {
      overseer: modelOf(work, 'plan') ?? models.overseer,
      coder: modelOf(work, 'step-') ?? models.coder,
    },
  });
}

function modelOf({ commits }: BranchWork, label: string): string | undefined {
  const commit = commits.find(({ trailers }) => trailers.get('nexus-step')?.at(-1)?.startsWith(label));
  return commit?.trailers.get('assisted-by')?.at(-1);
}

/**
 * A run opened only to take a verdict: the last one of the task, or, when its journal is gone, one that knows the branch
 * and nothing else. Only under the repository's lock.
 */
export async function openRunForChecks(
  input: Omit<StartInput, 'planned'> & { task: Task; survey: Survey; branch: BranchInfo },
): Promise<TaskRun> {
  const { workspace, task, branch, survey } = input;
  const { repository, store } = workspace;
  const about = { ...input, planned: planCheck(input) };
  await store.setAside(task.id);
  const isKnown = survey.entries.find((entry) => entry.task.id === task.id)?.record !== undefined;
  const kept = isKnown ? await store.reopen(task.id) : undefined;
  if (kept !== undefined) {
    const { started } = kept.record;
    // Rewritten so long ago that git has cleaned it away: there is nothing left to hold the branch against.
    if ((await repository.resolveCommit(started.base)) === undefined) throw baseRewritten(started);
    const run = await createTaskRun(about, kept);
    run.commits = await repository.log(run.base, branch.tip);
    run.tip = branch.tip;
    return run;
  }
  const work = await readBranchWork(repository, { task, branch, record: undefined, base: survey.base });
  const journal = await createFrom(about, work, work.run ?? (await store.nextRunId(task.id)));
  const run = await createTaskRun(about, journal);
  await adoptCommits(run, work.commits, { tell: false });
  run.tip = branch.tip;
  await journal.append({ type: 'ended', outcome: endOf(work, task), tip: branch.tip });
  return run;
}

/** How that run counts as ended; the verdict on a branch that may be whole then decides. */
function endOf(work: BranchWork, task: Task): Outcome {
  const isCut = work.run !== undefined && !work.complete;
  return isCut
    ? {
        kind: 'needs-attention',
        reason: 'branch-changed',
        detail: `The journal of its run is gone, and its last commit is not that of the documents: it may lack a part. nexus retry ${task.id} starts it anew.`,
      }
    : {
        kind: 'needs-attention',
        reason: 'unverified',
        detail: 'The journal of its run is gone; its verdict was taken anew.',
      };
}

function planCheck({ workspace, task, survey, branch }: Parameters<typeof openRunForChecks>[0]): PlannedTask {
  return {
    task,
    resume: true,
    why: 'check',
    branch: branch.name,
    base: survey.base,
    baseName: survey.baseName,
    dirty: [],
    checks: effectiveChecks(workspace.config, task).map((check) => checkName(check)),
  };
}
