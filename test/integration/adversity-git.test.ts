import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../src/engine/events.js';
import { retryTask } from '../../src/engine/retry.js';
import type { JournalEntry } from '../../src/journal/entries.js';
import { readHistory } from '../../src/journal/history.js';
import { Crash, crashOnce } from './crash.js';
import { CONFIG, GREETING, ONE_STEP, ONE_TASK } from './greeting.js';
import { interruptAt } from './interrupt.js';
import { setScene, type Scene } from './scene.js';
import { scripted } from './script.js';

const setGreeting = async (tasks = ONE_TASK): Promise<Scene> =>
  setScene({ files: GREETING, config: CONFIG, tasks, replies: scripted(ONE_STEP) });

const LABELS = ['plan', 'step-1', 'documents'];

const isCommitted = (event: EngineEvent, label: string): boolean =>
  event.type === 'committed' && event.label === label;

const retry = async (scene: Scene): Promise<unknown> =>
  retryTask(await scene.open(), 'greet', {
    planOnly: false,
    sink: () => {},
    signal: new AbortController().signal,
    retryBaseMs: 1,
  });

const historyOf = async (scene: Scene): Promise<string[]> =>
  (await readHistory((await scene.open()).repository, 'greet')).map(({ tip }) => tip);

/** Everything that no ref holds is gone afterwards, and all refs are in one file. */
function cleanUp({ repository: { git } }: Scene): void {
  git(['reflog', 'expire', '--expire=now', '--expire-unreachable=now', '--all']);
  git(['gc', '--quiet', '--prune=now']);
}

async function expectDone(scene: Scene): Promise<void> {
  expect((await scene.state('greet')).kind).toBe('review');
  expect(scene.labels('nexus/greet')).toEqual(LABELS);
}

describe('git gc --prune=now', () => {
  it('between any two events of a run changes nothing', async () => {
    const scene = await setGreeting();
    await scene.run({
      onEvent: (event) => {
        if (['plan', 'reply', 'committed', 'verdict'].includes(event.type)) cleanUp(scene);
      },
    });
    await expectDone(scene);
    expect(scene.told('task-ended')).toHaveLength(1);
  });

  it('after a kill between a commit and its branch: it is made again from the kept reply', async () => {
    const scene = await setGreeting();
    let made = 0;
    const killed = scene.run({
      prepare: (workspace) => ({
        ...workspace,
        repository: {
          ...workspace.repository,
          updateBranch: async (...about) => {
            made += 1;
            if (made === 2) throw new Crash('between commit-tree and update-ref');
            return workspace.repository.updateBranch(...about);
          },
        },
      }),
    });
    await expect(killed).rejects.toThrow(Crash);
    expect(scene.labels('nexus/greet')).toEqual(['plan']);
    cleanUp(scene);
    await scene.run();
    await expectDone(scene);
    expect(scene.server.requests).toHaveLength(3);
  });

  it('takes no old tip along', async () => {
    const scene = await setGreeting();
    await scene.run();
    const first = scene.repository.git(['rev-parse', 'nexus/greet']);
    await retry(scene);
    cleanUp(scene);
    expect(await historyOf(scene)).toEqual([first]);
    expect(scene.repository.git(['cat-file', '-t', first])).toBe('commit');
  });
});

describe('while a run works on it, the branch', () => {
  it('is moved by somebody: their commit stays, and Nexus’s work is kept in history', async () => {
    const scene = await setGreeting();
    const { git } = scene.repository;
    let theirs = '';
    let ours = '';
    await scene.run({
      onEvent: (event) => {
        if (!isCommitted(event, 'step-1')) return;
        ours = git(['rev-parse', 'nexus/greet']);
        theirs = git(['commit-tree', '-p', ours, '-m', 'By hand', `${ours}^{tree}`]);
        git(['branch', '-f', 'nexus/greet', theirs]);
      },
    });
    expect(await scene.state('greet')).toMatchObject({ reason: 'branch-changed' });
    expect(git(['rev-parse', 'nexus/greet'])).toBe(theirs);
    expect(await historyOf(scene)).toEqual([ours]);
    // Moved back, it goes on.
    git(['branch', '-f', 'nexus/greet', ours]);
    expect(await scene.state('greet')).toEqual({ kind: 'ready', why: 'interrupted' });
    await scene.run();
    await expectDone(scene);
    expect(scene.server.requests).toHaveLength(3);
  });

  it.each([
    ['it says so, and its last commit is kept', (): void => {}, true],
    ['and git has cleaned up: only that can be said', cleanUp, false],
  ])('is deleted by somebody: %s', async (_, after, isKept) => {
    const scene = await setGreeting();
    const { git } = scene.repository;
    let ours = '';
    await scene.run({
      onEvent: (event) => {
        if (!isCommitted(event, 'step-1')) return;
        ours = git(['rev-parse', 'nexus/greet']);
        git(['branch', '-D', 'nexus/greet']);
        after(scene);
      },
    });
    expect(await scene.state('greet')).toMatchObject({ reason: 'branch-changed', tip: ours });
    expect(scene.told('task-ended')).toHaveLength(1);
    expect(await historyOf(scene)).toEqual(isKept ? [ours] : []);
    await retry(scene);
    await expectDone(scene);
  });

  it('is checked out: the task pauses, and goes on when it is left', async () => {
    const scene = await setGreeting();
    const { git, folder } = scene.repository;
    const elsewhere = join(folder, 'elsewhere');
    expect(
      await scene.run({
        onEvent: (event) => {
          if (isCommitted(event, 'plan')) git(['worktree', 'add', '--quiet', elsewhere, 'nexus/greet']);
        },
      }),
    ).toMatchObject({ waiting: 1, needsAttention: 0 });
    expect(scene.told('task-paused')).toMatchObject([
      { task: 'greet', because: expect.stringContaining(elsewhere) },
    ]);
    expect(git(['status', '--porcelain'], { cwd: elsewhere })).toBe('');
    expect(await scene.state('greet')).toMatchObject({
      kind: 'waiting',
      because: expect.stringContaining(elsewhere),
    });
    git(['worktree', 'remove', elsewhere]);
    await scene.run();
    await expectDone(scene);
    expect(scene.server.requests).toHaveLength(3);
  });
});

describe('before a run goes on, the branch', () => {
  it('is moved back to where it began: what is missing is done again, from the replies that were kept', async () => {
    const scene = await setGreeting();
    const { git } = scene.repository;
    await interruptAt(scene, (event) => isCommitted(event, 'step-1'));
    git(['branch', '-f', 'nexus/greet', 'main']);
    await scene.run();
    await expectDone(scene);
    expect(scene.server.requests).toHaveLength(3);
  });

  it('is deleted: its last commit is kept, and it can be brought back', async () => {
    const scene = await setGreeting();
    const { git } = scene.repository;
    await interruptAt(scene, (event) => isCommitted(event, 'step-1'));
    const tip = git(['rev-parse', 'nexus/greet']);
    git(['branch', '-D', 'nexus/greet']);
    await scene.run();
    expect(await scene.state('greet')).toMatchObject({
      reason: 'branch-changed',
      detail: expect.stringContaining('Its last commit is kept as refs/nexus/history/greet/1.'),
    });
    cleanUp(scene);
    expect(await historyOf(scene)).toEqual([tip]);
    git(['branch', 'nexus/greet', 'refs/nexus/history/greet/1']);
    await scene.run();
    await expectDone(scene);
  });

  it('of an earlier run still has its name, because a retry was killed: it is put aside then', async () => {
    const scene = await setGreeting();
    const { git } = scene.repository;
    await scene.run();
    const first = git(['rev-parse', 'nexus/greet']);
    const workspace = await scene.open();
    const killed = retryTask(
      {
        ...workspace,
        repository: {
          ...workspace.repository,
          deleteBranch: async () => {
            throw new Crash('before the old branch is deleted');
          },
        },
      },
      'greet',
      { planOnly: false, sink: () => {}, signal: new AbortController().signal },
    );
    await expect(killed).rejects.toThrow(Crash);
    expect(git(['rev-parse', 'nexus/greet'])).toBe(first);
    expect(await scene.state('greet')).toEqual({ kind: 'ready', why: 'interrupted' });
    await scene.run();
    await expectDone(scene);
    expect(await historyOf(scene)).toEqual([first]);
    expect(git(['rev-parse', 'nexus/greet'])).not.toBe(first);
  });
});

describe('the base', () => {
  it.each([
    ['is force-pushed', (): void => {}],
    ['is force-pushed, and git has cleaned up', cleanUp],
  ])('%s: base-rewritten, until the task is retried', async (_, after) => {
    const scene = await setGreeting();
    const { git } = scene.repository;
    // No branch yet that would hold the old base.
    await interruptAt(scene, (event) => event.type === 'request');
    git(['commit', '--quiet', '--amend', '-m', 'Project, again']);
    after(scene);
    expect(await scene.run()).toMatchObject({ needsAttention: 1 });
    expect(await scene.state('greet')).toMatchObject({
      reason: 'base-rewritten',
      detail: expect.stringContaining('The base (main) no longer contains'),
    });
    await retry(scene);
    await expectDone(scene);
  });

  it('is not the branch that the user stands on now: the run goes on from where it started', async () => {
    const scene = await setGreeting();
    const { git, commit } = scene.repository;
    git(['checkout', '--quiet', '-b', 'topic']);
    commit('On the topic', { 'topic.txt': 'topic\n' });
    await interruptAt(scene, (event) => isCommitted(event, 'plan'));
    git(['checkout', '--quiet', 'main']);
    await scene.run();
    expect((await scene.state('greet')).kind).toBe('review');
    expect(scene.labels('nexus/greet', 'topic')).toEqual(LABELS);
  });

  it('is deleted: base-rewritten, unless another branch holds it', async () => {
    const scene = await setGreeting();
    const { git, commit } = scene.repository;
    git(['checkout', '--quiet', '-b', 'topic']);
    commit('On the topic', { 'topic.txt': 'topic\n' });
    await interruptAt(scene, (event) => isCommitted(event, 'plan'));
    git(['checkout', '--quiet', 'main']);
    git(['branch', '-D', 'topic']);
    await scene.run();
    expect(await scene.state('greet')).toMatchObject({
      reason: 'base-rewritten',
      detail: expect.stringContaining('(topic)'),
    });
  });

  it('that is configured is deleted: the command says so and changes nothing', async () => {
    const scene = await setGreeting();
    const { git } = scene.repository;
    git(['branch', 'develop']);
    scene.setConfig(`${CONFIG}base: develop\n`);
    await interruptAt(scene, (event) => isCommitted(event, 'plan'));
    git(['branch', '-D', 'develop']);
    await expect(scene.run()).rejects.toMatchObject({ code: 'unknown-base' });
    git(['branch', 'develop', 'main']);
    await scene.run();
    await expectDone(scene);
  });
});

describe('the task', () => {
  it('is removed from tasks.yml and comes back: the run goes on', async () => {
    const scene = await setGreeting();
    await interruptAt(scene, (event) => isCommitted(event, 'plan'));
    scene.setTasks('tasks: []\n');
    expect(await scene.run()).toMatchObject({ review: 0, needsAttention: 0, waiting: 0 });
    scene.setTasks(ONE_TASK);
    await scene.run();
    await expectDone(scene);
    expect(scene.told('task-started').map(({ resumed }) => resumed)).toEqual([false, true]);
  });
});

describe('the clock', () => {
  it('is set back: runs are told apart by their numbers, and a run goes on', async () => {
    const scene = await setGreeting();
    await scene.run();
    const inFuture = new Date(Date.now() + 400 * 24 * 60 * 60 * 1000);
    utimesSync(join(scene.repository.path, '.git', 'nexus', 'runs', 'greet'), inFuture, inFuture);
    const isTime = (entry: JournalEntry): boolean => entry.type === 'planned';
    const { store } = await scene.open();
    const first = (await store.latest('greet')).record?.started.run;
    await retry(scene);
    const second = (await store.latest('greet')).record?.started.run;
    expect([first, second].map((run) => run?.slice(0, 4))).toEqual(['0001', '0002']);
    scene.setTasks(ONE_TASK.replace('Say hello', 'Say hello to all'));
    await expect(
      scene.run({ prepare: (workspace) => crashOnce(workspace, 'after', isTime) }),
    ).rejects.toThrow(Crash);
    expect(await scene.state('greet')).toEqual({ kind: 'ready', why: 'interrupted' });
    await scene.run();
    await expectDone(scene);
    expect((await store.latest('greet')).record?.started.run.slice(0, 4)).toBe('0003');
  });
});
