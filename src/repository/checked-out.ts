import { dirname, join, resolve } from 'node:path';
import type { Context } from './context.js';
import type { GitCommand } from './git.js';
import { namesIn, readText } from './plain-refs.js';
import { HEADS } from './refs.js';
import { isAtLeast } from './version.js';
import { readWorktreeHeads } from './worktree-heads.js';
import { withWorktreeRegistry } from './worktree-registry.js';

/**
 * Where each branch is checked out (absolute paths), all worktrees. A branch that is being rebased or bisected counts:
 * HEAD is detached then, but the branch belongs to that worktree until the end.
 */
export async function checkedOut(context: Context): Promise<Map<string, string>> {
  const folders = worktreeFolders(context.commonDir);
  const busy = busyBranches(folders);
  const found = readWorktreeHeads(context, folders) ?? (await askForWorktrees(context));
  for (const [branch, worktree] of busy) if (!found.has(branch)) found.set(branch, worktree);
  return found;
}

/** As git lists them. */
export async function askForWorktrees(context: Context): Promise<Map<string, string>> {
  return withWorktreeRegistry(context.commonDir, () => context.git.run(listWorktrees(context)));
}

function listWorktrees(context: Context): GitCommand<Map<string, string>> {
  // `-z` came with 2.36; before it a path with a line end was printed as it is and can't be told apart.
  const nul = isAtLeast(context.version, [2, 36]);
  return {
    args: ['worktree', 'list', '--porcelain', ...(nul ? ['-z'] : [])],
    parse: (output) => parseWorktrees(output.split(nul ? '\0' : '\n')),
  };
}

function parseWorktrees(lines: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  let worktree = '';
  for (const line of lines) {
    if (line.startsWith('worktree ')) worktree = resolve(line.slice('worktree '.length));
    if (line.startsWith(`branch ${HEADS}`)) found.set(line.slice(`branch ${HEADS}`.length), worktree);
  }
  return found;
}

function busyBranches(
  folders: readonly { gitDir: string; worktree: string }[],
): [branch: string, worktree: string][] {
  const found: [string, string][] = [];
  for (const { gitDir, worktree } of folders) {
    for (const file of ['rebase-merge/head-name', 'rebase-apply/head-name', 'BISECT_START']) {
      const text = readText(join(gitDir, file))?.trim();
      const name = text?.startsWith(HEADS) ? text.slice(HEADS.length) : text;
      if (name) found.push([name, worktree]);
    }
  }
  return found;
}

/** git's own folder of each worktree, the main one first, and the worktree it belongs to. */
export function worktreeFolders(commonDir: string): { gitDir: string; worktree: string }[] {
  const folders = [{ gitDir: commonDir, worktree: dirname(commonDir) }];
  const linked = join(commonDir, 'worktrees');
  for (const name of namesIn(linked) ?? []) {
    const gitDir = join(linked, name);
    const link = readText(join(gitDir, 'gitdir'))?.trim();
    if (link) folders.push({ gitDir, worktree: dirname(resolve(gitDir, link)) });
  }
  return folders;
}
