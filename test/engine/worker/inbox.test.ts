import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  inboxFolder,
  isWaiting,
  sendRequest,
  takeRequests,
  withdrawRequest,
} from '../../../src/engine/worker/inbox.js';
import type { WorkerRequest } from '../../../src/engine/worker/request.js';
import { wakeWorker } from '../../../src/engine/worker/wake-worker.js';
import { createFolder, KEY, runRequest, startWorker } from './scene.js';

function createInbox(): { folder: string; inbox: string } {
  const { folder } = createFolder();
  const inbox = inboxFolder(folder, KEY);
  mkdirSync(inbox, { recursive: true });
  return { folder, inbox };
}

async function send(folder: string, request: WorkerRequest): Promise<string> {
  const id = await sendRequest(folder, KEY, request);
  expect(id).toBeDefined();
  return id ?? '';
}

describe('the inbox of a worker', () => {
  it('gives each request once, the oldest first, as it was sent', async () => {
    const { folder, inbox } = createInbox();
    const requests: WorkerRequest[] = [
      runRequest({ tasks: undefined, anew: true }),
      { kind: 'cancel', task: 'login' },
      { kind: 'wake' },
      runRequest({ tasks: ['a', 'b'], planOnly: true, anyway: true, cache: false }),
    ];
    const ids: string[] = [];
    for (const request of requests) ids.push(await send(folder, request));
    expect(await takeRequests(folder, KEY)).toEqual(
      requests.map((request, index) => ({ id: ids[index], request })),
    );
    expect(await takeRequests(folder, KEY)).toEqual([]);
    expect(readdirSync(inbox)).toEqual([]);
    expect(readdirSync(join(inbox, '..'))).toEqual(['inbox']);
  });

  it('takes a request of an older version for one that uses answers of earlier runs', async () => {
    const { folder, inbox } = createInbox();
    const { cache: _, ...older } = runRequest();
    writeFileSync(join(inbox, '000001-0123456789ab.json'), JSON.stringify(older));
    writeFileSync(join(inbox, '000002-0123456789ab.json'), JSON.stringify({ ...older, cache: 'no' }));
    expect((await takeRequests(folder, KEY)).map(({ request }) => request)).toEqual([runRequest()]);
  });

  it('keeps the order of sending beyond nine and when the clock is set back', async () => {
    const { folder, inbox } = createInbox();
    const ids: string[] = [];
    for (let hour = 0; hour < 12; hour++) {
      const id = await send(folder, { kind: 'cancel', task: `t${hour}` });
      const time = new Date(Date.now() - hour * 3_600_000);
      utimesSync(join(inbox, `${id}.json`), time, time);
      ids.push(id);
    }
    expect(ids.toSorted()).toEqual(ids);
    expect((await takeRequests(folder, KEY)).map(({ id }) => id)).toEqual(ids);
  });

  it('numbers go on when six digits do not do', async () => {
    const { folder, inbox } = createInbox();
    const id = await send(folder, { kind: 'wake' });
    renameSync(join(inbox, `${id}.json`), join(inbox, `999999-${'0'.repeat(12)}.json`));
    const next = await send(folder, { kind: 'wake' });
    expect(next).toMatch(/^1000000-/);
    expect((await takeRequests(folder, KEY)).map((each) => each.id)).toEqual([
      `999999-${'0'.repeat(12)}`,
      next,
    ]);
  });

  it('is of one worker alone: nobody else takes from it', async () => {
    const { folder } = createInbox();
    const id = await send(folder, { kind: 'wake' });
    expect(await takeRequests(folder, '000000000000')).toEqual([]);
    expect(await isWaiting(folder, KEY, id)).toBe(true);
  });

  it('is gone with its worker', async () => {
    const { folder } = createFolder();
    expect(await sendRequest(folder, KEY, { kind: 'wake' })).toBeUndefined();
    expect(await takeRequests(folder, KEY)).toEqual([]);
    expect(existsSync(join(folder, 'nexus'))).toBe(false);
  });

  it('tells a sender that it can’t be written', async () => {
    const { folder, inbox } = createInbox();
    rmSync(inbox, { recursive: true });
    writeFileSync(inbox, '');
    await expect(sendRequest(folder, KEY, { kind: 'wake' })).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it('a request is either withdrawn or taken, never both', async () => {
    const { folder } = createInbox();
    const seen = new Set<string>();
    for (let round = 0; round < 60; round++) {
      const id = await send(folder, { kind: 'wake' });
      const pauses = Array.from({ length: round % 6 }, () => 0);
      const late = async (): Promise<boolean> => {
        for (const _ of pauses) await new Promise((resolve) => setImmediate(resolve));
        return withdrawRequest(folder, KEY, id);
      };
      const [taken, withdrawn] = await Promise.all([takeRequests(folder, KEY), late()]);
      expect(taken.map((each) => each.id)).toEqual(withdrawn ? [] : [id]);
      expect(await isWaiting(folder, KEY, id)).toBe(false);
      seen.add(String(withdrawn));
    }
    expect(await withdrawRequest(folder, KEY, '000001-none')).toBe(false);
    expect(seen).toContain('true');
  });
});

describe('what is no request', () => {
  const GOOD = { ...runRequest() };

  it.each([
    ['empty', ''],
    ['cut', '{"kind":"run","root":"/a"'],
    ['not an object', '"run"'],
    ['null', 'null'],
    ['without a kind', '{}'],
    ['of an unknown kind', '{"kind":"shell","command":"rm"}'],
    ['a cancellation of nothing', '{"kind":"cancel"}'],
    ['a cancellation of a number', '{"kind":"cancel","task":7}'],
    ['a root that is relative', JSON.stringify({ ...GOOD, root: 'somewhere' })],
    ['no root', JSON.stringify({ ...GOOD, root: undefined })],
    ['tasks that are none', JSON.stringify({ ...GOOD, tasks: [1] })],
    ['tasks that are no list', JSON.stringify({ ...GOOD, tasks: 'login' })],
    ['flags that are none', JSON.stringify({ ...GOOD, anew: 'yes' })],
    ['huge', JSON.stringify({ ...GOOD, tasks: ['x'.repeat(1_000_001)] })],
  ])('%s: is removed, and the others are taken', async (_, text) => {
    const { folder, inbox } = createInbox();
    writeFileSync(join(inbox, `000001-${'a'.repeat(12)}.json`), text);
    await send(folder, { kind: 'wake' });
    expect(await takeRequests(folder, KEY)).toMatchObject([{ request: { kind: 'wake' } }]);
    expect(readdirSync(inbox)).toEqual([]);
    expect(readdirSync(join(inbox, '..'))).toEqual(['inbox']);
  });

  it('a link, a folder and a pipe are removed without following or waiting', async () => {
    const { folder, inbox } = createInbox();
    const secret = join(folder, 'secret.json');
    writeFileSync(secret, JSON.stringify({ kind: 'wake' }));
    symlinkSync(secret, join(inbox, `000001-${'a'.repeat(12)}.json`));
    mkdirSync(join(inbox, `000002-${'a'.repeat(12)}.json`, 'deep'), { recursive: true });
    symlinkSync(folder, join(inbox, `000002-${'a'.repeat(12)}.json`, 'deep', 'up'));
    if (process.platform !== 'win32')
      spawnSync('/bin/sh', ['-c', 'mkfifo "$0"', join(inbox, `000003-${'a'.repeat(12)}.json`)]);
    expect(await takeRequests(folder, KEY)).toEqual([]);
    expect(readdirSync(inbox)).toEqual([]);
    expect(readFileSync(secret, 'utf8')).toContain('wake');
  });

  it('files of other names are left alone: a draft may be on its way', async () => {
    const { folder, inbox } = createInbox();
    for (const name of ['0123.draft', '1.json', 'notes.txt'])
      writeFileSync(join(inbox, name), '{"kind":"wake"}');
    expect(await takeRequests(folder, KEY)).toEqual([]);
    expect(readdirSync(inbox)).toEqual(['0123.draft', '1.json', 'notes.txt']);
    expect(await send(folder, { kind: 'wake' })).toMatch(/^000001-/);
  });
});

describe('waking a worker', () => {
  it('leaves it a request; without a worker, or one that can’t be asked, nothing happens', async () => {
    const { folder } = await startWorker();
    await wakeWorker(folder);
    expect(await takeRequests(folder, KEY)).toMatchObject([{ request: { kind: 'wake' } }]);
    rmSync(inboxFolder(folder, KEY), { recursive: true });
    writeFileSync(inboxFolder(folder, KEY), '');
    await wakeWorker(folder);
    const none = createFolder();
    await wakeWorker(none.folder);
    expect(readdirSync(none.folder)).toEqual([]);
  });
});
