import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/errors.js';
import { clashOf } from '../../src/repository/branch-moves.js';
import { isNameFree } from '../../src/repository/plain-refs.js';
import { openRepository } from '../../src/repository/open.js';
import type { Repository } from '../../src/repository/repository.js';
import { createTempRepository, type TempRepository } from '../support/temp-repository.js';

let temp: TempRepository;
let repository: Repository;
let first: string;
let second: string;

beforeEach(async () => {
  temp = createTempRepository();
  first = temp.git(['rev-parse', 'HEAD']);
  second = temp.commit('Second\n\nNexus-Task: t2\nNexus-Step: 1');
  repository = await openRepository(temp.path);
});
afterEach(() => temp.dispose());

const withCode = (code: string) =>
  expect.objectContaining({ code, exitCode: EXIT.repository, remedy: expect.any(String) });

describe('updateBranch', () => {
  it('creates and moves, with a reflog', async () => {
    await repository.updateBranch('nexus/ä', first, undefined);
    await repository.updateBranch('nexus/ä', second, first);
    expect(temp.git(['rev-parse', 'refs/heads/nexus/ä'])).toBe(second);
    expect(temp.git(['reflog', 'show', 'nexus/ä']).split('\n')).toHaveLength(2);
  });

  it('moves nothing that is not where it was expected', async () => {
    await repository.updateBranch('nexus/a', first, undefined);
    temp.git(['update-ref', 'refs/heads/nexus/a', second]);
    await expect(repository.updateBranch('nexus/a', second, first)).rejects.toEqual(withCode('branch-moved'));
    await expect(repository.deleteBranch('nexus/a', first)).rejects.toEqual(withCode('branch-moved'));
    await expect(repository.updateBranch('nexus/gone', second, first)).rejects.toEqual(
      withCode('branch-moved'),
    );
    await repository.deleteBranch('nexus/a', second);
    expect(await repository.branch('nexus/a')).toBeUndefined();
  });

  it('lets one of two win who create the same branch at once', async () => {
    const results = await Promise.allSettled(
      [first, second].map((to) => repository.updateBranch('nexus/a', to, undefined)),
    );
    const failed = results.filter((result) => result.status === 'rejected');
    expect(failed.map(({ reason }) => reason)).toEqual([withCode('branch-name-taken')]);
  });

  it.each([
    ['nexus', 'nexus/x'],
    ['nexus/x/y', 'nexus/x'],
    ['nexus/x', 'nexus/x'],
    ['nexus/X', 'nexus/x'],
    ['Nexus/other', 'nexus/x'],
    ['NEXUS', 'nexus/x'],
  ])('says that the branch %s is in the way of %s', async (existing, wanted) => {
    temp.git(['update-ref', `refs/heads/${existing}`, first]);
    const taken = expect.objectContaining({
      code: 'branch-name-taken',
      message: expect.stringContaining(`branch ${existing}:`),
    });
    for (const prepare of [() => undefined, () => temp.git(['pack-refs', '--all', '--prune'])]) {
      prepare();
      await expect(repository.assertBranchCreatable(wanted)).rejects.toEqual(taken);
      await expect(repository.updateBranch(wanted, first, undefined)).rejects.toEqual(taken);
    }
  });

  it.each([
    ['nexus/x', true],
    ['nexus/deep/x', true],
    ['other', true],
    ['nexus/a/x', false],
    ['nexus/deep', false],
    ['nexus/A', false],
    ['nexus/größe', false],
    ['empty/x', true],
    ['empty', false],
    ['main', false],
  ])('knows without git whether %s is free for sure: %s', (name, expected) => {
    for (const branch of ['nexus/a', 'nexus/deep/b']) temp.git(['branch', branch, first]);
    temp.git(['branch', 'packed', first]);
    mkdirSync(join(temp.path, '.git', 'refs', 'heads', 'empty'));
    const free = (wanted: string): boolean =>
      isNameFree(join(temp.path, '.git'), wanted, (existing) => clashOf(wanted, existing) !== undefined);
    expect(free(name)).toBe(expected);
    temp.git(['pack-refs', '--all', '--prune']);
    // Of what is packed no file is left; the empty folder stays.
    expect(free(name)).toBe(expected);
    expect(free('packed/x')).toBe(false);
    temp.git(['config', 'extensions.refStorage', 'reftable']);
    expect(free(name)).toBe(false);
  });

  it.each(['-x', 'a..b', 'a b', 'HEAD', '', 'a.lock', 'a/', '@{-1}', 'x\0'])(
    'refuses the name %j',
    async (name) => {
      await expect(repository.assertBranchCreatable(name)).rejects.toEqual(withCode('branch-name-invalid'));
    },
  );

  it('refuses a branch that is checked out, here or in another worktree, existing or not', async () => {
    const linked = join(temp.folder, 'linked');
    temp.git(['worktree', 'add', '-q', '-b', 'nexus/side', linked]);
    for (const name of ['main', 'nexus/side']) {
      await expect(repository.updateBranch(name, first, second)).rejects.toEqual(
        withCode('branch-checked-out'),
      );
      await expect(repository.deleteBranch(name, second)).rejects.toEqual(withCode('branch-checked-out'));
    }
    temp.git(['switch', '-q', '--orphan', 'nexus/unborn']);
    await expect(repository.updateBranch('nexus/unborn', first, undefined)).rejects.toEqual(
      withCode('branch-checked-out'),
    );
    // Its folder may be on a drive that is not there just now.
    rmSync(linked, { recursive: true });
    await expect(repository.deleteBranch('nexus/side', second)).rejects.toMatchObject({
      code: 'branch-checked-out',
      remedy: expect.stringContaining('git worktree prune'),
    });
  });

  it('refuses a branch that is being rebased or bisected, although HEAD is detached', async () => {
    const linked = join(temp.folder, 'linked');
    temp.git(['worktree', 'add', '-q', '-b', 'nexus/side', linked]);
    temp.git(['-c', 'sequence.editor=sed -i s/^pick/edit/', 'rebase', '-q', '-i', 'HEAD~1'], { cwd: linked });
    expect((await repository.checkedOut()).get('nexus/side')).toBe(linked);
    await expect(repository.updateBranch('nexus/side', first, second)).rejects.toEqual(
      withCode('branch-checked-out'),
    );
    temp.git(['rebase', '--abort'], { cwd: linked });
    temp.git(['bisect', 'start', 'HEAD', 'HEAD~1'], { cwd: linked });
    temp.git(['checkout', '-q', '--detach'], { cwd: linked });
    expect((await repository.checkedOut()).get('nexus/side')).toBe(linked);
  });

  it('names a lock of another git process', async () => {
    await repository.updateBranch('nexus/a', first, undefined);
    const lock = join(temp.path, '.git', 'refs', 'heads', 'nexus', 'a.lock');
    writeFileSync(lock, '');
    await expect(repository.updateBranch('nexus/a', second, first)).rejects.toMatchObject({
      code: 'repository-locked',
      remedy: expect.stringContaining(lock),
    });
  });
});

describe('clashOf', () => {
  it.each([
    ['a/b', 'a/b', 'same'],
    ['a/b', 'a', 'folder'],
    ['a', 'a/b', 'folder'],
    ['a/b', 'A/c', 'case'],
    ['a/b', 'a/c', undefined],
    ['ab', 'a', undefined],
  ])('%s and %s: %s', (name, existing, clash) => {
    expect(clashOf(name, existing)).toBe(clash);
  });
});

describe('branches', () => {
  it('lists by prefix, with tips and trailers', async () => {
    for (const name of ['nexus/a', 'nexus/b/c', 'nexus-old', 'nexusx']) temp.git(['branch', name, first]);
    temp.git(['branch', 'nexus/z', second]);
    const found = await repository.branches('nexus/');
    expect(found.map(({ name }) => name)).toEqual(['nexus/a', 'nexus/b/c', 'nexus/z']);
    expect(found[2]).toEqual({
      name: 'nexus/z',
      tip: second,
      trailers: new Map([
        ['nexus-task', ['t2']],
        ['nexus-step', ['1']],
      ]),
    });
    expect((await repository.branches('nexus-')).map(({ name }) => name)).toEqual(['nexus-old']);
    expect((await repository.branches('')).map(({ name }) => name)).toContain('main');
    expect(await repository.branches('ne*/')).toEqual([]);
    expect(await repository.branches('none/')).toEqual([]);
    expect(await repository.branch('nexus/a')).toMatchObject({ name: 'nexus/a', tip: first });
    for (const name of ['nexus', 'nexus/', '*', '', 'nexus/none'])
      expect(await repository.branch(name)).toBeUndefined();
  });
});

describe('branches and refs', () => {
  it('are what both say that list one of them', async () => {
    for (const name of ['nexus/a', 'nexus-old', 'nexusx']) temp.git(['branch', name, second]);
    await repository.writeRef('refs/nexus/decisions/t/accepted-1', second);
    await repository.writeRef(
      'refs/nexus/decisions/t/message-1',
      await repository.writeBlob(Buffer.from('a\0b')),
    );
    await repository.writeRef('refs/nexus/history/t/1', first);
    for (const prefix of ['nexus/', 'nexus-', '', 'none/', 'ne*/']) {
      expect(await repository.branchesAndRefs(prefix, 'refs/nexus/decisions/')).toEqual({
        branches: await repository.branches(prefix),
        refs: await repository.refs('refs/nexus/decisions/'),
      });
    }
    expect((await repository.refs('refs/nexus/decisions/')).size).toBe(2);
  });
});

describe('refs of Nexus', () => {
  it('are written, overwritten, listed and deleted', async () => {
    await repository.writeRef('refs/nexus/history/t/1', first);
    await repository.writeRef('refs/nexus/history/t/1', second);
    await expect(repository.writeRef('refs/nexus/history/t/1', first, first)).rejects.toEqual(
      withCode('branch-moved'),
    );
    await repository.writeRef('refs/nexus/history/t/1', first, second);
    expect(await repository.refs('refs/nexus/')).toEqual(new Map([['refs/nexus/history/t/1', first]]));
    await repository.deleteRef('refs/nexus/history/t/1');
    await repository.deleteRef('refs/nexus/history/t/1');
    expect(await repository.refs('refs/nexus/')).toEqual(new Map());
    expect(await repository.refs('refs/*')).toEqual(new Map());
    expect(await repository.refs('heads')).toEqual(new Map());
  });

  it('are nowhere else', async () => {
    for (const ref of ['refs/heads/main', 'HEAD', 'refs/nexus/../heads/main', '--stdin']) {
      await expect(repository.writeRef(ref, first)).rejects.toEqual(withCode('branch-name-invalid'));
      await expect(repository.deleteRef(ref)).rejects.toEqual(withCode('branch-name-invalid'));
    }
  });
});

describe('dirtyFiles', () => {
  it('names staged, changed, deleted, renamed, conflicting and untracked files', async () => {
    temp.commit('Files', { 'b.txt': 'b', 'c.txt': 'c', 'd e.txt': 'd', '.gitignore': 'ignored\n' });
    expect(await repository.dirtyFiles()).toEqual([]);
    temp.write('readme.md', 'changed');
    temp.write('staged ö.txt', 'x');
    temp.git(['add', 'staged ö.txt']);
    rmSync(join(temp.path, 'b.txt'));
    temp.git(['mv', 'd e.txt', 'e\nf.txt']);
    mkdirSync(join(temp.path, 'folder'));
    temp.write('folder/new.txt', 'x');
    temp.write('ignored', 'x');
    const found = await repository.dirtyFiles();
    expect(found.map(({ path, kind }) => `${kind}: ${path}`).toSorted()).toEqual([
      'changed: b.txt',
      'changed: d e.txt',
      'changed: e\nf.txt',
      'changed: readme.md',
      'changed: staged ö.txt',
      'untracked: folder/new.txt',
    ]);
  });

  it('names conflicts in the middle of a merge', async () => {
    temp.git(['switch', '-qc', 'other', first]);
    temp.commit('Other', { 'readme.md': 'other' });
    temp.git(['switch', '-q', 'main']);
    temp.commit('Main', { 'readme.md': 'main' });
    temp.git(['merge', 'other'], { exits: [1] });
    expect(await repository.dirtyFiles()).toEqual([{ path: 'readme.md', kind: 'changed' }]);
  });

  it('names at most ten thousand untracked files', async () => {
    mkdirSync(join(temp.path, 'many'));
    for (let index = 0; index < 10_001; index += 1) writeFileSync(join(temp.path, 'many', String(index)), '');
    temp.write('readme.md', 'changed');
    const found = await repository.dirtyFiles();
    expect(found).toHaveLength(10_001);
    expect(found.filter(({ kind }) => kind === 'changed')).toHaveLength(1);
  });
});

describe('ignored', () => {
  it('says what git ignores and survives paths that git cannot judge', async () => {
    temp.write('.gitignore', 'node_modules\n*.log\n!keep.log\n');
    const asked = ['node_modules', 'a/b.log', 'keep.log', 'src/a.ts', '../outside.log', '', 'ö x.log'];
    expect([...(await repository.ignored(asked))].toSorted()).toEqual(['a/b.log', 'node_modules', 'ö x.log']);
    expect(await repository.ignored(['src/a.ts'])).toEqual(new Set());
    expect(await repository.ignored([])).toEqual(new Set());
  });
});
