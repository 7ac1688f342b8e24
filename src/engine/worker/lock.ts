import { link, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { EXIT, hasCode, messageOf, NexusError } from '../../errors.js';
import { createPlatform, type Platform } from '../../platform.js';
import { isListed } from '../../platform/process-identity.js';
import { createKey, nexusFolder, readText, removeFile, replaceFile } from './folders.js';
import { startHeart } from './heartbeat.js';
import { describeSelf, isLive, parseHolder, type LockHolder } from './lock-holder.js';

export interface Lock {
  /** Tells this lock from all others; the name of the worker's folder. */
  key: string;
  /**
   * Aborted with NexusError `lock-lost` when another took this process for dead (it slept on a shared drive for
   * minutes) or somebody deleted the lock: two would work here, so this one has to stop at once.
   */
  lost: AbortSignal;
  /** Never throws: a lock that can't be removed is taken over once this process has gone. */
  release(): Promise<void>;
}

export interface LockOptions {
  platform?: Platform;
  /** Between two signs of life, in ms. */
  beatMs?: number;
}

/** A lock that can't be read is being written, where there are no hard links, or was cut by a crash: so long, in ms. */
const WRITING_MS = 2_000;
/** Longer than any race between claimers lasts, in ms. */
const GIVE_UP_MS = 10_000;
const LOOK_AGAIN_MS = 25;

/** Keys of the locks that this process holds: to ask the system about itself costs half a second on Windows. */
const held = new Set<string>();

function lockFile(commonDir: string): string {
  return join(nexusFolder(commonDir), 'lock');
}

/**
 * Takes the one lock of a repository, all its worktrees together. The lock of a process that is gone is taken over:
 * killed, its computer started anew, its id given to another, or silent for minutes where it can't be looked up.
 * @throws NexusError `busy`; `lock-unreadable`; `lock-not-writable` when the folder or disk does not let us
 */
export async function acquireLock(commonDir: string, options: LockOptions = {}): Promise<Lock> {
  const { platform = createPlatform(), beatMs } = options;
  const file = lockFile(commonDir);
  const key = createKey();
  const text = JSON.stringify(await describeSelf(platform, key));
  try {
    await mkdir(nexusFolder(commonDir), { recursive: true });
    await takeLock(file, text, platform);
  } catch (error) {
    throw error instanceof NexusError ? error : notWritable(file, error);
  }
  held.add(key);
  const lost = new AbortController();
  const onLost = (): void => {
    held.delete(key);
    lost.abort(lockLost(file));
  };
  const stop = startHeart(file, text, onLost, beatMs);
  return {
    key,
    lost: lost.signal,
    async release() {
      stop();
      held.delete(key);
      if ((await readText(file)) === text) await removeFile(file);
    },
  };
}

/** Returns when the lock holds `text`. */
async function takeLock(file: string, text: string, platform: Platform): Promise<void> {
  const begin = performance.now();
  const unread: Sighting = { text: undefined, since: begin };
  while (!(await claim(file, text))) {
    const found = await readText(file);
    const holder = parseHolder(found ?? '');
    if (holder !== undefined && (await isLive(holder, file, platform))) throw busy(holder);
    const isDead = holder !== undefined || isCut(unread, found);
    if (isDead && found !== undefined && (await takeOver(file, { dead: found, text }, platform))) return;
    const isNoFile = isDead && found === undefined;
    if (isNoFile || performance.now() - begin > GIVE_UP_MS) throw unreadable(file);
    await wait(LOOK_AGAIN_MS);
  }
}

/** What a lock that can't be read says, and since when: by our own clock, so that no file's time matters. */
interface Sighting {
  text: string | undefined;
  since: number;
}

function isCut(sighting: Sighting, text: string | undefined): boolean {
  const now = performance.now();
  if (sighting.text !== text) Object.assign(sighting, { text, since: now });
  return now - sighting.since > WRITING_MS;
}

/**
 * Replaces the lock of a dead process. Not by removing it: of two that saw it dead, the slower would remove the lock of
 * the faster. One at a time does it, and looks again before.
 */
async function takeOver(
  file: string,
  { dead, text }: { dead: string; text: string },
  platform: Platform,
): Promise<boolean> {
  const guard = `${file}.takeover`;
  if (!(await claim(guard, text))) {
    await removeDeadGuard(guard, platform);
    return false;
  }
  try {
    if ((await readText(file)) !== dead) return false;
    await replaceFile(file, text);
    return true;
  } finally {
    await removeFile(guard);
  }
}

/** It exists for some milliseconds: one that stays was left by a process killed in between. */
async function removeDeadGuard(guard: string, platform: Platform): Promise<void> {
  const found = await readText(guard);
  if (found === undefined) return;
  const holder = parseHolder(found);
  if (holder === undefined) await wait(WRITING_MS / 4);
  else if (await isLive(holder, guard, platform)) return;
  if ((await readText(guard)) === found) await removeFile(guard);
}

/** Makes the lock with its content at once, so that nobody finds it empty. False when there is one. */
async function claim(file: string, text: string): Promise<boolean> {
  const draft = `${file}.${createKey()}`;
  try {
    await writeFile(draft, text);
    await link(draft, file);
    return true;
  } catch (error) {
    // NFS may have done it and lost the answer (open(2), O_EXCL).
    if (hasCode(error, 'EEXIST')) return (await stat(draft)).nlink === 2;
    return await claimWithoutLink(file, text);
  } finally {
    await removeFile(draft);
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

/** The live process that holds the lock; undefined when nobody does. */
export async function findHolder(
  commonDir: string,
  platform: Platform = createPlatform(),
): Promise<LockHolder | undefined> {
  const file = lockFile(commonDir);
  const holder = parseHolder((await readText(file)) ?? '');
  if (holder !== undefined && held.has(holder.key)) return holder;
  return holder !== undefined && (await isLive(holder, file, platform)) ? holder : undefined;
}

/** How long a process that was seen to be the holder is believed by its id alone, in ms. */
const BELIEVE_MS = 5_000;

/** As `findHolder`, for one lock that is asked about again and again: to look up a start costs a process on some systems. */
export function createLifeCheck(commonDir: string, key: string, platform: Platform): () => Promise<boolean> {
  const file = lockFile(commonDir);
  let seen = -Infinity;
  return async () => {
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      // What can't be read for the moment is not gone.
      return !hasCode(error, 'ENOENT');
    }
    const holder = parseHolder(text);
    if (holder?.key !== key) return false;
    const now = performance.now();
    if (now - seen < BELIEVE_MS && isListed(holder.pid)) return true;
    if (!(await isLive(holder, file, platform))) return false;
    seen = now;
    return true;
  };
}

function busy(holder: LockHolder): NexusError {
  return new NexusError({
    code: 'busy',
    message: `Another Nexus (process ${holder.pid} on ${holder.host}) is working in this repository.`,
    remedy: remedyFor(holder),
    exitCode: EXIT.busy,
  });
}

function remedyFor(holder: LockHolder): string {
  return holder.host === hostname()
    ? 'Wait until it is done (nexus status shows what it does), or stop it with Ctrl-C where it runs.'
    : `Wait until it is done. If nothing runs on ${holder.host} any more, its lock ends by itself in two minutes.`;
}

function unreadable(file: string): NexusError {
  return new NexusError({
    code: 'lock-unreadable',
    message: `The lock of this repository, ${file}, can't be read, and nobody could be found who holds it.`,
    remedy: `If no Nexus runs here, delete ${file}.`,
    exitCode: EXIT.busy,
  });
}

function notWritable(file: string, cause: unknown): NexusError {
  return new NexusError({
    code: 'lock-not-writable',
    message: `The lock of this repository, ${file}, can't be written: ${messageOf(cause)}`,
    remedy: 'Make room on the disk, or get the right to write in the .git folder.',
    exitCode: EXIT.repository,
    cause,
  });
}

function lockLost(file: string): NexusError {
  return new NexusError({
    code: 'lock-lost',
    message: `The lock of this repository, ${file}, was deleted or taken over by another Nexus.`,
    remedy: 'What is done is kept: run nexus again to go on.',
    exitCode: EXIT.busy,
  });
}
