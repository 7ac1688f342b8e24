import { linkSync, lstatSync, readFileSync, realpathSync, renameSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { RepoPath } from '../../edits/types.js';
import { hasCode } from '../../errors.js';
import { retryWhileHeldSync } from '../../platform/held-files.js';
import { fileChanged, notRestored, notWritten } from './not-written.js';

/** What becomes of one path. Without `oldText` nothing may be there, without `newText` it goes. */
export interface Step {
  path: RepoPath;
  target: string;
  oldText?: string;
  newText?: string;
  /** The file whose mode and owner the new one gets. */
  like?: string;
  /** Where the new text stands already; beside the target. */
  staged?: string;
  /** Where the old file is, or will be once it is taken away. */
  backup?: string;
  /** It could not be put back, and the backup is all that is left. */
  isBackupNeeded?: boolean;
}

/**
 * Puts all that was prepared in its place, or nothing.
 * @throws NexusError `file-changed`, `not-restored`, and those of `notWritten`
 */
export function putInPlace(root: string, steps: readonly Step[]): void {
  for (const step of steps) requireUnchanged(root, step);
  const done: Step[] = [];
  try {
    for (const step of steps) {
      place(step);
      done.push(step);
    }
  } catch (error) {
    const path = steps[done.length]?.path ?? '';
    const lost = done.reverse().filter((step) => !putBack(step));
    throw lost.length > 0 ? notRestored(lost, error) : notWritten(error, path);
  }
}

function requireUnchanged(root: string, step: Step): void {
  let isSame: boolean;
  try {
    isSame = isUnchanged(root, step);
  } catch (error) {
    throw notWritten(error, step.path);
  }
  if (!isSame) throw fileChanged(step.path);
}

/** Whether the file is what the change was made for, and the way to it leads through no link. */
function isUnchanged(root: string, { path, target, oldText }: Step): boolean {
  const folder = dirname(path);
  const expected = folder === '.' ? root : join(root, folder);
  // HFS+ gives names back in another Unicode form than they were written in.
  if (realpathSync.native(dirname(target)).normalize('NFC') !== expected.normalize('NFC')) return false;
  const stats = lstatSync(target, { throwIfNoEntry: false });
  if (oldText === undefined) return stats === undefined;
  return stats?.isFile() === true && readFileSync(target).equals(Buffer.from(oldText));
}

function place({ path, target, staged, backup, oldText }: Step): void {
  if (staged === undefined) {
    if (backup !== undefined) retryWhileHeldSync(() => renameSync(target, backup));
    return;
  }
  if (oldText === undefined) placeNew(staged, target, path);
  else retryWhileHeldSync(() => renameSync(staged, target));
}

/** A link never replaces what somebody has just put there; renaming does, and is for where there are no links. */
function placeNew(staged: string, target: string, path: RepoPath): void {
  try {
    linkSync(staged, target);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) throw fileChanged(path);
    retryWhileHeldSync(() => renameSync(staged, target));
  }
}

function putBack(step: Step): boolean {
  const { target, backup, oldText } = step;
  try {
    if (oldText === undefined) retryWhileHeldSync(() => unlinkSync(target));
    else if (backup !== undefined) retryWhileHeldSync(() => renameSync(backup, target));
    return true;
  } catch {
    step.isBackupNeeded = true;
    return false;
  }
}
