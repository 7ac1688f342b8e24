import { copyFile, mkdir, readdir, readFile, realpath, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { hasCode } from '../errors.js';
import { createPlatform } from '../platform.js';
import type { Context } from './context.js';
import { OWN_INDEX_CONFIG } from './environment.js';
import { repositoryError } from './failures.js';
import type { Git } from './git.js';
import { objectId } from './names.js';
import { makeOwnFolder, type OwnFolder } from './own-folders.js';
import type { ObjectId, ThrowawayWorktree } from './repository.js';
import { isHalfWritten, withWorktreeRegistry } from './worktree-registry.js';
import { explainWriteFailure } from './write-failures.js';

/** In git's own folder of a worktree: says that it is ours, for hooks that run in it, and whose process uses it. */
const MARKER = 'nexus-overseer.json';
const FOLDER_PREFIX = 'nexus-worktree-';
/** Beside the worktree: the path of the own folder that names it. */
const OWNER_FILE = 'owner';
/** In the own folder: the path of the folder around the worktree, and that of git's folder of it. */
const FOLDER_FILE = 'worktree';
const GIT_DIR_FILE = 'git-dir';

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
  const tmp = await findTemporaryFolder(context);
  const own = await makeOwnFolder(commonDir);
  const folder = join(tmp, FOLDER_PREFIX + own.key);
  const path = join(folder, 'work');
  const dispose = async () => {
    open.delete(path);
    await removeWorktree(git, commonDir, own);
  };
  try {
    // Named before it is made, so that a kill in between leaves nothing that nobody knows of.
    await writeFile(join(own.path, FOLDER_FILE), folder);
    await mkdir(folder, { mode: 0o700 });
    await writeFile(join(folder, OWNER_FILE), own.path);
    const add = ['worktree', 'add', '--detach', path, objectId(commit)];
    const complete = git.with(CHECKOUT);
    await withWorktreeRegistry(commonDir, () => complete.run({ args: add, parse: () => undefined }));
    const gitDir = await linkTarget(path);
    await writeFile(join(own.path, GIT_DIR_FILE), gitDir);
    const marker = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
    await writeFile(join(gitDir, MARKER), `${JSON.stringify(marker)}\n`);
    await keepComplete(gitIn(git, path, gitDir), gitDir);
    const index = join(own.path, 'index');
    await copyFile(join(gitDir, 'index'), index);
    open.set(path, { gitDir, commit, index });
  } catch (error) {
    await dispose();
    throw explainWriteFailure(error, folder, commonDir);
  }
  return { path, dispose };
}

const CHECKOUT = {
  // LFS pointers instead of downloads: a check that needs the real files can say so in `setup`.
  environment: { GIT_LFS_SKIP_SMUDGE: '1' },
  config: OWN_INDEX_CONFIG,
};

/** git in a worktree of ours, whatever became of the `.git` file in it. */
export function gitIn(git: Git, path: string, gitDir: string): Git {
  return git.with({
    directory: path,
    environment: { GIT_DIR: gitDir, GIT_WORK_TREE: path, ...CHECKOUT.environment },
    config: CHECKOUT.config,
  });
}

async function findTemporaryFolder(context: Context): Promise<string> {
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
  return tmp;
}

/** Where a worktree's `.git` file points to. */
async function linkTarget(path: string): Promise<string> {
  const text = await readFile(join(path, '.git'), 'utf8');
  return resolve(path, text.replace(/^gitdir: /, '').trim());
}

/** Where git copied the user's sparse patterns, a git of the checks must not follow them. This file is ours alone. */
async function keepComplete(git: Git, gitDir: string): Promise<void> {
  const own = await readFile(join(gitDir, 'config.worktree'), 'utf8').catch(() => undefined);
  if (own === undefined) return;
  await git.run({ args: ['config', '--worktree', 'core.sparseCheckout', 'false'], parse: () => undefined });
}

/**
 * Removes the worktree that an own folder names, git's entry of it, and last the own folder: what fails now is tried
 * again by the next run. Never throws. Returns the worktree's path, or undefined when the folder names none, or one that
 * is not ours: nothing is deleted on the word of a file below `.git` alone, the folder has to point back.
 */
export async function removeWorktree(
  git: Git,
  commonDir: string,
  own: OwnFolder,
): Promise<string | undefined> {
  const folder = await namedFolder(own);
  if (folder === undefined || !(await pointsBack(folder, own))) {
    await own.remove();
    return undefined;
  }
  const path = join(folder, 'work');
  try {
    await removeFolder(folder);
    await forget(git, commonDir, path, own);
    await own.remove();
  } catch {
    // Somebody still writes into it, or the rights are missing.
  }
  return path;
}

/** The folder around the worktree that an own folder names; undefined if it names none. */
export async function namedFolder(own: OwnFolder): Promise<string | undefined> {
  return readText(join(own.path, FOLDER_FILE));
}

/** What removing an own folder frees: itself, the worktree that it names and that points back, and git's entry of it. */
export async function listTaken(commonDir: string, own: OwnFolder): Promise<string[]> {
  const folder = await namedFolder(own);
  const isOurs = folder !== undefined && (await readText(join(folder, OWNER_FILE))) === own.path;
  if (!isOurs) return [own.path];
  const gitDir = await readText(join(own.path, GIT_DIR_FILE));
  const isEntry = gitDir !== undefined && dirname(gitDir) === join(commonDir, 'worktrees');
  return [own.path, folder, ...(isEntry ? [gitDir] : [])];
}

/** A folder of that name that holds nothing was made by us just before the end. */
async function pointsBack(folder: string, own: OwnFolder): Promise<boolean> {
  if (!isAbsolute(folder) || basename(folder) !== FOLDER_PREFIX + own.key) return false;
  const owner = await readText(join(folder, OWNER_FILE));
  if (owner !== undefined && owner !== '') return owner === own.path;
  return rm(join(folder, OWNER_FILE), { force: true })
    .then(async () => rmdir(folder))
    .then(
      () => true,
      (error: unknown) => hasCode(error, 'ENOENT'),
    );
}

/** Its owner goes last: killed on the way, the rest would be nobody's. */
async function removeFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const others = names.filter((name) => name !== OWNER_FILE);
  await Promise.all(others.map(async (name) => createPlatform().removeTree(join(folder, name))));
  await createPlatform().removeTree(folder);
}

/**
 * Removes git's entry of a worktree whose folder is gone, and only this one. Twice forced: git locks an entry that it is
 * making, and a kill leaves it locked.
 */
async function forget(git: Git, commonDir: string, path: string, own: OwnFolder): Promise<void> {
  const gitDir = await readText(join(own.path, GIT_DIR_FILE));
  const inCommonDir = git.with({ directory: commonDir });
  const remove = ['worktree', 'remove', '--force', '--force', path];
  await withWorktreeRegistry(commonDir, async () => {
    if (gitDir !== undefined && (await takeEntry(commonDir, path, gitDir, own))) return;
    await inCommonDir.run({ args: remove, parse: () => undefined }).catch(throwIfHalfWritten);
    if (gitDir === undefined || dirname(gitDir) !== join(commonDir, 'worktrees')) return;
    // git does not know an entry any more that it was killed in removing. Its name may belong to another by now.
    const target = (await readText(join(gitDir, 'gitdir')))?.trim();
    if (target === undefined || resolve(gitDir, target) === join(path, '.git'))
      await createPlatform().removeTree(gitDir);
  });
}

/**
 * Takes git's entry out of its list in one go, so that nobody meets half of it: it goes with the own folder.
 * @returns false when that can't be done: git removes it then
 */
async function takeEntry(commonDir: string, path: string, gitDir: string, own: OwnFolder): Promise<boolean> {
  const list = join(commonDir, 'worktrees');
  const target = (await readText(join(gitDir, 'gitdir')))?.trim();
  const isOurs = target !== undefined && resolve(gitDir, target) === join(path, '.git');
  if (dirname(gitDir) !== list || !isOurs) return false;
  try {
    await rename(gitDir, join(own.path, 'entry'));
  } catch {
    return false;
  }
  // The list itself stays, although git removes an empty one: a watch looks at git's folder whenever an entry of it comes
  // or goes.
  return true;
}

async function readText(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

function throwIfHalfWritten(error: unknown): void {
  if (isHalfWritten(error)) throw error;
}
