import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { hasCode } from '../errors.js';
import type { PlatformEffects } from './effects.js';

/** Codes given while something still writes into a folder or has run out of handles; these pass. */
const BUSY = ['EBUSY', 'ENOTEMPTY', 'EMFILE', 'ENFILE'];
/** Codes that Windows gives while a virus scanner or an ending process holds a file. Elsewhere they don't pass. */
const BUSY_ON_WINDOWS = [...BUSY, 'EPERM', 'EACCES'];
const RETRIES = 8;
const WAIT_MS = 50;
/** Entries of one folder that are removed at once. */
const AT_ONCE = 32;
/** To wait for each of many small files takes longer than to remove them; in between others have their turn. In ms. */
const TURN_MS = 5;

/** See `Platform.removeTree`. @throws what the file system says in the end */
export async function removeTree(target: string, windows: boolean, effects: PlatformEffects): Promise<void> {
  const passing = windows ? BUSY_ON_WINDOWS : BUSY;
  for (let tries = 0; ; tries += 1) {
    try {
      const found = await unlessMissing(effects.fs.lstat(target));
      // lstat says "symbolic link" for junctions too.
      if (found?.isDirectory() === true) await removeFolder(target, undefined, effects);
      else if (found !== undefined) await removeFile(target, undefined, effects);
      return;
    } catch (error) {
      if (tries >= RETRIES || !passing.some((code) => hasCode(error, code))) throw error;
      await effects.wait(WAIT_MS * (tries + 1));
    }
  }
}

/** @param parent the folder above, where that may be changed to get rid of this one */
async function removeFolder(
  folder: string,
  parent: string | undefined,
  effects: PlatformEffects,
): Promise<void> {
  const read = () => effects.fs.readdir(folder, { withFileTypes: true });
  const entries = (await unlessMissing(withRights(read, () => effects.fs.chmod(folder, 0o700)))) ?? [];
  const left = await removeEasyFiles(folder, entries, effects);
  for (let at = 0; at < left.length; at += AT_ONCE) {
    await Promise.all(
      left.slice(at, at + AT_ONCE).map((entry) => {
        const path = join(folder, entry.name);
        return entry.isDirectory()
          ? removeFolder(path, folder, effects)
          : removeFile(path, folder, effects, entry.isSymbolicLink());
      }),
    );
  }
  await unlessMissing(withRights(() => effects.fs.rmdir(folder), openFolder(parent, effects)));
}

/** Removes files that nothing holds. Returns the other entries, folders among them. */
async function removeEasyFiles(
  folder: string,
  entries: readonly Dirent[],
  effects: PlatformEffects,
): Promise<Dirent[]> {
  const left: Dirent[] = [];
  let turn = performance.now();
  for (const entry of entries) {
    try {
      if (entry.isDirectory()) left.push(entry);
      else effects.unlinkNow(join(folder, entry.name));
    } catch {
      left.push(entry);
    }
    if (performance.now() - turn < TURN_MS) continue;
    await nextTurn();
    turn = performance.now();
  }
  return left;
}

async function removeFile(
  path: string,
  parent: string | undefined,
  effects: PlatformEffects,
  isLink = false,
): Promise<void> {
  const open = openFolder(parent, effects);
  // POSIX asks for the right to write the folder, Windows for that of the file.
  const makeRemovable = async (): Promise<void> => {
    await open?.();
    if (!isLink) await unlessMissing(effects.fs.chmod(path, 0o600));
  };
  // Windows removes a link to a folder as it removes a folder.
  const again = isLink
    ? () => effects.fs.unlink(path).catch(() => effects.fs.rmdir(path))
    : () => effects.fs.unlink(path);
  await unlessMissing(withRights(() => effects.fs.unlink(path), open && makeRemovable, again));
}

/** Go's module cache makes its folders read-only. Only folders inside the tree are changed, and none is a link. */
function openFolder(parent: string | undefined, effects: PlatformEffects): (() => Promise<void>) | undefined {
  return parent === undefined ? undefined : () => effects.fs.chmod(parent, 0o700);
}

/** @param getRights undefined where rights must stay as they are */
async function withRights<T>(
  use: () => Promise<T>,
  getRights: (() => Promise<void>) | undefined,
  again: () => Promise<T> = use,
): Promise<T> {
  try {
    return await use();
  } catch (error) {
    if (getRights === undefined || (!hasCode(error, 'EACCES') && !hasCode(error, 'EPERM'))) throw error;
    await getRights();
    return await again();
  }
}

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}
