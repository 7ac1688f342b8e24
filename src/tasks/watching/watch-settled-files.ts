import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CONFIG_FILE, CONFIG_LIMITS } from '../../config/load.js';
import type { NexusError } from '../../errors.js';
import { TASKS_FILE, TASKS_LIMITS } from '../load.js';
import { readAgreed, type AgreedReading, type Reading, type ReadingLimits } from './file-reading.js';
import { createPacer, type Pacer } from './pacer.js';
import { createFileSettler } from './settle-file.js';
import { watchFolder, type FolderWatchOptions } from './watch-folder.js';

export type { Reading } from './file-reading.js';

export interface SettledFilesOptions extends Pick<
  FolderWatchOptions,
  'onGone' | 'openEvents' | 'polling' | 'probeFolder' | 'timings'
> {
  /** Names of files directly in the folder; each need not exist. */
  files: readonly string[];
  /** How long a content has to stay the same before it counts, ms. */
  settleMs: number;
  /** The file says something else than what was told last, or is being written. `onSettled` or `onCalm` follows. */
  onUnsettled(file: string): void;
  /** It says something else for good. Told once for each content; line ends and a byte order mark are no difference. */
  onSettled(file: string, reading: Reading): void;
  /** It says again what was told last, or has an error that was told before: nothing came of the change. */
  onCalm?(file: string): void;
  /** Watching has become slower, but goes on. Each message is told once. */
  onTrouble(error: NexusError): void;
}

export interface SettledFilesWatch {
  /** What the files said when the watch began: what `onSettled` tells later differs from it. */
  readonly baseline: ReadonlyMap<string, Reading>;
  readonly polling: boolean;
  /** Call this before Nexus makes `to` of a watched file that says `from`: that is told as no change. */
  expect(file: string, from: string, to: string): void;
  close(): Promise<void>;
}

const TIMINGS = { emptyMs: 500, heldMs: 2000, retryMs: 100, heldLookMs: 3000 };

/** Most of a save's events come within this time, ms; they are one reading. */
const DEBOUNCE_MS = 50;

/**
 * Watches files that a person edits and tells of a content once it has stayed the same for `settleMs`. Throws
 * `NexusError` `watch-failed` when `root` can't be watched.
 */
export async function watchSettledFiles(
  root: string,
  options: SettledFilesOptions,
): Promise<SettledFilesWatch> {
  const watched = new Map<string, WatchedFile>();
  const early = new Set<string>();
  const stopAll = (): void => {
    for (const one of watched.values()) one.stop();
  };
  const folder = await watchFolder(root, options.files, {
    onTrouble: (error) => options.onTrouble(error),
    onGone() {
      stopAll();
      options.onGone();
    },
    onEvent(file) {
      const one = watched.get(file);
      if (one === undefined) early.add(file);
      else one.wake(Math.min(DEBOUNCE_MS, options.settleMs / 2));
    },
    polling: options.polling,
    probeFolder: options.probeFolder,
    ...(options.timings && { timings: options.timings }),
    ...(options.openEvents && { openEvents: options.openEvents }),
  });
  const baseline = new Map<string, Reading>();
  for (const file of options.files) {
    const read = await readAgreed(join(root, file), limitsOf(file));
    baseline.set(file, read.reading);
    watched.set(file, watchOne(root, file, read, options));
    if (early.has(file) || read.reading.kind === 'unreadable') watched.get(file)?.wake(DEBOUNCE_MS);
  }
  return {
    baseline,
    get polling() {
      return folder.polling;
    },
    expect: (file, from, to) => watched.get(file)?.expect(from, to),
    async close() {
      stopAll();
      await folder.close();
    },
  };
}

interface WatchedFile extends Pacer {
  expect(from: string, to: string): void;
}

function watchOne(
  root: string,
  file: string,
  first: AgreedReading,
  options: SettledFilesOptions,
): WatchedFile {
  const settler = createFileSettler(first, { ...TIMINGS, settleMs: options.settleMs });
  let stopped = false;
  const read = async (): Promise<number | undefined> => {
    const now = await readAgreed(join(root, file), limitsOf(file));
    // Without its folder a file is not deleted: the whole work tree is away, or gone (`onGone`).
    const away = now.reading.kind === 'missing' && !(await isThere(root));
    if (stopped) return undefined;
    const step = settler.take(away ? { ...now, agreed: false } : now, performance.now());
    if (step.tell === 'unsettled') options.onUnsettled(file);
    else if (step.tell === 'calm') options.onCalm?.(file);
    else if (step.tell === 'settled') options.onSettled(file, now.reading);
    return step.again;
  };
  const pacer = createPacer(read);
  return {
    wake: (inMs) => pacer.wake(inMs),
    stop() {
      stopped = true;
      pacer.stop();
    },
    expect: (from, to) => settler.expect(from, to),
  };
}

async function isThere(folder: string): Promise<boolean> {
  return stat(folder).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

/** The same as when the file is read for a command. */
function limitsOf(file: string): ReadingLimits {
  if (file === CONFIG_FILE) return CONFIG_LIMITS;
  return file === TASKS_FILE ? TASKS_LIMITS : { ...TASKS_LIMITS, code: 'file-unreadable' };
}
