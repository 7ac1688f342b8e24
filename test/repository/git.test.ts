import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/errors.js';
import { findGit, gitEnvironment, hooksOff } from '../../src/repository/environment.js';
import { GitFailed } from '../../src/repository/failures.js';
import { Git } from '../../src/repository/git.js';
import { commandLines } from '../../src/repository/names.js';
import { isAtLeast, parseVersion, requireVersion } from '../../src/repository/version.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nexus-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('gitEnvironment', () => {
  it('keeps what belongs to the person and drops what belongs to a hook', () => {
    const ambient = {
      PATH: '/bin',
      HOME: '/home/a',
      Git_Dir: 'x',
      GIT_INDEX_FILE: 'x',
      GIT_AUTHOR_DATE: 'x',
      GIT_SSH_COMMAND: 'x',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_GLOBAL: '/g',
      GIT_COMMITTER_NAME: 'me',
      EDITOR: 'vi',
      PAGER: 'less',
      LANGUAGE: 'de',
      LC_ALL: 'de_DE.UTF-8',
      EMPTY: undefined,
    };
    expect(gitEnvironment(ambient)).toEqual({
      PATH: '/bin',
      HOME: '/home/a',
      GIT_CONFIG_GLOBAL: '/g',
      GIT_COMMITTER_NAME: 'me',
      GCM_INTERACTIVE: 'never',
      GIT_LITERAL_PATHSPECS: '1',
      GIT_OPTIONAL_LOCKS: '0',
      GIT_TERMINAL_PROMPT: '0',
      LC_ALL: 'C.UTF-8',
    });
  });

  it('switches hooks off by name, each once', () => {
    expect(hooksOff(['a=b', 'a=b', 'post-merge'])).toMatchObject({
      GIT_CONFIG_COUNT: '5',
      GIT_CONFIG_KEY_0: 'hook.a=b.enabled',
      GIT_CONFIG_VALUE_0: 'false',
    });
  });
});

describe('findGit', () => {
  const path = String.raw`.;C:\repo\..\tools;"C:\Program Files\Git\cmd";relative`;
  const exists = (file: string) => file === String.raw`C:\Program Files\Git\cmd\git.exe`;

  it('looks it up by itself on Windows, which would look into the current folder first', () => {
    expect(findGit({ Path: path }, 'win32', exists)).toBe(String.raw`C:\Program Files\Git\cmd\git.exe`);
    expect(findGit({ Path: path }, 'win32', () => false)).not.toBe('git');
    expect(findGit({}, 'win32', () => true)).not.toBe('git');
  });

  it('leaves it to the system elsewhere', () => {
    expect(findGit({ PATH: '/bin' }, 'linux')).toBe('git');
  });
});

describe('Git', () => {
  it('fails for every exit code that is not expected, also when git says nothing', async () => {
    const git = Git.in(folder);
    const quiet = {
      args: ['config', '--get', 'no.such.key'],
      parse: (output: string, exit: number) => [output, exit],
    };
    await expect(git.run(quiet)).rejects.toMatchObject({
      code: 'git-failed',
      message: 'git config failed with exit code 1.',
      exitCode: EXIT.repository,
    });
    expect(await git.run({ ...quiet, exits: [1] })).toEqual(['', 1]);
    await expect(git.run({ args: ['no-such-command'], parse: String })).rejects.toBeInstanceOf(GitFailed);
  });

  it('is a value: another environment does not change the first', async () => {
    const git = Git.in(folder);
    const dir = { args: ['rev-parse', '--git-dir'], exits: [128], parse: (output: string) => output.trim() };
    git.with({ environment: { GIT_DIR: '/no/such' }, config: ['user.name=x'] });
    const name = { args: ['config', 'user.name'], exits: [1], parse: (output: string) => output.trim() };
    expect(await git.with({ config: ['user.name=Other'] }).run(name)).toBe('Other');
    expect(await git.run(dir)).toBe('');
  });

  it('does not wait for late output of a command that prints nothing', async () => {
    const git = Git.in(folder);
    await git.run({ args: ['version'], parse: String });
    const time = async (args: string[]): Promise<number> => {
      const started = performance.now();
      for (let count = 0; count < 10; count += 1) await git.run({ args, parse: () => undefined });
      return (performance.now() - started) / 10;
    };
    // simple-git would add 50 ms to each. Both are timed in one run: how long git takes to start differs.
    const [printing, silent] = [await time(['version']), await time(['check-ref-format', 'refs/heads/a'])];
    expect(silent - printing).toBeLessThan(35);
  });

  it('closes stdin also of commands that get nothing', async () => {
    const empty = { args: ['hash-object', '--stdin'], parse: (output: string) => output.trim() };
    expect(await Git.in(folder).run(empty)).toBe('e69de29bb2d1d6434b8b29ae775ad8c2e48c5391');
  });
});

describe('GitFailed', () => {
  it.each([
    [
      "fatal: detected dubious ownership in repository at '/srv/x'\nTo add an exception",
      'dubious-ownership',
      '/srv/x',
    ],
    ["fatal: unsafe repository ('/srv/x' is owned by someone else)", 'dubious-ownership', '/srv/x'],
    ["fatal: Unable to create '/r/.git/index.lock': File exists.", 'repository-locked', '/r/.git/index.lock'],
    ['error: unable to write file: No space left on device', 'disk-full', ''],
    ['fatal: refusing to merge unrelated histories', 'unrelated-histories', ''],
  ])('explains %j', (stderr, code, part) => {
    const error = new GitFailed(['status'], 128, stderr);
    expect(error).toMatchObject({ code, exit: 128, remedy: expect.any(String) });
    expect(`${error.message} ${error.remedy}`).toContain(part);
  });

  it('shows the first lines of anything else', () => {
    const error = new GitFailed(['status'], 128, 'one\ntwo\n3\n4\n5\n6\n');
    expect(error.message).toBe('git status failed with exit code 128: one\ntwo\n3\n4\n5');
    expect(new GitFailed([], 1, '').message).toContain('exit code 1');
  });
});

describe('versions', () => {
  it.each([
    ['git version 2.39.5', [2, 39]],
    ['git version 2.39.3 (Apple Git-146)', [2, 39]],
    ['git version 2.47.1.windows.2', [2, 47]],
    ['nonsense', undefined],
  ])('%s', (output, version) => expect(parseVersion(output)).toEqual(version));

  it('compares numbers, not letters', () => {
    expect(isAtLeast([2, 100], [2, 31])).toBe(true);
    expect(isAtLeast([3, 0], [2, 31])).toBe(true);
    expect(isAtLeast([2, 9], [2, 31])).toBe(false);
    expect(isAtLeast([1, 40], [2, 31])).toBe(false);
    expect(() => requireVersion(undefined)).toThrow(expect.objectContaining({ code: 'git-too-old' }));
  });
});

describe('commandLines', () => {
  it('splits by length, and gives a path that is too long a line of its own', () => {
    expect(commandLines([])).toEqual([]);
    const long = 'x'.repeat(20_000);
    expect(commandLines(['a', long, 'b'])).toEqual([['a'], [long], ['b']]);
  });
});

describe('the one place that starts git', () => {
  it('is git.ts', () => {
    const room = join(import.meta.dirname, '..', '..', 'src', 'repository');
    const files = readdirSync(room).filter((name) => name.endsWith('.ts'));
    expect(files.length).toBeGreaterThan(10);
    const starters = files.filter((name) =>
      /simple-git|child_process/.test(readFileSync(join(room, name), 'utf8')),
    );
    expect(starters).toEqual(['git.ts']);
  });
});
