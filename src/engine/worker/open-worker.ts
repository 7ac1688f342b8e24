import { cancelForOther } from '../cancel-task.js';
import type { EventSink } from '../events.js';
import { createTaskControls, type TaskControls } from '../task-controls.js';
import type { Workspace } from '../workspace.js';
import { openEventLog } from './event-log.js';
import { takeRequests } from './inbox.js';
import { acquireLock } from './lock.js';
import type { WorkerMode, WorkerRequest } from './request.js';
import { createWorkerState } from './state.js';

/** Tasks that another process handed over. */
export interface HandedRun {
  id: string;
  request: Extract<WorkerRequest, { kind: 'run' }>;
}

/** The one process that works in a repository. */
export interface Worker {
  commonDir: string;
  /** Tells the caller, and the processes that follow. */
  sink: EventSink;
  controls: TaskControls;
  /** The oldest request to run tasks that is not done yet; undefined when there is none. */
  nextRequest(): HandedRun | undefined;
  hasRequest(): boolean;
  /** Aborted when the lock is lost: nothing may be begun any more. */
  lost: AbortSignal;
  /**
   * Takes no requests any more, before `close`; false, and goes on taking them, when one is still to be done. So none is
   * taken that nobody does: those that stay in the inbox are taken back by their senders.
   */
  retire(): Promise<boolean>;
  close(): Promise<void>;
}

export interface WorkerOptions {
  mode: WorkerMode;
  sink: EventSink;
  signal: AbortSignal;
  abort?: AbortSignal;
  /** Something came: a request to run, or a sign to look again. */
  onRequest?: () => void;
}

/** How often a worker looks for what others ask of it, in ms: a cancelled task stops this soon. */
const LOOK_EVERY = 250;

/**
 * Takes the repository's lock and says so to other processes. Requests to cancel are dealt with at once. When the lock is
 * lost, the tasks that are worked on end with NexusError `lock-lost`, and no other begins.
 * @throws NexusError `busy`
 */
export async function openWorker(workspace: Workspace, options: WorkerOptions): Promise<Worker> {
  const { commonDir } = workspace.repository;
  const lock = await acquireLock(commonDir);
  const { mode, signal, abort = signal } = options;
  const state = createWorkerState(commonDir, lock, mode, workspace.root);
  const log = openEventLog(commonDir, lock.key);
  const sink: EventSink = (event) => {
    log.append(event);
    options.sink(event);
  };
  const onStop = (): void =>
    sink({ type: 'stopping', because: 'It was told to stop: the current request is the last one.' });
  signal.addEventListener('abort', onStop, { once: true });
  const tasks = createTaskControls({ signal, abort: AbortSignal.any([abort, lock.lost]) }, (active) =>
    state.setTasks(active),
  );
  const controls: TaskControls = {
    ...tasks,
    start(about) {
      lock.lost.throwIfAborted();
      return tasks.start(about);
    },
  };
  const waiting: HandedRun[] = [];
  const look = async (): Promise<void> => {
    for (const { id, request } of await takeRequests(commonDir, lock.key)) {
      if (request.kind === 'run') waiting.push({ id, request });
      else if (request.kind === 'cancel')
        await cancelForOther(workspace, controls, sink, { id, task: request.task });
      if (request.kind !== 'cancel') options.onRequest?.();
    }
  };
  let looking = Promise.resolve();
  const lookOften = (): NodeJS.Timeout =>
    setInterval(() => {
      looking = looking.then(look).catch(() => undefined);
    }, LOOK_EVERY);
  let timer = lookOften();
  return {
    commonDir,
    sink,
    controls,
    nextRequest: () => waiting.shift(),
    hasRequest: () => waiting.length > 0,
    lost: lock.lost,
    async retire() {
      clearInterval(timer);
      await looking;
      if (waiting.length === 0) return true;
      timer = lookOften();
      return false;
    },
    async close() {
      signal.removeEventListener('abort', onStop);
      clearInterval(timer);
      await looking;
      await log.close();
      await state.dispose();
      await lock.release();
    },
  };
}
