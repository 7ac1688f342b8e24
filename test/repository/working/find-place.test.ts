import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import { openRepository } from '../../../src/repository/open.js';
import { findWorkingPlace } from '../../../src/repository/working/find-place.js';
import type { Project } from '../../commands/run-nexus.js';
import { createTempRepository } from '../../support/temp-repository.js';

function createFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nexus-place-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function createRepository(): Project {
  const repository = createTempRepository();
  onTestFinished(() => repository.dispose());
  return { ...repository };
}

it('is found in a repository from anywhere in it, through links as well', async () => {
  const { path, folder, write } = createRepository();
  write('packages/x/a.js', '');
  symlinkSync(join(path, 'packages'), join(folder, 'link'));
  expect(await findWorkingPlace(path)).toMatchObject({ root: path, prefix: '', repository: { root: path } });
  for (const start of [join(path, 'packages/x'), join(folder, 'link/x')]) {
    expect(await findWorkingPlace(start)).toMatchObject({
      root: join(path, 'packages/x'),
      prefix: 'packages/x/',
    });
  }
});

it('needs no git outside a repository, and says what is missing inside one', async () => {
  const folder = createFolder();
  const { path } = createRepository();
  vi.stubEnv('PATH', '');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await findWorkingPlace(folder)).toEqual({ root: folder, prefix: '', repository: undefined });
  await expect(findWorkingPlace(path)).rejects.toMatchObject({ code: 'git-missing', exitCode: 4 });
});

it('is in no repository where .git is none, or has its files elsewhere', async () => {
  const folder = createFolder();
  mkdirSync(join(folder, 'junk/.git'), { recursive: true });
  expect(await findWorkingPlace(join(folder, 'junk'))).toMatchObject({ prefix: '', repository: undefined });
  const { path, git } = createRepository();
  git(['config', 'core.worktree', folder]);
  expect(await findWorkingPlace(path)).toMatchObject({ root: path, prefix: '', repository: undefined });
});

it('is never inside git’s own folder, whatever that is called', async () => {
  const { path } = createRepository();
  const folder = createFolder();
  const bare = createTempRepository({ bare: true });
  onTestFinished(() => bare.dispose());
  mkdirSync(join(folder, 'GIT~1'));
  for (const start of [join(path, '.git'), join(path, '.git/hooks'), bare.path, join(folder, 'GIT~1')]) {
    await expect(findWorkingPlace(start)).rejects.toMatchObject({ code: 'inside-git-folder', exitCode: 2 });
  }
});

it('lists what git tracks and the work tree has', async () => {
  const { path, git, write, commit } = createRepository();
  const head = commit('Files', {
    'a.js': '1',
    'src/b.js': '2',
    'src/caf\u00E9 x.js': '3',
    'gone.js': '4',
    'far.js': '5',
  });
  rmSync(join(path, 'gone.js'));
  git(['update-index', '--skip-worktree', 'far.js']);
  rmSync(join(path, 'far.js'));
  write('untracked.js', '');
  write('staged.js', '');
  symlinkSync('a.js', join(path, 'link.js'));
  git(['add', 'staged.js', 'link.js']);
  git(['update-index', '--add', '--cacheinfo', `160000,${head},module`]);
  mkdirSync(join(path, 'module'));
  const repository = await openRepository(path);
  expect((await repository.trackedFiles('')).map((file) => `${file.path} ${file.kind}`)).toEqual([
    'a.js file',
    'link.js symlink',
    'module submodule',
    'readme.md file',
    'src/b.js file',
    'src/caf\u00E9 x.js file',
    'staged.js file',
  ]);
  expect((await repository.trackedFiles('src/')).map((file) => file.path)).toEqual([
    'src/b.js',
    'src/caf\u00E9 x.js',
  ]);
});

it('lists a file in conflict once', async () => {
  const { path, git, commit } = createRepository();
  commit('Base', { 'a.js': 'base\n' });
  git(['checkout', '--quiet', '-b', 'other']);
  commit('Theirs', { 'a.js': 'theirs\n' });
  git(['checkout', '--quiet', 'main']);
  commit('Ours', { 'a.js': 'ours\n' });
  git(['merge', 'other'], { exits: [1] });
  const repository = await openRepository(path);
  expect((await repository.trackedFiles('')).map((file) => file.path)).toEqual(['a.js', 'readme.md']);
});
