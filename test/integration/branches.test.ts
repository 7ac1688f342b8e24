import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { retryTask } from '../../src/engine/retry.js';
import { surveyTasks } from '../../src/engine/survey.js';
import { writeDecision } from '../../src/journal/decisions.js';
import { readHistory } from '../../src/journal/history.js';
import { GREETING, ONE_STEP, ONE_TASK } from './greeting.js';
import { setScene, type Scene } from './scene.js';
import { readQuestion, scripted } from './script.js';

const CHANGED = ONE_TASK.replace('Say hello', 'Say hello to everybody');

const setGreeting = async (): Promise<Scene> =>
  setScene({ files: GREETING, tasks: ONE_TASK, replies: scripted(ONE_STEP) });

/** Interrupts a run before the Coder is asked. */
async function interrupt(scene: Scene): Promise<void> {
  const controller = new AbortController();
  const stopped = scene.run({
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'committed') controller.abort(new Error('Ctrl-C'));
    },
  });
  await expect(stopped).rejects.toThrow('Ctrl-C');
  expect(await scene.state('greet')).toEqual({ kind: 'ready', why: 'interrupted' });
}

const retry = async (scene: Scene): Promise<unknown> =>
  retryTask(await scene.open(), 'greet', {
    planOnly: false,
    sink: () => {},
    signal: new AbortController().signal,
    retryBaseMs: 1,
  });

const historyOf = async (scene: Scene): Promise<string[]> =>
  (await readHistory((await scene.open()).repository, 'greet')).map(({ tip }) => tip);

describe('between two runs', () => {
  it('somebody commits on the branch: Nexus leaves it alone until the user has put it aside', async () => {
    const scene = await setGreeting();
    const { git, commit } = scene.repository;
    await interrupt(scene);
    git(['checkout', '--quiet', 'nexus/greet']);
    const theirs = commit('By hand', { 'src/greet.mjs': '// mine\n' });
    git(['checkout', '--quiet', 'main']);
    expect(await scene.run()).toMatchObject({ needsAttention: 1 });
    expect(git(['rev-parse', 'nexus/greet'])).toBe(theirs);
    expect(await scene.state('greet')).toMatchObject({
      reason: 'branch-changed',
      detail: expect.stringContaining(`${theirs.slice(0, 10)} "By hand"`),
    });
    // As the remedy says: neither run nor retry touches it before.
    await retry(scene);
    expect(git(['rev-parse', 'nexus/greet'])).toBe(theirs);
    git(['branch', '-m', 'nexus/greet', 'mine']);
    await retry(scene);
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
    expect(git(['rev-parse', 'mine'])).toBe(theirs);
  });

  it('somebody deletes the branch: retry starts anew', async () => {
    const scene = await setGreeting();
    await interrupt(scene);
    scene.repository.git(['branch', '-D', 'nexus/greet']);
    expect(await scene.run()).toMatchObject({ needsAttention: 1 });
    expect(await scene.state('greet')).toMatchObject({
      reason: 'branch-changed',
      detail: expect.stringContaining('was deleted'),
    });
    await retry(scene);
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
  });

  it('somebody moves the branch back: what is missing is done again, from the replies that were kept', async () => {
    const scene = await setScene({
      files: GREETING,
      tasks: ONE_TASK,
      replies: scripted({ ...ONE_STEP, notes: { fault: 'server-error' } }),
    });
    const { git } = scene.repository;
    const controller = new AbortController();
    await scene
      .run({
        signal: controller.signal,
        onEvent: (event) => {
          if (event.type === 'committed' && event.label === 'step-1') controller.abort(new Error('Ctrl-C'));
        },
      })
      .catch(() => {});
    git(['branch', '-f', 'nexus/greet', 'nexus/greet~1']);
    await scene.run();
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
    expect(scene.server.requests.filter((chat) => readQuestion(chat).kind === 'step')).toHaveLength(1);
    const text = scene.show('nexus/greet', 'docs/nexus/greet.md') ?? '';
    expect(text.match(/- step-1:/g)).toHaveLength(1);
  });

  it('the user checks the branch out: it is not moved under their feet, and goes on when they leave it', async () => {
    const scene = await setGreeting();
    const { git, path } = scene.repository;
    await interrupt(scene);
    git(['checkout', '--quiet', 'nexus/greet']);
    const tip = git(['rev-parse', 'HEAD']);
    expect(await scene.run()).toMatchObject({ needsAttention: 0, waiting: 1 });
    expect(await scene.state('greet')).toMatchObject({
      kind: 'waiting',
      because: expect.stringContaining(`checked out in ${path}`),
    });
    expect(git(['rev-parse', 'HEAD'])).toBe(tip);
    expect(git(['status', '--porcelain'])).toBe('');
    git(['checkout', '--quiet', 'main']);
    await scene.run();
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
  });

  it('the user looks at the branch: work still starts from the branch below', async () => {
    const scene = await setGreeting();
    const { git } = scene.repository;
    await scene.run();
    git(['checkout', '--quiet', 'nexus/greet']);
    expect(await scene.state('greet')).toMatchObject({ kind: 'needs-attention', reason: 'unverified' });
    expect(await surveyTasks(await scene.open())).toMatchObject({
      baseName: 'main',
      base: git(['rev-parse', 'main']),
    });
    // Without that branch there is nothing else to start from.
    git(['branch', '-D', 'main']);
    expect((await surveyTasks(await scene.open())).baseName).toBe('nexus/greet');
  });

  it('the base moves on: the run goes on from where it started', async () => {
    const scene = await setGreeting();
    await interrupt(scene);
    const base = scene.repository.git(['rev-parse', 'main']);
    scene.repository.commit('Later', { 'later.txt': 'later\n' });
    await scene.run();
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
    expect(scene.repository.git(['merge-base', 'main', 'nexus/greet'])).toBe(base);
  });

  it('the base is rewritten: base-rewritten, until the task is retried', async () => {
    const scene = await setGreeting();
    const { git } = scene.repository;
    await interrupt(scene);
    git(['commit', '--quiet', '--amend', '-m', 'Project, again']);
    expect(await scene.run()).toMatchObject({ needsAttention: 1 });
    expect(await scene.state('greet')).toMatchObject({
      reason: 'base-rewritten',
      detail: expect.stringContaining('nexus retry greet'),
    });
    expect(await scene.run()).toMatchObject({ needsAttention: 0, waiting: 1 });
    const old = git(['rev-parse', 'nexus/greet']);
    await retry(scene);
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
    expect(await historyOf(scene)).toEqual([old]);
  });

  it('the text of the task changes: a new run, and the old tip is kept', async () => {
    const scene = await setGreeting();
    const { git } = scene.repository;
    await scene.run();
    const old = git(['rev-parse', 'nexus/greet']);
    scene.setTasks(CHANGED);
    expect(await scene.state('greet')).toEqual({ kind: 'ready', why: 'changed' });
    await scene.run();
    expect(scene.told('task-started').map(({ run, resumed }) => [run.slice(0, 4), resumed])).toEqual([
      ['0001', false],
      ['0002', false],
    ]);
    expect(scene.subjects('nexus/greet')[0]).toBe('Plan: Say hello to everybody');
    expect(await historyOf(scene)).toEqual([old]);
  });

  it('but not over a commit of somebody else', async () => {
    const scene = await setGreeting();
    const { git, commit } = scene.repository;
    await scene.run();
    git(['checkout', '--quiet', 'nexus/greet']);
    const theirs = commit('By hand');
    git(['checkout', '--quiet', 'main']);
    scene.setTasks(CHANGED);
    expect(await scene.run()).toMatchObject({ waiting: 1 });
    expect(await scene.state('greet')).toMatchObject({
      reason: 'branch-changed',
      detail: expect.stringContaining('git branch -m nexus/greet NAME'),
    });
    // Not even when it is asked for.
    await retry(scene);
    expect(scene.told('task-ended')).toHaveLength(1);
    expect(git(['rev-parse', 'nexus/greet'])).toBe(theirs);
    git(['branch', '-m', 'nexus/greet', 'mine']);
    expect(await scene.state('greet')).toEqual({ kind: 'ready', why: 'changed' });
  });

  it('the user accepts or rejects it: it is not started again', async () => {
    const scene = await setGreeting();
    const { git } = scene.repository;
    await scene.run();
    const { repository, tasks } = await scene.open();
    const taskHash = tasks[0]?.hash ?? '';
    const tip = git(['rev-parse', 'nexus/greet']);
    for (const verb of ['rejected', 'accepted'] as const) {
      await writeDecision(repository, { task: 'greet', verb, taskHash, tip });
      expect(await scene.run({ tasks: ['greet'] })).toMatchObject({ review: 0, waiting: 1 });
      expect(scene.told('queue').at(-1)?.waiting[0]?.because).toContain(`you ${verb} it`);
    }
    await expect(retry(scene)).rejects.toMatchObject({ code: 'already-accepted' });
    // Another text is another task.
    scene.setTasks(CHANGED);
    expect(await scene.state('greet')).toEqual({ kind: 'ready', why: 'changed' });
  });
});

describe('nexus retry', () => {
  it('samples anew, from the base as it is now, and withdraws a rejection', async () => {
    const scene = await setGreeting();
    const { git, commit } = scene.repository;
    await scene.run();
    const tip = git(['rev-parse', 'nexus/greet']);
    const { repository, tasks } = await scene.open();
    await writeDecision(repository, { task: 'greet', verb: 'rejected', taskHash: tasks[0]?.hash ?? '', tip });
    const base = commit('Later', { 'later.txt': 'later\n' });
    await retry(scene);
    expect(git(['rev-parse', 'nexus/greet~3'])).toBe(base);
    expect(await historyOf(scene)).toEqual([tip]);
    expect((await scene.state('greet')).kind).toBe('needs-attention');
    const seeds = scene.server.requests.flatMap((chat) =>
      readQuestion(chat).kind === 'plan' ? [chat.options['seed']] : [],
    );
    expect(new Set(seeds).size).toBe(2);
  });

  it('works without a journal', async () => {
    const scene = await setGreeting();
    const { git, path } = scene.repository;
    await scene.run();
    const tip = git(['rev-parse', 'nexus/greet']);
    rmSync(join(path, '.git', 'nexus', 'runs'), { recursive: true });
    await retry(scene);
    expect(await historyOf(scene)).toEqual([tip]);
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
  });

  it('needs a task of that name', async () => {
    const scene = await setGreeting();
    const workspace = await scene.open();
    const options = { planOnly: false, sink: () => {}, signal: new AbortController().signal };
    await expect(retryTask(workspace, 'grete', options)).rejects.toMatchObject({
      code: 'unknown-task',
      remedy: 'Did you mean "greet"? nexus status lists all tasks.',
    });
    await expect(scene.run({ tasks: ['zzzzzzzzzz'] })).rejects.toMatchObject({
      code: 'unknown-task',
      remedy: 'nexus status lists the tasks.',
    });
  });
});
