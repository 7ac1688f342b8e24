import { ModelError } from '../models/model-error.js';
import type { ModelFault } from '../models/port.js';
import { removeStaleWorktrees } from '../repository/stale-worktrees.js';
import type { EventSink } from './events.js';
import type { StartInput } from './create-task-run.js';
import { acquireLock } from './worker/lock.js';
import { createBackends, createModels, shouldBatch } from './models.js';
import { describe, ownTroubleOf } from './own-trouble.js';
import { runCodePhase } from './phase-code.js';
import { runDocumentPhase } from './phase-document.js';
import { runPlanPhase } from './phase-plan.js';
import { planRun, type PlannedTask, type RunPlan, type RunRequest } from './plan-run.js';
import { startRun } from './start-run.js';
import { endRun, type PhaseResult, type TaskRun } from './task-run.js';
import type { Workspace } from './workspace.js';

export interface RunOptions {
  planOnly: boolean;
  sink: EventSink;
  signal: AbortSignal;
  /** What was asked for, to find the tasks that become ready by this run. */
  request?: RunRequest;
  /** First pause before a failed request is sent again, in ms; default: that of the backend. */
  retryBaseMs?: number;
}

export interface RunSummary {
  review: number;
  needsAttention: number;
  waiting: number;
}

type Phase = (run: TaskRun) => Promise<PhaseResult>;

/**
 * Does what `planRun` said: plan, code and check, document. One task after the other, or role by role when both models
 * don't fit in memory. A task's own trouble ends that task; trouble of the server or the repository ends the run.
 * @throws NexusError `busy`, ModelError when no model can be asked; the abort reason.
 */
export async function executeRun(
  workspace: Workspace,
  plan: RunPlan,
  options: RunOptions,
): Promise<RunSummary> {
  const startedAt = performance.now();
  const { sink, signal } = options;
  sink({ type: 'queue', ready: plan.ready.map(({ task }) => task.id), waiting: plan.waiting });
  const summary: RunSummary = { review: 0, needsAttention: 0, waiting: plan.waiting.length };
  const counting = { ...options, sink: countingSink(sink, summary) };
  if (plan.ready.length > 0) {
    const lock = await acquireLock(workspace.repository.commonDir);
    try {
      await removeStaleWorktrees(workspace.repository);
      await runRounds(workspace, plan, counting);
    } finally {
      await lock.release();
    }
  }
  signal.throwIfAborted();
  sink({ type: 'finished', ...summary, elapsedMs: Math.round(performance.now() - startedAt) });
  return summary;
}

/** Tasks stacked on one that has just become ready for review follow in another round. */
async function runRounds(workspace: Workspace, first: RunPlan, options: RunOptions): Promise<void> {
  const done = new Set<string>();
  let ready = first.ready;
  while (ready.length > 0) {
    for (const planned of ready) done.add(planned.task.id);
    await runTasks(workspace, ready, options);
    if (!workspace.tasks.some((task) => task.stack && !done.has(task.id))) return;
    const next = await planRun(workspace, options.request ?? {});
    ready = next.ready.filter(({ task }) => !done.has(task.id) && task.stack);
  }
}

async function runTasks(
  workspace: Workspace,
  tasks: readonly PlannedTask[],
  options: RunOptions,
): Promise<void> {
  const { config } = workspace;
  const backends = createBackends(config, options);
  const models = createModels(config, backends);
  const { sink, signal, planOnly } = options;
  const phases: Phase[] = [(run) => runPlanPhase(run, { planOnly }), runCodePhase, runDocumentPhase];
  const start = (planned: PlannedTask): Promise<TaskRun | undefined> =>
    begin({ workspace, planned, models, sink, signal });
  if (tasks.length > 1 && (await shouldBatch(config, backends, signal))) {
    await runByRole(tasks, start, phases);
  } else {
    for (const planned of tasks) await runByRole([planned], start, phases);
  }
}

/** Each phase over all tasks before the next: so each role's model is loaded once, whatever the number of tasks. */
async function runByRole(
  tasks: readonly PlannedTask[],
  start: (planned: PlannedTask) => Promise<TaskRun | undefined>,
  phases: readonly Phase[],
): Promise<void> {
  let runs: TaskRun[] = [];
  for (const planned of tasks) {
    const run = await start(planned);
    if (run !== undefined) runs.push(run);
  }
  for (const phase of phases) {
    const going: TaskRun[] = [];
    for (const run of runs) if ((await runPhase(run, phase)) === 'continue') going.push(run);
    runs = going;
  }
}

/** A task that cannot even begin is told and left; the others go on. */
async function begin(input: StartInput): Promise<TaskRun | undefined> {
  input.signal.throwIfAborted();
  try {
    return await startRun(input);
  } catch (error) {
    const outcome = ownTroubleOf(error);
    if (outcome === undefined) throw error;
    const { task, branch } = input.planned;
    input.sink({ type: 'task-ended', task: task.id, branch, outcome, tip: undefined });
    return undefined;
  }
}

async function runPhase(run: TaskRun, phase: Phase): Promise<PhaseResult> {
  run.signal.throwIfAborted();
  run.time.start();
  try {
    return await phase(run);
  } catch (error) {
    // Interrupted: the run stays open in its journal and the next one goes on with it.
    run.signal.throwIfAborted();
    if (error instanceof ModelError) {
      await endRun(run, { kind: 'needs-attention', reason: 'model-trouble', detail: describe(error) });
      if (STOPS_ALL.has(error.fault)) throw error;
      return 'ended';
    }
    const outcome = ownTroubleOf(error);
    if (outcome === undefined) throw error;
    return endRun(run, outcome);
  } finally {
    run.time.stop();
  }
}

/** With these no other task would fare better: the queue stops with one message. */
const STOPS_ALL: ReadonlySet<ModelFault> = new Set([
  'not-running',
  'model-missing',
  'refused-model',
  'connect-timeout',
  'connection-lost',
  'busy',
  'first-token-timeout',
]);

function countingSink(sink: EventSink, summary: RunSummary): EventSink {
  return (event) => {
    if (event.type === 'task-ended') {
      if (event.outcome.kind === 'review') summary.review += 1;
      else summary.needsAttention += 1;
    }
    if (event.type === 'plan-waits') summary.waiting += 1;
    sink(event);
  };
}
