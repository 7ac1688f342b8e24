import { chmod, lstat, mkdir, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../errors.js';
import { writeAtomically } from '../../platform/held-files.js';
import { readPlainFile } from '../../platform/read-plain-file.js';
import { LARGEST_FILE, parseAnswerFile, renderAnswerFile, type KnownAnswer } from './answer-file.js';
import { freeSpace } from './free-space.js';

/** Bytes that the answers of all repositories take at most. An answer takes some 1 to 10 kB. */
const MOST_BYTES = 64_000_000;
/** Of the limit: what is kept when it is reached, so that it is not reached again at once. */
const KEPT_SHARE = 0.9;

/**
 * Answers of models by `requestKey`, for all repositories of a user: one file for each, so that any number of processes
 * can read and write. What it says is trusted as little as a model's reply. It is never in the way: what can't be read is
 * not there, what can't be written is not kept.
 */
export interface ResponseCache {
  /** Undefined when it is not known; a damaged file is removed. Never throws. */
  read(key: string): Promise<KnownAnswer | undefined>;
  /** Never throws. Returns why nothing can be kept from now on; once. */
  write(key: string, answer: KnownAnswer): Promise<string | undefined>;
}

/** Where the answers are, below the user's cache folder. */
export function answersFolder(cacheFolder: string): string {
  return join(cacheFolder, 'answers');
}

/** @param folder see `answersFolder`; it is made when there is something to keep */
export function openResponseCache(folder: string, { mostBytes = MOST_BYTES } = {}): ResponseCache {
  const pathOf = (key: string): string => join(folder, `${key}.json`);
  /** What the files take, as far as this process knows; at first it has not looked. */
  let total = Number.POSITIVE_INFINITY;
  let isLooking = false;
  let isOff = false;

  /** Not waited for: to look at all files takes half a second where there are many. */
  async function makeRoom(): Promise<void> {
    if (isLooking || total <= mostBytes) return;
    isLooking = true;
    const wanted = total === Number.POSITIVE_INFINITY ? mostBytes : mostBytes * KEPT_SHARE;
    total = 0;
    const rest = await freeSpace(folder, wanted);
    // What was written meanwhile may be counted twice.
    total += rest;
    isLooking = false;
  }

  async function keep(key: string, answer: KnownAnswer): Promise<void> {
    const content = renderAnswerFile(key, answer);
    const bytes = Buffer.byteLength(content);
    if (bytes > Math.min(LARGEST_FILE, mostBytes)) return;
    await openFolder(folder);
    await writeAtomically(pathOf(key), content, { fsync: false, mode: 0o600 });
    total += bytes;
    void makeRoom();
  }

  return {
    async read(key) {
      if (isOff) return undefined;
      const path = pathOf(key);
      const content = await readAnswerFile(path);
      if (content === undefined) return undefined;
      const answer = content === 'foreign' ? undefined : parseAnswerFile(key, content.text);
      if (answer === undefined) await unlink(path).catch(() => undefined);
      return answer;
    },
    async write(key, answer) {
      if (isOff) return undefined;
      try {
        await keep(key, answer);
        return undefined;
      } catch (error) {
        isOff = true;
        return messageOf(error);
      }
    },
  };
}

/** @throws what the file system says; Error when the folder is somebody else's */
async function openFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  if (!found.isDirectory()) throw new Error(`${folder} is no folder`);
  const user = process.getuid?.();
  if (user === undefined) return;
  if (found.uid !== user) throw new Error(`${folder} belongs to another user`);
  if ((found.mode & 0o077) !== 0) await chmod(folder, 0o700);
}

/** Marks the file as used now. Undefined when there is none. */
async function readAnswerFile(path: string): Promise<{ text: string } | 'foreign' | undefined> {
  try {
    const found = await readPlainFile(path, LARGEST_FILE);
    const now = new Date();
    if (found !== 'foreign') await utimes(path, now, now).catch(() => undefined);
    return found;
  } catch {
    return undefined;
  }
}
