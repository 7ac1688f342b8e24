import { doNext, isTried, restartModels } from './do-next.js';
import type { Watching, WatchOptions } from './watching.js';
import { removeLeftovers } from '../remove-leftovers.js';
import { rememberMerged } from '../remember-merged.js';
import { giveMemoryBack } from './give-memory-back.js';
import { planRun, type PlannedTask, type RunPlan } from '../plan-run.js';
import { serveRequest } from '../serve-request.js';
import { createWake } from './wake.js';
import { watchCheckout } from './watched-checkout.js';
import { openWhenFree } from '../worker/open-when-free.js';
import type { Workspace } from '../workspace.js';

/** Without a sign of any change the loop looks again after this time, in ms: a sign may have been missed. */
const LOOK_AGAIN_MS = 60_000;
/** After this time with nothing to do, in ms, memory is given back. */
const CALM_MS = 20_000;

/**
 * Does tasks as `tasks.yml` changes, until `signal` is aborted. What the user writes counts once it has settled; what
 * is wrong or not approved is told once, and what was read before still counts.
 * Returns when it is told to stop while it has nothing to do.
 * @throws NexusError `busy`, `tasks-missing`, `repository-gone`; the abort reason when something was under way
 */
export async function watchTasks(workspace: Workspace, options: WatchOptions): Promise<void> {
  const wake = createWake();
  const worker = await openWhenFree(workspace, { ...options, mode: 'watch', onRequest: () => wake.ring() });
  const signal = AbortSignal.any([options.signal, worker.lost]);
  try {
    const checkout = await watchCheckout(workspace, {
      ...options,
      signal,
      sink: worker.sink,
      controls: worker.controls,
      wake,
    });
    try {
      await removeLeftovers(workspace);
      await loop({
        ...options,
        signal,
        stop: options.signal,
        sink: worker.sink,
        worker,
        checkout,
        wake,
        tried: new Map(),
        crew: undefined,
        failures: 0,
        told: undefined,
        worked: true,
        queued: undefined,
      });
    } finally {
      await checkout.close();
    }
  } finally {
    await worker.close();
  }
}

async function loop(watching: Watching): Promise<void> {
  const { worker, checkout, signal } = watching;
  for (;;) {
    signal.throwIfAborted();
    checkout.assertThere();
    const request = worker.nextRequest();
    if (request !== undefined) {
      watching.told = undefined;
      watching.worked = true;
      watching.queued = undefined;
      for (const task of request.request.tasks ?? []) watching.tried.delete(task);
      await serveRequest(worker, request, watching);
      continue;
    }
    const workspace = await checkout.workspace();
    const plan = workspace === undefined ? undefined : await planRun(workspace, {});
    if (plan !== undefined && workspace !== undefined) await rememberMerged(workspace.repository, plan);
    const ready = plan?.ready.filter((planned) => !isTried(watching, planned)) ?? [];
    if (plan !== undefined && workspace !== undefined && ready.length > 0) {
      tellQueue(watching, ready, plan);
      await doNext(watching, workspace, ready);
    } else {
      tellIdle(watching, workspace, plan);
      if ((await rest(watching)) === 'stopped') return;
    }
  }
}

/**
 * Waits for a sign of change. Once after each piece of work, what that took is given back. To be told to stop in the
 * meantime interrupts nothing, so it is no error.
 */
async function rest(watching: Watching): Promise<'go on' | 'stopped'> {
  const { wake, signal, stop } = watching;
  try {
    if (watching.worked) {
      if ((await wake.wait(CALM_MS, signal)) === 'rung') return 'go on';
      giveMemoryBack();
      restartModels(watching);
      watching.worked = false;
    }
    await wake.wait(LOOK_AGAIN_MS, signal);
    return 'go on';
  } catch (error) {
    if (stop.aborted) return 'stopped';
    throw error;
  }
}

function tellQueue(watching: Watching, ready: readonly PlannedTask[], { waiting }: RunPlan): void {
  const ids = ready.map(({ task }) => task.id);
  const isKnown = watching.queued === JSON.stringify(ids);
  watching.queued = JSON.stringify(ids.slice(1));
  if (!isKnown) watching.sink({ type: 'queue', ready: ids, waiting });
}

function tellIdle(watching: Watching, workspace: Workspace | undefined, plan: RunPlan | undefined): void {
  const idle = { tasks: workspace?.tasks.length ?? 0, waiting: plan?.waiting ?? [] };
  const text = JSON.stringify(idle);
  if (watching.told === text) return;
  watching.told = text;
  watching.queued = undefined;
  watching.sink({ type: 'idle', ...idle });
}
