import { lstat, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** One file of the cache. */
export interface StoredFile {
  path: string;
  bytes: number;
  /** When it was last written or read, in ms since 1970. */
  usedAt: number;
}

const ANSWER = /^[0-9a-f]{64}\.json$/;
/** What a process that was killed while it wrote has left (of write-file-atomic). */
const DRAFT = /^[0-9a-f]{64}\.json\.\d+$/;
/** A draft lives for an instant; it is left over after so long, in ms. */
const DRAFT_MS = 60 * 60 * 1000;
/** Files looked at at once. */
const AT_ONCE = 32;

/** The answers in a folder, and drafts that nobody finishes any more. What has another name is not ours. Never throws. */
export async function listStored(folder: string, now = Date.now()): Promise<StoredFile[]> {
  const names = await readdir(folder).catch(() => []);
  const ours = names.filter((name) => ANSWER.test(name) || DRAFT.test(name));
  const stored: StoredFile[] = [];
  for (let at = 0; at < ours.length; at += AT_ONCE) {
    const found = await Promise.all(ours.slice(at, at + AT_ONCE).map((name) => look(folder, name, now)));
    stored.push(...found.filter((file) => file !== undefined));
  }
  return stored;
}

async function look(folder: string, name: string, now: number): Promise<StoredFile | undefined> {
  const path = join(folder, name);
  // Others may remove it at any moment.
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined || found.isDirectory()) return undefined;
  const isDraft = DRAFT.test(name);
  if (isDraft && now - found.mtimeMs < DRAFT_MS) return undefined;
  // What is left over goes first.
  return { path, bytes: found.size, usedAt: isDraft ? 0 : found.mtimeMs };
}

/**
 * Removes what was not used for longest until the rest takes at most `bytes`; left-over drafts in any case. Returns what
 * the rest takes. Never throws; two processes may do it at once.
 */
export async function freeSpace(folder: string, bytes: number): Promise<number> {
  const stored = (await listStored(folder)).toSorted((a, b) => a.usedAt - b.usedAt);
  let total = stored.reduce((sum, file) => sum + file.bytes, 0);
  for (const file of stored) {
    if (total <= bytes && file.usedAt > 0) break;
    await unlink(file.path).catch(() => undefined);
    total -= file.bytes;
  }
  return total;
}
