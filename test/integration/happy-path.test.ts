import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { planRun } from '../../src/engine/run.js';
import { openWorkspace } from '../../src/engine/workspace.js';
import { snapshotCheckout } from '../support/checkout-snapshot.js';
import { createTempRepository, runGit, TEST_IDENTITY } from '../support/temp-repository.js';
import {
  CONFIG,
  GREET_HELLO,
  GREETING,
  GUIDE_HELLO,
  MAIN_ALL,
  ONE_STEP,
  ONE_TASK,
  RICH,
  RICH_TASK,
} from './greeting.js';
import { setScene, type Scene } from './scene.js';
import { scripted } from './script.js';

describe('a run', () => {
  it('makes a plan commit, one commit per step, repairs and documents, and the checks decide', async () => {
    const scene = await setScene({
      files: GREETING,
      config: CONFIG,
      tasks: RICH_TASK,
      replies: scripted(RICH),
    });
    const { git } = scene.repository;
    const base = git(['rev-parse', 'main']);
    const summary = await scene.run();

    expect(summary).toEqual({ review: 1, needsAttention: 0, waiting: 0 });
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'step-2', 'repair-1', 'documents']);
    expect(scene.subjects('nexus/greet')).toEqual([
      'Plan: Say hello',
      'Say hello in greet',
      'Greet all',
      'Repair: make the checks pass (1)',
      'Document: Say hello',
    ]);
    expect(scene.show('nexus/greet', 'src/greet.mjs')).toBe(GREET_HELLO.trimEnd());
    expect(scene.show('nexus/greet', 'src/main.mjs')).toBe(MAIN_ALL.trimEnd());
    expect(scene.show('nexus/greet', 'guide.md')).toBe(GUIDE_HELLO.trimEnd());
    expect(git(['rev-parse', 'nexus/greet~5'])).toBe(base);

    const files = (rev: string): string[] =>
      git(['show', '--format=', '--name-only', rev]).split('\n').toSorted();
    expect(files('nexus/greet~4')).toEqual(['docs/nexus/greet.md']);
    expect(files('nexus/greet~3')).toEqual(['src/greet.mjs']);
    expect(files('nexus/greet')).toEqual(['docs/nexus/greet.md', 'guide.md']);

    const tip = git(['rev-parse', 'nexus/greet']);
    expect(await scene.state('greet')).toEqual({ kind: 'review', tip });
    expect(scene.told('verdict').at(-1)).toMatchObject({ commit: tip, verdict: { kind: 'good' } });
    expect(scene.told('verdict').map(({ verdict }) => verdict.kind)).toEqual(['unverified', 'good', 'good']);

    const text = scene.show('nexus/greet', 'docs/nexus/greet.md') ?? '';
    expect(text).toContain('The greeting says hello now.');
    expect(text).toContain('- step-1: Say hello in greet (attempt 2)\n- step-2: Greet all\n');
    expect(text).toContain('- `src/greet.mjs`: modified, +1 −1\n- `src/main.mjs`: modified, +1 −1\n');
    expect(text).toContain('- `git grep -q Hello -- src/greet.mjs`: passed');
    // One plan, one step, one repair, one document.
    expect(text).toContain('Replies that were not applied: 4.');
  });

  it('marks every commit with the task, the run, the step and the model that wrote it', async () => {
    const scene = await setScene({
      files: GREETING,
      config: CONFIG,
      tasks: ONE_TASK,
      replies: scripted(ONE_STEP),
    });
    await scene.run();
    const { git } = scene.repository;
    const [started] = scene.told('task-started');
    const trailers = (rev: string): string[] =>
      git(['log', '-1', '--format=%(trailers:only,unfold)', rev]).split('\n').filter(Boolean);
    const hash = /^Nexus-Task-Hash: [0-9a-f]{16}$/;
    for (const [rev, step, model] of [
      ['nexus/greet~2', 'plan', 'llama3.1:8b'],
      ['nexus/greet~1', 'step-1', 'qwen2.5-coder:7b'],
      ['nexus/greet', 'documents', 'llama3.1:8b'],
    ] as const) {
      expect(trailers(rev)).toEqual([
        'Nexus-Task: greet',
        expect.stringMatching(hash),
        `Nexus-Run: ${started?.run}`,
        `Nexus-Step: ${step}`,
        `Assisted-by: ${model}`,
      ]);
      expect(git(['log', '-1', '--format=%an <%ae> %cn', rev])).toBe(
        `${TEST_IDENTITY.name} <${TEST_IDENTITY.email}> ${TEST_IDENTITY.name}`,
      );
    }
  });
});

describe("the user's checkout", () => {
  const states: Record<string, (scene: Scene) => string> = {
    'with changes of every kind': (scene) => {
      const { git, write, path } = scene.repository;
      write('src/main.mjs', 'stashed\n');
      git(['stash', 'push', '--quiet']);
      write('staged.txt', 'staged\n');
      git(['add', 'staged.txt']);
      write('guide.md', 'changed\r\n');
      write('new file é.txt', 'not tracked\n');
      return path;
    },
    'in the middle of a merge': (scene) => {
      const { git, commit, path } = scene.repository;
      git(['checkout', '--quiet', '-b', 'other']);
      commit('Other', { 'guide.md': 'other\n' });
      git(['checkout', '--quiet', 'main']);
      commit('Mine', { 'guide.md': 'mine\n' });
      git(['merge', 'other'], { exits: [1] });
      return path;
    },
    'with a detached HEAD, in a sub-directory': (scene) => {
      scene.repository.git(['checkout', '--quiet', '--detach']);
      return join(scene.repository.path, 'src');
    },
    'in a linked worktree': (scene) => {
      const { git, folder } = scene.repository;
      const linked = join(folder, 'linked tree');
      git(['worktree', 'add', '--quiet', '-b', 'side', linked]);
      writeFileSync(join(linked, 'tasks.yml'), ONE_TASK);
      writeFileSync(
        join(linked, '.nexus.yml'),
        `${CONFIG}coder: { url: '${scene.server.url}' }\noverseer: { url: '${scene.server.url}' }\n`,
      );
      return linked;
    },
  };

  it.each(Object.entries(states))('%s is as it was, byte for byte', async (_, prepare) => {
    const scene = await setScene({
      name: 'my répo',
      files: GREETING,
      config: CONFIG,
      tasks: ONE_TASK,
      replies: scripted(ONE_STEP),
    });
    const cwd = prepare(scene);
    const root = runGit(cwd, ['rev-parse', '--show-toplevel']);
    const before = [snapshotCheckout(scene.repository.path), snapshotCheckout(root)];
    const base = runGit(cwd, ['rev-parse', 'HEAD']);
    const summary = await scene.run({ from: cwd });
    expect(summary.review).toBe(1);
    expect([snapshotCheckout(scene.repository.path), snapshotCheckout(root)]).toEqual(before);
    expect(scene.labels('nexus/greet', base)).toEqual(['plan', 'step-1', 'documents']);
    // The worktree of the checks is gone, and only the user's own are listed.
    const worktrees = runGit(root, ['worktree', 'list', '--porcelain']);
    expect(worktrees.match(/^worktree /gm)).toHaveLength(root === scene.repository.path ? 1 : 2);
  });

  it('is read for what is not committed: it is told, and no part of the branch', async () => {
    const scene = await setScene({
      files: GREETING,
      config: CONFIG,
      tasks: ONE_TASK,
      replies: scripted(ONE_STEP),
    });
    scene.repository.write('guide.md', 'changed\n');
    scene.repository.write('new.txt', 'new\n');
    await scene.run();
    expect(scene.told('task-started')[0]?.dirty).toEqual(['guide.md', 'new.txt']);
    expect(scene.show('nexus/greet', 'guide.md')).toBe(GREETING['guide.md'].trimEnd());
    expect(scene.show('nexus/greet', 'new.txt')).toBeUndefined();
  });

  it('without an identity is told what is missing', async () => {
    const scene = await setScene({ files: GREETING, tasks: ONE_TASK, replies: () => undefined });
    for (const key of ['user.name', 'user.email']) scene.repository.git(['config', '--unset', key]);
    for (const name of ['HOME', 'USERPROFILE', 'XDG_CONFIG_HOME']) vi.stubEnv(name, scene.repository.folder);
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(scene.run()).rejects.toMatchObject({ code: 'identity-missing' });
    expect(scene.repository.git(['for-each-ref', '--format=%(refname)'])).toBe('refs/heads/main');
    expect(await scene.state('greet')).toEqual({ kind: 'ready', why: 'new' });
  });

  it('must be one, with a commit', async () => {
    const empty = createTempRepository({ firstCommit: false });
    const bare = createTempRepository({ bare: true });
    onTestFinished(() => [empty, bare].forEach((each) => each.dispose()));
    empty.write('tasks.yml', ONE_TASK);
    await expect(openWorkspace(empty.folder)).rejects.toMatchObject({ code: 'not-a-repository' });
    await expect(openWorkspace(bare.path)).rejects.toMatchObject({ code: 'bare-repository' });
    await expect(planRun(await openWorkspace(empty.path), {})).rejects.toMatchObject({ code: 'unborn-head' });
  });
});
