import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { EXIT, hasCode, NexusError } from '../errors.js';

/** Who works in a repository. `startedAt` is the process's start as the system tells it, where it does. */
interface LockHolder {
  pid: number;
  host: string;
  startedAt: string | undefined;
}

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
  const me: LockHolder = { pid: process.pid, host: hostname(), startedAt: await processStart(process.pid) };
  for (let tries = 0; tries < 3; tries++) {
    try {
      const handle = await open(file, 'wx');
      await handle.writeFile(JSON.stringify(me));
      await handle.close();
      return { release: () => rm(file, { force: true }) };
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
    const holder = await findHolder(commonDir);
    if (holder !== undefined) throw busy(holder);
    await rm(file, { force: true });
  }
  throw busy(undefined);
}

/** The live process that holds the lock; undefined when nobody does. */
export async function findHolder(commonDir: string): Promise<LockHolder | undefined> {
  const holder = await readHolder(lockFile(commonDir));
  if (holder === undefined) return undefined;
  if (holder.host !== hostname()) return holder;
  return (await isAlive(holder)) ? holder : undefined;
}

async function readHolder(file: string): Promise<LockHolder | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return isHolder(value) ? value : undefined;
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
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    return `${boot.trim()}:${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`;
  } catch {
    return undefined;
  }
}

function busy(holder: LockHolder | undefined): NexusError {
  const who =
    holder === undefined ? 'Another Nexus' : `Another Nexus (process ${holder.pid} on ${holder.host})`;
  return new NexusError({
    code: 'busy',
    message: `${who} is working in this repository.`,
    remedy: 'Wait until it is done (nexus status shows what it does), or stop it with Ctrl-C where it runs.',
    exitCode: EXIT.busy,
  });
}
