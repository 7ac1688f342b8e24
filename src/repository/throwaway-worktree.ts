import { copyFile, readFile, realpath, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { createPlatform } from '../platform.js';
import type { Context } from './context.js';
import { OWN_INDEX_CONFIG } from './environment.js';
import { repositoryError } from './failures.js';
import type { Git } from './git.js';
import { objectId } from './names.js';
import type { ObjectId, ThrowawayWorktree } from './repository.js';
import { withWorktreeRegistry } from './worktree-registry.js';

/** In git's own folder of a worktree: says that it is ours and whose process uses it. */
export const MARKER = 'nexus-overseer.json';
export const FOLDER_PREFIX = 'nexus-worktree-';

/** What is known of a worktree of ours and must not be read from it: what ran inside may have changed it. */
export interface WorktreeDetails {
  /** git's own folder of the worktree. */
  gitDir: string;
  commit: ObjectId;
  /** A copy of the index as it was right after the checkout. */
  index: string;
}

const open = new Map<string, WorktreeDetails>();

/** @throws NexusError `not-a-throwaway` for a folder that this process did not make, or has disposed of */
export function detailsOf(worktree: ThrowawayWorktree): WorktreeDetails {
  const details = open.get(worktree.path);
  if (details) return details;
  throw repositoryError('not-a-throwaway', `${worktree.path} is not a throw-away worktree of this process.`);
}

/** A detached, complete checkout of `commit` in a temporary folder, made without any of the user's hooks. */
export async function addThrowawayWorktree(context: Context, commit: ObjectId): Promise<ThrowawayWorktree> {
  const { git, commonDir } = context;
  const folder = await makeFolder(context);
  const path = join(folder, 'work');
  const dispose = async () => {
    open.delete(path);
    await removeWorktree(git, commonDir, folder, path);
  };
  try {
    const add = ['worktree', 'add', '--detach', '--no-checkout', path, objectId(commit)];
    await withWorktreeRegistry(commonDir, () => git.run({ args: add, parse: () => undefined }));
    const gitDir = await linkTarget(path);
    const marker = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
    await writeFile(join(gitDir, MARKER), `${JSON.stringify(marker)}\n`);
    await fill(gitIn(git, path, gitDir), gitDir);
    const index = join(folder, 'index');
    await copyFile(join(gitDir, 'index'), index);
    open.set(path, { gitDir, commit, index });
  } catch (error) {
    await dispose();
    throw error;
  }
  return { path, dispose };
}

/** git in a worktree of ours, whatever became of the `.git` file in it. */
export function gitIn(git: Git, path: string, gitDir: string): Git {
  return git.with({
    directory: path,
    // LFS pointers instead of downloads: a check that needs the real files can say so in `setup`.
    environment: { GIT_DIR: gitDir, GIT_WORK_TREE: path, GIT_LFS_SKIP_SMUDGE: '1' },
    config: OWN_INDEX_CONFIG,
  });
}

async function makeFolder(context: Context): Promise<string> {
  // macOS' temporary folder is behind a link, and tools inside would see two names for one place.
  const tmp = await realpath(tmpdir());
  const inside = relative(context.root, tmp);
  if (!inside.startsWith('..') && !isAbsolute(inside)) {
    throw repositoryError(
      'temp-inside-repository',
      `The temporary folder ${tmp} is inside the repository, so checks would see your files, too.`,
      'Set TMPDIR (TEMP on Windows) to a folder outside the repository.',
    );
  }
  // Loaded when first needed: reading needs no temporary folder, and loading takes time.
  const { dir: temporaryFolder } = await import('tmp-promise');
  const made = await temporaryFolder({ prefix: FOLDER_PREFIX, tmpdir: tmp, keep: true });
  return made.path;
}

/** Where a worktree's `.git` file points to. */
export async function linkTarget(path: string): Promise<string> {
  const text = await readFile(join(path, '.git'), 'utf8');
  return resolve(path, text.replace(/^gitdir: /, '').trim());
}

async function fill(git: Git, gitDir: string): Promise<void> {
  const own = await readFile(join(gitDir, 'config.worktree'), 'utf8').catch(() => undefined);
  if (own !== undefined) {
    // git copied the user's sparse patterns; the checks need all files. This file belongs to our worktree alone.
    await git.run({ args: ['config', '--worktree', 'core.sparseCheckout', 'false'], parse: () => undefined });
  }
  await git.run({ args: ['read-tree', '-m', '-u', 'HEAD'], parse: () => undefined });
}

/** Removes the files without following links, then git's entry, and only this one. Never throws. */
export async function removeWorktree(
  git: Git,
  commonDir: string,
  folder: string,
  path: string,
): Promise<void> {
  await createPlatform()
    .removeTree(folder)
    .catch(() => undefined);
  // The folder is gone, so git has nothing to delete but its own entry.
  const inCommonDir = git.with({ directory: commonDir });
  const remove = ['worktree', 'remove', '--force', path];
  await withWorktreeRegistry(commonDir, () =>
    inCommonDir.run({ args: remove, parse: () => undefined }),
  ).catch(() => undefined);
}
