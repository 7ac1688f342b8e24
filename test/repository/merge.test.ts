import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/errors.js';
import { Git } from '../../src/repository/git.js';
import { tryMerge } from '../../src/repository/merge.js';
import { openRepository } from '../../src/repository/open.js';
import type { Repository } from '../../src/repository/repository.js';
import { snapshotCheckout } from '../support/checkout-snapshot.js';
import { createTempRepository, type TempRepository } from '../support/temp-repository.js';

let temp: TempRepository;
let repository: Repository;
let base: string;
let tip: string;

beforeEach(async () => {
  temp = createTempRepository();
  base = temp.commit('Base', {
    'a.txt': 'a\n',
    'b.txt': 'b\n',
    'old.txt': 'some text that is long enough\n',
    '.gitignore': '*.env\n',
  });
  repository = await openRepository(temp.path);
  tip = await repository.commit({
    parent: base,
    message: 'Feature\n',
    changes: [
      { kind: 'modify', path: 'a.txt', oldText: 'a\n', newText: 'A\n' },
      { kind: 'create', path: 'new/file.txt', newText: 'new\n' },
      { kind: 'create', path: 'settings.env', newText: 'theirs\n' },
      {
        kind: 'rename',
        from: 'old.txt',
        path: 'renamed.txt',
        oldText: 'some text that is long enough\n',
        newText: 'some text that is long enough\n',
      },
    ],
  });
});
afterEach(() => temp.dispose());

const withCode = (code: string) =>
  expect.objectContaining({ code, exitCode: EXIT.repository, remedy: expect.any(String) });

describe('tryMerge', () => {
  it('merges in the object database, and commitMerge makes the commit', async () => {
    const main = temp.commit('Main', { 'b.txt': 'B\n' });
    const preview = await repository.tryMerge(main, tip);
    if (preview.kind !== 'clean') throw new Error('expected a clean merge');
    const merge = await repository.commitMerge({
      tree: preview.tree,
      parents: [main, tip],
      message: 'Merge\n',
    });
    expect(temp.git(['log', '-1', '--format=%P|%an', merge])).toBe(`${main} ${tip}|Ada Tester`);
    expect(temp.git(['show', `${merge}:a.txt`, `${merge}:b.txt`])).toBe('A\nB');
    expect(temp.git(['status', '--porcelain'])).toBe('');
  });

  it('names the files that conflict', async () => {
    const main = temp.commit('Main', { 'a.txt': 'main\n', 'new/file.txt': 'main\n', 'c.txt': 'c\n' });
    expect(await repository.tryMerge(main, tip)).toEqual({
      kind: 'conflict',
      paths: ['a.txt', 'new/file.txt'],
    });
  });

  it('needs a git that can', async () => {
    const { root, commonDir, gitDir } = repository;
    const context = { root, commonDir, gitDir, git: Git.in(root), version: [2, 37] as const };
    await expect(tryMerge(context, base, tip)).rejects.toEqual(withCode('merge-unsupported'));
  });

  it('says that two histories have nothing in common', async () => {
    const stranger = temp.git(['commit-tree', `${base}^{tree}`, '-m', 'Root']);
    await expect(repository.tryMerge(base, stranger)).rejects.toEqual(withCode('unrelated-histories'));
  });
});

describe('fastForwardCheckedOut', () => {
  it('brings branch, index and files to the commit, and leaves other changes', async () => {
    temp.write('b.txt', 'not committed\n');
    temp.write('staged.txt', 'staged\n');
    temp.git(['add', 'staged.txt']);
    temp.write('untracked.txt', 'untracked\n');
    writeFileSync(
      join(temp.path, '.git', 'hooks', 'post-merge'),
      `#!/bin/sh\ntouch '${temp.folder}/hook-ran'\n`,
      { mode: 0o755 },
    );
    temp.git(['config', 'merge.ff', 'false']);
    await repository.fastForwardCheckedOut(temp.path, tip);
    expect(temp.git(['rev-parse', 'main'])).toBe(tip);
    expect(temp.git(['status', '--porcelain'])).toBe(' M b.txt\nA  staged.txt\n?? untracked.txt');
    expect(readFileSync(join(temp.path, 'a.txt'), 'utf8')).toBe('A\n');
    expect(temp.git(['reflog', '-1', '--format=%gs'])).toMatch(/^nexus accept/);
    expect(existsSync(join(temp.folder, 'hook-ran'))).toBe(false);
  });

  it.each<[string, string, () => void]>([
    ['a.txt', 'changed', () => temp.write('a.txt', 'mine\n')],
    [
      'a.txt',
      'staged',
      () => {
        temp.write('a.txt', 'mine\n');
        temp.git(['add', 'a.txt']);
      },
    ],
    ['old.txt', 'renamed by the branch', () => temp.write('old.txt', 'mine\n')],
    ['new/file.txt', 'untracked', () => temp.write('new/file.txt', 'mine\n')],
    ['settings.env', 'ignored', () => temp.write('settings.env', 'mine\n')],
  ])('refuses because of %s (%s), and changes nothing', async (path, _, prepare) => {
    prepare();
    const before = snapshotCheckout(temp.path);
    await expect(repository.fastForwardCheckedOut(temp.path, tip)).rejects.toMatchObject({
      code: 'dirty-overlap',
      message: expect.stringMatching(new RegExp(`overwritten: ${path}\\.$`)),
    });
    expect(snapshotCheckout(temp.path)).toEqual(before);
  });

  it('refuses a file in the place of a folder that the branch needs', async () => {
    temp.write('new', 'a file of mine\n');
    const before = snapshotCheckout(temp.path);
    await expect(repository.fastForwardCheckedOut(temp.path, tip)).rejects.toMatchObject({
      code: 'dirty-overlap',
      message: expect.stringMatching(/overwritten: new\.$/),
    });
    expect(snapshotCheckout(temp.path)).toEqual(before);
  });

  it('names at most ten files', async () => {
    const many = Array.from({ length: 12 }, (_, index) => `f${index}.txt`);
    const commit = await repository.commit({
      parent: base,
      message: 'Many\n',
      changes: many.map((path) => ({ kind: 'create', path, newText: 'x\n' })),
    });
    for (const path of many) temp.write(path, 'mine\n');
    await expect(repository.fastForwardCheckedOut(temp.path, commit)).rejects.toMatchObject({
      message: expect.stringContaining('and 2 more'),
    });
  });

  it("writes the user's files with the user's filters, downloads of git-lfs included", async () => {
    temp.git(['config', 'filter.lfs.smudge', 'echo "skip=$GIT_LFS_SKIP_SMUDGE"']);
    const commit = await repository.commit({
      parent: base,
      message: 'Attributes\n',
      changes: [
        { kind: 'create', path: '.gitattributes', newText: '*.psd filter=lfs\n' },
        { kind: 'create', path: 'a.psd', newText: 'pointer\n' },
      ],
    });
    await repository.fastForwardCheckedOut(temp.path, commit);
    expect(readFileSync(join(temp.path, 'a.psd'), 'utf8')).toBe('skip=\n');
  });

  it('works in a linked worktree', async () => {
    const linked = join(temp.folder, 'linked');
    temp.git(['worktree', 'add', '-q', '-b', 'side', linked, base]);
    await repository.fastForwardCheckedOut(linked, tip);
    expect(temp.git(['rev-parse', 'side'])).toBe(tip);
    expect(temp.git(['status', '--porcelain'], { cwd: linked })).toBe('');
    expect(temp.git(['rev-parse', 'main'])).toBe(base);
  });

  it('refuses what is no fast-forward', async () => {
    temp.commit('Main', { 'b.txt': 'B\n' });
    await expect(repository.fastForwardCheckedOut(temp.path, tip)).rejects.toEqual(
      withCode('not-fast-forward'),
    );
  });

  it.each(['MERGE_HEAD', 'rebase-merge'])('refuses while something is going on (%s)', async (name) => {
    if (name === 'rebase-merge') mkdirSync(join(temp.path, '.git', name));
    else writeFileSync(join(temp.path, '.git', name), `${tip}\n`);
    await expect(repository.fastForwardCheckedOut(temp.path, tip)).rejects.toEqual(
      withCode('merge-in-progress'),
    );
  });

  it('passes on what it cannot explain', async () => {
    await expect(repository.fastForwardCheckedOut(temp.path, '1'.repeat(40))).rejects.toMatchObject({
      code: 'git-failed',
    });
    writeFileSync(join(temp.path, '.git', 'index.lock'), '');
    await expect(repository.fastForwardCheckedOut(temp.path, tip)).rejects.toEqual(
      withCode('repository-locked'),
    );
  });
});
