import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findCacheFolder } from '../../src/config/user-folder.js';
import { cancelTask } from '../../src/engine/cancel-task.js';
import { checkBranch } from '../../src/engine/check-branch.js';
import type { EngineEvent } from '../../src/engine/events.js';
import { planRun, runOrHandOver, type RunRequest } from '../../src/engine/run.js';
import { acquireLock } from '../../src/engine/worker/lock.js';
import {
  answersFolder,
  openResponseCache,
  type ResponseCache,
} from '../../src/models/cache/response-cache.js';
import { isolateUser } from '../commands/run-nexus.js';
import { waitUntil } from '../support/wait-until.js';
import { GREETING } from './greeting.js';
import { interruptAt } from './interrupt.js';
import { setScene, type Scene } from './scene.js';
import { scriptedByTask, writing } from './script.js';
import { approveAll, startWatch } from './watch-scene.js';

const never = new AbortController().signal;
const CONFIG =
  'checks:\n  - git grep -q export -- src/greet.mjs\nwatch: { settle: 0.2 }\nmodels: { resident: 2 }\n';

const TASKS = 'tasks:\n  - { id: slow, title: Slow }\n  - { id: one, title: One, status: draft }\n';

async function setTwo(): Promise<Scene> {
  isolateUser();
  const scene = await setScene({
    files: GREETING,
    config: CONFIG,
    tasks: TASKS,
    replies: scriptedByTask({ Slow: writing('slow', 800), One: writing('one') }),
  });
  await approveAll(await scene.open());
  return scene;
}

/** What `nexus run` does; the events are its own. */
async function runAsCommand(
  scene: Scene,
  request: RunRequest,
  events: EngineEvent[],
  { signal = never, cache }: { signal?: AbortSignal; cache?: ResponseCache } = {},
): Promise<unknown> {
  const workspace = await scene.open();
  const sink = (event: EngineEvent): void => void events.push(event);
  const planned = await planRun(workspace, request);
  return runOrHandOver(workspace, planned, { planOnly: false, sink, signal, cache, request, retryBaseMs: 1 });
}

describe('a second run', () => {
  it('hands its tasks to the one that works, follows it, and ends with what became of them', async () => {
    const scene = await setTwo();
    const first: EngineEvent[] = [];
    const running = runAsCommand(scene, { tasks: ['slow'] }, first);
    await scene.server.received(2);
    scene.setTasks(TASKS.replace(', status: draft', ''));
    const second: EngineEvent[] = [];
    expect(await runAsCommand(scene, { tasks: ['one'] }, second)).toMatchObject({ review: 1 });
    expect(await running).toMatchObject({ review: 1 });
    const ended = second.flatMap((event) => (event.type === 'task-ended' ? [event.task] : []));
    // It also sees what it waits for.
    expect(ended).toEqual(['slow', 'one']);
    expect(first.filter(({ type }) => type === 'request-taken')).toHaveLength(1);
    // One worker: never two requests at once, and both done once.
    expect(scene.labels('nexus/slow')).toEqual(['plan', 'step-1', 'documents']);
    expect(scene.labels('nexus/one')).toEqual(['plan', 'step-1', 'documents']);
    expect(existsSync(`${scene.repository.path}/.git/nexus/lock`)).toBe(false);
  });

  it.each([
    // Four for each task that keeps them, and the mark that its plan is among them.
    ['keeps the answers', true, 10],
    ['keeps none of the answers that it asks for with --no-cache', false, 5],
  ])('%s, if the one that works keeps any', async (_, isKept, count) => {
    const scene = await setTwo();
    const folder = answersFolder(findCacheFolder());
    const cache = openResponseCache(folder);
    const running = runAsCommand(scene, { tasks: ['slow'] }, [], { cache });
    await scene.server.received(2);
    scene.setTasks(TASKS.replace(', status: draft', ''));
    await runAsCommand(scene, { tasks: ['one'] }, [], isKept ? { cache } : {});
    await running;
    expect(scene.labels('nexus/one')).toEqual(['plan', 'step-1', 'documents']);
    expect(readdirSync(folder)).toHaveLength(count);
  });

  it('does its tasks itself when the one that works is stopped before it comes to them', async () => {
    const scene = await setTwo();
    const stop = new AbortController();
    const running = runAsCommand(scene, { tasks: ['slow'] }, [], { signal: stop.signal }).catch(
      (error: unknown) => error,
    );
    await scene.server.received(2);
    scene.setTasks(TASKS.replace(', status: draft', ''));
    const events: EngineEvent[] = [];
    const second = runAsCommand(scene, { tasks: ['one'] }, events);
    stop.abort(new Error('Ctrl-C'));
    expect(await running).toBe(stop.signal.reason);
    expect(await second).toMatchObject({ review: 1 });
    expect((await scene.state('slow')).kind).toBe('ready');
  });

  it('does nothing itself that the user has not agreed to since', async () => {
    const scene = await setTwo();
    const lock = await acquireLock(`${scene.repository.path}/.git`);
    const events: EngineEvent[] = [];
    const running = runAsCommand(scene, {}, events).catch((error: unknown) => error);
    await waitUntil(
      () => events.some(({ type }) => type === 'notice'),
      () => 'it to wait for the other',
    );
    scene.setConfig(CONFIG.replace('src/greet.mjs', 'src'));
    await lock.release();
    expect(await running).toMatchObject({ code: 'not-approved', exitCode: 3 });
    expect(scene.server.requests).toHaveLength(0);
  });

  it('stops following at Ctrl-C; what is handed over goes on', async () => {
    const scene = await setTwo();
    const running = runAsCommand(scene, { tasks: ['slow'] }, []);
    await scene.server.received(2);
    const stop = new AbortController();
    const events: EngineEvent[] = [];
    const second = runAsCommand(scene, { tasks: ['slow'] }, events, { signal: stop.signal }).catch(
      (error: unknown) => error,
    );
    stop.abort(new Error('Ctrl-C'));
    expect(await second).toBe(stop.signal.reason);
    expect(await running).toMatchObject({ review: 1 });
  });

  it('is told the trouble of its own request by a watch, which goes on', async () => {
    const scene = await setTwo();
    const watch = await startWatch(scene);
    await watch.told('task-ended', { task: 'slow' });
    scene.setConfig(`${CONFIG}base: nowhere\n`);
    const request = { tasks: ['slow'], anew: true };
    const workspace = await scene.open();
    const empty = { ready: [], waiting: [], merged: [], models: { overseer: '', coder: '' } };
    const failed = runOrHandOver(workspace, empty, {
      planOnly: false,
      sink: () => {},
      signal: never,
      request,
    });
    await expect(failed).rejects.toMatchObject({ code: 'unknown-base', exitCode: 4 });
    expect(watch.count('request-done')).toBe(1);
  });
});

describe('while a watch works on one task', () => {
  it('the verdict of another can be taken, but not its own', async () => {
    const scene = await setTwo();
    scene.setTasks(TASKS.replace(', status: draft', ', priority: high'));
    const watch = await startWatch(scene);
    await watch.told('task-ended', { task: 'one' });
    await watch.told('request', { task: 'slow', purpose: 'code' });
    const told: EngineEvent[] = [];
    const options = { sink: (event: EngineEvent) => void told.push(event), signal: never };
    expect(await checkBranch(await scene.open(), 'one', options)).toMatchObject({
      verdict: { kind: 'good' },
    });
    await expect(checkBranch(await scene.open(), 'slow', options)).rejects.toMatchObject({ code: 'busy' });
    expect((await scene.state('slow')).kind).toBe('coding');
    expect((await scene.state('one')).kind).toBe('review');
  });
});

describe('a watch', () => {
  it('begins when the run that works now is done, and is refused while another one watches', async () => {
    const scene = await setTwo();
    const running = runAsCommand(scene, { tasks: ['slow'] }, []);
    await scene.server.received(2);
    const watch = await startWatch(scene);
    expect((await watch.told('notice')).message).toContain('Waiting for the run of process');
    expect(await running).toMatchObject({ review: 1 });
    await watch.told('idle');
    const second = await startWatch(scene).catch((error: unknown) => error);
    expect(second).toMatchObject({ code: 'busy', exitCode: 6 });
  });
});

describe('nexus cancel', () => {
  it('stops the task that a watch works on, from another process, and keeps what is committed', async () => {
    const scene = await setTwo();
    const watch = await startWatch(scene);
    await watch.told('request', { purpose: 'code' });
    const cancelled = await cancelTask(await scene.open(), 'slow', never);
    expect(cancelled).toMatchObject({ task: 'slow', outcome: { reason: 'cancelled' } });
    expect(scene.labels('nexus/slow')).toEqual(['plan']);
    expect(await scene.state('slow')).toMatchObject({ kind: 'needs-attention', reason: 'cancelled' });
    await watch.told('idle');
    expect(watch.count('task-started')).toBe(1);
    // By name it goes on.
    expect(await runAsCommand(scene, { tasks: ['slow'] }, [])).toMatchObject({ review: 1 });
    expect(scene.server.requests.filter(({ raw }) => raw.includes('"done_when"'))).toHaveLength(1);
  });

  it('keeps an interrupted task from its turn in a run that works on another one', async () => {
    const scene = await setTwo();
    scene.setTasks(TASKS.replace(', status: draft', ''));
    await interruptAt(scene, (event) => event.type === 'committed', { tasks: ['one'] });
    const asked = scene.server.requests.length;
    const running = runAsCommand(scene, {}, []);
    await scene.server.received(asked + 2);
    expect(await cancelTask(await scene.open(), 'one', never)).toMatchObject({ task: 'one' });
    expect(await running).toMatchObject({ review: 1 });
    expect(await scene.state('one')).toMatchObject({ kind: 'needs-attention', reason: 'cancelled' });
    expect(scene.labels('nexus/one')).toEqual(['plan']);
  });

  it('ends a run that was interrupted, and says when there is none', async () => {
    const scene = await setTwo();
    const stop = new AbortController();
    const run = scene.run({
      signal: stop.signal,
      onEvent: (event) => event.type === 'committed' && stop.abort(new Error('Ctrl-C')),
    });
    await expect(run).rejects.toThrow('Ctrl-C');
    expect((await scene.state('slow')).kind).toBe('ready');
    expect(await cancelTask(await scene.open(), 'slow', never)).toMatchObject({ branch: 'nexus/slow' });
    const again = cancelTask(await scene.open(), 'slow', never);
    await expect(again).rejects.toMatchObject({ code: 'not-running' });
    const watch = await startWatch(scene);
    await watch.told('idle');
    const refused = cancelTask(await scene.open(), 'slow', never);
    await expect(refused).rejects.toMatchObject({ code: 'not-running', exitCode: 1 });
  });
});
