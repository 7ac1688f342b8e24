import { removeLeftovers } from './remove-leftovers.js';
import { writeMerged } from '../journal/decisions.js';
import type { Repository } from '../repository/repository.js';
import { countEvents, sumCounts } from './counts.js';
import { doTasks } from './do-tasks.js';
import type { EventSink, RunCounts } from './events.js';
import { createCrew, shouldBatch, type Crew } from './models.js';
import { planRun, type PlannedTask, type RunPlan, type RunRequest } from './plan-run.js';
import { serveRequest } from './serve-request.js';
import { openWorker, type Worker } from './worker/open-worker.js';
import type { WorkerMode } from './worker/request.js';
import type { Workspace } from './workspace.js';

export interface RunOptions {
  planOnly: boolean;
  sink: EventSink;
  /** Stops after the current request; whatever else goes on ends at once. */
  signal: AbortSignal;
  /** Ends a request under way, too; default: `signal` does. */
  abort?: AbortSignal;
  /** What was asked for, to find the tasks that become ready by this run. */
  request?: RunRequest;
  /** First pause before a failed request is sent again, in ms; default: that of the backend. */
  retryBaseMs?: number;
  /** What other processes are told of this one; default: `run`. */
  mode?: WorkerMode;
}

export type RunSummary = RunCounts;

/**
 * Does what `planRun` said: plan, code and check, document; then what other processes handed over in the meantime.
 * @throws NexusError `busy`, ModelError when no model can be asked; the abort reason.
 */
export async function executeRun(
  workspace: Workspace,
  plan: RunPlan,
  options: RunOptions,
): Promise<RunSummary> {
  const startedAt = performance.now();
  const { sink, signal } = options;
  const finish = (counts: RunCounts): RunSummary => {
    signal.throwIfAborted();
    sink({ type: 'finished', ...counts, elapsedMs: Math.round(performance.now() - startedAt) });
    return counts;
  };
  await rememberMerged(workspace.repository, plan);
  if (plan.ready.length === 0) {
    sink(queueOf(plan));
    return finish(sumCounts({ waiting: plan.waiting.length }));
  }
  const worker = await openWorker(workspace, { ...options, mode: options.mode ?? 'run' });
  try {
    await removeLeftovers(workspace);
    // Whoever had the lock until now may have done some of it.
    const { request } = options;
    const current = request === undefined ? plan : await planRun(workspace, request);
    const counts = await doPlan(worker, workspace, current, options);
    do {
      for (let next = worker.nextRequest(); next !== undefined; next = worker.nextRequest()) {
        await serveRequest(worker, next, options);
      }
    } while (!(await worker.retire()));
    return finish(counts);
  } finally {
    await worker.close();
  }
}

/** Does the tasks of a plan, and those stacked on them that become ready by it. */
export async function doPlan(
  worker: Worker,
  workspace: Workspace,
  plan: RunPlan,
  options: Pick<RunOptions, 'planOnly' | 'signal' | 'request' | 'retryBaseMs'>,
): Promise<RunCounts> {
  worker.sink(queueOf(plan));
  const { counts, sink } = countEvents(worker.sink);
  const counting = { ...worker, sink };
  const crew = createCrew(workspace.config, options);
  const done = new Set<string>();
  let { ready } = plan;
  while (ready.length > 0) {
    for (const planned of ready) done.add(planned.task.id);
    await doReady(counting, workspace, crew, ready, options);
    if (!workspace.tasks.some((task) => task.stack && !done.has(task.id))) break;
    const next = await planRun(workspace, options.request ?? {});
    ready = next.ready.filter(({ task }) => !done.has(task.id) && task.stack);
  }
  return sumCounts(counts, { waiting: plan.waiting.length });
}

/** One task after the other, or role by role when both models don't fit in memory. */
async function doReady(
  worker: Worker,
  workspace: Workspace,
  crew: Crew,
  ready: readonly PlannedTask[],
  { planOnly, signal }: Pick<RunOptions, 'planOnly' | 'signal'>,
): Promise<void> {
  const { sink, controls } = worker;
  const doing = { workspace, crew, controls, sink, signal, planOnly };
  const batch = ready.length > 1 && (await shouldBatch(workspace.config, crew, signal));
  for (const tasks of batch ? [ready] : ready.map((planned) => [planned])) await doTasks(doing, tasks);
}

/** So that a task that was merged by hand is not done again when its branch and its journal are gone. */
export async function rememberMerged(repository: Repository, { merged }: RunPlan): Promise<void> {
  for (const decision of merged) await writeMerged(repository, decision);
}

function queueOf(plan: RunPlan): { type: 'queue'; ready: string[]; waiting: RunPlan['waiting'] } {
  return { type: 'queue', ready: plan.ready.map(({ task }) => task.id), waiting: plan.waiting };
}
