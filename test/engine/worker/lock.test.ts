import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { acquireLock, createLifeCheck, findHolder } from '../../../src/engine/worker/lock.js';
import { createPlatform } from '../../../src/platform.js';
import { createFolder, describeHolder, platformWith, setAge, startProcess, until } from './scene.js';

/** A process id that is free: that of a process that has just ended. */
const deadPid = (): number => spawnSync(process.execPath, ['--version']).pid;

const HERE = { machine: 'm', boot: 'b', namespace: 'n' };
const here = platformWith({ pidSpace: async () => HERE });

/** Takes the lock as one who finds it free, and says what is left of it all afterwards. */
async function takeAndLeave(folder: string, platform = createPlatform()): Promise<string[]> {
  const lock = await acquireLock(folder, { platform });
  expect(await findHolder(folder, platform)).toMatchObject({ pid: process.pid, key: lock.key });
  await lock.release();
  return readdirSync(join(folder, 'nexus'));
}

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
    await lock.release();
    expect(await findHolder(folder)).toBeUndefined();
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

  it('is never held by two, however many come and go over a dead one', async () => {
    const { folder, file } = createFolder('');
    const dead = JSON.stringify({ pid: deadPid(), host: hostname(), key: 'x' });
    let holders = 0;
    let turns = 0;
    const comeAndGo = async (): Promise<void> => {
      for (let round = 0; round < 8; round++) {
        const lock = await acquireLock(folder).catch(() => undefined);
        if (lock === undefined) continue;
        holders += 1;
        expect(holders).toBe(1);
        await findHolder(folder);
        turns += 1;
        // As if it had been killed here: the next one finds a dead lock.
        if (turns % 2 === 0) writeFileSync(file, dead);
        holders -= 1;
        await lock.release();
      }
    };
    writeFileSync(file, dead);
    await Promise.all(Array.from({ length: 6 }, comeAndGo));
    expect(turns).toBeGreaterThan(0);
  });

  it('is kept while its process lives, and free once that was killed', async () => {
    const other = await startProcess();
    const { folder } = createFolder(await describeHolder(other.pid));
    await expect(acquireLock(folder)).rejects.toMatchObject({ code: 'busy' });
    await other.kill();
    expect(await findHolder(folder)).toBeUndefined();
    expect(await takeAndLeave(folder)).toEqual([]);
  });

  it('of a living process counts whatever the computer is called by now', async () => {
    const other = await startProcess();
    const holder = await describeHolder(other.pid);
    const { folder, file } = createFolder({ ...holder, host: 'old-name', space: HERE });
    setAge(file, 3600);
    await expect(acquireLock(folder, { platform: here })).rejects.toMatchObject({ code: 'busy' });
    await other.kill();
    expect(await takeAndLeave(folder, here)).toEqual([]);
  });

  it('does not outlive a reboot', async () => {
    const { folder } = createFolder({
      pid: process.pid,
      host: hostname(),
      space: { ...HERE, boot: 'before' },
      key: 'x',
    });
    expect(await takeAndLeave(folder, here)).toEqual([]);
  });

  it.each([
    ['on another computer', { host: 'another', space: { ...HERE, machine: 'n', boot: 'c' } }],
    [
      'on another computer of the same name',
      { host: hostname(), space: { ...HERE, machine: 'n', boot: 'c' } },
    ],
    ['in another container', { host: hostname(), space: { ...HERE, namespace: 'o' } }],
    ['on a system that tells less', { host: 'another', space: undefined }],
  ])('%s is kept while it beats, and ends after minutes of silence', async (_, where) => {
    const { folder, file } = createFolder({ pid: deadPid(), ...where, key: 'x' });
    setAge(file, 100);
    await expect(acquireLock(folder, { platform: here })).rejects.toMatchObject({ code: 'busy' });
    setAge(file, 130);
    expect(await takeAndLeave(folder, here)).toEqual([]);
  });

  it('of another machine says what will happen', async () => {
    const { folder } = createFolder({ pid: 1, host: 'another-machine', key: 'x' });
    await expect(acquireLock(folder)).rejects.toMatchObject({
      code: 'busy',
      remedy: expect.stringMatching(/on another-machine .* ends by itself in two minutes/),
    });
  });

  it('from the future, since the clock was set back, does not block for ever', async () => {
    const { folder, file } = createFolder({ pid: 1, host: 'another-machine', key: 'x' });
    setAge(file, -7200);
    await expect(acquireLock(folder)).rejects.toMatchObject({ code: 'busy' });
    expect(Math.abs(statSync(file).mtimeMs - Date.now())).toBeLessThan(60_000);
  });

  it('goes by the heartbeat where the system does not tell when a process began', async () => {
    const silent = platformWith({ processStart: async () => undefined });
    const other = await startProcess();
    const { folder, file } = createFolder(await describeHolder(other.pid));
    await expect(acquireLock(folder, { platform: silent })).rejects.toMatchObject({ code: 'busy' });
    setAge(file, 130);
    expect(await takeAndLeave(folder, silent)).toEqual([]);
  });

  it('that can’t be read may be in the making, and is taken over when it stays so', async () => {
    const texts = ['', '{"pid":', '{"pid":"1"}', '{"pid":0,"host":"a","key":"b"}', '{"pid":1}', 'null'];
    const folders = texts.map((text) => createFolder(text));
    // From the future, too: no clock of the file counts.
    for (const { file } of folders) setAge(file, -7200);
    const begin = performance.now();
    const left = await Promise.all(folders.map(async ({ folder }) => takeAndLeave(folder)));
    expect(left.flat()).toEqual([]);
    expect(performance.now() - begin).toBeGreaterThan(2000);
  });

  it('that is being written is the writer’s', async () => {
    const { folder, file } = createFolder('');
    const tried = acquireLock(folder);
    writeFileSync(file, JSON.stringify(await describeHolder(process.pid)));
    await expect(tried).rejects.toMatchObject({ code: 'busy' });
  });

  it('that is no file is not taken over', async () => {
    const { folder, file } = createFolder('');
    rmSync(file);
    mkdirSync(file);
    await expect(acquireLock(folder)).rejects.toMatchObject({
      code: 'lock-unreadable',
      exitCode: 6,
      remedy: `If no Nexus runs here, delete ${file}.`,
    });
  });

  it('that can’t be written says where', async () => {
    const { folder } = createFolder();
    writeFileSync(join(folder, 'nexus'), '');
    await expect(acquireLock(folder)).rejects.toMatchObject({
      code: 'lock-not-writable',
      message: expect.stringContaining(join(folder, 'nexus', 'lock')),
    });
  });

  it.each([
    ['dead', () => JSON.stringify({ pid: deadPid(), host: hostname(), key: 'y' })],
    ['cut', () => '{"pi'],
  ])('is taken over in spite of one who was killed while taking it over (%s)', async (_, guard) => {
    const { folder, file } = createFolder({ pid: deadPid(), host: hostname(), key: 'x' });
    writeFileSync(`${file}.takeover`, guard());
    expect(await takeAndLeave(folder)).toEqual([]);
    expect(existsSync(`${file}.takeover`)).toBe(false);
  });

  it('is left to a living one who is taking it over', async () => {
    const other = await startProcess();
    const { folder, file } = createFolder({ pid: deadPid(), host: hostname(), key: 'x' });
    writeFileSync(`${file}.takeover`, JSON.stringify(await describeHolder(other.pid)));
    const tried = acquireLock(folder);
    writeFileSync(file, JSON.stringify(await describeHolder(other.pid)));
    await expect(tried).rejects.toMatchObject({ code: 'busy' });
    expect(existsSync(`${file}.takeover`)).toBe(true);
  });
});

describe('the holder of a lock', () => {
  it('shows that it lives', async () => {
    const { folder, file } = createFolder();
    const lock = await acquireLock(folder, { beatMs: 10 });
    const text = readFileSync(file, 'utf8');
    setAge(file, 1000);
    await until(() => Date.now() - statSync(file).mtimeMs < 60_000);
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(lock.lost.aborted).toBe(false);
    await lock.release();
  });

  it.each([
    ['deleted', (file: string) => rmSync(file)],
    ['taken over by another', (file: string) => writeFileSync(file, '{"pid":1,"host":"another","key":"x"}')],
  ])('learns that its lock was %s, and leaves what is not its own', async (_, take) => {
    const { folder, file } = createFolder();
    const lock = await acquireLock(folder, { beatMs: 10 });
    take(file);
    const after = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    await until(() => lock.lost.aborted);
    expect(lock.lost.reason).toMatchObject({ code: 'lock-lost', exitCode: 6 });
    await lock.release();
    expect(existsSync(file) ? readFileSync(file, 'utf8') : undefined).toBe(after);
  });

  it('does not take a file that can’t be read for the moment for lost', async () => {
    const { folder, file } = createFolder();
    const lock = await acquireLock(folder, { beatMs: 5 });
    const text = readFileSync(file, 'utf8');
    rmSync(file);
    mkdirSync(file);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(lock.lost.aborted).toBe(false);
    rmSync(file, { recursive: true });
    writeFileSync(file, text);
    await lock.release();
    expect(existsSync(file)).toBe(false);
  });
});

describe('asking about one lock again and again', () => {
  it('notices a death at once, and looks up the start of a process rarely', async () => {
    const other = await startProcess();
    const { folder } = createFolder(await describeHolder(other.pid, 'mine'));
    const processStart = vi.fn(async (pid: number) => createPlatform().processStart(pid));
    const isAlive = createLifeCheck(folder, 'mine', platformWith({ processStart }));
    for (let times = 0; times < 5; times++) expect(await isAlive()).toBe(true);
    expect(processStart).toHaveBeenCalledOnce();
    await other.kill();
    expect(await isAlive()).toBe(false);
  });

  it('sees another’s lock, and none; what can’t be read for the moment is alive', async () => {
    const { folder, file } = createFolder(await describeHolder(process.pid, 'theirs'));
    const isAlive = createLifeCheck(folder, 'mine', createPlatform());
    expect(await isAlive()).toBe(false);
    rmSync(file);
    expect(await isAlive()).toBe(false);
    mkdirSync(file);
    expect(await isAlive()).toBe(true);
  });
});
