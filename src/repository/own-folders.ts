import { randomBytes } from 'node:crypto';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { hasCode } from '../errors.js';
import { createPlatform } from '../platform.js';
import { explainWriteFailure, makeFolderBelow } from './write-failures.js';
import { isListed, type PidSpace } from '../platform/process-identity.js';

/*
 * What must not outlive us for long stands in a folder of its own below `<common dir>/nexus/temporary`, with the name of
 * its process in it. It comes into being under its name at once, with its owner, and goes under another: so whatever a
 * kill leaves is either a whole folder of a process that is gone, or a draft, whose name begins with a dot and in which
 * nobody works.
 */

/** A folder that is found and removed by the next run when this process is killed. */
export interface OwnFolder {
  /** Twelve hex digits. */
  key: string;
  path: string;
  /** Never throws: what can't be removed now is for the next run. */
  remove(): Promise<void>;
}

const OWNER = 'owner.json';
const KEY = /^[0-9a-f]{12}$/;
const RETRIES = 5;
/** An owner on another computer or in another container can't be seen; after this time nobody works there. In ms. */
const FOREIGN_AGE = 24 * 60 * 60 * 1000;

interface Owner {
  pid: number;
  host: string;
  startedAt: string | undefined;
  space: PidSpace | undefined;
  since: string;
}

export async function makeOwnFolder(commonDir: string): Promise<OwnFolder> {
  const root = rootOf(commonDir);
  const owner = JSON.stringify(await describeSelf());
  for (let tries = 1; ; tries += 1) {
    const key = randomBytes(6).toString('hex');
    const draft = join(root, `.${key}`);
    try {
      await makeFolderBelow(commonDir, draft);
      await writeFile(join(draft, OWNER), owner);
      await rename(draft, join(root, key));
      return ownFolder(root, key);
    } catch (error) {
      // Another run has just removed all drafts.
      if (tries === RETRIES || !hasCode(error, 'ENOENT')) throw explainWriteFailure(error, draft, commonDir);
    }
  }
}

/** Folders of processes that are gone. `isForeign`: of another computer, long ago. */
export async function findAbandoned(commonDir: string): Promise<(OwnFolder & { isForeign: boolean })[]> {
  const root = rootOf(commonDir);
  const names = await readdir(root).catch(() => []);
  const found: (OwnFolder & { isForeign: boolean })[] = [];
  for (const key of names.filter((name) => KEY.test(name))) {
    const state = await judge(join(root, key, OWNER));
    if (state !== 'live') found.push({ ...ownFolder(root, key), isForeign: state === 'foreign' });
  }
  return found;
}

/** Removes what never became an own folder, or is one no more. Only for the holder of the repository's lock. */
export async function removeDrafts(commonDir: string): Promise<void> {
  const root = rootOf(commonDir);
  const names = await readdir(root).catch(() => []);
  await Promise.all(names.filter((name) => name.startsWith('.')).map((name) => discard(join(root, name))));
}

function rootOf(commonDir: string): string {
  return join(commonDir, 'nexus', 'temporary');
}

function ownFolder(root: string, key: string): OwnFolder {
  const path = join(root, key);
  return {
    key,
    path,
    async remove() {
      const draft = join(root, `.${key}`);
      // Killed in the middle of the removal, a folder that had lost its owner would be kept for ever.
      await rename(path, draft).catch(() => undefined);
      await discard(draft);
    },
  };
}

async function discard(path: string): Promise<void> {
  await createPlatform()
    .removeTree(path)
    .catch(() => undefined);
}

let self: Promise<Omit<Owner, 'since'>> | undefined;

async function describeSelf(): Promise<Owner> {
  self ??= readSelf();
  return { ...(await self), since: new Date().toISOString() };
}

async function readSelf(): Promise<Omit<Owner, 'since'>> {
  const platform = createPlatform();
  // Windows takes a third of a second to say when a process began; there a process id that was reused keeps a folder.
  const startedAt = platform.name === 'win32' ? undefined : await platform.processStart(process.pid);
  return { pid: process.pid, host: hostname(), startedAt, space: await platform.pidSpace() };
}

/** A folder without a readable owner was damaged by something else than us; nobody can be working in it. */
async function judge(file: string): Promise<'live' | 'gone' | 'foreign'> {
  const owner = await readOwner(file);
  if (owner === undefined) return 'gone';
  const here = await describeSelf();
  const isHost = owner.host === here.host;
  const isSystem = owner.space?.boot === here.space?.boot;
  if (isHost && isSystem && owner.space?.namespace === here.space?.namespace)
    return (await isRunning(owner)) ? 'live' : 'gone';
  const isMachine = owner.space?.machine !== undefined && owner.space.machine === here.space?.machine;
  // Started anew since.
  if (isHost && isMachine && !isSystem) return 'gone';
  return Date.now() - Date.parse(owner.since) > FOREIGN_AGE ? 'foreign' : 'live';
}

async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    const owner: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isOwner(owner) ? owner : undefined;
  } catch {
    return undefined;
  }
}

function isOwner(value: unknown): value is Owner {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, host, since, space }: Partial<Record<keyof Owner, unknown>> = value;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return false;
  if (typeof host !== 'string' || typeof since !== 'string') return false;
  return space === undefined || (typeof space === 'object' && space !== null && 'boot' in space);
}

async function isRunning(owner: Owner): Promise<boolean> {
  if (!isListed(owner.pid)) return false;
  if (owner.startedAt === undefined) return true;
  const startedAt = await createPlatform().processStart(owner.pid);
  return startedAt === undefined || startedAt === owner.startedAt;
}
