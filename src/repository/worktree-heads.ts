import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from './context.js';
import { isPlain, readText } from './plain-refs.js';
import { HEADS } from './refs.js';

/*
 * Which branches are checked out stands in the HEAD of each worktree (gitrepository-layout(5)). Reading these files takes
 * a tenth of the time of `git worktree list`, and is asked before every move of a branch. Where they do not say it all
 * (refs in another format, a HEAD that leads on, a repository without a main worktree) git is asked. They are few and
 * small, so they are read without waiting in between.
 */

/**
 * The worktree of each branch that a HEAD names; undefined where only git can tell.
 * @param folders git's own folder of each worktree, the main one first
 */
export function readWorktreeHeads(
  { commonDir }: Pick<Context, 'commonDir'>,
  folders: readonly { gitDir: string; worktree: string }[],
): Map<string, string> | undefined {
  if (!isPlain(commonDir)) return undefined;
  const found = new Map<string, string>();
  for (const { gitDir, worktree } of folders) {
    const head = readHeadFile(commonDir, gitDir);
    if (head === undefined) return undefined;
    if (head.branch !== undefined) found.set(head.branch, worktree);
  }
  return found;
}

function readHeadFile(commonDir: string, gitDir: string): { branch: string | undefined } | undefined {
  const file = join(gitDir, 'HEAD');
  const text = readText(file)?.trim();
  if (text === undefined || isLink(file)) return undefined;
  if (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)) return { branch: undefined };
  const name = /^ref:\s*refs\/heads\/(\S.*)$/.exec(text)?.[1];
  if (name === undefined || name.startsWith('.')) return undefined;
  // A branch may be another name of one.
  const branch = readText(join(commonDir, HEADS, name));
  return branch?.startsWith('ref:') === true ? undefined : { branch: name };
}

function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() !== false;
}
