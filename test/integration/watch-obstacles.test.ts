import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { cancelTask } from '../../src/engine/cancel-task.js';
import { GREETING } from './greeting.js';
import { setScene, type Scene } from './scene.js';
import { scriptedByTask, writing } from './script.js';
import { approveAll, startWatch } from './watch-scene.js';
import { wakeWorker } from '../../src/engine/worker/wake-worker.js';

const CONFIG =
  'checks:\n  - git grep -q export -- src/greet.mjs\nwatch: { settle: 0.2 }\nmodels: { resident: 2 }\n';

const tasksOf = (...items: readonly string[]): string =>
  items.length === 0 ? 'tasks: []\n' : `tasks:\n${items.map((item) => `  - { ${item} }\n`).join('')}`;

const ONE = 'id: one, title: One';
const SLOW = 'id: slow, title: Slow';

const SCRIPTS = { One: writing('one'), Slow: writing('slow', 700) };

const setWatched = async (tasks: string, isDown = false): Promise<Scene> =>
  setScene({
    files: GREETING,
    config: CONFIG,
    tasks,
    replies: (chat, index) =>
      isDown && index < 1 ? { fault: 'down' } : scriptedByTask(SCRIPTS)(chat, index),
  });

describe('a watch', () => {
  it.each([
    ['paused', `${ONE}, status: paused`],
    ['given a dependency', `${ONE}, depends_on: [slow]`],
  ])('does not go on after an outage with a task that was %s meanwhile', async (_, text) => {
    const slow = `${SLOW}, status: draft`;
    const scene = await setWatched(tasksOf(ONE, slow), true);
    const watch = await startWatch(scene);
    await watch.told('server-away');
    scene.setTasks(tasksOf(text, slow));
    await watch.told('settling');
    await wait(400);
    await scene.server.up();
    await watch.told('server-back');
    await watch.told('idle');
    await wait(300);
    expect(watch.count('task-started')).toBe(1);
    scene.setTasks(tasksOf(ONE, slow));
    await watch.told('task-ended', { task: 'one', outcome: { kind: 'review' } });
  });

  it('goes on when the base that the configuration names is not there, and says so once', async () => {
    const scene = await setWatched(tasksOf());
    const watch = await startWatch(scene);
    await watch.told('idle');
    scene.setConfig(`${CONFIG}base: nowhere\n`);
    expect((await watch.told('file-problem')).error.code).toBe('unknown-base');
    await wakeWorker((await scene.open()).repository.commonDir);
    scene.setTasks(tasksOf(ONE));
    await watch.told('settled', { file: 'tasks.yml' });
    await wait(300);
    expect(watch.count('file-problem')).toBe(1);
    scene.repository.git(['branch', 'nowhere']);
    await wakeWorker((await scene.open()).repository.commonDir);
    await watch.told('task-ended', { task: 'one', outcome: { kind: 'review' } });
  });

  it('goes on when the configuration names a server that may not be used', async () => {
    const scene = await setWatched(tasksOf());
    const watch = await startWatch(scene);
    await watch.told('idle');
    const remote = "overseer: { url: 'http://192.0.2.1:11434', model: m }\n";
    scene.repository.write('.nexus.yml', `${CONFIG}${remote}`);
    await watch.told('file-problem');
    await approveAll(await scene.open());
    scene.setTasks(tasksOf(ONE));
    await watch.told('settled', { file: 'tasks.yml' });
    await watch.told('file-problem', {}, watch.events.length - 1);
    expect(watch.events.at(-1)).toMatchObject({ error: { code: 'remote-address' } });
    scene.setConfig(CONFIG);
    await approveAll(await scene.open());
    await watch.told('task-ended', { task: 'one', outcome: { kind: 'review' } });
  });

  it('ends the open run of a task that was written after it began', async () => {
    const scene = await setWatched(tasksOf());
    const watch = await startWatch(scene);
    await watch.told('idle');
    scene.setTasks(tasksOf(SLOW));
    await watch.told('request', { task: 'slow', purpose: 'code' });
    scene.setTasks(tasksOf(`${SLOW}, status: paused`));
    await watch.told('task-paused', { task: 'slow' });
    expect(await cancelTask(await scene.open(), 'slow', new AbortController().signal)).toMatchObject({
      branch: 'nexus/slow',
      outcome: { reason: 'cancelled' },
    });
  });
});
