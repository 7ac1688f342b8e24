import { ModelError } from '../models/model-error.js';
import type { EventSink } from './events.js';
import type { StartInput } from './create-task-run.js';
import type { Crew } from './models.js';
import { describe, ownTroubleOf, pauseOf, troubleOfRun } from './own-trouble.js';
import { runCodePhase } from './phase-code.js';
import { findCalibrations } from './calibrate/find-calibrations.js';
import { createKnownAnswers } from './known-answers.js';
import { runDocumentPhase } from './phase-document.js';
import { runPlanPhase } from './phase-plan.js';
import type { PlannedTask } from './plan-run.js';
import { startRun } from './start-run.js';
import type { Cancellation, TaskControl, TaskControls } from './task-controls.js';
import { endRun, type PhaseResult, type TaskRun } from './task-run.js';
import type { Workspace } from './workspace.js';

/** What tasks are done with. */
export interface Doing {
  workspace: Workspace;
  crew: Crew;
  controls: TaskControls;
  sink: EventSink;
  /** Stops all work after the current request. */
  signal: AbortSignal;
  planOnly: boolean;
  /** Tasks that have become ready since; asked before the next role's model is loaded. */
  joining?: () => Promise<PlannedTask[]>;
}

type Phase = (run: TaskRun) => Promise<PhaseResult>;

/** One task on its way through the phases. */
interface Working {
  planned: PlannedTask;
  control: TaskControl;
  run: TaskRun;
  /** A phase is under way: a cancellation is dealt with where that ends. */
  busy: boolean;
  stopped: Promise<void> | undefined;
}

/**
 * Does these tasks phase by phase: so each role's model is loaded once, whatever the number of tasks. A task's own
 * trouble ends that task; trouble of the server or the repository ends them all.
 * @throws ModelError when no model can be asked; the abort reason; NexusError for what no task is to blame for
 */
export async function doTasks(doing: Doing, tasks: readonly PlannedTask[]): Promise<void> {
  const { planOnly } = doing;
  const plan: Phase = (run) => runPlanPhase(run, { planOnly });
  let going: Working[] = [];
  try {
    for (let next = tasks; next.length > 0; next = (await doing.joining?.()) ?? []) {
      const begun = await beginAll(doing, next);
      going.push(...(await runPhaseOfAll(doing, begun, plan)));
    }
    for (const phase of [runCodePhase, runDocumentPhase]) going = await runPhaseOfAll(doing, going, phase);
  } finally {
    for (const { task } of doing.controls.active()) doing.controls.end(task);
  }
}

async function beginAll(doing: Doing, tasks: readonly PlannedTask[]): Promise<Working[]> {
  const begun: Working[] = [];
  const { signal } = doing;
  const calibrations = await findCalibrations(doing.crew, signal);
  for (const planned of tasks) {
    signal.throwIfAborted();
    const { id, hash } = planned.task;
    const control = doing.controls.start({ task: id, hash, root: doing.workspace.root });
    const run = await begin({
      ...doing,
      models: doing.crew.models,
      known: createKnownAnswers(doing.crew),
      calibrations,
      loadAhead: doing.crew.loadAhead,
      planned,
      ...control,
    });
    if (run === undefined) {
      doing.controls.end(id);
      continue;
    }
    const working: Working = { planned, control, run, busy: false, stopped: undefined };
    // A task that waits for its turn ends at once; one that is being worked on, where its phase notices.
    control.onCancelled(() => {
      if (!working.busy) void stopCancelled(doing, working).catch(() => undefined);
    });
    begun.push(working);
  }
  return begun;
}

/** A task that cannot even begin is told and left; the others go on. */
async function begin(input: StartInput): Promise<TaskRun | undefined> {
  try {
    if (await isCalledOff(input)) return undefined;
    return await startRun(input);
  } catch (error) {
    const { task, branch } = input.planned;
    const because = pauseOf(error);
    if (because !== undefined) {
      input.sink({ type: 'task-paused', task: task.id, because });
      return undefined;
    }
    const outcome = ownTroubleOf(error);
    if (outcome === undefined) throw error;
    input.sink({ type: 'task-ended', task: task.id, branch, outcome, tip: undefined });
    return undefined;
  }
}

/** Whether its interrupted run was cancelled after this was planned, while other tasks had their turn. That was told. */
async function isCalledOff({ workspace, planned }: StartInput): Promise<boolean> {
  if (planned.why !== 'interrupted') return false;
  const progress = (await workspace.store.latest(planned.task.id)).record?.progress;
  if (progress?.kind !== 'ended' || progress.outcome.kind !== 'needs-attention') return false;
  return progress.outcome.reason === 'cancelled';
}

async function runPhaseOfAll(doing: Doing, tasks: readonly Working[], phase: Phase): Promise<Working[]> {
  const going: Working[] = [];
  for (const working of tasks) {
    const result = await runPhase(doing, working, phase);
    if (result === 'continue') going.push(working);
    else doing.controls.end(working.planned.task.id);
  }
  return going;
}

async function runPhase(doing: Doing, working: Working, phase: Phase): Promise<PhaseResult> {
  const { run, control } = working;
  doing.signal.throwIfAborted();
  if (control.cancellation !== undefined) {
    await stopCancelled(doing, working);
    return 'ended';
  }
  run.time.start();
  working.busy = true;
  try {
    return await phase(run);
  } catch (error) {
    working.busy = false;
    return await endPhase(doing, working, error);
  } finally {
    working.busy = false;
    run.time.stop();
  }
}

/** What a phase came to that threw. */
async function endPhase(doing: Doing, working: Working, error: unknown): Promise<PhaseResult> {
  const { run, control } = working;
  if (control.cancellation !== undefined) {
    await stopCancelled(doing, working);
    return 'ended';
  }
  // Interrupted: the run stays open in its journal and the next one goes on with it.
  run.signal.throwIfAborted();
  if (error instanceof ModelError) {
    await endRun(run, { kind: 'needs-attention', reason: 'model-trouble', detail: describe(error) });
    // No other task would fare better: the queue stops with one message.
    if (doing.crew.breaker.isOpen(error)) throw error;
    return 'ended';
  }
  const because = pauseOf(error);
  if (because !== undefined) {
    run.sink({ type: 'task-paused', task: run.task.id, because });
    return 'ended';
  }
  const outcome = await troubleOfRun(run, error);
  if (outcome === undefined) throw error;
  return endRun(run, outcome);
}

/** Once, whoever comes first: the cancellation itself or the phase that noticed it. */
async function stopCancelled({ controls }: Doing, working: Working): Promise<void> {
  const { run, control, planned } = working;
  const { cancellation } = control;
  if (cancellation === undefined) return;
  working.stopped ??= stop(run, cancellation).finally(() => controls.end(planned.task.id));
  await working.stopped;
}

async function stop(run: TaskRun, cancellation: Cancellation): Promise<void> {
  if (cancellation.kind === 'paused') {
    run.sink({ type: 'task-paused', task: run.task.id, because: cancellation.because });
    return;
  }
  // Its last phase may have ended it in the moment before.
  if (run.journal.record.progress.kind === 'ended') return;
  await endRun(run, { kind: 'needs-attention', reason: 'cancelled', detail: cancellation.detail });
}
