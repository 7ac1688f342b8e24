import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * Branches as files below git's folder (gitrepository-layout(5)), for questions that are asked before every move of a
 * branch: to start git takes ten times as long. What is not found as expected is left to git. The files are few and
 * small, so they are read without waiting in between.
 */

/** Settings by which the main worktree is another, or none, or refs are kept otherwise. */
const TELLING = /^\s*(?:bare\s*(?:$|=\s*(?!false|no|off|0)\S)|worktree\s*=|refstorage\s*=|\[include)/im;

/** Whether this is a repository with a main worktree and with branches as files, as nearly all are. */
export function isPlain(commonDir: string): boolean {
  const [settings, own] = ['config', 'config.worktree'].map((name) => readText(join(commonDir, name)));
  return settings !== undefined && !TELLING.test(settings) && (own === undefined || !TELLING.test(own));
}

/**
 * Whether for sure no branch is in the way of a new one.
 * @param isInTheWay of an existing branch of that name
 * @returns false where one may be
 */
export function isNameFree(
  commonDir: string,
  name: string,
  isInTheWay: (existing: string) => boolean,
): boolean {
  // Other letters have more than one form.
  if (!/^[\x21-\x7e]+$/.test(name) || !isPlain(commonDir)) return false;
  const packed = readText(join(commonDir, 'packed-refs')) ?? '';
  for (const [, other = ''] of packed.matchAll(/ refs\/heads\/(.+)$/gm)) if (isInTheWay(other)) return false;
  const parts = name.split('/');
  let folder = join(commonDir, 'refs', 'heads');
  for (const [index, part] of parts.entries()) {
    const like = namesIn(folder)?.filter((found) => found.toLowerCase() === part.toLowerCase());
    if (like?.length === 0) return true;
    // Another spelling, a branch where a folder should be, or what stands at the name itself.
    const isFolder = like?.length === 1 && like[0] === part && index < parts.length - 1;
    if (!isFolder) return false;
    folder = join(folder, part);
  }
  return false;
}

/** Undefined where there is nothing, or nothing that can be read as a file. */
export function readText(file: string): string | undefined {
  // An error costs more than a look, and most of these files are mostly not there.
  if (!existsSync(file)) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Undefined where there is no folder, or none that can be read. */
export function namesIn(folder: string): string[] | undefined {
  if (!existsSync(folder)) return undefined;
  try {
    return readdirSync(folder);
  } catch {
    return undefined;
  }
}
