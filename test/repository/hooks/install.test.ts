import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  applyHookPlan,
  describeHooks,
  loadHookScript,
  planInstall,
  planUninstall,
  type HookSite,
} from '../../../src/repository/hooks/hooks.js';
import { configuredCommand } from '../../../src/repository/hooks/hook-script.js';
import { parseVersion, isAtLeast } from '../../../src/repository/version.js';
import { runGit } from '../../support/temp-repository.js';
import { ALL, NEW_GIT, OLD_GIT, setHookScene, type HookScene } from './hook-scene.js';

let scene: HookScene;
let hooks: string;
beforeEach(() => {
  scene = setHookScene();
  hooks = join(scene.commonDir, 'hooks');
  vi.stubEnv('GIT_CONFIG_NOSYSTEM', '1');
  vi.stubEnv('GIT_CONFIG_GLOBAL', join(scene.repository.folder, 'gitconfig'));
});
afterEach(() => vi.unstubAllEnvs());

/** Every file of git's folder that hooks are about, with its bytes and mode. */
function snapshot(): Record<string, string> {
  const files = ['config', ...readdirSync(hooks).map((name) => `hooks/${name}`)];
  return Object.fromEntries(
    files.map((name) => {
      const path = join(scene.commonDir, name);
      return [name, `${(statSync(path).mode & 0o777).toString(8)} ${readFileSync(path, 'latin1')}`];
    }),
  );
}

function writeHook(name: string, content: string | Buffer, mode = 0o755): void {
  writeFileSync(join(hooks, name), content);
  chmodSync(join(hooks, name), mode);
}

async function statusOf(site: HookSite): Promise<ReturnType<typeof describeHooks>> {
  return describeHooks(site, await scene.script());
}

const plan = async (site: HookSite): Promise<ReturnType<typeof planInstall>> =>
  planInstall(site, { events: ALL, script: await scene.script() });

it('paths of Windows become words of sh that its git understands', async () => {
  const programs = { node: String.raw`C:\Program Files\nodejs\node.exe`, cli: String.raw`C:\it's\cli.js` };
  const script = await loadHookScript(programs, 'win32');
  expect(script).toContain(`\nnode='C:/Program Files/nodejs/node.exe'\ncli='C:/it'\\''s/cli.js'\n`);
  expect(script).not.toContain('\r');
});

describe('in the folder of hooks', () => {
  it('writes new files, and takes everything away again', async () => {
    rmSync(hooks, { recursive: true });
    const site = await scene.install();
    expect(readdirSync(hooks).toSorted()).toEqual(['post-checkout', 'post-commit', 'post-merge']);
    expect(statSync(join(hooks, 'post-commit')).mode & 0o777).toBe(0o755);
    expect(await statusOf(site)).toEqual({
      hooks: ALL.map((event) => ({
        event,
        at: { kind: 'file', where: join(hooks, event) },
        problem: undefined,
      })),
      problem: undefined,
    });
    expect(await plan(site)).toEqual({ changes: [], byHand: [] });
    await scene.uninstall();
    expect(readdirSync(hooks)).toEqual([]);
    expect(existsSync(join(scene.commonDir, 'nexus/hook.sh'))).toBe(false);
    expect(await statusOf(await scene.site())).toEqual({ hooks: [], problem: undefined });
    expect(planUninstall(await scene.site())).toEqual({ changes: [], byHand: [] });
  });

  it('goes beside hooks of the user, whose bytes and modes come back', async () => {
    writeHook('post-commit', Buffer.from('#!/bin/bash -e\n# caf\xe9\nexit 0', 'latin1'), 0o750);
    writeHook('post-merge', '#!/usr/bin/env sh\n', 0o700);
    const before = snapshot();
    await scene.install();
    expect(snapshot()['hooks/post-commit']).toContain('nexus/hook.sh');
    expect(statSync(join(hooks, 'post-commit')).mode & 0o777).toBe(0o750);
    await scene.install();
    await scene.uninstall();
    expect(snapshot()).toEqual(before);
  });

  it('is the same from a linked worktree', async () => {
    scene.git(['worktree', 'add', '-q', '../linked']);
    const linked = join(scene.repository.folder, 'linked');
    await scene.install({ root: linked });
    expect(await plan(await scene.site())).toEqual({ changes: [], byHand: [] });
    expect(readdirSync(hooks)).toContain('post-commit');
  });

  it('only has the hooks that are wanted', async () => {
    await scene.install();
    await scene.install({ events: ['post-commit'] });
    expect(readdirSync(hooks)).toEqual(['post-commit']);
  });

  it('mends what is old, was made useless, or lost its script', async () => {
    await scene.install();
    const file = join(hooks, 'post-commit');
    writeFileSync(file, readFileSync(file, 'utf8').replace(' || :', ''));
    chmodSync(join(hooks, 'post-merge'), 0o644);
    writeFileSync(join(scene.commonDir, 'nexus/hook.sh'), "cli='/no/such/cli.js'\n");
    const status = await statusOf(await scene.site());
    expect(status.hooks.map(({ problem }) => problem)).toEqual([
      'it is from another version of Nexus',
      'it is not executable, so git does not run it',
      undefined,
    ]);
    expect(status.problem).toBe('the hooks start /no/such/cli.js, which is gone');
    const mended = await scene.install();
    expect(await statusOf(mended)).toMatchObject({
      problem: undefined,
      hooks: ALL.map(() => ({ problem: undefined })),
    });
    rmSync(join(scene.commonDir, 'nexus/hook.sh'));
    expect((await statusOf(await scene.site())).problem).toMatch(/hook\.sh, which the hooks run, is missing/);
    writeFileSync(join(scene.commonDir, 'nexus/hook.sh'), `cli='${scene.recorder}'\n`.replace("it's", 'its'));
    expect((await statusOf(await scene.site())).problem).toMatch(/is gone/);
    writeFileSync(join(scene.commonDir, 'nexus/hook.sh'), '# of old\n');
    expect((await statusOf(await scene.site())).problem).toMatch(/another version or installation/);
  });

  it.each([
    ['a python hook', () => writeHook('post-commit', '#!/usr/bin/env python3\n'), /not a shell script/],
    ['a program', () => writeHook('post-commit', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0])), /binary/],
    ['CRLF', () => writeHook('post-commit', '#!/bin/sh\r\n'), /CRLF/],
    ['a hook that git does not run', () => writeHook('post-commit', '#!/bin/sh\n', 0o644), /not executable/],
    ['a link', () => symlinkSync('../../hook', join(hooks, 'post-commit')), /a link to \.\.\/\.\.\/hook/],
    ['a folder', () => mkdirSync(join(hooks, 'post-commit')), /not a file/],
  ])('leaves %s alone and says what to add', async (_, make, because) => {
    make();
    const site = await scene.install({ events: ['post-commit'] });
    const { changes, byHand } = planInstall(site, { events: ['post-commit'], script: await scene.script() });
    expect(changes).toEqual([]);
    expect(byHand).toEqual([
      {
        event: 'post-commit',
        path: join(hooks, 'post-commit'),
        because: expect.stringMatching(because),
        lines: [expect.stringContaining('sh "$nexus_hook" post-commit "$@"')],
        afterwards: undefined,
      },
    ]);
  });

  it('knows the line when a person has added it', async () => {
    writeHook('post-commit', '#!/usr/bin/fish\n');
    const [byHand] = (await plan(await scene.site())).byHand;
    writeHook('post-commit', `#!/bin/sh\r\n${byHand?.lines.join('\n')}\n`);
    const site = await scene.site();
    expect((await plan(site)).byHand).toEqual([]);
    expect((await statusOf(site)).hooks).toEqual([
      { event: 'post-commit', at: { kind: 'line', where: join(hooks, 'post-commit') }, problem: undefined },
    ]);
    const { changes, byHand: left } = planUninstall(site);
    expect(changes).toEqual([]);
    expect(left).toMatchObject([{ path: join(hooks, 'post-commit'), lines: [] }]);
  });

  it('does not write over what somebody wrote in the meantime', async () => {
    const site = await scene.site();
    const planned = await plan(site);
    writeHook('post-commit', '#!/bin/sh\n');
    await expect(applyHookPlan(scene.repository.path, planned)).rejects.toMatchObject({
      code: 'hook-changed',
    });
    await scene.install();
    const taking = planUninstall(await scene.site());
    writeHook('post-commit', '#!/bin/sh\necho new\n');
    await expect(applyHookPlan(scene.repository.path, taking)).rejects.toMatchObject({
      code: 'hook-changed',
    });
    expect(readFileSync(join(hooks, 'post-commit'), 'utf8')).toBe('#!/bin/sh\necho new\n');
  });

  it('says which file it could not write', async () => {
    const planned = await plan(await scene.site());
    writeFileSync(join(scene.commonDir, 'nexus'), 'in the way');
    await expect(applyHookPlan(scene.repository.path, planned)).rejects.toMatchObject({
      code: 'hook-not-written',
      message: expect.stringContaining('hook.sh'),
    });
  });
});

describe('where the folder of hooks is not the repository’s alone', () => {
  it.each([
    ['in the work tree', '.githooks', 'in the work tree', /everybody who works on this project/],
    ['somewhere else', '../shared hooks', 'elsewhere', /not this repository's alone/],
  ])('%s, nothing is written there', async (_, value, scope, because) => {
    scene.git(['config', 'core.hooksPath', value]);
    const site = await scene.install({ events: ['post-commit'] });
    const folder = join(scene.repository.path, value);
    expect(site).toMatchObject({ scope, folder, hooksPath: { scope: 'local', value } });
    const { byHand } = planInstall(site, { events: ['post-commit'], script: '' });
    expect(byHand).toMatchObject([
      { path: join(folder, 'post-commit'), because: expect.stringMatching(because) },
    ]);
    expect(existsSync(folder)).toBe(false);
    // The line that is to be added works there.
    mkdirSync(folder);
    writeFileSync(join(folder, 'post-commit'), `#!/bin/sh\n${byHand[0]?.lines.join('\n')}\n`, {
      mode: 0o755,
    });
    expect(scene.fires(() => scene.repository.commit('Other', { 'other.txt': 'x' }))).toBe(false);
    scene.repository.write('tasks.yml', 'tasks: []\n');
    expect(scene.fires(() => scene.git(['add', '.']) + scene.git(['commit', '-qm', 'tasks']))).toBe(true);
    expect((await statusOf(await scene.site())).hooks).toMatchObject([
      { at: { kind: 'line' }, problem: undefined },
    ]);
  });

  it('a global setting counts, and ours of before are found to be out of use', async () => {
    await scene.install();
    writeFileSync(join(scene.repository.folder, 'gitconfig'), '[core]\n\thooksPath = /no/such/hooks\n');
    const site = await scene.site();
    expect(site).toMatchObject({
      scope: 'elsewhere',
      folder: '/no/such/hooks',
      hooksPath: { scope: 'global' },
    });
    const [first] = (await statusOf(site)).hooks;
    expect(first?.problem).toBe('git looks for hooks in /no/such/hooks instead');
    await scene.uninstall();
    expect(readdirSync(hooks)).toEqual([]);
  });

  it('a setting of one worktree counts there only', async () => {
    scene.git(['worktree', 'add', '-q', '../linked']);
    scene.git(['config', 'extensions.worktreeConfig', 'true']);
    scene.git(['config', '--worktree', 'core.hooksPath', '.hooks'], { cwd: '../linked' });
    const linked = join(scene.repository.folder, 'linked');
    expect(await scene.site(OLD_GIT, linked)).toMatchObject({
      scope: 'in the work tree',
      folder: join(linked, '.hooks'),
    });
    expect(await scene.site()).toMatchObject({ scope: 'private', hooksPath: undefined });
  });

  it('a link in place of the folder counts as what it leads to', async () => {
    rmSync(hooks, { recursive: true });
    mkdirSync(join(scene.repository.path, 'githooks'));
    symlinkSync('../githooks', hooks);
    expect((await scene.site()).scope).toBe('in the work tree');
  });

  it('/dev/null switches hooks off', async () => {
    scene.git(['config', 'core.hooksPath', '/dev/null']);
    expect((await plan(await scene.site())).byHand).toHaveLength(3);
  });
});

describe('with hooks in git’s configuration', () => {
  it('writes sections of the repository’s own, and its bytes come back', async () => {
    const before = snapshot();
    const site = await scene.install({ version: NEW_GIT });
    expect(readdirSync(hooks)).toEqual([]);
    expect(scene.git(['config', '--get', 'hook.nexus-post-merge.command'])).toBe(
      configuredCommand('post-merge'),
    );
    expect(scene.git(['config', '--get', 'hook.nexus-post-merge.event'])).toBe('post-merge');
    expect(await statusOf(site)).toEqual({
      hooks: ALL.map((event) => ({
        event,
        at: { kind: 'section', where: `hook.nexus-${event}` },
        problem: undefined,
      })),
      problem: undefined,
    });
    expect(await plan(site)).toEqual({ changes: [], byHand: [] });
    await scene.uninstall(NEW_GIT);
    expect(snapshot()).toEqual(before);
  });

  it('takes the place of files, and the other way round', async () => {
    writeHook('post-commit', '#!/bin/sh\n');
    const before = snapshot();
    await scene.install();
    await scene.install({ version: NEW_GIT });
    expect({ ...snapshot(), config: '' }).toEqual({ ...before, config: '' });
    const site = await scene.install();
    expect(site.sections).toEqual([]);
    expect((await statusOf(site)).hooks).toHaveLength(3);
  });

  it('needs no manager and no folder of its own', async () => {
    scene.git(['config', 'core.hooksPath', '.husky/_']);
    scene.repository.write('package.json', '{ "simple-git-hooks": {} }');
    const { changes, byHand } = await plan(await scene.site(NEW_GIT));
    expect(byHand).toEqual([]);
    expect(changes.filter(({ kind }) => kind === 'configure')).toHaveLength(3);
  });

  it('leaves it at a line that a person has added before', async () => {
    scene.git(['config', 'core.hooksPath', '.husky/_']);
    const [byHand] = (await plan(await scene.site())).byHand;
    scene.repository.write('.husky/post-commit', `${byHand?.lines.join('\n')}\n`);
    const { changes } = await plan(await scene.site(NEW_GIT));
    expect(changes.flatMap((change) => (change.kind === 'configure' ? [change.event] : []))).toEqual([
      'post-merge',
      'post-checkout',
    ]);
  });

  it.each([
    [['--replace-all', 'hook.nexus-post-commit.command', 'echo old'], 'it is from another version of Nexus'],
    [['hook.nexus-post-commit.enabled', 'false'], 'it is switched off (enabled = false)'],
    [['--replace-all', 'hook.nexus-post-commit.event', 'pre-push'], 'its event is missing'],
  ])('sees what was changed (%j) and mends it', async (args, problem) => {
    await scene.install({ version: NEW_GIT });
    scene.git(['config', ...args]);
    expect((await statusOf(await scene.site(NEW_GIT))).hooks[0]).toMatchObject({
      event: 'post-commit',
      problem,
    });
    const mended = await scene.install({ version: NEW_GIT });
    expect((await statusOf(mended)).hooks[0]?.problem).toBeUndefined();
  });

  it('says when this git does not read it', async () => {
    await scene.install({ version: NEW_GIT });
    expect((await statusOf(await scene.site())).hooks[0]?.problem).toBe(
      'git 2.53 does not read it; 2.54 does',
    );
  });

  it('the command is a line that git can append arguments to', async () => {
    await scene.install({ version: NEW_GIT });
    scene.repository.commit('Tasks', { 'tasks.yml': 'tasks: []\n' });
    const command = scene.git(['config', '--get', 'hook.nexus-post-commit.command']);
    // As git runs it (run-command.c, prepare_shell_cmd).
    const run = (line: string): boolean =>
      scene.fires(() => scene.git(['-c', `alias.hook-now=!${line}`, 'hook-now', 'one', 'two words']));
    expect(run(command)).toBe(true);
    await scene.uninstall(NEW_GIT);
    expect(run(command)).toBe(false);
  });

  const version = parseVersion(runGit(join('/'), ['version']));
  it.skipIf(version === undefined || !isAtLeast(version, [2, 54]))(
    'real git >= 2.54 runs it, beside a hook of the user’s',
    async () => {
      writeHook('post-commit', '#!/bin/sh\necho mine >>mine.txt\n');
      await scene.install({ version: version ?? NEW_GIT });
      scene.repository.write('tasks.yml', 'tasks: []\n');
      scene.git(['add', '.']);
      expect(scene.fires(() => scene.git(['commit', '-qm', 'tasks']))).toBe(true);
      expect(existsSync(join(scene.repository.path, 'mine.txt'))).toBe(true);
      expect((await scene.recorded()).args.slice(0, 3)).toEqual(['hooks', 'run', 'post-commit']);
      scene.git(['switch', '-qc', 'topic', 'HEAD~1']);
      expect((await scene.recorded()).args.slice(0, 3)).toEqual(['hooks', 'run', 'post-checkout']);
      expect(scene.fires(() => scene.git(['merge', '-q', 'main']))).toBe(true);
    },
  );
});
