import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from './context.js';
import { HEADS } from './refs.js';

/*
 * Which branches are checked out stands in the HEAD of each worktree (gitrepository-layout(5)). Reading these files takes
 * a tenth of the time of `git worktree list`, and is asked before every move of a branch. Where they do not say it all
 * (refs in another format, a HEAD that leads on, a repository without a main worktree) git is asked.
 */

/** Settings by which the main worktree is another, or none, or refs are kept otherwise. */
const TELLING = /^\s*(?:bare\s*(?:$|=\s*(?!false|no|off|0)\S)|worktree\s*=|refstorage\s*=|\[include)/im;

/**
 * The worktree of each branch that a HEAD names; undefined where only git can tell.
 * @param folders git's own folder of each worktree, the main one first
 */
export async function readWorktreeHeads(
  { commonDir }: Pick<Context, 'commonDir'>,
  folders: readonly { gitDir: string; worktree: string }[],
): Promise<Map<string, string> | undefined> {
  const settings = await Promise.all(
    ['config', 'config.worktree'].map(async (name) => readText(join(commonDir, name))),
  );
  if (settings[0] === undefined || settings.some((text) => text !== undefined && TELLING.test(text)))
    return undefined;
  const found = new Map<string, string>();
  for (const { gitDir, worktree } of folders) {
    const head = await readHeadFile(commonDir, gitDir);
    if (head === undefined) return undefined;
    if (head.branch !== undefined) found.set(head.branch, worktree);
  }
  return found;
}

async function readHeadFile(
  commonDir: string,
  gitDir: string,
): Promise<{ branch: string | undefined } | undefined> {
  const file = join(gitDir, 'HEAD');
  const text = (await readText(file))?.trim();
  if (text === undefined || (await isLink(file))) return undefined;
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)) return { branch: undefined };
  const name = /^ref:\s*refs\/heads\/(\S.*)$/.exec(text)?.[1];
  if (name === undefined || name.startsWith('.')) return undefined;
  // A branch may be another name of one.
  const branch = await readText(join(commonDir, HEADS, name));
  return branch?.startsWith('ref:') === true ? undefined : { branch: name };
}

async function isLink(file: string): Promise<boolean> {
  return lstat(file).then(
    (found) => found.isSymbolicLink(),
    () => true,
  );
}

async function readText(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}
