import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { acquireLock, assertFree, findHolder } from '../../../src/engine/worker/lock.js';

function createFolder(lock?: object | string): { folder: string; file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'nexus-lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'nexus', 'lock');
  if (lock !== undefined) {
    mkdirSync(join(folder, 'nexus'));
    writeFileSync(file, typeof lock === 'string' ? lock : JSON.stringify(lock));
  }
  return { folder, file };
}

/** A process id that is free: that of a process that has just ended. */
const deadPid = (): number => spawnSync(process.execPath, ['--version']).pid;

describe('the lock of a repository', () => {
  it('is held by one at a time, and leaves nothing behind', async () => {
    const { folder, file } = createFolder();
    const lock = await acquireLock(folder);
    expect(await findHolder(folder)).toMatchObject({ pid: process.pid, host: hostname() });
    await expect(acquireLock(folder)).rejects.toMatchObject({
      code: 'busy',
      exitCode: 6,
      message: `Another Nexus (process ${process.pid} on ${hostname()}) is working in this repository.`,
    });
    await expect(assertFree(folder)).rejects.toMatchObject({ code: 'busy' });
    await lock.release();
    await assertFree(folder);
    expect(readdirSync(join(folder, 'nexus'))).toEqual([]);
    expect(existsSync(file)).toBe(false);
  });

  it.each([
    ['of a process that is gone', () => ({ pid: deadPid(), host: hostname(), key: 'x' })],
    [
      'of another process that has the same id now',
      () => ({ pid: process.pid, host: hostname(), startedAt: 'long ago', key: 'x' }),
    ],
  ])('%s is taken over, by one of many', async (_, holder) => {
    const { folder } = createFolder(holder());
    const tried = await Promise.allSettled(Array.from({ length: 8 }, async () => acquireLock(folder)));
    const taken = tried.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    expect(taken).toHaveLength(1);
    const refused = tried.flatMap((each): unknown[] => (each.status === 'rejected' ? [each.reason] : []));
    expect(refused).toMatchObject(Array.from({ length: 7 }, () => ({ code: 'busy' })));
    await taken[0]?.release();
    expect(readdirSync(join(folder, 'nexus'))).toEqual([]);
  });

  it('of another machine is kept, and the remedy says which file to delete', async () => {
    const { folder, file } = createFolder({ pid: 1, host: 'another-machine', key: 'x' });
    await expect(acquireLock(folder)).rejects.toMatchObject({
      code: 'busy',
      remedy: `Wait until it is done. If nothing runs on another-machine any more, delete ${file}.`,
    });
  });

  it.each(['', '{"pid":', '{"pid":"1"}', 'null'])('that reads %j is being written, or old', async (text) => {
    const { folder, file } = createFolder(text);
    await expect(acquireLock(folder)).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringMatching(/^Another Nexus is/),
    });
    const past = new Date(Date.now() - 60_000);
    utimesSync(file, past, past);
    const lock = await acquireLock(folder);
    await lock.release();
  });

  it('is not removed by a holder whose lock somebody has taken over', async () => {
    const { folder, file } = createFolder();
    const lock = await acquireLock(folder);
    const theirs = JSON.stringify({ pid: process.pid, host: hostname(), key: 'theirs' });
    writeFileSync(file, theirs);
    await lock.release();
    expect(readFileSync(file, 'utf8')).toBe(theirs);
    rmSync(file);
    await lock.release();
  });

  it('that is no file is not taken over', async () => {
    const { folder, file } = createFolder('');
    rmSync(file);
    mkdirSync(file);
    await expect(acquireLock(folder)).rejects.toMatchObject({
      code: 'busy',
      remedy: `Try again in some seconds. If nothing runs here, delete ${file}.`,
    });
  });
});
