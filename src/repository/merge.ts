import { lstat, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../errors.js';
import type { RepoPath } from '../edits/types.js';
import type { Context } from './context.js';
import { dirtyFiles } from './dirty-files.js';
import { GitFailed, repositoryError } from './failures.js';
import type { Git } from './git.js';
import { changedFiles } from './history.js';
import { readIdentity } from './identity.js';
import { objectId } from './names.js';
import { findEntries } from './read.js';
import type { ChangedFile, MergePreview, ObjectId } from './repository.js';
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
  const changed = await changedFiles(context, head, commit);
  // git would overwrite these without a word: they are ignored, so it takes them for worthless.
  const inTheWay = await untrackedInTheWay(context, worktree, head, changed);
  if (inTheWay.length > 0) throw dirtyOverlap(inTheWay);
  try {
    await git.run({
      args: ['merge', '--ff-only', '--no-autostash', '--no-stat', '--quiet', objectId(commit)],
      parse: () => undefined,
    });
  } catch (error) {
    throw error instanceof GitFailed ? await explainRefusal(git, changed, error) : error;
  }
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

async function untrackedInTheWay(
  context: Context,
  worktree: string,
  head: ObjectId,
  changed: readonly ChangedFile[],
): Promise<RepoPath[]> {
  const added = changed
    .filter(({ status }) => status === 'added' || status === 'renamed')
    .map(({ path }) => path);
  const tracked = await findEntries(context.git, head, added);
  const found: RepoPath[] = [];
  for (const path of added.filter((candidate) => !tracked.has(candidate))) {
    if (await isThere(join(worktree, path))) found.push(path);
  }
  return found;
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    // An empty folder is no obstacle, and a full one git refuses by itself.
    (file) => !file.isDirectory(),
    (error: unknown) => !hasCode(error, 'ENOENT') && !hasCode(error, 'ENOTDIR'),
  );
}

async function explainRefusal(git: Git, changed: readonly ChangedFile[], error: GitFailed): Promise<Error> {
  if (error.code !== 'git-failed') return error;
  const touched = new Set(changed.flatMap(({ path, from }) => (from === undefined ? [path] : [path, from])));
  const overlap = (await dirtyFiles(git)).map(({ path }) => path).filter((path) => touched.has(path));
  if (overlap.length > 0) return dirtyOverlap(overlap);
  if (!/fast-forward/.test(error.stderr)) return error;
  return repositoryError(
    'not-fast-forward',
    'The checked-out branch has commits that the feature branch does not contain.',
    'Accept it with a merge instead.',
    error,
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
