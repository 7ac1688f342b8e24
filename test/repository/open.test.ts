import { chmodSync, chownSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { EXIT } from '../../src/errors.js';
import { openRepository, requireBase } from '../../src/repository/open.js';
import { createTempRepository, type TempRepository, TEST_IDENTITY } from '../support/temp-repository.js';

const temps: TempRepository[] = [];
function make(...options: Parameters<typeof createTempRepository>): TempRepository {
  const temp = createTempRepository(...options);
  temps.push(temp);
  return temp;
}
beforeEach(() => {
  // This machine's own settings must not decide the outcome.
  vi.stubEnv('GIT_CONFIG_GLOBAL', '/no/such/file');
  vi.stubEnv('GIT_CONFIG_NOSYSTEM', '1');
  vi.stubEnv('EMAIL', undefined);
});
afterEach(() => {
  vi.unstubAllEnvs();
  for (const temp of temps.splice(0)) temp.dispose();
});

const withCode = (code: string) =>
  expect.objectContaining({ code, exitCode: EXIT.repository, remedy: expect.any(String) });

describe('openRepository', () => {
  it('finds the top from a sub-directory', async () => {
    const temp = make({ name: 'größe mit blank' });
    mkdirSync(join(temp.path, 'a', 'b'), { recursive: true });
    const repository = await openRepository(join(temp.path, 'a', 'b'));
    expect(repository.root).toBe(temp.path);
    expect(repository.commonDir).toBe(join(temp.path, '.git'));
    expect(repository.gitDir).toBe(join(temp.path, '.git'));
  });

  it('tells the folders of a linked worktree apart', async () => {
    const temp = make();
    const linked = join(temp.folder, 'linked');
    temp.git(['worktree', 'add', '-q', '--detach', linked]);
    const repository = await openRepository(linked);
    expect(repository.root).toBe(linked);
    expect(repository.commonDir).toBe(join(temp.path, '.git'));
    expect(repository.gitDir).toBe(join(temp.path, '.git', 'worktrees', 'linked'));
  });

  it('says that there is no repository', async () => {
    const temp = make();
    await expect(openRepository(temp.folder)).rejects.toEqual(withCode('not-a-repository'));
  });

  it('says that the folder does not exist', async () => {
    const temp = make();
    await expect(openRepository(join(temp.folder, 'nowhere'))).rejects.toMatchObject({
      code: 'not-a-repository',
      message: expect.stringContaining('does not exist'),
    });
  });

  it("says that it stands in git's own folder", async () => {
    const temp = make();
    await expect(openRepository(join(temp.path, '.git', 'refs'))).rejects.toMatchObject({
      code: 'not-a-repository',
      message: expect.stringContaining("git's own folder"),
    });
  });

  it('refuses a bare repository', async () => {
    await expect(openRepository(make({ bare: true }).path)).rejects.toEqual(withCode('bare-repository'));
  });

  it.skipIf(process.platform === 'win32')('refuses a path with a line break', async () => {
    const temp = make({ name: 'two\nlines' });
    await expect(openRepository(temp.path)).rejects.toEqual(withCode('path-unsupported'));
  });

  it.skipIf(process.getuid?.() !== 0)("refuses somebody else's repository as git does", async () => {
    const temp = make();
    for (const path of [temp.path, join(temp.path, '.git')]) chownSync(path, 12345, 12345);
    await expect(openRepository(temp.path)).rejects.toMatchObject({
      code: 'dubious-ownership',
      remedy: expect.stringContaining(`safe.directory "${temp.path}"`),
    });
  });

  it('says that git is missing', async () => {
    const temp = make();
    vi.stubEnv('PATH', temp.folder);
    await expect(openRepository(temp.path)).rejects.toEqual(withCode('git-missing'));
  });

  it.skipIf(process.platform === 'win32')('refuses an old git, also one that fails otherwise', async () => {
    const temp = make();
    pretendVersion(temp, '2.30.9');
    await expect(openRepository(temp.folder)).rejects.toEqual(withCode('git-too-old'));
  });

  it.skipIf(process.platform === 'win32')('switches configured hooks off where git has them', async () => {
    const temp = make();
    pretendVersion(temp, '2.54.0');
    temp.git(['config', 'hook.lint.command', 'touch x']);
    temp.git(['config', 'hook.lint.event', 'reference-transaction']);
    temp.git(['config', 'hook.a=b.command', 'touch x']);
    const repository = await openRepository(temp.path);
    await repository.updateBranch('nexus/t', (await requireBase(repository)).commit, undefined);
    expect(
      readdirSync(temp.folder)
        .filter((name) => name.startsWith('hook.'))
        .toSorted(),
    ).toEqual([
      'hook.a=b.enabled=false',
      'hook.lint.enabled=false',
      'hook.post-checkout.enabled=false',
      'hook.post-index-change.enabled=false',
      'hook.post-merge.enabled=false',
      'hook.reference-transaction.enabled=false',
    ]);
  });
});

describe('the version of git', () => {
  it('is asked for once in 10 s, and again when another git is first on the PATH', async () => {
    const temp = make();
    const now = vi.spyOn(performance, 'now').mockReturnValue(1_000_000);
    onTestFinished(() => now.mockRestore());
    const opening = (): Promise<unknown> => openRepository(temp.path).then(() => 'opened');
    const real = process.env['PATH'] ?? '';
    pretendVersion(temp, '2.40.0');
    expect(await opening()).toBe('opened');
    // The same place, so the same git for the next 10 s.
    vi.stubEnv('PATH', real);
    pretendVersion(temp, '2.30.9');
    expect(await opening()).toBe('opened');
    now.mockReturnValue(1_010_000);
    await expect(opening()).rejects.toEqual(withCode('git-too-old'));
    vi.stubEnv('PATH', real);
    expect(await opening()).toBe('opened');
  });
});

/** Puts a git first on the PATH that claims a version, leaves a file for each hook setting, and is the real one otherwise. */
function pretendVersion(temp: TempRepository, version: string): void {
  const real = process.env['PATH'] ?? '';
  const script = `#!/bin/sh
PATH='${real}'
for argument do [ "$argument" = version ] && echo 'git version ${version}' && exit 0; done
git config --list | grep '^hook\\..*enabled' | while read -r line; do touch '${temp.folder}/'"$line"; done
exec git "$@"
`;
  const bin = join(temp.folder, 'bin');
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, 'git'), script);
  chmodSync(join(bin, 'git'), 0o755);
  vi.stubEnv('PATH', `${bin}:${real}`);
}

describe('requireBase', () => {
  it('takes the tip of the current branch, a named branch, a tag or a commit', async () => {
    const temp = make();
    const first = temp.git(['rev-parse', 'HEAD']);
    temp.git(['tag', '-a', '-m', 'x', 'v1']);
    temp.git(['branch', 'old']);
    const second = temp.commit('Second');
    const repository = await openRepository(temp.path);
    expect(await requireBase(repository)).toEqual({ commit: second, name: 'main' });
    expect(await requireBase(repository, 'old')).toEqual({ commit: first, name: 'old' });
    expect(await requireBase(repository, 'v1')).toEqual({ commit: first, name: 'v1' });
    expect((await requireBase(repository, first.slice(0, 10))).commit).toBe(first);
    temp.git(['checkout', '-q', '--detach', first]);
    expect(await requireBase(repository)).toEqual({ commit: first, name: undefined });
    expect(await repository.currentBranch()).toBeUndefined();
  });

  it('prefers a branch to a tag of the same name', async () => {
    const temp = make();
    temp.git(['tag', 'same']);
    const tip = temp.commit('Second');
    temp.git(['branch', 'same']);
    expect((await requireBase(await openRepository(temp.path), 'same')).commit).toBe(tip);
  });

  it('explains an unborn HEAD', async () => {
    const repository = await openRepository(make({ firstCommit: false }).path);
    expect(await repository.currentBranch()).toBe('main');
    await expect(requireBase(repository)).rejects.toMatchObject({
      code: 'unborn-head',
      message: expect.stringContaining('main'),
    });
  });

  it.each(['nowhere', '--all', '', 'a\nb', 'HEAD^{tree}', '--end-of-options', 'x\0'])(
    'refuses %j',
    async (name) => {
      const repository = await openRepository(make().path);
      await expect(requireBase(repository, name)).rejects.toEqual(withCode('unknown-base'));
    },
  );
});

describe('head', () => {
  it('names commit and branch, in a linked worktree its own', async () => {
    const temp = make();
    const first = temp.git(['rev-parse', 'HEAD']);
    temp.git(['worktree', 'add', '-q', '-b', 'deep/er', join(temp.folder, 'linked')]);
    const second = temp.commit('Second', { HEAD: 'a file of that name' });
    expect(await (await openRepository(temp.path)).head()).toEqual({ commit: second, branch: 'main' });
    const linked = await openRepository(join(temp.folder, 'linked'));
    expect(await linked.head()).toEqual({ commit: first, branch: 'deep/er' });
  });

  it('knows no branch when it is detached, and no commit when the branch is unborn', async () => {
    const temp = make({ firstCommit: false });
    const repository = await openRepository(temp.path);
    expect(await repository.head()).toEqual({ commit: undefined, branch: 'main' });
    const commit = temp.commit('First');
    temp.git(['checkout', '-q', '--detach']);
    expect(await repository.head()).toEqual({ commit, branch: undefined });
  });

  it('is not taken for a branch or a tag that is called HEAD', async () => {
    const temp = make();
    const first = temp.git(['rev-parse', 'HEAD']);
    const second = temp.commit('Second');
    temp.git(['update-ref', 'refs/heads/HEAD', first]);
    temp.git(['update-ref', 'refs/tags/HEAD', first]);
    const repository = await openRepository(temp.path);
    expect(await repository.head()).toEqual({ commit: second, branch: 'main' });
  });
});

describe('identity', () => {
  it('is that of the last time it was asked for, in all commits that follow', async () => {
    const temp = make();
    const repository = await openRepository(temp.path);
    const parent = temp.git(['rev-parse', 'HEAD']);
    const authorOfNext = async (): Promise<string> => {
      const oid = await repository.commit({ parent, changes: [], message: 'm\n' });
      return temp.git(['log', '-1', '--format=%an, %cn', oid]);
    };
    expect(await authorOfNext()).toBe('Ada Tester, Ada Tester');
    temp.git(['config', 'user.name', 'Grace Tester']);
    expect(await authorOfNext()).toBe('Ada Tester, Ada Tester');
    expect((await repository.identity()).name).toBe('Grace Tester');
    expect(await authorOfNext()).toBe('Grace Tester, Grace Tester');
  });

  it('comes from the configuration', async () => {
    const repository = await openRepository(make().path);
    expect(await repository.identity()).toEqual(TEST_IDENTITY);
  });

  it('comes from the environment of the person, not of a commit that is being made', async () => {
    const temp = make();
    vi.stubEnv('GIT_COMMITTER_NAME', 'CI User');
    vi.stubEnv('GIT_COMMITTER_EMAIL', 'ci@example.com');
    vi.stubEnv('GIT_AUTHOR_NAME', 'Somebody Else');
    const repository = await openRepository(temp.path);
    expect(await repository.identity()).toEqual({ name: 'CI User', email: 'ci@example.com' });
  });

  it('is asked for instead of being guessed from the machine', async () => {
    const temp = make({ identity: false, firstCommit: false });
    const repository = await openRepository(temp.path);
    await expect(repository.identity()).rejects.toEqual(withCode('identity-missing'));
    temp.git(['config', 'user.name', 'Only Name']);
    await expect(repository.identity()).rejects.toEqual(withCode('identity-missing'));
  });
});
