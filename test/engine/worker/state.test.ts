import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { workerFolder } from '../../../src/engine/worker/folders.js';
import { inboxFolder, sendRequest, takeRequests } from '../../../src/engine/worker/inbox.js';
import { acquireLock } from '../../../src/engine/worker/lock.js';
import { createWorkerState, readWorker } from '../../../src/engine/worker/state.js';
import { createFolder, describeHolder, KEY, setAge, startWorker, until } from './scene.js';

describe('the state of a worker', () => {
  it('is found by others while it lasts, and nothing stays when nobody asked', async () => {
    const { folder } = createFolder();
    expect(await readWorker(folder)).toBeUndefined();
    const lock = await acquireLock(folder);
    expect(await readWorker(folder)).toBeUndefined();
    const state = createWorkerState(folder, lock, 'watch', '/the/root');
    await until(async () => (await readWorker(folder)) !== undefined);
    expect(existsSync(inboxFolder(folder, lock.key))).toBe(true);
    expect(await readWorker(folder)).toEqual({
      key: lock.key,
      pid: process.pid,
      host: expect.any(String),
      mode: 'watch',
      root: '/the/root',
      since: expect.stringMatching(/^\d{4}-.*Z$/),
      tasks: [],
    });
    state.setTasks(['a']);
    state.setTasks(['a', 'b']);
    await until(async () => (await readWorker(folder))?.tasks.length === 2);
    state.setTasks([]);
    await state.dispose();
    expect(await readWorker(folder)).toBeUndefined();
    state.setTasks(['late']);
    await lock.release();
    expect(readdirSync(join(folder, 'nexus'))).toEqual(['workers']);
    expect(readdirSync(join(folder, 'nexus', 'workers'))).toEqual([]);
  });

  it('keeps what it told for those who asked something', async () => {
    const { folder, log, state } = await startWorker();
    await sendRequest(folder, KEY, { kind: 'wake' });
    await takeRequests(folder, KEY);
    log.append({ type: 'stopping', because: 'told to' });
    await log.close();
    await state.dispose();
    expect(readdirSync(workerFolder(folder, KEY))).toEqual(['events.1.ndjson', 'inbox']);
  });

  it('of a worker that was killed is not believed', async () => {
    const { folder, state, kill } = await startWorker();
    state.setTasks(['login']);
    await until(async () => (await readWorker(folder))?.tasks[0] === 'login');
    await kill();
    expect(await readWorker(folder)).toBeUndefined();
  });

  it('is only read in its own form', async () => {
    const { folder } = await startWorker();
    const file = join(workerFolder(folder, KEY), 'state.json');
    const good: object = JSON.parse(readFileSync(file, 'utf8'));
    for (const change of [
      { format: 2 },
      { mode: 'x' },
      { tasks: [1] },
      { tasks: 'a' },
      { root: 1 },
      { since: 1 },
    ]) {
      writeFileSync(file, JSON.stringify({ ...good, ...change }));
      expect(await readWorker(folder)).toBeUndefined();
    }
    for (const text of ['', '{', 'null', '7']) {
      writeFileSync(file, text);
      expect(await readWorker(folder)).toBeUndefined();
    }
    for (const mode of ['run', 'watch', 'hook']) {
      writeFileSync(file, JSON.stringify({ ...good, mode }));
      expect(await readWorker(folder)).toMatchObject({ mode });
    }
  });

  it('is not looked for outside its folder', async () => {
    const { folder } = createFolder(await describeHolder(process.pid, '../../elsewhere'));
    mkdirSync(join(folder, 'elsewhere'));
    const state = { format: 1, mode: 'run', root: '/', since: '', tasks: [] };
    writeFileSync(join(folder, 'elsewhere', 'state.json'), JSON.stringify(state));
    expect(await readWorker(folder)).toBeUndefined();
  });

  it('never stops the work: the repository may be gone', async () => {
    const { folder, state, log } = await startWorker();
    rmSync(folder, { recursive: true });
    state.setTasks(['a']);
    log.append({ type: 'stopping', because: 'gone' });
    await log.close();
    await state.dispose();
    expect(existsSync(folder)).toBe(false);
  });
});

describe('leftovers', () => {
  it('of workers and claimers that are gone are removed by the next worker, but not at once', async () => {
    const { folder, file } = createFolder('');
    rmSync(file);
    const dead = workerFolder(folder, '000000000001');
    const future = workerFolder(folder, '000000000002');
    const fresh = workerFolder(folder, '000000000003');
    for (const each of [dead, future, fresh]) mkdirSync(join(each, 'inbox'), { recursive: true });
    const drafts = ['lock.0123456789ab', 'lock.takeover.0123456789ab', 'lock.beat-0123456789ab'];
    for (const name of [...drafts, 'kept.json']) {
      writeFileSync(join(folder, 'nexus', name), '');
      setAge(join(folder, 'nexus', name), 120);
    }
    setAge(dead, 120);
    setAge(future, -120);
    const lock = await acquireLock(folder);
    const state = createWorkerState(folder, lock, 'run', folder);
    await until(() => !existsSync(dead) && !existsSync(future));
    await state.dispose();
    await lock.release();
    expect(readdirSync(join(folder, 'nexus'))).toEqual(['kept.json', 'workers']);
    expect(readdirSync(join(folder, 'nexus', 'workers'))).toEqual(['000000000003']);
  });
});
