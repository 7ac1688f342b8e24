import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { boundHookLog, readLastTrigger, renderTrigger } from '../../src/commands/hook-log.js';
import { doctorDocument, hooksChangeDocument, hooksDocument } from './json-documents.js';
import { createProject, runNexus, setUpSum, type Project, type Ran } from './run-nexus.js';
import { SUM_PROJECT } from './sum-project.js';

let project: Project;
let gitDir: string;
beforeEach(() => {
  project = createProject({ 'tasks.yml': 'tasks: []\n' });
  gitDir = join(project.path, '.git');
  vi.stubEnv('GIT_CONFIG_NOSYSTEM', '1');
  vi.stubEnv('GIT_CONFIG_GLOBAL', join(project.folder, 'no-such-file'));
});

async function hooks(...args: string[]): Promise<Ran> {
  return runNexus(['hooks', ...args], { cwd: project.path });
}

async function doctorSays(): Promise<unknown> {
  const { json } = await runNexus(['doctor', '--json'], { cwd: project.path });
  return doctorDocument.parse(json()).findings.find(({ check }) => check === 'hooks');
}

/** Decide as git 2.54 and newer, or as an older one, whatever is installed. */
async function pretendGit(isNew: boolean): Promise<void> {
  const version = await import('../../src/repository/version.js');
  const spy = vi.spyOn(version, 'isAtLeast').mockReturnValue(isNew);
  onTestFinished(() => spy.mockRestore());
}

describe('nexus hooks', () => {
  it('says what is there, what it writes, and what it takes away', async () => {
    expect(await doctorSays()).toMatchObject({
      level: 'ok',
      message: expect.stringContaining('nexus hooks install'),
    });
    const before = await hooks('status');
    expect(before).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/None of them is of Nexus/) });

    const dry = await hooks('install', '--dry-run');
    expect(dry.stdout).toMatch(/^would write .*hook\.sh, which the hooks run$/m);
    expect(existsSync(join(gitDir, 'nexus/hook.sh'))).toBe(false);

    const installed = await hooks('install', '--post-checkout', '--json');
    expect(installed.exitCode).toBe(0);
    const { changes } = hooksChangeDocument.parse(installed.json());
    expect(changes).toHaveLength(4);
    expect(changes[0]).toEqual({ kind: 'script', path: join(gitDir, 'nexus/hook.sh') });
    expect((await hooks('install', '--post-checkout')).stdout).toBe(
      'Nothing to do: all of it is as it should be.\n',
    );

    const status = await hooks('status');
    expect(status.exitCode).toBe(0);
    expect(status.stdout.match(/^on /gm)).toHaveLength(3);
    expect(hooksDocument.parse((await hooks('status', '--json')).json())).toMatchObject({
      installed: true,
      problem: null,
      last: null,
    });
    expect(await doctorSays()).toMatchObject({
      level: 'ok',
      message: 'A change of tasks.yml starts a run: post-commit, post-merge, post-checkout.',
    });

    // Without the flag the hook that had to be asked for goes.
    expect((await hooks('install')).stdout).toMatch(/post-checkout/);
    const gone = await hooks('uninstall');
    expect(gone.exitCode).toBe(0);
    expect(gone.stdout).toMatch(/deleted .*hook\.sh/);
    expect(hooksDocument.parse((await hooks('status', '--json')).json()).installed).toBe(false);
    expect((await hooks('uninstall')).stdout).toMatch(/^Nothing to do/);
  });

  it('tells a person what to do by hand, and what is left of it', async () => {
    project.git(['config', 'core.hooksPath', '.husky/_']);
    await pretendGit(false);
    const { stdout, exitCode } = await hooks('install');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /by hand post-commit: husky .*\. Add to \.husky\/post-commit yourself:\n {4}nexus_hook=/,
    );
    expect((await hooks('status')).stdout).toMatch(/They are managed by husky\./);
    const line = /^ {4}(nexus_hook=.*post-commit.*)$/m.exec(stdout)?.[1] ?? '';
    project.write('.husky/post-commit', `${line}\n`);
    const { stdout: left, exitCode: code } = await hooks('uninstall');
    expect(left).toMatch(/left what is in \.husky\/post-commit for post-commit: that line is yours/);
    expect(code).toBe(0);
  });

  it('names what does not work, also for nexus doctor', async () => {
    await hooks('install');
    mkdirSync(join(gitDir, 'nexus'), { recursive: true });
    writeFileSync(join(gitDir, 'nexus/hook.log'), '2026-01-02T03:04:05.678Z post-merge: starts fix-sum\n');
    expect(await doctorSays()).toMatchObject({
      level: 'ok',
      message: expect.stringMatching(/Last: 2026-01-02T03:04:05.678Z post-merge: starts fix-sum$/),
    });
    writeFileSync(join(gitDir, 'nexus/hook.sh'), "cli='/no/such/cli.js'\n");
    const { stdout, exitCode } = await hooks('status');
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/which is gone\n {2}→ nexus hooks install/);
    expect(await doctorSays()).toMatchObject({ level: 'warn', remedy: 'nexus hooks install' });
    await hooks('install');
    project.git(['config', 'core.hooksPath', '/no/such/folder']);
    project.git(['config', '--remove-section', 'hook.nexus-post-commit'], { exits: [128] });
    project.git(['config', '--remove-section', 'hook.nexus-post-merge'], { exits: [128] });
    const script = readFileSync(join(gitDir, 'nexus/hook.sh'));
    await hooks('uninstall');
    writeFileSync(join(gitDir, 'nexus/hook.sh'), script);
    writeFileSync(join(gitDir, 'hooks/post-commit'), '#!/bin/sh\n# >>> nexus-overseer\n');
    chmodSync(join(gitDir, 'hooks/post-commit'), 0o755);
    expect((await hooks('status')).stdout).toMatch(/^off +post-commit: .*have been changed$/m);
    expect(await doctorSays()).toMatchObject({
      level: 'warn',
      message: expect.stringContaining('have been changed'),
    });
    const { stdout: left } = await hooks('uninstall');
    expect(left).toMatch(/left what is in \S*post-commit for post-commit: .* take them out yourself/);
  });

  it('says how to mend hooks without taking away the one that had to be asked for', async () => {
    await hooks('install', '--post-checkout');
    rmSync(join(gitDir, 'nexus/hook.sh'));
    expect((await hooks('status')).stdout).toMatch(/→ nexus hooks install --post-checkout$/m);
    expect(await doctorSays()).toMatchObject({ remedy: 'nexus hooks install --post-checkout' });
  });

  it('shows what it sets in git’s configuration', async () => {
    await pretendGit(true);
    const { stdout } = await hooks('install');
    expect(stdout).toMatch(/^set hook\.nexus-post-commit in git's configuration of this repository$/m);
    expect(stdout).toMatch(/^ {4}event = post-commit\n {4}command = nexus\(\) \{ .*; nexus$/m);
    expect((await hooks('status')).stdout).toMatch(
      /^on +post-merge: hook\.nexus-post-merge in git's configuration$/m,
    );
    const gone = hooksChangeDocument.parse((await hooks('uninstall', '--json')).json());
    expect(gone.changes.map(({ kind }) => kind)).toEqual(['unconfigure', 'unconfigure', 'delete-script']);
  });

  it('runs only hooks that it knows', async () => {
    const { error } = await hooks('run', 'pre-push', gitDir);
    expect(error).toMatchObject({ code: 'usage' });
    expect((await hooks('--help')).stdout).not.toMatch(/^ +run/m);
  });
});

describe('what a hook starts', () => {
  const fired = async (path: string, hook = 'post-commit', dir = join(path, '.git')): Promise<Ran> =>
    runNexus(['hooks', 'run', hook, dir, '--detached'], { cwd: path });

  it('does what is ready, once', async () => {
    const { path, git } = await setUpSum();
    const { stdout, exitCode } = await fired(path);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^[\dT:.-]+Z post-commit: starts fix-sum\n/);
    expect(stdout).toMatch(/1 ready for review/);
    expect(git(['branch', '--list', 'nexus/fix-sum'])).toContain('nexus/fix-sum');
    expect((await fired(path, 'post-merge')).stdout).toMatch(
      /post-merge: nothing to do: no task is ready\n$/,
    );
  });

  it('stops without agreement', async () => {
    const { path } = createProject(SUM_PROJECT);
    const { stdout, error } = await fired(path);
    expect(error).toMatchObject({ code: 'not-approved' });
    expect(stdout).toMatch(
      /post-commit: stopped: You have not agreed yet to what this checkout wants to use\. .*: nexus trust\n$/,
    );
  });

  it('leaves alone what is Nexus’s own, or another repository’s', async () => {
    const { path, git, commit, folder } = createProject(SUM_PROJECT);
    expect((await fired(path, 'post-commit', folder)).stdout).toMatch(
      /nothing to do: git worked with .*, but .* belongs to/,
    );
    expect((await fired(path, 'post-commit', join(folder, 'gone'))).stdout).toMatch(
      /nothing to do: git worked with/,
    );
    commit('Mine\n\nNexus-Run: 0001-abcdef');
    expect((await fired(path)).stdout).toMatch(/nothing to do: the commit is one of Nexus's own\n$/);
    // What an accepted commit came with is no loop.
    expect((await fired(path, 'post-merge')).error).toMatchObject({ code: 'not-approved' });
    git(['switch', '-q', '--detach']);
    expect((await fired(path)).stdout).toMatch(/one of Nexus's own/);
    git(['switch', '-qc', 'nexus/mine']);
    expect((await fired(path)).stdout).toMatch(/nothing to do: nexus\/mine is a branch of Nexus's own\n$/);
  });

  it('goes on in the first commit of a repository', async () => {
    const { path, git } = createProject(SUM_PROJECT);
    git(['switch', '-q', '--orphan', 'fresh']);
    writeFileSync(join(path, 'tasks.yml'), 'tasks: []\n');
    git(['add', '.']);
    git(['commit', '-qm', 'First']);
    expect((await fired(path)).stdout).toMatch(/nothing to do: no task is ready\n$/);
  });
});

describe('the log of hooks', () => {
  const trigger = { at: '2026-01-02T03:04:05.678Z', hook: 'post-merge', what: 'starts a, b' };

  it('tells what came last', async () => {
    const log = join(project.folder, 'hook.log');
    expect(await readLastTrigger(log)).toBeUndefined();
    writeFileSync(
      log,
      `${renderTrigger({ ...trigger, hook: 'post-commit' })}\n${renderTrigger(trigger)}\nmore: text\n`,
    );
    expect(await readLastTrigger(log)).toEqual(trigger);
    writeFileSync(log, 'nothing of ours\n');
    expect(await readLastTrigger(log)).toBeUndefined();
  });

  it('is cut when it has grown long, at a line', async () => {
    const log = join(project.folder, 'hook.log');
    const line = `${renderTrigger(trigger)}\n`;
    writeFileSync(log, line.repeat(1000));
    await boundHookLog(log);
    expect(readFileSync(log, 'utf8')).toHaveLength(line.length * 1000);
    writeFileSync(log, line.repeat(30_000));
    await boundHookLog(log);
    const kept = readFileSync(log, 'utf8');
    expect(kept.length).toBeLessThanOrEqual(256 * 1024);
    expect(kept.length).toBeGreaterThan(200 * 1024);
    expect(kept.startsWith(line)).toBe(true);
    expect(await readLastTrigger(log)).toEqual(trigger);
  });
});
