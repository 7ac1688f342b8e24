import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createPlatform, type Platform } from '../../platform.js';
import { isKey, readText, removeFile, removeLeftovers, replaceFile, workerFolder } from './folders.js';
import { inboxFolder } from './inbox.js';
import { findHolder, type Lock } from './lock.js';
import type { LockHolder } from './lock-holder.js';
import { isStrings } from './parse-request.js';
import type { WorkerMode } from './request.js';

/** Of the files by which processes talk. Another version's worker is not talked to: one waits until it has gone. */
const FORMAT = 1;

/** The process that works in a repository and takes requests. */
export interface WorkerInfo {
  key: string;
  pid: number;
  host: string;
  mode: WorkerMode;
  /** Top of the work tree that it was started in. */
  root: string;
  /** When it began (ISO 8601). */
  since: string;
  /** Ids of the tasks that it works on right now. */
  tasks: string[];
}

export interface WorkerState {
  setTasks(ids: readonly string[]): void;
  /**
   * From then on nobody finds this worker any more: after the log is closed, before the lock is released. Its folder
   * goes at once when nobody asked anything of it; otherwise others may still read there how it ended, and the next
   * worker removes it.
   */
  dispose(): Promise<void>;
}

function stateFile(commonDir: string, key: string): string {
  return join(workerFolder(commonDir, key), 'state.json');
}

/**
 * Makes the holder of the lock a worker that others find. Its inbox is there before. A disk that is full keeps others
 * from finding it; it never stops the work.
 */
export function createWorkerState(
  commonDir: string,
  lock: Pick<Lock, 'key'>,
  mode: WorkerMode,
  root: string,
): WorkerState {
  const { key } = lock;
  const file = stateFile(commonDir, key);
  const first = { format: FORMAT, key, mode, root, since: new Date().toISOString() };
  let tasks: string[] = [];
  let disposed = false;
  let queue = Promise.resolve();
  const inOrder = (act: () => Promise<unknown>): Promise<void> => {
    queue = queue.then(act).then(
      () => undefined,
      () => undefined,
    );
    return queue;
  };
  const write = async (): Promise<void> => {
    if (!disposed) await replaceFile(file, JSON.stringify({ ...first, tasks }));
  };
  const inbox = inboxFolder(commonDir, key);
  let untouched: number | undefined;
  void inOrder(async () => {
    await mkdir(inbox, { recursive: true });
    untouched = (await stat(inbox)).mtimeMs;
    await write();
    await removeLeftovers(commonDir, key);
  });
  return {
    setTasks(ids) {
      tasks = [...ids];
      void inOrder(write);
    },
    dispose() {
      disposed = true;
      return inOrder(async () => {
        await removeFile(file);
        if ((await stat(inbox)).mtimeMs === untouched) {
          await rm(workerFolder(commonDir, key), { recursive: true, force: true });
        }
      });
    },
  };
}

/** The live worker of a repository; undefined when there is none, or whoever holds the lock takes no requests. */
export async function readWorker(
  commonDir: string,
  platform: Platform = createPlatform(),
): Promise<WorkerInfo | undefined> {
  const holder = await findHolder(commonDir, platform);
  return holder === undefined ? undefined : readWorkerOf(commonDir, holder);
}

/** What the holder of the lock says of itself; undefined when it takes no requests, or not yet. */
export async function readWorkerOf(
  commonDir: string,
  { key, pid, host }: Pick<LockHolder, 'key' | 'pid' | 'host'>,
): Promise<WorkerInfo | undefined> {
  if (!isKey(key)) return undefined;
  const told = parseState(await readText(stateFile(commonDir, key)));
  return told === undefined ? undefined : { key, pid, host, ...told };
}

function parseState(text = ''): Omit<WorkerInfo, 'key' | 'pid' | 'host'> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { format, mode, root, since, tasks }: Record<string, unknown> = { ...value };
  if (format !== FORMAT || !isMode(mode) || !isStrings(tasks)) return undefined;
  if (typeof root !== 'string' || typeof since !== 'string') return undefined;
  return { mode, root, since, tasks };
}

function isMode(value: unknown): value is WorkerMode {
  return value === 'run' || value === 'watch' || value === 'hook';
}
