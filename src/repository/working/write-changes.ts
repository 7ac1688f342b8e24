import { randomBytes } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmdirSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { FileChange, RepoPath } from '../../edits/types.js';
import { notWritten } from './not-written.js';
import { putInPlace, type Step } from './put-in-place.js';

/**
 * Writes changes to the working files below `root`, all of them or none. New texts are first written beside their
 * targets; then every file is compared with what the changes were made for, and all are put in place by renaming. When
 * anything fails, what was there is put back. All of it is synchronous, so that no signal can come in between. Modes
 * and owners are kept; new files get what the umask leaves. Folders that become empty go, as with git.
 * @param root real path
 * @throws NexusError `file-changed`, `not-writable`, `disk-full`, `not-written`: everything is as it was; `not-restored`
 */
export function writeChanges(root: string, changes: readonly FileChange[]): void {
  const steps = changes.flatMap((change) => planSteps(root, change));
  const folders: string[] = [];
  try {
    for (const step of steps) prepareOrExplain(step, folders);
    putInPlace(root, steps);
  } catch (error) {
    discard(steps);
    for (const folder of folders.reverse()) attempt(() => rmdirSync(folder));
    throw error;
  }
  discard(steps);
  for (const step of steps) if (step.newText === undefined) removeEmptyFolders(root, step.target);
}

function planSteps(root: string, change: FileChange): Step[] {
  const at = (path: RepoPath): Pick<Step, 'path' | 'target'> => ({ path, target: join(root, path) });
  switch (change.kind) {
    case 'create':
      return [{ ...at(change.path), newText: change.newText }];
    case 'modify':
      return [
        {
          ...at(change.path),
          oldText: change.oldText,
          newText: change.newText,
          like: join(root, change.path),
        },
      ];
    case 'delete':
      return [{ ...at(change.path), oldText: change.oldText }];
    case 'rename':
      return [
        { ...at(change.path), newText: change.newText, like: join(root, change.from) },
        { ...at(change.from), oldText: change.oldText },
      ];
  }
}

function prepareOrExplain(step: Step, folders: string[]): void {
  try {
    prepare(step, folders);
  } catch (error) {
    throw notWritten(error, step.path);
  }
}

/** Writes the new text beside its target and makes sure that the old one can be put back. */
function prepare(step: Step, folders: string[]): void {
  const folder = dirname(step.target);
  makeFolder(folder, folders);
  const name = join(folder, `.nexus-${randomBytes(6).toString('hex')}`);
  if (step.newText !== undefined) {
    step.staged = `${name}.new`;
    writeStaged(step.staged, step.newText, step.like);
  }
  if (step.oldText === undefined) return;
  step.backup = `${name}.old`;
  // What goes away is renamed to its backup; what is replaced has a second name first.
  if (step.newText !== undefined) keepOld(step.target, step.backup);
}

function makeFolder(folder: string, made: string[]): void {
  if (lstatSync(folder, { throwIfNoEntry: false }) !== undefined) return;
  makeFolder(dirname(folder), made);
  mkdirSync(folder);
  made.push(folder);
}

function writeStaged(file: string, text: string, like: string | undefined): void {
  const model = like === undefined ? undefined : lstatSync(like);
  const descriptor = openSync(file, 'wx', model === undefined ? 0o666 : 0o600);
  try {
    writeFileSync(descriptor, text);
    if (model !== undefined) {
      const { uid, gid } = lstatSync(file);
      // Only root may give a file away; for anybody else it is theirs then, as with any editor that saves by renaming.
      if (model.uid !== uid || model.gid !== gid) attempt(() => fchownSync(descriptor, model.uid, model.gid));
      fchmodSync(descriptor, model.mode & 0o7777);
    }
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function keepOld(target: string, backup: string): void {
  try {
    linkSync(target, backup);
  } catch {
    // FAT, and some network file systems, have no hard links.
    copyFileSync(target, backup, constants.COPYFILE_EXCL);
  }
}

/** What was written beside the targets and is still there. */
function discard(steps: readonly Step[]): void {
  for (const { staged, backup, isBackupNeeded } of steps) {
    if (staged !== undefined) attempt(() => unlinkSync(staged));
    if (backup !== undefined && isBackupNeeded !== true) attempt(() => unlinkSync(backup));
  }
}

function removeEmptyFolders(root: string, target: string): void {
  for (let folder = dirname(target); folder !== root; folder = dirname(folder)) {
    if (!attempt(() => rmdirSync(folder))) return;
  }
}

function attempt(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false;
  }
}
