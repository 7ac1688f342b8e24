import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { EXIT, hasCode, NexusError } from '../../errors.js';

/**
 * Who works in a repository. `startedAt` is the process's start as the system tells it, where it does; `key` tells two
 * locks of one process apart.
 */
interface LockHolder {
  pid: number;
  host: string;
  startedAt: string | undefined;
  key: string;
}

const JUST_MADE_MS = 5_000;

export interface Lock {
  release(): Promise<void>;
}

function lockFile(commonDir: string): string {
  return join(commonDir, 'nexus', 'lock');
}

/**
 * Takes the one lock of a repository, all its worktrees together. The lock of a process that is gone is taken over.
 * @throws NexusError `busy`
 */
export async function acquireLock(commonDir: string): Promise<Lock> {
  const file = lockFile(commonDir);
  await mkdir(join(commonDir, 'nexus'), { recursive: true });
  const key = randomBytes(6).toString('hex');
  const me: LockHolder = {
    pid: process.pid,
    host: hostname(),
    startedAt: await processStart(process.pid),
    key,
  };
  const text = JSON.stringify(me);
  for (let tries = 0; tries < 3; tries++) {
    if (await claim(file, key, text)) return { release: () => takeAway(file, key, text) };
    const found = await readText(file);
    if (found === undefined) continue;
    const holder = await findHolder(commonDir);
    if (holder !== undefined || (await isJustMade(file))) throw busy(holder, file);
    await takeAway(file, key, found);
  }
  throw busy(undefined, file);
}

/** @throws NexusError `busy` when somebody holds the lock. */
export async function assertFree(commonDir: string): Promise<void> {
  const holder = await findHolder(commonDir);
  if (holder !== undefined) throw busy(holder, lockFile(commonDir));
}

/** Makes the lock with its content at once, so that nobody finds it empty. False when there is one. */
async function claim(file: string, key: string, text: string): Promise<boolean> {
  const draft = `${file}.${key}`;
  try {
    await writeFile(draft, text);
    await link(draft, file);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    return await claimWithoutLink(file, text);
  } finally {
    await rm(draft, { force: true });
  }
}

/** For file systems without hard links (FAT, some network drives). */
async function claimWithoutLink(file: string, text: string): Promise<boolean> {
  try {
    await writeFile(file, text, { flag: 'wx' });
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/** Removes the lock if it still holds this text; one that somebody has taken in the meantime is put back. */
async function takeAway(file: string, key: string, text: string): Promise<void> {
  const aside = `${file}.${key}`;
  try {
    await rename(file, aside);
    if ((await readText(aside)) !== text) await link(aside, file);
  } catch (error) {
    if (!hasCode(error, 'ENOENT') && !hasCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

/** A lock that can't be read may be one that is being written right now. */
async function isJustMade(file: string): Promise<boolean> {
  if ((await readHolder(file)) !== undefined) return false;
  try {
    return Date.now() - (await stat(file)).mtimeMs < JUST_MADE_MS;
  } catch {
    return false;
  }
}

/** The live process that holds the lock; undefined when nobody does. */
export async function findHolder(commonDir: string): Promise<LockHolder | undefined> {
  const holder = await readHolder(lockFile(commonDir));
  if (holder === undefined) return undefined;
  if (holder.host !== hostname()) return holder;
  return (await isAlive(holder)) ? holder : undefined;
}

async function readHolder(file: string): Promise<LockHolder | undefined> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isHolder(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
}

function isHolder(value: unknown): value is LockHolder {
  return (
    typeof value === 'object' &&
    value !== null &&
    'pid' in value &&
    typeof value.pid === 'number' &&
    'host' in value
  );
}

/** A pid may have been given to another process since: the start time tells them apart where the system has one. */
async function isAlive(holder: LockHolder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (!hasCode(error, 'EPERM')) return false;
  }
  const startedAt = await processStart(holder.pid);
  return holder.startedAt === undefined || startedAt === undefined || holder.startedAt === startedAt;
}

/** Start of a process in clock ticks since boot, with the boot's id (Linux: proc(5), field 22); undefined elsewhere. */
async function processStart(pid: number): Promise<string | undefined> {
  try {
    const line = await readFile(`/proc/${pid}/stat`, 'utf8');
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    return `${boot.trim()}:${line.slice(line.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`;
  } catch {
    return undefined;
  }
}

function busy(holder: LockHolder | undefined, file: string): NexusError {
  const who =
    holder === undefined ? 'Another Nexus' : `Another Nexus (process ${holder.pid} on ${holder.host})`;
  return new NexusError({
    code: 'busy',
    message: `${who} is working in this repository.`,
    remedy: remedyFor(holder, file),
    exitCode: EXIT.busy,
  });
}

function remedyFor(holder: LockHolder | undefined, file: string): string {
  if (holder === undefined) return `Try again in some seconds. If nothing runs here, delete ${file}.`;
  return holder.host === hostname()
    ? 'Wait until it is done (nexus status shows what it does), or stop it with Ctrl-C where it runs.'
    : `Wait until it is done. If nothing runs on ${holder.host} any more, delete ${file}.`;
}
