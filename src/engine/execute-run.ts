import { sumCounts } from './counts.js';
import { doPlan, queueOf, type DoPlanOptions } from './do-plan.js';
import type { EventSink, RunCounts } from './events.js';
import { planRun, type RunPlan } from './plan-run.js';
import { rememberMerged } from './remember-merged.js';
import { removeLeftovers } from './remove-leftovers.js';
import { serveRequest } from './serve-request.js';
import { openWorker } from './worker/open-worker.js';
import type { WorkerMode } from './worker/request.js';
import type { Workspace } from './workspace.js';

export interface RunOptions extends DoPlanOptions {
  sink: EventSink;
  /** Ends a request under way, too; default: `signal` does. */
  abort?: AbortSignal;
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
