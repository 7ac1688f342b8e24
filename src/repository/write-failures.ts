import { existsSync } from 'node:fs';
import { mkdir, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode, NexusError } from '../errors.js';
import { AGAIN, repositoryError } from './failures.js';

/** The disk, or what the user may use of it, is full. */
function diskFull(path: string, cause?: unknown): NexusError {
  return repositoryError('disk-full', `The disk is full: ${path} could not be written.`, AGAIN.full, cause);
}

/** With less than this, in bytes, hardly any program can work. */
const LEAST_SPACE = 1024 * 1024;

/** @throws NexusError `disk-full` when there is next to no space left where `path` is */
export async function assertSpaceLeft(path: string): Promise<void> {
  const { blocks, bavail, bsize } = await statfs(path).catch(() => ({ blocks: 0, bavail: 0, bsize: 0 }));
  // Some file systems of other computers don't say.
  if (blocks > 0 && bavail * bsize < LEAST_SPACE) throw diskFull(path);
}

/** A read-only file system, or no permission. */
function notWritable(path: string, why: string, cause?: unknown): NexusError {
  return repositoryError('not-writable', `Nexus may not write ${path}: ${why}.`, AGAIN.refused, cause);
}

/** The repository was there when the command began. Nothing is made anew in its place. */
export function repositoryGone(folder: string, cause?: unknown): NexusError {
  return repositoryError(
    'repository-gone',
    `The repository is gone: ${folder} was moved, deleted or unmounted while Nexus worked in it.`,
    'Bring it back, then run the command again: it goes on from what was kept there.',
    cause,
  );
}

/** Whether git's own folder of a repository is (still) there; the empty place where it was mounted is not. */
export function isRepositoryThere(commonDir: string): boolean {
  return existsSync(join(commonDir, 'HEAD'));
}

const FULL = new Set(['ENOSPC', 'EDQUOT']);
const REFUSED: Readonly<Record<string, string>> = {
  EROFS: 'the file system is read-only',
  EACCES: 'permission is denied',
  EPERM: 'the operation is not permitted',
  ENOTDIR: 'a file is where a folder should be',
  EISDIR: 'a folder is where a file should be',
};

/**
 * What a failed write of ours comes to: a named error with path and remedy where a person can do something about it, else
 * the error as it is.
 * @param commonDir of the repository that the file belongs to; undefined for one in the temporary folder
 */
export function explainWriteFailure(error: unknown, path: string, commonDir: string | undefined): unknown {
  const code = codeOf(error);
  if (error instanceof NexusError || code === undefined) return error;
  if (commonDir !== undefined && !isRepositoryThere(commonDir)) return repositoryGone(commonDir, error);
  const place = pathOf(error) ?? path;
  if (FULL.has(code)) return diskFull(place, error);
  const why = REFUSED[code];
  return why === undefined ? error : notWritable(place, why, error);
}

/** Runs a write; its failure is explained. @throws NexusError `disk-full`, `not-writable`, `repository-gone` */
export async function withExplainedWrite<T>(
  place: { path: string; commonDir: string | undefined },
  write: () => Promise<T>,
): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw explainWriteFailure(error, place.path, place.commonDir);
  }
}

/**
 * Makes a folder below `commonDir`, and those between, but never `commonDir` itself: a repository that is gone must not
 * come back as an empty folder. @throws NexusError `repository-gone`, `disk-full`, `not-writable`
 */
export async function makeFolderBelow(commonDir: string, folder: string): Promise<void> {
  await withExplainedWrite({ path: folder, commonDir }, async () => {
    if (!isRepositoryThere(commonDir)) throw repositoryGone(commonDir);
    await makeBelow(commonDir, folder);
  });
}

async function makeBelow(commonDir: string, folder: string): Promise<void> {
  if (existsSync(folder)) return;
  try {
    await mkdir(folder);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return;
    const parent = dirname(folder);
    if (!hasCode(error, 'ENOENT') || parent === commonDir) throw error;
    await makeBelow(commonDir, parent);
    await mkdir(folder).catch((second: unknown) => {
      if (!hasCode(second, 'EEXIST')) throw second;
    });
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

function pathOf(error: unknown): string | undefined {
  return error instanceof Error && 'path' in error && typeof error.path === 'string' ? error.path : undefined;
}
