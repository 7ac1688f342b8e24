import type { RepoPath } from '../../edits/types.js';
import { messageOf, NexusError } from '../../errors.js';
import { repositoryError } from '../failures.js';

const AGAIN = 'Nothing was changed. Run the command again when that is mended.';

const REASONS: Readonly<Record<string, readonly [code: string, why: string]>> = {
  ENOSPC: ['disk-full', 'the disk is full'],
  EDQUOT: ['disk-full', 'your share of the disk is used up'],
  EROFS: ['not-writable', 'the file system is read-only'],
  EACCES: ['not-writable', 'permission is denied'],
  EPERM: ['not-writable', 'the operation is not permitted'],
};

/** Something on the way to the file was there when it was read. */
const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR']);

/** What a failed write comes to; all is as it was before. */
export function notWritten(cause: unknown, path: RepoPath): NexusError {
  if (cause instanceof NexusError) return cause;
  const system = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (GONE.has(system)) return fileChanged(path);
  const [code, why] = REASONS[system] ?? ['not-written', messageOf(cause)];
  return repositoryError(code, `${path} could not be written: ${why}.`, AGAIN, cause);
}

export function fileChanged(path: RepoPath): NexusError {
  return repositoryError(
    'file-changed',
    `${path} was changed by something else while the reply was being applied.`,
    'Nothing was written. Run the command again.',
  );
}

/** The worst case: it failed, and going back failed as well. */
export function notRestored(
  lost: readonly { path: RepoPath; backup?: string; oldText?: string }[],
  cause: unknown,
): NexusError {
  const listed = lost.map(({ path, backup, oldText }) =>
    oldText === undefined ? `${path} is new: delete it` : `${path} is kept as ${backup ?? 'nothing'}`,
  );
  return repositoryError(
    'not-restored',
    `Not all files could be written (${messageOf(cause)}), and not all could be put back.`,
    `By hand: ${listed.join('; ')}.`,
    cause,
  );
}
