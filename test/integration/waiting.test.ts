import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { acceptTask } from '../../src/review/accept.js';
import { executeRun, planRun } from '../../src/engine/run.js';
import { surveyTasks } from '../../src/engine/survey.js';
import { CHECK, CONFIG, GREET_HELLO, GREETING, MAIN_ALL, ONE_STEP, ONE_TASK } from './greeting.js';
import { setScene, type Scene, type SceneOptions } from './scene.js';
import { plan, scripted, scriptedByTask, wholeFile } from './script.js';

const setGreeting = async (more: Partial<SceneOptions> = {}): Promise<Scene> =>
  setScene({ files: GREETING, tasks: ONE_TASK, replies: scripted(ONE_STEP), ...more });

const because = (scene: Scene, task = 'greet'): string | undefined =>
  scene
    .told('queue')
    .at(-1)
    ?.waiting.find((each) => each.task === task)?.because;

describe('a plan', () => {
  it('waits with `approval: plan` until the task is run by its name', async () => {
    const scene = await setGreeting({ config: 'approval: plan\n' });
    expect(await scene.run()).toEqual({ review: 0, needsAttention: 0, waiting: 1 });
    expect(scene.told('plan-waits')).toMatchObject([{ task: 'greet', branch: 'nexus/greet' }]);
    expect(scene.labels('nexus/greet')).toEqual(['plan']);
    expect(await scene.state('greet')).toMatchObject({ kind: 'waiting' });
    expect(await scene.run()).toMatchObject({ waiting: 1 });
    expect(because(scene)).toContain('nexus plan greet');
    expect(scene.server.requests).toHaveLength(1);
    await scene.run({ tasks: ['greet'] });
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
    expect(scene.server.requests).toHaveLength(3);
  });

  it('is all that --plan-only makes, and the next run goes on with it', async () => {
    const scene = await setGreeting();
    expect(await scene.run({ planOnly: true })).toMatchObject({ waiting: 1 });
    // Again: it is shown again, not made again.
    await scene.run({ planOnly: true, tasks: ['greet'] });
    expect(scene.labels('nexus/greet')).toEqual(['plan']);
    await scene.run({ tasks: ['greet'] });
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
    expect(scene.server.requests).toHaveLength(3);
  });
});

describe('a task', () => {
  it('that names a file with uncommitted changes waits, unless anyway', async () => {
    const scene = await setGreeting();
    scene.repository.write('src/greet.mjs', '// mine\n');
    expect(await scene.run()).toMatchObject({ waiting: 1 });
    expect(because(scene)).toBe(
      'it names src/greet.mjs, which has uncommitted changes; commit them, or run it with --anyway',
    );
    scene.setTasks('tasks:\n  - Say hello in `src/greet.mjs`.\n');
    await scene.run();
    expect(scene.told('queue').at(-1)?.waiting).toHaveLength(1);
    scene.setTasks(ONE_TASK.replace('src/greet.mjs', 'src/'));
    await scene.run();
    expect(because(scene)).toContain('src/greet.mjs');
    scene.setTasks(ONE_TASK);
    await scene.run({ anyway: true });
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
    expect(scene.show('nexus/greet', 'src/greet.mjs')).toBe(GREET_HELLO.trimEnd());
  });

  it('marked draft or paused waits, and says so', async () => {
    const scene = await setGreeting({
      tasks: `${ONE_TASK}    status: draft\n  - id: other\n    title: Other\n    status: paused\n`,
    });
    expect(await scene.run()).toMatchObject({ waiting: 2 });
    expect(because(scene)).toContain('status: draft');
    expect(because(scene, 'other')).toContain('status: paused');
    expect(scene.server.calls).toEqual([]);
  });

  it('of high priority comes first', async () => {
    const scene = await setGreeting({
      tasks: [
        'tasks:',
        ...['low', 'normal', 'high'].map((p) => `  - { id: ${p}, title: ${p}, priority: ${p} }`),
        '',
      ].join('\n'),
    });
    const { ready } = await planRun(await scene.open(), {});
    expect(ready.map(({ task }) => task.id)).toEqual(['high', 'normal', 'low']);
  });

  it('waits for what it depends on until that is accepted', async () => {
    const scene = await setGreeting({
      config: CONFIG,
      tasks: `${ONE_TASK}  - { id: next, title: Greet all, depends_on: greet, files: [src/main.mjs], checks: [] }\n`,
      replies: scriptedByTask({
        'Say hello': ONE_STEP,
        'Greet all': {
          plan: plan([{ title: 'Greet all', files: ['src/main.mjs'] }]),
          step: wholeFile('src/main.mjs', MAIN_ALL),
        },
      }),
    });
    await scene.run();
    expect(because(scene, 'next')).toContain('it depends on greet');
    expect(scene.told('task-ended').map(({ task }) => task)).toEqual(['greet']);
    const workspace = await scene.open();
    const { entries } = await surveyTasks(workspace);
    const entry = entries.find(({ task }) => task.id === 'greet');
    if (entry === undefined) throw new Error('no entry');
    await acceptTask({ repository: workspace.repository, ...entry });
    await scene.run();
    expect(scene.labels('nexus/next')).toEqual(['plan', 'step-1', 'documents']);
    expect(scene.show('nexus/next', 'src/greet.mjs')).toBe(GREET_HELLO.trimEnd());
  });

  it('with `stack: true` starts from the branch that is in review, in the same run', async () => {
    const scene = await setGreeting({
      config: CONFIG,
      tasks: `${ONE_TASK}  - { id: next, title: Greet all, depends_on: greet, stack: true, files: [src/main.mjs] }\n`,
      replies: scriptedByTask({
        'Say hello': ONE_STEP,
        'Greet all': {
          plan: plan([{ title: 'Greet all', files: ['src/main.mjs'] }]),
          step: wholeFile('src/main.mjs', MAIN_ALL),
        },
      }),
    });
    expect(await scene.run()).toMatchObject({ review: 2 });
    expect(scene.repository.git(['rev-parse', 'nexus/next~3'])).toBe(
      scene.repository.git(['rev-parse', 'nexus/greet']),
    );
    expect(scene.told('task-started')[1]).toMatchObject({ task: 'next' });
  });

  it('stacked on two branches in review waits until one holds the other', async () => {
    const { tasks, replies } = threeTasks();
    const scene = await setGreeting({
      config: `checks: [${CHECK.replace('Hello', 'greet')}]\n`,
      tasks,
      replies,
    });
    await scene.run();
    expect(scene.told('task-ended').map(({ task }) => task)).toEqual(['a', 'b']);
    const { waiting } = await planRun(await scene.open(), {});
    expect(waiting.find(({ task }) => task === 'c')?.because).toContain('a, b');
  });
});

function threeTasks(): Pick<SceneOptions, 'tasks' | 'replies'> {
  const script = (path: string): object => ({
    plan: plan([{ title: `Write ${path}`, files: [path] }]),
    step: wholeFile(path, 'export const value = 1;\n'),
  });
  return {
    tasks: [
      'tasks:',
      '  - { id: a, title: First }',
      '  - { id: b, title: Second }',
      '  - { id: c, title: Third, depends_on: [a, b], stack: true }',
      '',
    ].join('\n'),
    replies: scriptedByTask({ First: script('a.mjs'), Second: script('b.mjs'), Third: script('c.mjs') }),
  };
}

describe('a branch name', () => {
  it('that is in the way is told before anything is asked', async () => {
    const scene = await setGreeting();
    scene.repository.git(['branch', 'nexus']);
    await expect(scene.run()).rejects.toMatchObject({
      code: 'branch-name-taken',
      message: expect.stringContaining('nexus'),
      remedy: expect.stringMatching(/git branch -m|branch_prefix/),
    });
    expect(scene.server.requests).toEqual([]);
    scene.repository.git(['branch', '-m', 'nexus', 'other']);
    await scene.run();
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
  });
});

describe('two runs at once', () => {
  it('are refused: the second is busy, and its plan says what the first does', async () => {
    const scene = await setGreeting();
    const workspace = await scene.open();
    const early = await planRun(workspace, {});
    let second: Promise<PromiseSettledResult<unknown>[]> | undefined;
    await scene.run({
      onEvent: (event) => {
        if (event.type !== 'request' || second !== undefined) return;
        const { signal } = new AbortController();
        second = Promise.allSettled([
          planRun(workspace, {}),
          executeRun(workspace, early, { planOnly: false, sink: () => {}, signal }),
        ]);
      },
    });
    const [late, refused] = (await second) ?? [];
    expect(late).toMatchObject({
      value: {
        ready: [],
        waiting: [{ task: 'greet', because: 'a run is planning it right now', state: 'planning' }],
      },
    });
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'busy' } });
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
  });

  it('are one when the first was killed: its lock is taken over', async () => {
    const scene = await setGreeting();
    const lock = join(scene.repository.path, '.git', 'nexus', 'lock');
    mkdirSync(dirname(lock), { recursive: true });
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(lock, JSON.stringify({ pid, host: hostname(), key: 'x' }));
    await scene.run();
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
    expect(existsSync(lock)).toBe(false);
  });
});

describe('limits.minutes', () => {
  it('ends the task, and the next run goes on with it', async () => {
    const scene = await setGreeting({
      config: 'limits: { minutes: 0.000001 }\n',
    });
    expect(await scene.run()).toMatchObject({ needsAttention: 1 });
    expect(await scene.state('greet')).toMatchObject({ reason: 'limit-reached' });
    expect(await scene.run()).toMatchObject({ waiting: 1 });
    expect(because(scene)).toContain('nexus run greet goes on');
    scene.setConfig('');
    await scene.run({ tasks: ['greet'] });
    expect(scene.told('task-started').at(-1)?.resumed).toBe(true);
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
  });
});
