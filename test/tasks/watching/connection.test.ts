import { expect, test } from 'vitest';
import { setTimeout as wait } from 'node:timers/promises';
import { createConnection, type ConnectionOptions } from '../../../src/tasks/watching/connection.js';
import type { FolderState } from '../../../src/tasks/watching/folder-state.js';
import { scriptedEvents, systemError } from './fixture.js';

function stateOf(identity: string, targets: Record<string, string> = {}): FolderState {
  return { real: '/work', identity, signatures: new Map(), targets: new Map(Object.entries(targets)) };
}

function connect(options: Partial<ConnectionOptions> = {}) {
  const script = scriptedEvents();
  const told: string[] = [];
  const connection = createConnection({
    accepts: (name) => name === 'tasks.yml',
    open: script.open,
    onName: (name) => told.push(name),
    onFolder: () => told.push('folder'),
    onTrouble: (error) => told.push(`trouble ${String(error)}`),
    onLimit: (error) => told.push(`limit ${String(error)}`),
    retryMs: { first: 30, longest: 90 },
    ...options,
  });
  return { ...script, told, connection };
}

test('opens once, and anew for another folder under the same name', async () => {
  const { connection, opened } = connect();
  expect([await connection.follow(stateOf('1')), await connection.follow(stateOf('1'))]).toEqual([
    true,
    false,
  ]);
  expect(await connection.follow(stateOf('2'))).toBe(true);
  expect(opened.map(({ closed }) => closed)).toEqual([true, false]);
  await connection.close();
  expect([opened[1]?.closed, connection.isOpen]).toEqual([true, false]);
  expect(await connection.follow(stateOf('2'))).toBe(true);
});

test('an error closes it; it is opened again, later each time, and at once after it had held', async () => {
  const { connection, opened, fail, told } = connect();
  await connection.follow(stateOf('1'));
  opened[0]?.listener.onError(new Error('broken'));
  opened[0]?.listener.onError(new Error('told by what is closed already'));
  expect([connection.isOpen, opened[0]?.closed, told]).toEqual([false, true, ['trouble Error: broken']]);
  fail.push(new Error('still'), new Error('still'));
  const tries: number[] = [];
  for (let last = performance.now(); !connection.isOpen; await wait(2)) {
    const left = fail.length;
    await connection.follow(stateOf('1'));
    if (fail.length === left && !connection.isOpen) continue;
    tries.push(performance.now() - last);
    last = performance.now();
  }
  expect(tries.length).toBe(3);
  // 30, 60, then the longest.
  expect([tries[0]! >= 25, tries[1]! >= 55, tries[2]! >= 85]).toEqual([true, true, true]);
  expect(told.slice(1)).toEqual(['trouble Error: still', 'trouble Error: still']);
  await wait(100);
  const failedAt = performance.now();
  opened[1]?.listener.onError(new Error('new'));
  while (!(await connection.follow(stateOf('1')))) await wait(2);
  expect(performance.now() - failedAt).toBeGreaterThan(25);
  expect(told.at(-1)).toBe('trouble Error: new');
});

test.each(['EMFILE', 'ENFILE', 'ENOSPC', 'ENOSYS', 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM'])(
  '%s is a limit',
  async (code) => {
    const { connection, fail, told } = connect();
    fail.push(systemError(code));
    expect(await connection.follow(stateOf('1'))).toBe(false);
    expect(told).toEqual([`limit Error: ${code}: scripted`]);
  },
);

test('the folder of a link’s target is watched for the target, as long as the link leads there', async () => {
  const { connection, opened, told } = connect();
  await connection.follow(stateOf('1', { 'tasks.yml': '/shared/all.yml' }));
  const target = opened[1]!;
  expect([target.folder, target.accepts('ALL.yml'), target.accepts('tasks.yml')]).toEqual([
    '/shared',
    true,
    false,
  ]);
  target.listener.onName('all.yml');
  target.listener.onFolder();
  expect(told).toEqual(['tasks.yml', 'tasks.yml']);
  await connection.follow(stateOf('1', { 'tasks.yml': '/shared/all.yml' }));
  expect(opened.length).toBe(2);
  await connection.follow(stateOf('1', { 'tasks.yml': '/other/all.yml' }));
  expect([target.closed, opened[2]?.folder]).toEqual([true, '/other']);
  opened[2]?.listener.onError(new Error('that one is opened again at the next look'));
  await connection.follow(stateOf('1', { 'tasks.yml': '/other/all.yml' }));
  expect(opened.map(({ closed }) => closed)).toEqual([false, true, true, false]);
  await connection.follow(stateOf('1'));
  expect(opened.map(({ closed }) => closed)).toEqual([false, true, true, true]);
});

test('a target that can’t be watched is no trouble: it is looked at', async () => {
  const script = scriptedEvents();
  const { connection, told } = connect({
    open: (folder, ...rest) =>
      folder === '/work' ? script.open(folder, ...rest) : Promise.reject(systemError('EMFILE')),
  });
  expect(await connection.follow(stateOf('1', { 'tasks.yml': '/shared/all.yml' }))).toBe(true);
  expect([connection.isOpen, told]).toEqual([true, []]);
});
