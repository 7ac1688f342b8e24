import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NexusError } from '../../src/errors.js';
import { GitFailed } from '../../src/repository/failures.js';
import { removeStaleRefLocks } from '../../src/repository/ref-locks.js';
import {
  assertSpaceLeft,
  explainWriteFailure,
  makeFolderBelow,
} from '../../src/repository/write-failures.js';
import { createTempRepository, type TempRepository } from '../support/temp-repository.js';

let temp: TempRepository;
let common: string;
beforeEach(() => {
  temp = createTempRepository();
  common = join(temp.path, '.git');
});
afterEach(() => temp.dispose());

const systemError = (code: string, path?: string): Error =>
  Object.assign(new Error(`${code}: it failed`), { code, ...(path === undefined ? {} : { path }) });

describe('a write that failed', () => {
  it.each([
    ['ENOSPC', 'disk-full', 'The disk is full: /place could not be written.'],
    ['EDQUOT', 'disk-full', 'The disk is full: /place could not be written.'],
    ['EROFS', 'not-writable', 'Nexus may not write /place: the file system is read-only.'],
    ['EACCES', 'not-writable', 'Nexus may not write /place: permission is denied.'],
  ])('with %s is %s', (code, named, message) => {
    expect(explainWriteFailure(systemError(code), '/place', common)).toMatchObject({ code: named, message });
    const told = explainWriteFailure(systemError(code, '/place'), '/above', undefined);
    expect(told).toMatchObject({ code: named, message });
  });

  it('stays what it is when nothing is known of it', () => {
    for (const error of [systemError('EIO'), new Error('no code'), 'no error']) {
      expect(explainWriteFailure(error, '/place', common)).toBe(error);
    }
    const named = explainWriteFailure(systemError('ENOSPC'), '/place', common);
    expect(explainWriteFailure(named, '/other', undefined)).toBe(named);
  });

  it('for want of the repository says that', () => {
    rmSync(common, { recursive: true });
    expect(explainWriteFailure(systemError('ENOENT'), '/place', common)).toMatchObject({
      code: 'repository-gone',
      message: expect.stringContaining(common),
    });
  });
});

describe('a folder below git’s own', () => {
  it('is made with those above it', async () => {
    const folder = join(common, 'nexus', 'a', 'b');
    await Promise.all([makeFolderBelow(common, folder), makeFolderBelow(common, folder)]);
    expect(existsSync(folder)).toBe(true);
    await makeFolderBelow(common, folder);
  });

  it('is not made where the repository is gone, nor where only its empty place is left', async () => {
    rmSync(common, { recursive: true });
    for (const prepare of [(): void => {}, () => mkdirSync(common)]) {
      prepare();
      await expect(makeFolderBelow(common, join(common, 'nexus', 'a'))).rejects.toMatchObject({
        code: 'repository-gone',
      });
    }
    expect(readdirSync(common)).toEqual([]);
  });

  it('can’t be made below a file', async () => {
    writeFileSync(join(common, 'nexus'), '');
    const failure = makeFolderBelow(common, join(common, 'nexus', 'a', 'b'));
    await expect(failure).rejects.toMatchObject({ code: 'not-writable' });
    await expect(failure).rejects.toBeInstanceOf(NexusError);
  });
});

it('space is only missed where there is a disk', async () => {
  // The second is none, the third a file system without blocks.
  const places = [temp.path, join(temp.path, 'no-such-folder'), '/proc/self'];
  for (const path of places) await expect(assertSpaceLeft(path)).resolves.toBeUndefined();
});

// What git 2.39 said on a full, on a read-only file system and to another user.
describe('git that can’t write', () => {
  it.each([
    ['fatal: unable to write loose object file: No space left on device', 'below /here'],
    ["fatal: sha1 file '/x/idx.lock' write error. Out of diskspace", '/x/idx.lock'],
    [
      "fatal: could not write to '.git/worktrees/wt/locked': No space left on device",
      '.git/worktrees/wt/locked',
    ],
    [
      "fatal: update_ref failed for ref 'refs/heads/a': cannot update ref 'refs/heads/a': couldn't write '/r/.git/refs/heads/a.lock'",
      '/r/.git/refs/heads/a.lock',
    ],
    ['error: file write error: Disk quota exceeded', 'below /here'],
  ])('says of a full disk: %s', (stderr, place) => {
    expect(new GitFailed(['any'], 128, stderr, '/here')).toMatchObject({
      code: 'disk-full',
      message: `The disk is full: git could not write ${place}.`,
    });
  });

  it.each([
    ['error: unable to create temporary file: Read-only file system', 'below /here'],
    [
      "fatal: update_ref failed for ref 'refs/heads/q': cannot lock ref 'refs/heads/q': Unable to create '/r/.git/refs/heads/q.lock': Read-only file system",
      '/r/.git/refs/heads/q.lock',
    ],
    [
      'error: insufficient permission for adding an object to repository database .git/objects\n',
      '.git/objects',
    ],
    [
      "fatal: update_ref failed for ref 'refs/heads/n/q': cannot lock ref 'refs/heads/n/q': unable to create directory for .git/refs/heads/n/q",
      '.git/refs/heads/n/q',
    ],
    [
      "fatal: could not create leading directories of '.git/worktrees/wt': Permission denied",
      '.git/worktrees/wt',
    ],
  ])('says of a place that it may not write: %s', (stderr, place) => {
    const { code, message } = new GitFailed(['any'], 128, stderr, '/here');
    expect(code).toBe('not-writable');
    expect(message).toContain(`git may not write ${place}:`);
  });

  it('is not what a file means that it may not read', () => {
    const stderr = "fatal: unable to access '/root/.config/git/config': Permission denied";
    expect(new GitFailed(['any'], 128, stderr).code).toBe('git-failed');
  });
});

describe('locks of refs that a killed git has left', () => {
  const lock = (name: string, ageMs: number): string => {
    const path = join(common, 'refs', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '');
    const at = new Date(Date.now() - ageMs);
    utimesSync(path, at, at);
    return path;
  };

  it('are removed when they are ours and old, also by a clock that was set back', async () => {
    const gone = [
      lock('heads/nexus/greet.lock', 60_000),
      lock('heads/nexus/other.lock', -60_000),
      lock('nexus/decisions/greet/rejected-abc.lock', 60_000),
    ];
    const kept = [lock('heads/main.lock', 60_000), lock('heads/nexus/young.lock', 0)];
    const folder = join(common, 'refs', 'heads', 'nexus', 'folder.lock');
    mkdirSync(folder);
    utimesSync(folder, 0, 0);
    expect((await removeStaleRefLocks(common, 'nexus/')).sort()).toEqual(gone.sort());
    for (const path of [...kept, folder]) expect(existsSync(path)).toBe(true);
  });

  it('belong to the branches with the prefix, whatever that is', async () => {
    const gone = lock('heads/nexus--greet.lock', 60_000);
    const kept = lock('heads/next.lock', 60_000);
    expect(await removeStaleRefLocks(common, 'nexus--')).toEqual([gone]);
    expect(existsSync(kept)).toBe(true);
  });
});
