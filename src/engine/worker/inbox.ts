import { randomBytes } from 'node:crypto';
import { lstat, readdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../errors.js';
import { createPlatform } from '../../platform.js';
import { retryWhileHeld } from '../../platform/held-files.js';
import { createKey, workerFolder } from './folders.js';
import { parseRequest } from './parse-request.js';
import type { WorkerRequest } from './request.js';

/*
 * What others ask of a worker: one file per request, in a folder of that worker. Nobody but it takes a request, so none
 * is done twice and none of a dead worker's is done by surprise, be it minutes or days later: when the worker has gone,
 * the sender, if there still is one, takes its request back and sees to it itself.
 */

/** Six digits that sort, then what makes it unique. */
const NAME = /^(\d{6,15})-[0-9a-f]{12}\.json$/;
/** Far more than the ids of ten thousand tasks need, in bytes. */
const MAX_BYTES = 1_000_000;

export interface Requested {
  id: string;
  request: WorkerRequest;
}

/** Exists from when the worker can be found until it has gone. */
export function inboxFolder(commonDir: string, key: string): string {
  return join(workerFolder(commonDir, key), 'inbox');
}

/**
 * Leaves a request to the worker with this key. The id sorts after those of all requests that were there before,
 * whatever the clock says; of those sent at the same moment any may be first.
 * @returns its id; undefined when the worker has gone
 * @throws the system's error when the folder can't be written
 */
export async function sendRequest(
  commonDir: string,
  key: string,
  request: WorkerRequest,
): Promise<string | undefined> {
  const inbox = inboxFolder(commonDir, key);
  const draft = join(inbox, `${createKey()}.draft`);
  try {
    const last = Math.max(0, ...(await readdir(inbox)).map((name) => Number(NAME.exec(name)?.[1] ?? 0)));
    const id = `${String(last + 1).padStart(6, '0')}-${randomBytes(6).toString('hex')}`;
    await writeFile(draft, JSON.stringify(request));
    await rename(draft, join(inbox, `${id}.json`));
    return id;
  } catch (error) {
    await rm(draft, { force: true });
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * Takes a request back. True: it was still there, so nobody has taken it or ever will. Of a withdrawal and the worker
 * that takes it at the same moment, one succeeds.
 */
export async function withdrawRequest(commonDir: string, key: string, id: string): Promise<boolean> {
  try {
    await retryWhileHeld(() => unlink(fileOf(commonDir, key, id)));
    return true;
  } catch {
    return false;
  }
}

/** Whether nobody has taken it yet. */
export async function isWaiting(commonDir: string, key: string, id: string): Promise<boolean> {
  return lstat(fileOf(commonDir, key, id)).then(
    () => true,
    () => false,
  );
}

function fileOf(commonDir: string, key: string, id: string): string {
  return join(inboxFolder(commonDir, key), `${id}.json`);
}

/**
 * Takes all requests to the worker with this key, the oldest first. What is not a request (not a file, too big, not
 * JSON, of another shape) is removed. Never throws.
 */
export async function takeRequests(commonDir: string, key: string): Promise<Requested[]> {
  const inbox = inboxFolder(commonDir, key);
  const names = await readdir(inbox).catch(() => []);
  const ordered = names
    .flatMap((name) => {
      const number = NAME.exec(name)?.[1];
      return number === undefined ? [] : [{ name, number: Number(number) }];
    })
    .toSorted((a, b) => a.number - b.number || (a.name < b.name ? -1 : 1));
  const taken: Requested[] = [];
  for (const { name } of ordered) {
    const request = await takeRequest(join(inbox, name), join(workerFolder(commonDir, key), `taken-${name}`));
    if (request !== undefined) taken.push({ id: name.slice(0, -'.json'.length), request });
  }
  return taken;
}

/** Moves it away first: from then on its sender can't take it back. */
async function takeRequest(file: string, aside: string): Promise<WorkerRequest | undefined> {
  try {
    await retryWhileHeld(() => rename(file, aside));
    try {
      // Neither follows a link nor waits for the other end of a pipe.
      const found = await lstat(aside);
      if (!found.isFile() || found.size > MAX_BYTES) return undefined;
      return parseRequest(await readFile(aside, 'utf8'));
    } finally {
      await createPlatform().removeTree(aside);
    }
  } catch {
    return undefined;
  }
}
