import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { keyOf, readAgreed } from '../../../src/tasks/watching/file-reading.js';
import { Cleanup, recordSettled, scriptedEvents, until } from './fixture.js';

vi.mock('../../../src/tasks/watching/file-reading.js', { spy: true });

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

function workFolder(): { root: string; tasks: string; config: string } {
  const root = join(cleanup.folder(), 'work');
  mkdirSync(root);
  const [tasks, config] = [join(root, 'tasks.yml'), join(root, '.nexus.yml')];
  writeFileSync(tasks, 'tasks: []\n');
  return { root, tasks, config };
}

describe('two files', () => {
  test('each has its own baseline and settles by itself', async () => {
    const { root, tasks, config } = workFolder();
    const { record, watch } = await recordSettled(cleanup, root, { files: ['tasks.yml', '.nexus.yml'] });
    expect(Object.fromEntries(watch.baseline)).toEqual({
      'tasks.yml': { kind: 'text', text: 'tasks: []\n' },
      '.nexus.yml': { kind: 'missing' },
    });
    writeFileSync(config, 'checks: []\n');
    await until(() => record.told.includes('checks: []\n'));
    writeFileSync(tasks, 'tasks: [a]\n');
    await until(() => record.told.length === 2);
    expect(record.all).toEqual([
      'unsettled .nexus.yml',
      'settled .nexus.yml',
      'unsettled tasks.yml',
      'settled tasks.yml',
    ]);
  });

  test('one that changes all the time does not hold up the other', async () => {
    const { root, tasks, config } = workFolder();
    const { record } = await recordSettled(cleanup, root, { files: ['tasks.yml', '.nexus.yml'] });
    let lines = 0;
    const writer = setInterval(() => writeFileSync(config, '#\n'.repeat((lines += 1))), 40);
    cleanup.add(() => clearInterval(writer));
    await until(() => record.all.includes('unsettled .nexus.yml'));
    writeFileSync(tasks, 'tasks: [a]\n');
    await until(() => record.all.includes('settled tasks.yml'));
    expect(record.all).not.toContain('settled .nexus.yml');
    clearInterval(writer);
    await until(() => record.all.includes('settled .nexus.yml'));
    expect(record.told).toEqual(['tasks: [a]\n', '#\n'.repeat(lines)]);
  });
});

describe('what can’t be read', () => {
  test.each([
    ['a folder', (file: string) => mkdirSync(file), /is a folder/],
    ['a link', (file: string) => symlinkSync('other', file), /is a symbolic link/],
    ['UTF-16', (file: string) => writeFileSync(file, '\uFEFFtasks', 'utf16le'), /UTF-16/],
    [
      'too long',
      (file: string) => writeFileSync(file, Buffer.alloc(4 * 1024 * 1024 + 1, '#')),
      /at most 4194304/,
    ],
  ])('%s is told once as the error that commands give', async (_, make, message) => {
    const { root, tasks } = workFolder();
    const { record } = await recordSettled(cleanup, root, { timings: { lookMs: 30 } });
    unlinkSync(tasks);
    make(tasks);
    await until(() => record.told.length === 1);
    const [reading] = record.readings;
    expect(reading).toMatchObject({ kind: 'unreadable', error: { code: 'tasks-unreadable', exitCode: 3 } });
    expect(reading?.kind === 'unreadable' && reading.error.message).toMatch(message);
    rmSync(tasks, { recursive: true });
    writeFileSync(tasks, 'tasks: [a]\n');
    await until(() => record.told.includes('tasks: [a]\n'));
    expect(record.told).toEqual(['<unreadable>', 'tasks: [a]\n']);
  });

  test('at the start it is the baseline, and looked at again', async () => {
    const { root, tasks } = workFolder();
    rmSync(tasks);
    mkdirSync(tasks);
    const { record, watch } = await recordSettled(cleanup, root, {
      files: ['tasks.yml', '.nexus.yml', 'notes'],
    });
    expect(watch.baseline.get('tasks.yml')).toMatchObject({ kind: 'unreadable' });
    rmSync(tasks, { recursive: true });
    writeFileSync(tasks, 'a');
    await until(() => record.told.includes('a'));
    for (const file of ['.nexus.yml', 'notes']) mkdirSync(join(root, file));
    await until(() => record.readings.length === 3);
    const codes = record.readings.map((reading) => reading.kind === 'unreadable' && reading.error.code);
    expect(new Set(codes)).toEqual(new Set(['config-unreadable', 'file-unreadable', false]));
  });
});

describe('without its folder', () => {
  test('a file does not count as missing: the folder is gone, which is told once', async () => {
    const { root, tasks } = workFolder();
    const { record } = await recordSettled(cleanup, root, { settleMs: 50, timings: { goneMs: 1200 } });
    unlinkSync(tasks);
    await until(() => record.all.includes('unsettled tasks.yml'));
    rmSync(root, { recursive: true });
    await until(() => record.gone === 1);
    await wait(100);
    expect([record.told, record.gone]).toEqual([[], 1]);
  });

  test('nothing has happened when it comes back', async () => {
    const { root, tasks } = workFolder();
    const { record } = await recordSettled(cleanup, root, {
      settleMs: 50,
      timings: { goneMs: 60_000, lookMs: 30 },
    });
    vi.mocked(readAgreed).mockClear();
    renameSync(root, `${root}-away`);
    await wait(700);
    renameSync(`${root}-away`, root);
    writeFileSync(tasks, 'tasks: [a]\n');
    await until(() => record.told.length > 0);
    expect([record.told, record.gone]).toEqual([['tasks: [a]\n'], 0]);
  });
});

test('a change between the start of the watch and the baseline is told', async () => {
  const { root, tasks } = workFolder();
  const script = scriptedEvents();
  vi.mocked(readAgreed).mockImplementationOnce(async () => {
    const reading = { kind: 'text' as const, text: 'tasks: []\n' };
    writeFileSync(tasks, 'tasks: [early]\n');
    script.opened[0]?.listener.onName('tasks.yml');
    await wait(30);
    return { reading, key: keyOf(reading), stamp: '', agreed: true };
  });
  const { record, watch } = await recordSettled(cleanup, root, { openEvents: script.open });
  expect(watch.baseline.get('tasks.yml')).toEqual({ kind: 'text', text: 'tasks: []\n' });
  await until(() => record.told.includes('tasks: [early]\n'));
});

test('after it was closed nothing is told, also of what was unsettled', async () => {
  const { root, tasks } = workFolder();
  const { record, watch } = await recordSettled(cleanup, root, { settleMs: 50 });
  writeFileSync(tasks, 'tasks: [a]\n');
  await until(() => record.all.includes('unsettled tasks.yml'));
  await watch.close();
  await wait(150);
  expect(record.all).toEqual(['unsettled tasks.yml']);
});

test('a file that never stays the same is not agreed upon', async () => {
  const file = join(cleanup.folder(), 'tasks.yml');
  let writes = 0;
  const writer = setInterval(() => writeFileSync(file, String((writes += 1))), 1);
  cleanup.add(() => clearInterval(writer));
  await until(() => writes > 0);
  const limits = { code: 'x', maxBytes: 100 };
  expect((await readAgreed(file, limits)).agreed).toBe(false);
  clearInterval(writer);
  expect(await readAgreed(file, limits)).toMatchObject({
    agreed: true,
    reading: { kind: 'text', text: String(writes) },
  });
});
