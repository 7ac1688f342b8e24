import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import type { NexusError } from '../../../src/errors.js';
import type { EventListener, OpenEvents } from '../../../src/tasks/watching/event-source.js';
import type { Reading } from '../../../src/tasks/watching/file-reading.js';
import { watchFolder, type FolderWatchOptions } from '../../../src/tasks/watching/watch-folder.js';
import {
  watchSettledFiles,
  type SettledFilesOptions,
} from '../../../src/tasks/watching/watch-settled-files.js';

/** What has to be ended after a test, last first. */
export class Cleanup {
  readonly #jobs: (() => unknown)[] = [];

  add(job: () => unknown): void {
    this.#jobs.push(job);
  }

  folder(prefix = 'nexus-watch-'): string {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), prefix)));
    this.add(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  }

  async run(): Promise<void> {
    for (const job of this.#jobs.splice(0).reverse()) await job();
  }
}

/** Times for tests: events alone have to do it where there are events, since the next look is a minute away. */
const TEST_TIMINGS = {
  lookMs: 60_000,
  pollMs: 30,
  goneMs: 300,
  retryMs: { first: 20, longest: 200 },
};

export function until(check: () => unknown, timeout = 20_000): Promise<unknown> {
  return vi.waitFor(
    () => {
      if (!check()) throw new Error(`never came: ${String(check)}`);
    },
    { timeout, interval: 5 },
  );
}

export interface FolderRecord {
  events: string[];
  troubles: NexusError[];
  gone: number;
}

export async function recordFolder(
  cleanup: Cleanup,
  folder: string,
  names: readonly string[] | undefined,
  options: Partial<FolderWatchOptions> = {},
): Promise<FolderRecord & Awaited<ReturnType<typeof watchFolder>>> {
  const record: FolderRecord = { events: [], troubles: [], gone: 0 };
  const watch = await watchFolder(folder, names, {
    polling: false,
    onEvent: (name) => record.events.push(name),
    onTrouble: (error) => record.troubles.push(error),
    onGone: () => void (record.gone += 1),
    ...options,
    timings: { ...TEST_TIMINGS, ...options.timings },
  });
  cleanup.add(() => watch.close());
  return Object.assign(record, {
    close: () => watch.close(),
    get polling() {
      return watch.polling;
    },
  });
}

/** `told`: texts, or the other kinds in angle brackets. `all`: everything in order. */
export interface SettledRecord {
  told: string[];
  all: string[];
  readings: Reading[];
  troubles: NexusError[];
  gone: number;
}

export async function recordSettled(
  cleanup: Cleanup,
  root: string,
  options: Partial<SettledFilesOptions> = {},
): Promise<{ record: SettledRecord; watch: Awaited<ReturnType<typeof watchSettledFiles>> }> {
  const record: SettledRecord = { told: [], all: [], readings: [], troubles: [], gone: 0 };
  const watch = await watchSettledFiles(root, {
    files: ['tasks.yml'],
    settleMs: 150,
    polling: false,
    onUnsettled: (file) => record.all.push(`unsettled ${file}`),
    onCalm: (file) => record.all.push(`calm ${file}`),
    onSettled(file, reading) {
      record.all.push(`settled ${file}`);
      record.told.push(reading.kind === 'text' ? reading.text : `<${reading.kind}>`);
      record.readings.push(reading);
    },
    onTrouble: (error) => record.troubles.push(error),
    onGone: () => void (record.gone += 1),
    ...options,
    timings: { ...TEST_TIMINGS, ...options.timings },
  });
  cleanup.add(() => watch.close());
  return { record, watch };
}

/** Events that a test makes. `fail` are what the next openings end with. */
export function scriptedEvents(): {
  open: OpenEvents;
  opened: { folder: string; listener: EventListener; accepts: (name: string) => boolean; closed: boolean }[];
  fail: unknown[];
} {
  const opened: ReturnType<typeof scriptedEvents>['opened'] = [];
  const fail: unknown[] = [];
  const open: OpenEvents = async (folder, accepts, listener) => {
    if (fail.length > 0) throw fail.shift();
    const source = { folder, accepts, listener, closed: false };
    opened.push(source);
    return {
      close: async () => {
        source.closed = true;
      },
    };
  };
  return { open, opened, fail };
}

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: scripted`), { code });
}
