import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RepoPath } from '../edits/types.js';
import type { Context } from './context.js';
import { dirtyFiles } from './dirty-files.js';
import { repositoryError } from './failures.js';
import type { Git } from './git.js';
import { changedFiles } from './history.js';
import { readIdentity } from './identity.js';
import { objectId } from './names.js';
import { findEntries } from './read.js';
import type { ChangedFile, MergePreview, ObjectId } from './repository.js';
import { isAncestor } from './revisions.js';
import { isAtLeast } from './version.js';
import { commitTree } from './write.js';

/** Merge of `theirs` into `ours` in the object database. */
export async function tryMerge(context: Context, ours: ObjectId, theirs: ObjectId): Promise<MergePreview> {
  if (!isAtLeast(context.version, [2, 38])) {
    throw repositoryError(
      'merge-unsupported',
      `git ${context.version.join('.')} cannot merge without a checkout; that came with 2.38.`,
      'Install git 2.38 or newer, or merge the branch yourself with: git merge',
    );
  }
  return context.git.run({
    args: [
      'merge-tree',
      '--write-tree',
      '-z',
      '--name-only',
      '--no-messages',
      objectId(ours),
      objectId(theirs),
    ],
    exits: [1],
    parse: (output, exit) => {
      const [tree = '', ...paths] = output.split('\0').filter((field) => field !== '');
      return exit === 0 ? { kind: 'clean', tree } : { kind: 'conflict', paths };
    },
  });
}

/** A merge commit of an already merged tree. */
export async function commitMerge(
  context: Context,
  input: { tree: ObjectId; parents: readonly [ObjectId, ObjectId]; message: string },
): Promise<ObjectId> {
  return commitTree(context.git, { ...input, author: await readIdentity(context.git) });
}

/**
 * `git merge --ff-only` in the worktree that has the branch, without hooks.
 *
 * @throws NexusError `dirty-overlap` (names the files; nothing has changed), `merge-in-progress`, `not-fast-forward`
 */
export async function fastForwardCheckedOut(
  context: Context,
  worktree: string,
  commit: ObjectId,
): Promise<void> {
  const git = context.git.with({ directory: worktree, environment: { GIT_REFLOG_ACTION: 'nexus accept' } });
  await requireQuietState(git, worktree);
  const head = await git.run({ args: ['rev-parse', '--verify', 'HEAD'], parse: (output) => output.trim() });
  if (!(await isAncestor(context, head, commit))) throw notFastForward();
  // git would find the overlap, too, but only after it has changed ORIG_HEAD, and it names the files for people only.
  const overlap = await findOverlap(git, worktree, head, await changedFiles(context, head, commit));
  if (overlap.length > 0) throw dirtyOverlap(overlap);
  await git.run({
    // git takes ignored files for worthless; they are somebody's settings.
    args: [
      'merge',
      '--ff-only',
      '--no-overwrite-ignore',
      '--no-autostash',
      '--no-stat',
      '--quiet',
      objectId(commit),
    ],
    parse: () => undefined,
  });
}

/** git's files that say that something is going on in a worktree. */
const IN_PROGRESS = ['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'rebase-merge', 'rebase-apply'];

async function requireQuietState(git: Git, worktree: string): Promise<void> {
  const gitDir = await git.run({
    args: ['rev-parse', '--absolute-git-dir'],
    parse: (output) => output.trim(),
  });
  for (const name of IN_PROGRESS) {
    if (!(await stat(join(gitDir, name)).catch(() => undefined))) continue;
    throw repositoryError(
      'merge-in-progress',
      `A merge, rebase, cherry-pick or revert is not finished in ${worktree}.`,
      `Finish or abort it; "git -C '${worktree}' status" says how.`,
    );
  }
}

/** Files with uncommitted work that the changes would write, or that stand where they need a folder. */
async function findOverlap(
  git: Git,
  worktree: string,
  head: ObjectId,
  changed: readonly ChangedFile[],
): Promise<RepoPath[]> {
  const touched = new Set(changed.flatMap(({ path, from }) => (from === undefined ? [path] : [path, from])));
  const folders = new Set([...touched].flatMap(foldersOf));
  const overlap = new Set<RepoPath>();
  for (const { path } of await dirtyFiles(git)) {
    if (touched.has(path) || folders.has(path) || foldersOf(path).some((folder) => touched.has(folder)))
      overlap.add(path);
  }
  // Ignored files are not dirty, but they would be overwritten all the same.
  const candidates = [...touched, ...folders];
  const tracked = await findEntries(git, head, candidates);
  for (const path of candidates) {
    if (!tracked.has(path) && (await isFile(join(worktree, path)))) overlap.add(path);
  }
  return [...overlap];
}

function foldersOf(path: RepoPath): RepoPath[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

async function isFile(path: string): Promise<boolean> {
  return lstat(path).then(
    (found) => !found.isDirectory(),
    () => false,
  );
}

function notFastForward(): Error {
  return repositoryError(
    'not-fast-forward',
    'The checked-out branch has commits that the feature branch does not contain.',
    'Accept it with a merge instead.',
  );
}

function dirtyOverlap(paths: readonly RepoPath[]): Error {
  const shown = paths.slice(0, 10).join(', ') + (paths.length > 10 ? ` and ${paths.length - 10} more` : '');
  return repositoryError(
    'dirty-overlap',
    `Files that are not committed in your checkout would be overwritten: ${shown}.`,
    'Commit or stash them (git stash push --include-untracked), then try again.',
  );
}
