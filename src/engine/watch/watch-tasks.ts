import type { ResponseCache } from '../../models/cache/response-cache.js';
import { removeLeftovers } from '../remove-leftovers.js';
import { doTasks } from '../do-tasks.js';
import { rememberMerged } from '../remember-merged.js';
import type { EventSink } from '../events.js';
import type { TaskControls } from '../task-controls.js';
import { giveMemoryBack } from './give-memory-back.js';
import { createCrew, describeRemote, shouldBatch, type Crew } from '../models.js';
import { planRun, type PlannedTask, type RunPlan } from '../plan-run.js';
import { eventErrorOf } from '../event-error.js';
import { serveRequest } from '../serve-request.js';
import { waitForServer } from './wait-for-server.js';
import { createWake, type Wake } from './wake.js';
import { watchCheckout, type WatchedCheckout } from './watched-checkout.js';
import { openWhenFree } from '../worker/open-when-free.js';
import type { Worker } from '../worker/open-worker.js';
import type { Workspace } from '../workspace.js';

export interface WatchOptions {
  sink: EventSink;
  /** Stops after the current request. */
  signal: AbortSignal;
  /** Stops at once. */
  abort: AbortSignal;
  /** First pause before a failed request is sent again, in ms; default: that of the backend. */
  retryBaseMs?: number;
  /** See `DoPlanOptions`. */
  cache?: ResponseCache | undefined;
}

/** What the loop knows besides what git and the journals say. */
interface Watching extends WatchOptions {
  /** Of the user; `signal` is aborted for other reasons, too. */
  stop: AbortSignal;
  worker: Worker;
  checkout: WatchedCheckout;
  wake: Wake;
  /** Tasks that ended here with this hash and are not tried again by themselves: only trouble would come of it. */
  tried: Map<string, string>;
  /** Of the models as they are configured now. */
  crew: { of: Workspace['config']; crew: Crew } | undefined;
  /** Failures of the server in a row. */
  failures: number;
  /** The last `idle` that was told. */
  told: string | undefined;
  /** Since memory was given back. */
  worked: boolean;
  /** What is left of the last `queue` that was told, as text. */
  queued: string | undefined;
}

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
      watching.worked = false;
    }
    await wake.wait(LOOK_AGAIN_MS, signal);
    return 'go on';
  } catch (error) {
    if (stop.aborted) return 'stopped';
    throw error;
  }
}

/** The first of the ready tasks; all of them when the models are loaded in turns. */
async function doNext(
  watching: Watching,
  workspace: Workspace,
  ready: readonly PlannedTask[],
): Promise<void> {
  const { worker, signal, checkout } = watching;
  watching.told = undefined;
  watching.worked = true;
  const crew = crewOf(watching, workspace);
  const batch = ready.length > 1 && (await shouldBatch(workspace.config, crew, signal));
  /** Their texts. */
  const begun = new Map<string, string>();
  const begin = (tasks: readonly PlannedTask[]): PlannedTask[] => {
    for (const { task } of tasks) begun.set(task.id, task.hash);
    return [...tasks];
  };
  const sink: EventSink = (event) => {
    const hash = event.type === 'task-ended' ? begun.get(event.task) : undefined;
    // How another text of it ended says nothing any more.
    if (event.type === 'task-started') watching.tried.delete(event.task);
    if (event.type === 'task-ended' && hash !== undefined) watching.tried.set(event.task, hash);
    worker.sink(event);
  };
  const doing = { workspace, crew, controls: guarded(watching), sink, signal, planOnly: false };
  try {
    if (!batch) await doTasks(doing, begin(ready.slice(0, 1)));
    else {
      const joining = async (): Promise<PlannedTask[]> => {
        const now = await checkout.workspace();
        const plan = now === undefined ? undefined : await planRun(now, {});
        const fresh = plan?.ready.filter(({ task }) => !begun.has(task.id)) ?? [];
        return begin(fresh.filter((planned) => !isTried(watching, planned)));
      };
      await doTasks({ ...doing, joining }, begin(ready));
    }
    // A task that a server failed ends by itself; only an answer shows that it is well.
    if (crew.breaker.isCalm) watching.failures = 0;
  } catch (error) {
    signal.throwIfAborted();
    if (!crew.breaker.isOpen(error)) throw error;
    await waitOutTrouble(watching, workspace, crew, error);
  }
}

/** What was planned a moment ago may be outdated by the time it starts. */
function guarded({ worker, checkout }: Watching): TaskControls {
  const { controls } = worker;
  return {
    ...controls,
    start(about) {
      const control = controls.start(about);
      checkout.stopOutdated();
      return control;
    },
  };
}

/** One message, then nothing until the server answers again or the configuration names another. */
async function waitOutTrouble(
  watching: Watching,
  workspace: Workspace,
  crew: Crew,
  error: unknown,
): Promise<void> {
  const { sink, signal, wake, worker, checkout } = watching;
  const since = performance.now();
  sink({ type: 'server-away', error: eventErrorOf(error) });
  watching.failures += 1;
  const isOver = async (): Promise<boolean> => {
    checkout.assertThere();
    return worker.hasRequest() || (await checkout.workspace())?.config !== workspace.config;
  };
  await waitForServer(workspace.config, crew, { failures: watching.failures, signal, wake, isOver });
  crew.breaker.close();
  sink({ type: 'server-back', awayMs: Math.round(performance.now() - since) });
  // They did not fail by themselves.
  watching.tried.clear();
}

function crewOf(watching: Watching, { config, root: folder }: Workspace): Crew {
  if (watching.crew?.of !== config) {
    watching.crew = { of: config, crew: createCrew(config, { ...watching, folder }) };
    for (const message of describeRemote(config)) watching.sink({ type: 'notice', task: undefined, message });
  }
  return watching.crew.crew;
}

function isTried({ tried }: Watching, { task }: PlannedTask): boolean {
  return tried.get(task.id) === task.hash;
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
