import type { ResponseCache } from '../models/cache/response-cache.js';
import { countEvents, sumCounts } from './counts.js';
import { doTasks } from './do-tasks.js';
import type { RunCounts } from './events.js';
import { createCrew, describeRemote, shouldBatch, type Crew } from './models.js';
import { planRun, type PlannedTask, type RunPlan, type RunRequest } from './plan-run.js';
import type { Worker } from './worker/open-worker.js';
import type { Workspace } from './workspace.js';

export interface DoPlanOptions {
  planOnly: boolean;
  /** Stops after the current request; whatever else goes on ends at once. */
  signal: AbortSignal;
  /** What was asked for, to find the tasks that become ready by this run. */
  request?: RunRequest;
  /** First pause before a failed request is sent again, in ms; default: that of the backend. */
  retryBaseMs?: number;
  /** Answers of earlier runs; without it every question is asked. */
  cache?: ResponseCache | undefined;
}

/** Does the tasks of a plan, and those stacked on them that become ready by it. */
export async function doPlan(
  worker: Worker,
  workspace: Workspace,
  plan: RunPlan,
  options: DoPlanOptions,
): Promise<RunCounts> {
  worker.sink(queueOf(plan));
  const { counts, sink } = countEvents(worker.sink);
  const counting = { ...worker, sink };
  const crew = createCrew(workspace.config, { ...options, folder: workspace.root });
  for (const message of describeRemote(workspace.config)) sink({ type: 'notice', task: undefined, message });
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
  { planOnly, signal }: DoPlanOptions,
): Promise<void> {
  const { sink, controls } = worker;
  const doing = { workspace, crew, controls, sink, signal, planOnly };
  const batch = ready.length > 1 && (await shouldBatch(workspace.config, crew, signal));
  for (const tasks of batch ? [ready] : ready.map((planned) => [planned])) await doTasks(doing, tasks);
}

/** The first that is told of a plan. */
export function queueOf(plan: RunPlan): { type: 'queue'; ready: string[]; waiting: RunPlan['waiting'] } {
  return { type: 'queue', ready: plan.ready.map(({ task }) => task.id), waiting: plan.waiting };
}
