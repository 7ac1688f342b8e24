import { spawnSync } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { describeHooks, planInstall, type ByHand } from '../../../src/repository/hooks/hooks.js';
import { AWAKE, OLD_GIT, setHookScene, type HookScene } from './hook-scene.js';
import { installManagers, type Managers } from './install-managers.js';

let managers: Managers;
beforeAll(async () => {
  managers = await installManagers();
}, 300_000);

let scene: HookScene;
let hooks: string;
beforeEach(() => {
  scene = setHookScene();
  hooks = join(scene.commonDir, 'hooks');
});

/** The manager's command line, run in the repository; the test is skipped when there is none here. */
function commandOf(name: keyof Managers, context: TestContext): (...args: string[]) => void {
  const command = managers[name];
  context.skip(command === undefined, `${name} could not be installed from its registry`);
  return (...args) => {
    const [file = '', ...first] = command ?? [];
    const options = { cwd: scene.repository.path, env: environment() };
    const done = spawnSync(file, [...first, ...args], options);
    if (done.status !== 0)
      throw new Error(`${name} ${args.join(' ')}: ${String(done.stderr)}${String(done.stdout)}`);
  };
}

function environment(): Record<string, string> {
  const ambient = Object.entries(process.env).filter(([key]) => !key.startsWith('GIT_'));
  return {
    ...Object.fromEntries(ambient),
    ...AWAKE,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: join(scene.repository.folder, 'no-such-file'),
    LEFTHOOK_BIN: managers.lefthook?.[1] ?? '',
    PRE_COMMIT_HOME: join(scene.repository.folder, 'pre-commit'),
    // With a configuration of the user's own it would run that too.
    XDG_CONFIG_HOME: scene.repository.folder,
  };
}

function commits(path: string): boolean {
  scene.repository.write(path, `${path} ${Math.random()}\n`);
  return scene.fires(() => {
    scene.git(['add', '--all']);
    scene.git(['commit', '-qm', path], { env: environment() });
  });
}

/** A commit of tasks.yml starts something, one of another file does not. */
function expectWorking(): void {
  expect(commits('other.txt')).toBe(false);
  expect(commits('tasks.yml')).toBe(true);
}

async function byHand(): Promise<ByHand[]> {
  const site = await scene.install({ events: ['post-commit'] });
  return planInstall(site, { events: ['post-commit'], script: await scene.script() }).byHand;
}

async function problems(): Promise<(string | undefined)[]> {
  const site = await scene.site();
  return describeHooks(site, await scene.script()).hooks.map(({ problem }) => problem);
}

function read(path: string): string {
  return readFileSync(join(hooks, path), 'utf8');
}

it('husky: the line belongs into .husky', async (context) => {
  const husky = commandOf('husky', context);
  husky();
  const [only] = await byHand();
  expect(only).toMatchObject({
    path: join(scene.repository.path, '.husky/post-commit'),
    event: 'post-commit',
  });
  mkdirSync(dirname(only?.path ?? ''), { recursive: true });
  appendFileSync(only?.path ?? '', `${only?.lines.join('\n')}\n`);
  expectWorking();
  husky();
  expectWorking();
  expect(await byHand()).toEqual([]);
  expect(await problems()).toEqual([undefined]);
  // What husky made is not under version control, so a new worktree has no hooks until it is installed there.
  scene.git(['worktree', 'add', '-q', '../linked']);
  const linked = await scene.site(OLD_GIT, join(scene.repository.folder, 'linked'));
  expect(describeHooks(linked, await scene.script()).hooks[0]?.problem).toMatch(/which does not exist$/);
  // For a colleague without Nexus the line does nothing.
  await scene.uninstall();
  expect(commits('tasks.yml')).toBe(false);
});

it('simple-git-hooks: the line belongs into package.json', async (context) => {
  const simple = commandOf('simpleGitHooks', context);
  const configure = (line: string): void =>
    scene.repository.write(
      'package.json',
      `{ "simple-git-hooks": { "pre-commit": "true"${line} }, "dependencies": { "simple-git-hooks": "2" } }`,
    );
  configure('');
  simple();
  const [only] = await byHand();
  expect(only).toMatchObject({
    path: join(scene.repository.path, 'package.json'),
    afterwards: 'npx simple-git-hooks',
  });
  configure(`, ${only?.lines.join('\n')}`);
  simple();
  expectWorking();
  expect(await byHand()).toEqual([]);
  // Why nothing of ours is written there: it would be gone.
  writeFileSync(join(hooks, 'post-merge'), '#!/bin/sh\n');
  simple();
  expect(existsSync(join(hooks, 'post-merge'))).toBe(false);
});

describe('lefthook', () => {
  const configure = (...events: string[]): void =>
    scene.repository.write(
      'lefthook.yml',
      events.map((event) => `${event}:\n  jobs:\n    - run: 'true'\n`).join(''),
    );

  it('lets ours be where it has no hook of its own', async (context) => {
    const lefthook = commandOf('lefthook', context);
    configure('pre-commit');
    lefthook('install');
    expect(await byHand()).toEqual([]);
    expectWorking();
    lefthook('install');
    expectWorking();
  });

  it('has to run it where it has one', async (context) => {
    const lefthook = commandOf('lefthook', context);
    configure('pre-commit', 'post-commit');
    lefthook('install');
    const before = read('post-commit');
    const [only] = await byHand();
    expect(only).toMatchObject({ path: join(scene.repository.path, 'lefthook-local.yml') });
    writeFileSync(only?.path ?? '', `${only?.lines.join('\n')}\n`);
    expectWorking();
    lefthook('install');
    expectWorking();
    expect(await byHand()).toEqual([]);
    await scene.uninstall();
    expect(read('post-commit')).toBe(before);
  });

  it('puts ours aside when it gets one later, which is found and taken away', async (context) => {
    const lefthook = commandOf('lefthook', context);
    await scene.install({ events: ['post-commit'] });
    configure('post-commit');
    lefthook('install');
    expect(existsSync(join(hooks, 'post-commit.old'))).toBe(true);
    expect(await problems()).toEqual(['lefthook has put it aside, so nothing runs it']);
    await scene.uninstall();
    expect(existsSync(join(hooks, 'post-commit.old'))).toBe(false);
  });
});

describe('pre-commit', () => {
  beforeEach(() => scene.repository.write('.pre-commit-config.yaml', 'repos: []\n'));

  it('keeps ours as what was there before, when it came first', async (context) => {
    const preCommit = commandOf('preCommit', context);
    preCommit('install', '--hook-type', 'post-commit');
    const before = read('post-commit');
    expect(await byHand()).toEqual([]);
    expect(read('post-commit')).toBe(before);
    expectWorking();
    preCommit('install', '--hook-type', 'post-commit');
    expectWorking();
    expect(await problems()).toEqual([undefined]);
    await scene.uninstall();
    expect(existsSync(join(hooks, 'post-commit.legacy'))).toBe(false);
    expect(read('post-commit')).toBe(before);
  });

  it('takes over ours when it comes later, and gives it back when it goes', async (context) => {
    const preCommit = commandOf('preCommit', context);
    writeFileSync(join(hooks, 'post-commit'), '#!/bin/sh\necho mine\n');
    chmodSync(join(hooks, 'post-commit'), 0o755);
    await scene.install({ events: ['post-commit'] });
    preCommit('install', '--hook-type', 'post-commit');
    expectWorking();
    expect(await byHand()).toEqual([]);
    preCommit('uninstall', '--hook-type', 'post-commit');
    expectWorking();
    await scene.uninstall();
    expect(read('post-commit')).toBe('#!/bin/sh\necho mine\n');
  });
});
