import { once } from 'node:events';

import { describe, expect, test } from 'vitest';

import { createPlatform } from '../../src/platform.js';
import { failure, makeFolder, recordedEffects } from './recorded-effects.js';

const TASKKILL = 'C:\\Windows\\System32\\taskkill.exe';

describe('ending a process tree', () => {
  test('POSIX: the group is asked, and forced when it has not gone in time', async () => {
    const { calls, effects } = recordedEffects();
    await createPlatform('linux', effects).killTree(42, 50);
    expect(calls).toEqual([
      'kill -42 SIGTERM',
      'wait 20',
      'kill -42 0',
      'wait 20',
      'kill -42 0',
      'wait 20',
      'kill -42 0',
      'kill -42 SIGKILL',
    ]);
  });

  test('POSIX: no force for a group that goes', async () => {
    const asked: string[] = [];
    const { effects } = recordedEffects({
      kill: (pid, signal) => {
        asked.push(`${pid} ${signal}`);
        // macOS says EPERM when only zombies are left.
        if (signal === 0) throw failure('EPERM');
      },
    });
    await createPlatform('darwin', effects).killTree(42, 1000);
    expect(asked).toEqual(['-42 SIGTERM', '-42 0']);
  });

  test('POSIX: a group that is gone already is fine', async () => {
    const { calls, effects } = recordedEffects({
      kill: () => {
        throw failure('ESRCH');
      },
    });
    await createPlatform('linux', effects).killTree(42, 1000);
    createPlatform('linux', effects).killTreeNow(42);
    expect(calls).toEqual([]);
  });

  test('Windows: taskkill with the whole tree', async () => {
    const { calls, effects } = recordedEffects();
    const windows = createPlatform('win32', effects);
    await windows.killTree(42, 1000);
    windows.killTreeNow(43);
    expect(calls).toEqual([`run ${TASKKILL} /PID 42 /T /F`, `runSync ${TASKKILL} /PID 43 /T /F`]);
  });

  test('at once: by force', () => {
    const { calls, effects } = recordedEffects();
    createPlatform('linux', effects).killTreeNow(42);
    expect(calls).toEqual(['kill -42 SIGKILL']);
  });

  test('with the real effects: a missing taskkill does no harm', async () => {
    const windows = createPlatform('win32');
    await expect(windows.killTree(2 ** 30, 10)).resolves.toBeUndefined();
    expect(() => windows.killTreeNow(2 ** 30)).not.toThrow();
  });

  test('with the real effects: a group that ignores the question', async () => {
    const platform = createPlatform();
    const child = platform.spawnShell("trap '' TERM; echo up; while :; do sleep 0.05; done", {
      cwd: await makeFolder(),
      env: process.env,
    });
    if (child.stdout) await once(child.stdout, 'data');
    const exit = once(child, 'exit');
    await platform.killTree(child.pid ?? 0, 60);
    expect(await exit).toEqual([null, 'SIGKILL']);
  });
});
