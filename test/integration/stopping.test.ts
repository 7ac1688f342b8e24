import { describe, expect, it } from 'vitest';
import { CONFIG, GREETING, ONE_STEP, ONE_TASK } from './greeting.js';
import { setScene, type Scene } from './scene.js';
import { scripted } from './script.js';

const REASON = new Error('Ctrl-C');

/** Every answer takes a moment, so that a signal comes in the middle of one. */
const setSlow = async (config = CONFIG): Promise<Scene> =>
  setScene({
    files: GREETING,
    config,
    tasks: ONE_TASK,
    replies: (chat, index) => {
      const reply = scripted(ONE_STEP)(chat, index);
      return typeof reply === 'string' ? { text: reply, delayMs: 200 } : { ...reply, delayMs: 200 };
    },
  });

const endOf = async (run: Promise<unknown>): Promise<unknown> =>
  run.then(
    () => 'done',
    (error: unknown) => error,
  );

describe('a run that is told to stop', () => {
  it('finishes the request under way, keeps its answer, and asks nothing more', async () => {
    const scene = await setSlow();
    const stop = new AbortController();
    const run = endOf(scene.run({ signal: stop.signal, abort: new AbortController().signal }));
    await scene.server.received(0);
    stop.abort(REASON);
    expect(await run).toBe(REASON);
    expect(scene.server.requests).toHaveLength(1);
    expect(scene.told('reply')).toMatchObject([{ reused: false, ending: 'stop' }]);
    expect((await scene.state('greet')).kind).toBe('ready');

    expect(await scene.run()).toMatchObject({ review: 1 });
    const asked = scene.server.requests.map(({ raw }) => raw);
    expect(new Set(asked).size).toBe(asked.length);
  });

  it('at once, when it is told twice: the answer is lost, and nothing else', async () => {
    const scene = await setSlow();
    const stop = new AbortController();
    const abort = new AbortController();
    const run = endOf(scene.run({ signal: stop.signal, abort: abort.signal }));
    await scene.server.received(0);
    stop.abort(REASON);
    abort.abort(REASON);
    expect(await run).toBe(REASON);
    expect(scene.told('reply')).toEqual([]);
    expect(await scene.run()).toMatchObject({ review: 1 });
  });

  it('while checks run: they end at once and run again later', async () => {
    const scene = await setSlow(`checks:\n  - node -e "setTimeout(() => {}, 60000)"\n`);
    const stop = new AbortController();
    const started = performance.now();
    const run = endOf(
      scene.run({
        signal: stop.signal,
        abort: new AbortController().signal,
        onEvent: (event) => {
          if (event.type === 'check-started') setTimeout(() => stop.abort(REASON), 100);
        },
      }),
    );
    expect(await run).toBe(REASON);
    expect(performance.now() - started).toBeLessThan(30_000);
    expect(scene.server.requests).toHaveLength(0);
    expect((await scene.state('greet')).kind).toBe('ready');
  });

  it('between two tries of a request does not try again', async () => {
    const scene = await setScene({
      files: GREETING,
      config: CONFIG,
      tasks: ONE_TASK,
      replies: () => ({ fault: 'busy', retryAfter: '60' }),
    });
    const stop = new AbortController();
    const run = endOf(
      scene.run({
        signal: stop.signal,
        abort: new AbortController().signal,
        onEvent: (event) => {
          if (event.type === 'retrying') setTimeout(() => stop.abort(REASON), 50);
        },
      }),
    );
    expect(await run).toBe(REASON);
    expect(scene.server.requests).toHaveLength(1);
  });
});

describe('the time of a task', () => {
  it('ends a request that takes longer than what is left of it', async () => {
    const scene = await setScene({
      files: GREETING,
      config: `${CONFIG}limits: { minutes: 0.02 }\n`,
      tasks: ONE_TASK,
      replies: () => ({ text: 'late', delayMs: 60_000 }),
    });
    expect(await scene.run()).toMatchObject({ needsAttention: 1 });
    expect(await scene.state('greet')).toMatchObject({ kind: 'needs-attention', reason: 'limit-reached' });
  });
});
