import { existsSync, renameSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { wakeWorker } from '../../src/engine/worker/wake-worker.js';
import { waitUntil } from '../support/wait-until.js';
import { GREET_HELLO, GREETING } from './greeting.js';
import { setScene, type Scene } from './scene.js';
import { plan, type Script, scriptedByTask, wholeFile, writing } from './script.js';
import { approveAll, startWatch } from './watch-scene.js';

const CONFIG =
  'checks:\n  - git grep -q export -- src/greet.mjs\nwatch: { settle: 0.2 }\nmodels: { resident: 2 }\n';

const SCRIPTS: Readonly<Record<string, Script>> = {
  One: writing('one'),
  Two: writing('two'),
  Three: writing('three'),
  Slow: writing('slow', 700),
  Busy: writing('busy', 700),
  'Slow, but other': writing('other'),
  Greet: {
    plan: plan([{ title: 'Say hello', files: ['src/greet.mjs'] }]),
    step: wholeFile('src/greet.mjs', GREET_HELLO),
  },
};

const setWatched = async (tasks: string, config = CONFIG): Promise<Scene> =>
  setScene({
    files: GREETING,
    config,
    tasks,
    replies: scriptedByTask(SCRIPTS),
  });

/** Lines of `tasks.yml`; each item is an id with its title, or a whole mapping. */
const tasksOf = (...items: readonly string[]): string =>
  items.length === 0 ? 'tasks: []\n' : `tasks:\n${items.map((item) => `  - { ${item} }\n`).join('')}`;

const ONE = 'id: one, title: One';
const TWO = 'id: two, title: Two';
const SLOW = 'id: slow, title: Slow';

describe('nexus watch', () => {
  it('does what is there, and what is written later once it has settled', async () => {
    const scene = await setWatched(tasksOf(ONE));
    const watch = await startWatch(scene);
    await watch.told('task-ended', { task: 'one' });
    scene.setTasks(tasksOf(ONE, TWO));
    expect(await watch.told('settled')).toMatchObject({ added: ['two'], changed: [], removed: [] });
    expect(await watch.told('task-ended', { task: 'two' })).toMatchObject({ outcome: { kind: 'review' } });
    await watch.told('idle', {}, watch.events.length - 1);
    // Nothing of what Nexus writes itself wakes it.
    expect(watch.count('settled')).toBe(1);
    expect(watch.count('task-started')).toBe(2);
  });

  it('keeps the last good version while the file is broken, and says so once', async () => {
    const scene = await setWatched(tasksOf(ONE));
    const watch = await startWatch(scene);
    await watch.told('task-ended', { task: 'one' });
    scene.setTasks(tasksOf('id: one, titel: One'));
    const problem = await watch.told('file-problem', { file: 'tasks.yml' });
    expect(problem.error.code).toBe('tasks-invalid');
    const unsettled = watch.count('settling');
    scene.setTasks(tasksOf('id: one, titel: One more'));
    await waitUntil(
      () => watch.count('settling') > unsettled,
      () => 'the other broken version',
    );
    await wait(400);
    scene.setTasks(tasksOf(ONE, TWO));
    await watch.told('task-ended', { task: 'two' });
    expect(watch.count('task-started')).toBe(2);
    expect(watch.count('file-problem')).toBe(1);
  });

  it('stops a task whose text changes while it is worked on, and does the new text from the base', async () => {
    const scene = await setWatched(tasksOf(SLOW));
    const watch = await startWatch(scene);
    await watch.told('request', { purpose: 'code' });
    scene.setTasks(tasksOf('id: slow, title: "Slow, but other"'));
    await watch.told('task-paused', { task: 'slow' });
    expect((await watch.told('task-ended', { task: 'slow' })).outcome).toEqual({ kind: 'review' });
    expect(watch.events.findLast(({ type }) => type === 'task-started')).toMatchObject({ resumed: false });
    expect(scene.show('nexus/slow', 'src/other.mjs')).toBeDefined();
    expect(scene.show('nexus/slow', 'src/slow.mjs')).toBeUndefined();
    // The plan of the first text had been committed.
    expect(scene.repository.git(['for-each-ref', 'refs/nexus/history/slow'])).toContain(
      'refs/nexus/history/slow/1',
    );
  });

  it('goes on with a task whose text is again what it was when it was stopped', async () => {
    const scene = await setWatched(tasksOf(SLOW));
    const watch = await startWatch(scene);
    await watch.told('request', { task: 'slow', purpose: 'code' });
    const busy = 'id: busy, title: Busy, priority: high';
    scene.setTasks(tasksOf('id: slow, title: "Slow, but other"', busy));
    // The other text has its turn after this one, and the user is faster.
    await watch.told('task-started', { task: 'busy' });
    scene.setTasks(tasksOf(SLOW, busy));
    await watch.told('task-ended', { task: 'slow', outcome: { kind: 'review' } });
    expect(scene.show('nexus/slow', 'src/slow.mjs')).toBeDefined();
    expect(watch.count('task-started')).toBe(3);
  });

  it('does a text again that it has done before when another came between and was stopped', async () => {
    const scene = await setWatched(tasksOf('id: one, title: One'));
    const watch = await startWatch(scene);
    await watch.told('task-ended', { task: 'one' });
    scene.setTasks(tasksOf('id: one, title: Slow'));
    await watch.told('request', { task: 'one', purpose: 'code' }, watch.events.length);
    scene.setTasks(tasksOf('id: one, title: One'));
    const from = watch.events.indexOf(await watch.told('task-paused', { task: 'one' }));
    expect((await watch.told('task-ended', { task: 'one' }, from)).outcome).toEqual({ kind: 'review' });
    expect(scene.show('nexus/one', 'src/one.mjs')).toBeDefined();
  });

  it.each([
    ['is marked as a draft', tasksOf(`${SLOW}, status: draft`)],
    ['is taken out of the file', tasksOf()],
  ])('stops a task that %s, and goes on with it later where it stopped', async (_, without) => {
    const scene = await setWatched(tasksOf(SLOW));
    const watch = await startWatch(scene);
    await watch.told('request', { purpose: 'code' });
    scene.setTasks(without);
    await watch.told('task-paused', { task: 'slow' });
    scene.setTasks(tasksOf(SLOW));
    expect(await watch.told('task-started', { task: 'slow', resumed: true })).toBeDefined();
    expect((await watch.told('task-ended', { task: 'slow' })).outcome).toEqual({ kind: 'review' });
    // Only what was aborted is asked again.
    const plans = scene.server.requests.filter(({ raw }) => raw.includes('"done_when"'));
    expect(plans).toHaveLength(1);
  });

  it('takes new tasks by priority and dependency, not by when they came', async () => {
    const scene = await setWatched(tasksOf(SLOW));
    const watch = await startWatch(scene);
    await watch.told('request', { purpose: 'code' });
    scene.setTasks(
      tasksOf(
        SLOW,
        'id: one, title: One, depends_on: [three], stack: true',
        'id: two, title: Two, priority: low',
        'id: three, title: Three',
      ),
    );
    await watch.told('task-ended', { task: 'two' });
    const started = watch.events.flatMap((event) => (event.type === 'task-started' ? [event.task] : []));
    expect(started).toEqual(['slow', 'three', 'one', 'two']);
  });

  it('takes up what a commit or a decision in another terminal makes ready', async () => {
    const scene = await setWatched(tasksOf('id: greet, title: Greet, files: [src/greet.mjs]'));
    scene.repository.write('src/greet.mjs', `${GREETING['src/greet.mjs']}// mine\n`);
    const watch = await startWatch(scene);
    expect((await watch.told('idle')).waiting[0]?.because).toContain('uncommitted changes');
    scene.repository.git(['commit', '-qam', 'Mine']);
    expect((await watch.told('task-ended', { task: 'greet' })).outcome).toEqual({ kind: 'review' });
  });

  it('waits with one message while the model server is away, and goes on when it is back', async () => {
    const scene = await setScene({
      files: GREETING,
      config: CONFIG,
      tasks: tasksOf(ONE, TWO),
      replies: (chat, index) => (index < 1 ? { fault: 'down' } : scriptedByTask(SCRIPTS)(chat, index)),
    });
    const watch = await startWatch(scene);
    expect((await watch.told('server-away')).error.exitCode).toBe(5);
    expect(watch.count('task-started')).toBe(1);
    await scene.server.up();
    await watch.told('server-back');
    await watch.told('task-ended', { task: 'two' });
    expect(watch.count('server-away')).toBe(1);
    expect((await scene.state('one')).kind).toBe('review');
    expect((await scene.state('two')).kind).toBe('review');
  });

  it('finishes the request under way when it is told to stop, and asks nothing more', async () => {
    const scene = await setWatched(tasksOf(SLOW, ONE));
    const watch = await startWatch(scene);
    await watch.told('request', { purpose: 'code' });
    const reason = new Error('Ctrl-C');
    watch.stop.abort(reason);
    expect(await watch.ended).toBe(reason);
    // Files to read, the plan, and the one that was under way.
    expect(scene.server.requests).toHaveLength(3);
    expect(watch.count('reply')).toBe(3);
    expect(existsSync(`${scene.repository.path}/.git/nexus/lock`)).toBe(false);
  });

  it('ends with a message when the repository is gone, and makes nothing in its place', async () => {
    const scene = await setWatched(tasksOf(ONE));
    const watch = await startWatch(scene);
    await watch.told('idle');
    const { path } = scene.repository;
    renameSync(path, `${path}-moved`);
    try {
      expect(await watch.ended).toMatchObject({ code: 'repository-gone', exitCode: 4 });
      expect(existsSync(path)).toBe(false);
    } finally {
      renameSync(`${path}-moved`, path);
    }
  });
});

describe('a changed configuration', () => {
  it('counts from the next task on, its settle time too; one that is not approved stops the watch until it is', async () => {
    const scene = await setWatched(tasksOf(ONE));
    const watch = await startWatch(scene);
    await watch.told('task-ended', { task: 'one' });
    scene.setConfig(`${CONFIG.replace('settle: 0.2', 'settle: 0.4')}limits: { attempts: 2 }\n`);
    await watch.told('settled', { file: '.nexus.yml' });
    scene.setTasks(tasksOf(ONE, TWO));
    await watch.told('task-ended', { task: 'two' });

    scene.setConfig(CONFIG.replace('src/greet.mjs', 'src').replace('settle: 0.2', 'settle: 0.4'));
    expect((await watch.told('file-problem')).error).toMatchObject({ code: 'not-approved', exitCode: 3 });
    scene.setTasks(tasksOf(ONE, TWO, 'id: three, title: Three'));
    expect(await watch.told('settling', { file: 'tasks.yml', inMs: 400 })).toBeDefined();
    await watch.told('settled', { added: ['three'] });
    await wait(300);
    expect(watch.count('task-started')).toBe(2);
    await approveAll(await scene.open());
    await wakeWorker((await scene.open()).repository.commonDir);
    await watch.told('task-ended', { task: 'three' });
    expect(watch.count('file-problem')).toBe(1);
  });

  it('counts at once also when its settle time is long, and a stop does not wait for that', async () => {
    const scene = await setWatched(tasksOf());
    const watch = await startWatch(scene);
    await watch.told('idle');
    scene.setConfig(CONFIG.replace('src/greet.mjs', 'src').replace('settle: 0.2', 'settle: 60'));
    expect((await watch.told('file-problem')).error.code).toBe('not-approved');
    const reason = new Error('Ctrl-C');
    watch.stop.abort(reason);
    // Nothing was under way.
    expect(await watch.ended).toBeUndefined();
    expect(existsSync(`${scene.repository.path}/.git/nexus/lock`)).toBe(false);
  });
});
