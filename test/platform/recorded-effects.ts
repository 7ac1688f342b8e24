import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { onTestFinished } from 'vitest';

import type { PlatformEffects } from '../../src/platform.js';
import { realEffects } from '../../src/platform/effects.js';

/** Effects that only note what was asked of them; the file system is real. */
export function recordedEffects(
  change: Partial<PlatformEffects> & { files?: Partial<PlatformEffects['fs']> } = {},
) {
  const calls: string[] = [];
  const effects: PlatformEffects = {
    ...realEffects,
    env: { SystemRoot: 'C:\\Windows' },
    kill: (pid, signal) => void calls.push(`kill ${pid} ${signal}`),
    run: async (file, args) => void calls.push(`run ${[file, ...args].join(' ')}`),
    runSync: (file, args) => void calls.push(`runSync ${[file, ...args].join(' ')}`),
    output: async (file, args) => {
      calls.push(`output ${[file, ...args].join(' ')}`);
      return undefined;
    },
    // Each file then goes the way of one that is held.
    unlinkNow: () => {
      throw failure('EBUSY');
    },
    wait: async (ms) => void calls.push(`wait ${ms}`),
    ...change,
    fs: { ...fs, ...change.files },
  };
  return { calls, effects };
}

export function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** A new folder, gone when the test is over. */
export async function makeFolder(): Promise<string> {
  const folder = await fs.mkdtemp(path.join(tmpdir(), 'nexus-platform-'));
  onTestFinished(() => fs.rm(folder, { recursive: true, force: true }));
  return folder;
}
