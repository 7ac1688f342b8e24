import { access, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';

/** What git keeps in a worktree's own folder while an operation waits for a person, and how it is called. */
const MARKS: readonly (readonly [file: string, operation: string])[] = [
  ['MERGE_HEAD', 'merge'],
  ['rebase-merge', 'rebase'],
  ['rebase-apply', 'rebase'],
  ['CHERRY_PICK_HEAD', 'cherry-pick'],
  ['REVERT_HEAD', 'revert'],
  ['BISECT_LOG', 'bisect'],
];

/** The git operation that waits to be finished in this worktree; undefined when there is none. */
export async function operationInProgress(worktree: string): Promise<string | undefined> {
  const gitDir = await gitDirOf(worktree);
  for (const [file, operation] of MARKS) {
    if (await exists(join(gitDir, file))) return operation;
  }
  return undefined;
}

/** `.git` is the folder itself, or in linked worktrees and submodules a file that says where it is. */
async function gitDirOf(worktree: string): Promise<string> {
  const dotGit = join(worktree, '.git');
  if ((await stat(dotGit)).isDirectory()) return dotGit;
  const link = await readFile(dotGit, 'utf8');
  return resolve(worktree, link.replace(/^gitdir: /, '').trimEnd());
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
