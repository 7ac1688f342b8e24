import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../../src/engine/events.js';
import { openEventLog } from '../../../src/engine/worker/event-log.js';
import { cancelThroughWorker, handOver } from '../../../src/engine/worker/hand-over.js';
import { inboxFolder, takeRequests, type Requested } from '../../../src/engine/worker/inbox.js';
import { acquireLock } from '../../../src/engine/worker/lock.js';
import { createWorkerState } from '../../../src/engine/worker/state.js';
import {
  createFolder,
  describeHolder,
  KEY,
  notice,
  runRequest,
  startProcess,
  startWorker,
  until,
} from './scene.js';

const COUNTS = { review: 1, needsAttention: 0, waiting: 2 };

/** A follower with what it was told. */
function follow(folder: string, options: { detach?: boolean; signal?: AbortSignal } = {}) {
  const told: EngineEvent[] = [];
  const { signal = new AbortController().signal, detach = false } = options;
  const sink = (event: EngineEvent): void => void told.push(event);
  const result = handOver(folder, runRequest(), { sink, signal, detach });
  // Whoever looks at it later must not find it unhandled now.
  result.catch(() => undefined);
  return { told, result };
}

async function takeOne(folder: string): Promise<Requested> {
  let taken: Requested[] = [];
  await until(async () => (taken = await takeRequests(folder, KEY)).length > 0);
  expect(taken).toHaveLength(1);
  const [first] = taken;
  if (first === undefined) throw new Error('nothing was taken');
  return first;
}

const arrived = (folder: string, key = KEY): Promise<void> =>
  until(() => {
    const inbox = inboxFolder(folder, key);
    return existsSync(inbox) && readdirSync(inbox).some((name) => name.endsWith('.json'));
  });

const done = (request: string): EngineEvent => ({
  type: 'request-done',
  request,
  summary: COUNTS,
  error: undefined,
});

const ended = (task: string): EngineEvent => ({
  type: 'task-ended',
  task,
  branch: `nexus/${task}`,
  outcome: { kind: 'needs-attention', reason: 'cancelled', detail: 'You cancelled it.' },
  tip: undefined,
});

describe('handing over', () => {
  it('follows the worker from the moment of sending to the end of the request', async () => {
    const { folder, log } = await startWorker();
    log.append(notice('long ago'));
    await log.close();
    const { told, result } = follow(folder);
    const { id, request } = await takeOne(folder);
    expect(request).toEqual(runRequest());
    log.append(notice('about another task'));
    log.append({ type: 'request-taken', request: id, tasks: ['login'] });
    log.append(done('of-another'));
    log.append(done(id));
    expect(await result).toEqual({ kind: 'done', counts: COUNTS, error: undefined });
    expect(told).toMatchObject([
      { message: 'about another task' },
      { type: 'request-taken' },
      { request: 'of-another' },
      { request: id },
    ]);
  });

  it('brings the worker’s error', async () => {
    const { folder, log } = await startWorker();
    const { result } = follow(folder);
    const { id } = await takeOne(folder);
    const error = { code: 'not-approved', message: 'No.', remedy: 'nexus trust', exitCode: 3 as const };
    log.append({ type: 'request-done', request: id, summary: COUNTS, error });
    expect(await result).toEqual({ kind: 'done', counts: COUNTS, error });
  });

  it('is free at once where nobody works', async () => {
    const { folder } = createFolder();
    expect(await follow(folder).result).toEqual({ kind: 'free' });
    const killed = await startWorker();
    await killed.kill();
    expect(await follow(killed.folder).result).toEqual({ kind: 'free' });
  });

  it('is free when the worker was killed before it took the request, which is withdrawn', async () => {
    const { folder, kill } = await startWorker();
    const { result } = follow(folder);
    await arrived(folder);
    await kill();
    expect(await result).toEqual({ kind: 'free' });
    expect(await takeRequests(folder, KEY)).toEqual([]);
  });

  it('is free when the worker was killed after it took the request; what it told is told', async () => {
    const { folder, log, kill } = await startWorker();
    const { told, result } = follow(folder);
    const { id } = await takeOne(folder);
    log.append({ type: 'request-taken', request: id, tasks: ['login'] });
    await log.close();
    await kill();
    expect(await result).toEqual({ kind: 'free' });
    expect(told).toMatchObject([{ type: 'request-taken' }]);
  });

  it('is done when the worker left right after it was', async () => {
    const { folder, file, log, state } = await startWorker();
    const { result } = follow(folder);
    const { id } = await takeOne(folder);
    log.append(done(id));
    await log.close();
    await state.dispose();
    rmSync(file);
    expect(await result).toMatchObject({ kind: 'done' });
  });

  it('no request is lost or done twice, however a worker that leaves and a request meet', async () => {
    const { folder } = createFolder();
    const results: string[] = [];
    for (let round = 0; round < 12; round++) {
      const lock = await acquireLock(folder);
      const state = createWorkerState(folder, lock, 'run', folder);
      const log = openEventLog(folder, lock.key);
      const { result } = follow(folder);
      // The last look into the inbox at some moment before, while or after the request comes, then away.
      if (round % 3 === 0) await arrived(folder, lock.key);
      else await wait(round * 4);
      const taken = await takeRequests(folder, lock.key);
      for (const { id } of taken) log.append(done(id));
      await log.close();
      await state.dispose();
      await lock.release();
      const { kind } = await result;
      expect(kind).toBe(taken.length === 1 ? 'done' : 'free');
      expect(await takeRequests(folder, lock.key)).toEqual([]);
      results.push(kind);
    }
    expect(results).toContain('done');
  });

  it('goes to nobody when another worker has come meanwhile', async () => {
    const { folder, file, kill } = await startWorker();
    const { result } = follow(folder);
    await arrived(folder);
    await kill();
    writeFileSync(file, JSON.stringify(await describeHolder(process.pid, '000000000001')));
    expect(await result).toEqual({ kind: 'free' });
  });

  it('ends with being taken when it is detached', async () => {
    const { folder } = await startWorker();
    const { result } = follow(folder, { detach: true });
    await takeOne(folder);
    expect(await result).toEqual({ kind: 'taken' });
  });

  it('detached: is free when the worker was killed before it took it', async () => {
    const { folder, kill } = await startWorker();
    const { result } = follow(folder, { detach: true });
    await arrived(folder);
    await kill();
    expect(await result).toEqual({ kind: 'free' });
  });

  it('waits for one who takes no requests, and says so', async () => {
    const other = await startProcess();
    const { folder } = createFolder(await describeHolder(other.pid));
    const { told, result } = follow(folder);
    await until(() => told.length > 0);
    expect(told).toMatchObject([
      {
        type: 'notice',
        message: expect.stringMatching(`^Waiting for another Nexus \\(process ${other.pid} on `),
      },
    ]);
    await other.kill();
    expect(await result).toEqual({ kind: 'free' });
    expect(told).toHaveLength(1);
  });

  it('finds a worker that is just starting', async () => {
    const other = await startProcess();
    const { folder } = createFolder(await describeHolder(other.pid, KEY));
    const { result } = follow(folder);
    await wait(20);
    createWorkerState(folder, { key: KEY }, 'watch', folder);
    const { id } = await takeOne(folder);
    openEventLog(folder, KEY).append(done(id));
    expect(await result).toMatchObject({ kind: 'done' });
  });

  it('says when the worker can’t be asked', async () => {
    const { folder } = await startWorker();
    rmSync(inboxFolder(folder, KEY), { recursive: true });
    writeFileSync(inboxFolder(folder, KEY), '');
    await expect(follow(folder).result).rejects.toMatchObject({ code: 'worker-unreachable', exitCode: 6 });
  });

  it('is free when the worker’s folder goes in the moment of sending', async () => {
    const { folder } = await startWorker();
    rmSync(inboxFolder(folder, KEY), { recursive: true });
    expect(await follow(folder).result).toEqual({ kind: 'free' });
  });
});

describe('a follower that is stopped', () => {
  it('withdraws what was not taken', async () => {
    const { folder } = await startWorker();
    const stop = new AbortController();
    const { told, result } = follow(folder, { signal: stop.signal });
    await arrived(folder);
    const reason = new Error('Ctrl-C');
    stop.abort(reason);
    await expect(result).rejects.toBe(reason);
    expect(told).toMatchObject([{ message: 'What was handed over is withdrawn: it had not begun.' }]);
    expect(await takeRequests(folder, KEY)).toEqual([]);
  });

  it('says that the worker goes on with what was taken', async () => {
    const { folder } = await startWorker();
    const stop = new AbortController();
    const { told, result } = follow(folder, { signal: stop.signal });
    await takeOne(folder);
    stop.abort(new Error('Ctrl-C'));
    await expect(result).rejects.toThrow('Ctrl-C');
    expect(told).toMatchObject([{ message: expect.stringMatching(/goes on with it/) }]);
  });

  it('asks nothing of anybody when it was stopped before', async () => {
    const { folder } = await startWorker();
    await expect(follow(folder, { signal: AbortSignal.abort(new Error('no')) }).result).rejects.toThrow('no');
    expect(readdirSync(inboxFolder(folder, KEY))).toEqual([]);
  });
});

describe('cancelling a task of another process', () => {
  const cancel = (folder: string) =>
    cancelThroughWorker(folder, 'login', { signal: new AbortController().signal });

  it('waits for the end of that task', async () => {
    const { folder, log } = await startWorker();
    const result = cancel(folder);
    expect((await takeOne(folder)).request).toEqual({ kind: 'cancel', task: 'login' });
    log.append(ended('another'));
    log.append(ended('login'));
    expect(await result).toMatchObject({
      kind: 'ended',
      task: 'login',
      branch: 'nexus/login',
      outcome: { reason: 'cancelled' },
    });
  });

  it('brings a refusal', async () => {
    const { folder, log } = await startWorker();
    const result = cancel(folder);
    const { id } = await takeOne(folder);
    const error = { code: 'not-running', message: 'No.', remedy: undefined, exitCode: 1 as const };
    log.append(done('of-another'));
    log.append({ type: 'request-done', request: id, summary: COUNTS, error });
    expect(await result).toMatchObject({ kind: 'refused', error: { code: 'not-running' } });
  });

  it('does not wait for the end of a task that had ended just before', async () => {
    const { folder, state } = await startWorker();
    state.setTasks(['login']);
    const result = cancel(folder);
    await takeOne(folder);
    state.setTasks([]);
    expect(await result).toEqual({ kind: 'free' });
  });

  it('is free when nobody works, or the worker dies, or it had nothing to end', async () => {
    const none = createFolder();
    expect(await cancel(none.folder)).toEqual({ kind: 'free' });
    const dying = await startWorker();
    const result = cancel(dying.folder);
    await arrived(dying.folder);
    await dying.kill();
    expect(await result).toEqual({ kind: 'free' });
    expect(await takeRequests(dying.folder, KEY)).toEqual([]);
    const idle = await startWorker();
    const nothing = cancel(idle.folder);
    const { id } = await takeOne(idle.folder);
    idle.log.append(done(id));
    expect(await nothing).toEqual({ kind: 'free' });
    rmSync(inboxFolder(idle.folder, KEY), { recursive: true });
    expect(await cancel(idle.folder)).toEqual({ kind: 'free' });
  });
});
