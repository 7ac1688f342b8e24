import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { startBound } from '../../src/checks/live-groups.js';
import { createPlatform, type Platform } from '../../src/platform.js';

/** What happens in real processes is tested beside `runCommand`; here each decision by itself. */

const EVENTS = ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP'] as const;

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => {
  // The watchdog goes.
  vi.advanceTimersByTime(60_000);
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function recordedPlatform(): { killed: number[]; platform: Platform } {
  const killed: number[] = [];
  return { killed, platform: { ...createPlatform(), killTreeNow: (pid) => killed.push(pid) } };
}

const startSleep = (): ChildProcess => spawn('sleep', ['60'], { stdio: 'ignore' });

test('listens while something runs, for all of it, and no longer', async () => {
  const counts = () => EVENTS.map((event) => process.listenerCount(event));
  const before = counts();
  const { killed, platform } = recordedPlatform();
  const first = startBound(startSleep, platform);
  const second = startBound(startSleep, platform);
  expect(counts()).toEqual(before.map((count) => count + 1));
  process.listeners('exit').at(-1)?.(0);
  expect(killed).toEqual([first.child.pid, second.child.pid]);
  first.release();
  expect(counts()).toEqual(before.map((count) => count + 1));
  second.release();
  expect(counts()).toEqual(before);
  for (const { child } of [first, second]) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

test('a signal that only we hear ends all, and then does what it would have done', async () => {
  const others = process.listeners('SIGHUP');
  process.removeAllListeners('SIGHUP');
  const raised = vi.spyOn(process, 'kill').mockReturnValue(true);
  const { killed, platform } = recordedPlatform();
  const { child, release } = startBound(startSleep, platform);
  process.listeners('SIGHUP')[0]?.('SIGHUP');
  expect(killed).toEqual([child.pid]);
  expect(raised).toHaveBeenCalledWith(process.pid, 'SIGHUP');
  expect(process.listenerCount('SIGHUP')).toBe(0);
  release();
  raised.mockRestore();
  for (const other of others) process.on('SIGHUP', other);
  child.kill('SIGKILL');
  await once(child, 'exit');
});

test('a signal that others hear is left to them', async () => {
  const hear = vi.fn<() => void>();
  process.on('SIGHUP', hear);
  const { killed, platform } = recordedPlatform();
  const { child, release } = startBound(startSleep, platform);
  process.emit('SIGHUP', 'SIGHUP');
  expect(hear).toHaveBeenCalledTimes(1);
  expect(killed).toEqual([]);
  release();
  process.off('SIGHUP', hear);
  child.kill('SIGKILL');
  await once(child, 'exit');
});

test('a process that could not start is not waited for', async () => {
  const before = process.listenerCount('exit');
  const { killed, platform } = recordedPlatform();
  const { child, release } = startBound(() => spawn('/nonexistent/program'), platform);
  child.on('error', () => undefined);
  process.listeners('exit').at(-1)?.(0);
  expect(killed).toEqual([]);
  release();
  expect(process.listenerCount('exit')).toBe(before);
});

test('one watchdog serves one command after the other, until somebody ends it', async () => {
  const ended = vi.fn<() => boolean>(() => false);
  const started: string[] = [];
  const told: string[] = [];
  const platform: Platform = {
    ...createPlatform(),
    startWatchdog() {
      started.push('watchdog');
      return {
        watch: (pid) => told.push(`+ ${pid}`),
        release: (pid) => told.push(`- ${pid}`),
        isGone: ended,
        close: () => told.push('closed'),
      };
    },
  };
  const run = async (): Promise<number | undefined> => {
    const { child, release } = startBound(startSleep, platform);
    release();
    child.kill('SIGKILL');
    await once(child, 'exit');
    return child.pid;
  };
  const first = await run();
  const second = await run();
  expect(started).toHaveLength(1);
  expect(told).toEqual([`+ ${first}`, `- ${first}`, `+ ${second}`, `- ${second}`]);
  ended.mockReturnValue(true);
  await run();
  expect(started).toHaveLength(2);
  vi.advanceTimersByTime(60_000);
  expect(told.at(-1)).toBe('closed');
});
