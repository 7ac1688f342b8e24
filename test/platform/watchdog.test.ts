import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

import { describe, expect, onTestFinished, test } from 'vitest';

import { createPlatform } from '../../src/platform.js';
import { realEffects } from '../../src/platform/effects.js';
import { recordedEffects } from './recorded-effects.js';

/** A group with a child of its own, which says when both are there. */
async function startGroup(): Promise<ChildProcess & { pid: number }> {
  const child = spawn('/bin/sh', ['-c', 'sleep 60 & echo up; wait'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('no shell');
  onTestFinished(() => {
    if (isThere(pid)) process.kill(-pid, 'SIGKILL');
  });
  if (child.stdout !== null) await once(child.stdout, 'data');
  return Object.assign(child, { pid });
}

function isThere(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

/** The watchdog's process, besides the watchdog. */
function startWatchdog() {
  const started: ChildProcess[] = [];
  const spawnNoted: typeof realEffects.spawn = (...call) => {
    const child = realEffects.spawn(...call);
    started.push(child);
    return child;
  };
  const { effects } = recordedEffects({ spawn: spawnNoted });
  const watchdog = createPlatform('linux', effects).startWatchdog();
  const [child] = started;
  if (child === undefined) throw new Error('nothing was started');
  return { watchdog, child };
}

describe.skipIf(process.platform === 'win32')('the watchdog', () => {
  test('ends the groups that it watches when its input ends, as it does when we are killed', async () => {
    const groups = await Promise.all([startGroup(), startGroup()]);
    const { watchdog, child } = startWatchdog();
    for (const { pid } of groups) watchdog.watch(pid);
    const ended = Promise.all([child, ...groups].map((each) => once(each, 'exit')));
    child.stdin?.end();
    await ended;
    expect(groups.map(({ signalCode }) => signalCode)).toEqual(['SIGKILL', 'SIGKILL']);
  });

  test('leaves alone what it was released from', async () => {
    const [released, watched] = await Promise.all([startGroup(), startGroup()]);
    const { watchdog, child } = startWatchdog();
    watchdog.watch(released.pid);
    watchdog.watch(watched.pid);
    watchdog.release(released.pid);
    const ended = Promise.all([once(child, 'exit'), once(watched, 'exit')]);
    watchdog.close();
    await ended;
    expect(isThere(released.pid)).toBe(true);
  });

  test('outlives the signals that end us', async () => {
    const { watchdog, child } = startWatchdog();
    const group = await startGroup();
    watchdog.watch(group.pid);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) child.kill(signal);
    const ended = once(group, 'exit');
    watchdog.close();
    expect(await ended).toEqual([null, 'SIGKILL']);
  });

  test('that can not be started is done without', async () => {
    const missing = spawn('/no/such/shell', { stdio: ['pipe', 'ignore', 'ignore'] });
    const { effects } = recordedEffects({ spawn: () => missing });
    const watchdog = createPlatform('linux', effects).startWatchdog();
    const failed = new Promise((resolve) => void missing.once('error', resolve));
    watchdog.watch(1);
    watchdog.close();
    expect(await failed).toMatchObject({ code: 'ENOENT' });
  });
});

test('on Windows the system does it', () => {
  const { calls, effects } = recordedEffects({
    spawn: () => {
      throw new Error('nothing is to be started');
    },
  });
  const watchdog = createPlatform('win32', effects).startWatchdog();
  watchdog.watch(1);
  watchdog.release(1);
  watchdog.close();
  expect(calls).toEqual([]);
});
