import { createPlatform } from '../../platform.js';
import { EXIT, messageOf, NexusError } from '../../errors.js';
import type { EngineEvent, EventError, EventSink, RunCounts } from '../events.js';
import { followEvents, pause } from './follow-events.js';
import { isWaiting, sendRequest, withdrawRequest } from './inbox.js';
import { createLifeCheck, findHolder } from './lock.js';
import { findLogEnd, type LogPosition } from './read-events.js';
import type { WorkerRequest } from './request.js';
import { readWorker, readWorkerOf, type WorkerInfo } from './state.js';

type RunOrder = Extract<WorkerRequest, { kind: 'run' }>;
type TaskEnded = Extract<EngineEvent, { type: 'task-ended' }>;

/** What became of a request. `free`: nobody does it any more, and the lock may be taken. */
export type HandOverResult =
  | { kind: 'done'; counts: RunCounts; error: EventError | undefined }
  /** Only with `detach`. */
  | { kind: 'taken' }
  | { kind: 'free' };

export type CancelResult =
  | ({ kind: 'ended' } & Pick<TaskEnded, 'task' | 'branch' | 'outcome' | 'tip'>)
  | { kind: 'refused'; error: EventError }
  | { kind: 'free' };

export interface HandOverOptions {
  /** Gets all that the worker tells from the moment of sending on, also about other tasks: they are waited for. */
  sink: EventSink;
  /** Ends following, not the work: a request that was not taken yet is withdrawn. */
  signal: AbortSignal;
  /** Wait only until the worker has taken the request. */
  detach?: boolean;
}

/** Between two looks while a lock is held by somebody who takes no requests, in ms. */
const LOOK_MS = 150;
/** What takes less is not worth a word, in ms. */
const SILENT_WAIT_MS = 1_000;

/**
 * Has the worker of this repository do what is asked, and follows it to the `request-done` of this request.
 *
 * No request is lost or done twice, whenever the worker leaves: it belongs to that worker alone, which takes it by
 * moving its file. Once the worker holds the lock no more, nobody can take it; what it had taken and not finished is
 * in branches and journals. So `free` is true in each case, and the caller does the work itself, or goes on with it.
 * @throws the reason of `signal`; NexusError `worker-unreachable`
 */
export async function handOver(
  commonDir: string,
  request: RunOrder,
  { sink, signal, detach = false }: HandOverOptions,
): Promise<HandOverResult> {
  const worker = await waitForWorker(commonDir, sink, signal);
  if (worker === undefined) return { kind: 'free' };
  const sent = await send(commonDir, worker, request);
  if (sent === undefined) return { kind: 'free' };
  const { id, from } = sent;
  let result: HandOverResult = detach ? { kind: 'taken' } : { kind: 'free' };
  const onEvent = (event: EngineEvent): boolean => {
    sink(event);
    if (event.type !== 'request-done' || event.request !== id) return false;
    result = { kind: 'done', counts: event.summary, error: event.error };
    return true;
  };
  const isTaken = async (): Promise<boolean> => !(await isWaiting(commonDir, worker.key, id));
  try {
    const options = { from, signal, onEvent, ...(detach ? { isDone: isTaken } : {}) };
    if ((await followEvents(commonDir, worker.key, options)) === 'done') return result;
    await withdrawRequest(commonDir, worker.key, id);
    return { kind: 'free' };
  } catch (error) {
    const withdrawn = await withdrawRequest(commonDir, worker.key, id);
    if (signal.aborted) sink({ type: 'notice', task: undefined, message: describeEnd(worker, withdrawn) });
    throw error;
  }
}

function describeEnd({ pid, host }: WorkerInfo, withdrawn: boolean): string {
  return withdrawn
    ? 'What was handed over is withdrawn: it had not begun.'
    : `The other Nexus (process ${pid} on ${host}) goes on with it. nexus cancel TASK ends a task.`;
}

/**
 * Has the worker end a task, and waits for its `task-ended`. `free`: it has gone before; `refused`: it says why not.
 * @throws the reason of `signal`; NexusError `worker-unreachable`
 */
export async function cancelThroughWorker(
  commonDir: string,
  task: string,
  { signal }: { signal: AbortSignal },
): Promise<CancelResult> {
  const worker = await readWorker(commonDir);
  if (worker === undefined) return { kind: 'free' };
  const sent = await send(commonDir, worker, { kind: 'cancel', task });
  if (sent === undefined) return { kind: 'free' };
  const { id, from } = sent;
  let result: CancelResult = { kind: 'free' };
  const onEvent = (event: EngineEvent): boolean => {
    if (event.type === 'task-ended' && event.task === task) {
      const { branch, outcome, tip } = event;
      result = { kind: 'ended', task, branch, outcome, tip };
      return true;
    }
    if (event.type !== 'request-done' || event.request !== id) return false;
    if (event.error !== undefined) result = { kind: 'refused', error: event.error };
    return true;
  };
  const isDone = createAbsenceCheck(commonDir, { worker, task, id });
  try {
    await followEvents(commonDir, worker.key, { from, signal, onEvent, isDone });
    return result;
  } finally {
    await withdrawRequest(commonDir, worker.key, id);
  }
}

/** Undefined once the lock is free. Whoever holds it may still be starting, or only checks a branch for a minute. */
async function waitForWorker(
  commonDir: string,
  sink: EventSink,
  signal: AbortSignal,
): Promise<WorkerInfo | undefined> {
  const begin = performance.now();
  let told = false;
  for (;;) {
    signal.throwIfAborted();
    const holder = await findHolder(commonDir);
    if (holder === undefined) return undefined;
    const isAlive = createLifeCheck(commonDir, holder.key, createPlatform());
    while (await isAlive()) {
      const worker = await readWorkerOf(commonDir, holder);
      if (worker !== undefined) return worker;
      if (!told && performance.now() - begin > SILENT_WAIT_MS) {
        told = true;
        const message = `Waiting for another Nexus (process ${holder.pid} on ${holder.host}) to be done.`;
        sink({ type: 'notice', task: undefined, message });
      }
      await pause(LOOK_MS, signal);
    }
  }
}

/** Longer than it takes to end a task that is not being worked on, in ms. */
const ABSENT_MS = 3_000;

/** Whether the task had ended just before the worker was told to end it, so that its end will not be told again. */
function createAbsenceCheck(
  commonDir: string,
  { worker, task, id }: { worker: WorkerInfo; task: string; id: string },
): () => Promise<boolean> {
  let absentSince: number | undefined;
  return async () => {
    const now = performance.now();
    const isWaited = await isWaiting(commonDir, worker.key, id);
    const tasks = (await readWorkerOf(commonDir, worker))?.tasks ?? [];
    absentSince = isWaited || tasks.includes(task) ? undefined : (absentSince ?? now);
    return absentSince !== undefined && now - absentSince > ABSENT_MS;
  };
}

interface Sent {
  id: string;
  /** All that is told about it comes after this. */
  from: LogPosition;
}

async function send(
  commonDir: string,
  worker: WorkerInfo,
  request: WorkerRequest,
): Promise<Sent | undefined> {
  try {
    const from = await findLogEnd(commonDir, worker.key);
    const id = await sendRequest(commonDir, worker.key, request);
    return id === undefined ? undefined : { id, from };
  } catch (error) {
    throw new NexusError({
      code: 'worker-unreachable',
      message: `The Nexus that works here (process ${worker.pid} on ${worker.host}) can't be asked: ${messageOf(error)}`,
      remedy: 'Wait until it is done, or stop it where it runs.',
      exitCode: EXIT.busy,
      cause: error,
    });
  }
}
