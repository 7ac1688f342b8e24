import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { CONFIG_FILE } from '../../config/load.js';
import { TASKS_FILE } from '../../tasks/load.js';
import {
  watchSettledFiles,
  type Reading,
  type SettledFilesOptions,
  type SettledFilesWatch,
} from '../../tasks/watching/watch-settled-files.js';
import type { EventSink } from '../events.js';
import { takeUp, type Good } from './take-up.js';

/** What both watches of a checkout are given. */
export type WatchBasics = Pick<SettledFilesOptions, 'onGone' | 'onTrouble' | 'probeFolder'>;

export interface UserFilesOptions {
  basics: WatchBasics;
  sink: EventSink;
  signal: AbortSignal;
  /** `good` has changed, or what is wrong was told. */
  onTakenUp: () => void;
  /** The files can't be watched any more. */
  onFailed: (error: unknown) => void;
}

/** Watches `tasks.yml` and `.nexus.yml`, and keeps `good` as they have settled. */
export async function watchUserFiles(
  root: string,
  good: Good,
  options: UserFilesOptions,
): Promise<{ close(): Promise<void> }> {
  const ending = new AbortController();
  const signal = AbortSignal.any([options.signal, ending.signal]);
  let settle = good.config.watch.settle;
  let last = Promise.resolve();
  const onSettled = (file: string, reading: Reading): void => {
    // One after the other: parsing takes longer for one file than for another.
    last = last
      .then(async () => settled(file, reading))
      .catch((error: unknown) => {
        if (!signal.aborted) options.onFailed(error);
      });
  };
  const open = (): Promise<SettledFilesWatch> =>
    openSettled(root, good, { ...options, signal, settleMs: settle * 1000, onSettled });
  const settled = async (file: string, reading: Reading): Promise<void> => {
    await takeUp(good, file, reading, { sink: options.sink, awaited: true });
    // What has settled counts now, however long the new time is.
    options.onTakenUp();
    if (good.config.watch.settle === settle) return;
    settle = good.config.watch.settle;
    await watch.close();
    watch = await open();
    options.onTakenUp();
  };
  let watch = await open();
  return {
    async close() {
      ending.abort();
      await last;
      await watch.close();
    },
  };
}

/** Begins only once nothing is being written: what the files say then is taken up at once. */
async function openSettled(
  root: string,
  good: Good,
  options: UserFilesOptions & { settleMs: number; onSettled: (file: string, reading: Reading) => void },
): Promise<SettledFilesWatch> {
  const { basics, sink, signal, settleMs, onSettled } = options;
  const files = [TASKS_FILE, CONFIG_FILE];
  const paths = files.map((file) => join(root, file));
  for (;;) {
    await waitUntilSettled(paths, settleMs, signal);
    const watch = await watchSettledFiles(root, {
      ...basics,
      files,
      settleMs,
      onSettled,
      onUnsettled: (file) => sink({ type: 'settling', file, inMs: settleMs }),
      onCalm: (file) => sink({ type: 'unchanged', file }),
    });
    if ((await youngest(paths)) >= settleMs) {
      for (const [file, reading] of watch.baseline)
        await takeUp(good, file, reading, { sink, awaited: false });
      return watch;
    }
    await watch.close();
  }
}

async function waitUntilSettled(
  paths: readonly string[],
  settleMs: number,
  signal: AbortSignal,
): Promise<void> {
  for (let age = await youngest(paths); age < settleMs; age = await youngest(paths)) {
    await wait(settleMs - age, undefined, { signal });
  }
}

/** For how long none of the files has changed, in ms. A time in the future says nothing: the clock was set. */
async function youngest(paths: readonly string[]): Promise<number> {
  const ages = await Promise.all(
    paths.map(async (path) =>
      stat(path).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => Infinity,
      ),
    ),
  );
  return Math.min(...ages.map((age) => (age < 0 ? Infinity : age)));
}
