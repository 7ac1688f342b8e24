import { open, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode } from '../../errors.js';
import { createKey, removeFile } from './folders.js';

/** How often the holder of a lock shows that it lives, in ms. */
const BEAT_MS = 20_000;

/**
 * After this time without a beat, the holder of a lock that can't be looked up is dead, in ms. Two beats may be lost,
 * and NFS may show a time that is 60 s old (nfs(5), acregmax). A computer that only slept is seen as dead, too: when it
 * wakes up, its first beat tells it that the lock is lost.
 */
const SILENT_MS = 120_000;

/**
 * Writes a lock anew at each beat, so that its time of change moves by the clock of the file system, which all
 * computers that share it see alike. `onLost` is called once when the lock is gone or another's.
 * @returns what ends it
 */
export function startHeart(file: string, text: string, onLost: () => void, everyMs = BEAT_MS): () => void {
  const check = async (): Promise<void> => {
    if ((await beat(file, text)) === 'kept') return;
    clearInterval(timer);
    onLost();
  };
  const timer = setInterval(() => void check(), everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

/** A file that can't be read or written for the moment is not lost yet: only one that is gone or says another thing. */
async function beat(file: string, text: string): Promise<'kept' | 'lost'> {
  try {
    const handle = await open(file, 'r+');
    try {
      if ((await handle.readFile('utf8')) !== text) return 'lost';
      // The same bytes again: whoever reads meanwhile reads the same.
      await handle.write(text, 0);
      return 'kept';
    } finally {
      await handle.close();
    }
  } catch (error) {
    return hasCode(error, 'ENOENT') ? 'lost' : 'kept';
  }
}

/**
 * Whether a lock has had no beat for `SILENT_MS`. One from the future (the clock was set back) is given the time of
 * now: a living holder beats on, and a dead one is silent from now on.
 */
export async function isSilent(file: string): Promise<boolean> {
  try {
    const last = (await stat(file)).mtimeMs;
    const now = await readFileClock(dirname(file));
    if (last - now > SILENT_MS) await utimes(file, new Date(now), new Date(now));
    return now - last > SILENT_MS;
  } catch (error) {
    return hasCode(error, 'ENOENT');
  }
}

/** Now by the clock that gives files their times: on a network drive it is the server's. */
async function readFileClock(folder: string): Promise<number> {
  const file = join(folder, `lock.beat-${createKey()}`);
  try {
    await writeFile(file, '');
    return (await stat(file)).mtimeMs;
  } catch {
    return Date.now();
  } finally {
    await removeFile(file);
  }
}
