import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { retryWhileHeld } from '../../platform/held-files.js';

/*
 * Everything by which processes find and tell each other is files below `<git common dir>/nexus/`: they reach as far as
 * the repository does, into containers and shared folders, where a socket does not. What belongs to one worker is in
 * one folder of its own, named after the key of its lock, so that nothing of a dead one is taken for the next one's.
 */

export function nexusFolder(commonDir: string): string {
  return join(commonDir, 'nexus');
}

export function workerFolder(commonDir: string, key: string): string {
  return join(nexusFolder(commonDir), 'workers', key);
}

/** The form of all keys; what else a file says is not used as a part of a path. */
export function isKey(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{12}$/.test(value);
}

export function createKey(): string {
  return randomBytes(6).toString('hex');
}

/** What is in a file; undefined when it can't be read. */
export async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Writes a file that readers see as it was or as it will be, never in between. Not made safe against a power cut: it
 * says nothing any more when the process is gone.
 */
export async function replaceFile(file: string, text: string): Promise<void> {
  const draft = `${file}.${createKey()}`;
  try {
    await writeFile(draft, text);
    await retryWhileHeld(() => rename(draft, file));
  } finally {
    await removeFile(draft);
  }
}

/** Never throws: what stays is removed with the next leftovers. */
export async function removeFile(file: string): Promise<void> {
  await retryWhileHeld(() => rm(file, { force: true })).catch(() => undefined);
}

/** Time for the last followers of a worker that has left to read what it told at the end, in ms. */
const KEEP_MS = 60_000;

/**
 * Removes what workers and claimers that are gone have left. `key` is that of the holder of the lock, which is the only
 * worker there is: all others have left or died. Never throws; what can't be removed is for the next one.
 */
export async function removeLeftovers(commonDir: string, key: string | undefined): Promise<void> {
  const folder = nexusFolder(commonDir);
  const drafts = (await namesIn(folder)).filter((name) =>
    /^lock\.(?:beat-|(?:takeover\.)?[0-9a-f]{12})/.test(name),
  );
  const workers = (await namesIn(join(folder, 'workers'))).filter((name) => name !== key);
  const paths = [
    ...drafts.map((name) => join(folder, name)),
    ...workers.map((name) => workerFolder(commonDir, name)),
  ];
  for (const path of paths) {
    if (await isOld(path)) await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}

/** The clock may have been set: what seems to come from the future is old, too. */
async function isOld(path: string): Promise<boolean> {
  try {
    return Math.abs(Date.now() - (await stat(path)).mtimeMs) > KEEP_MS;
  } catch {
    return false;
  }
}
