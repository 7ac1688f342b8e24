import { afterEach, describe, expect, test } from 'vitest';
import { ModelError } from '../../../src/models/model-error.js';
import type { ModelFault } from '../../../src/models/port.js';
import { parsePlanAnswer, PLAN_SCHEMA } from '../../../src/planning/plan-answer.js';
import { faultOf, hear, LIMITS, REQUEST } from '../chat-support.js';
import {
  CANDIDATES,
  MISHAPS_IN_PROCESS,
  type Candidate,
  type Line,
  type Mishap,
  type Stage,
} from './candidates.js';

/*
 * What every backend must do, whatever its protocol: one table of cases, run against each kind with a scripted server
 * that speaks its documented protocol over real HTTP; against `embedded` with a library that behaves as the real one.
 */

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

async function start(candidate: Candidate, ...lines: Line[]): Promise<Stage> {
  stage = await candidate.start(lines);
  return stage;
}

function modelOf({ backend }: Stage, limits: Partial<typeof LIMITS> = {}) {
  const name = 'qwen2.5-coder:7b';
  return backend.model({ role: 'coder', name, contextTokens: 4096, limits: { ...LIMITS, ...limits } });
}

const PLAN = {
  answer: 'plan',
  summary: 'Add instead of subtracting.',
  steps: [{ title: 'Fix', instruction: 'Write +.', files: ['src/add.js'], done_when: 'It adds.' }],
  documents: [],
  question: '',
};
const CODE = 'src/add.js\n```js\nexport const add = (a, b) => a + b; // naïve, “quoted”, 😀\n```\n';

/** What becomes of a mishap that stays, and how often the request is sent for it. */
const MISHAPS: Readonly<Record<Exclude<Mishap, 'down'>, { fault: ModelFault; sent: number }>> = {
  'model-missing': { fault: 'model-missing', sent: 1 },
  'context-exceeded': { fault: 'context-exceeded', sent: 1 },
  unauthorised: { fault: 'unauthorised', sent: 1 },
  busy: { fault: 'busy', sent: 5 },
  'out-of-memory': { fault: 'server-error', sent: 1 },
  'connection-lost': { fault: 'connection-lost', sent: 3 },
  'connection-cut': { fault: 'connection-lost', sent: 3 },
  'mid-stream-error': { fault: 'mid-stream-error', sent: 2 },
  'cut-stream': { fault: 'stream-cut', sent: 2 },
  'bad-json': { fault: 'bad-answer', sent: 1 },
  'bad-utf8': { fault: 'bad-answer', sent: 1 },
  'huge-line': { fault: 'bad-answer', sent: 1 },
  'wrong-content-type': { fault: 'bad-answer', sent: 1 },
  'endless-white-space': { fault: 'runaway', sent: 1 },
  silence: { fault: 'silence', sent: 1 },
  'slow-first-token': { fault: 'first-token-timeout', sent: 1 },
};
const NAMES = Object.keys(MISHAPS).filter((name): name is keyof typeof MISHAPS => name in MISHAPS);

describe.each(CANDIDATES)('$kind', (candidate) => {
  const { isInProcess = false } = candidate;
  const mishaps = NAMES.filter((name) => !isInProcess || MISHAPS_IN_PROCESS.includes(name));

  test('plans under a schema', async () => {
    const at = await start(candidate, { json: PLAN });
    const heard = await hear(modelOf(at), { schema: PLAN_SCHEMA });
    expect(heard.error).toBeUndefined();
    expect(parsePlanAnswer(heard.text)).toEqual({ answer: PLAN });
    expect(at.schemaOf(0)).toEqual(PLAN_SCHEMA);
  });

  test('brings code as it was written, in order and piece by piece, and says what it cost', async () => {
    const text = Array.from({ length: 30 }, (_, index) => `${index}: ${CODE}`).join('');
    const at = await start(candidate, { text });
    const { events, text: heard, error } = await hear(modelOf(at));
    expect(error).toBeUndefined();
    expect(heard).toBe(text);
    const types = events.map(({ type }) => type);
    expect(types.slice(0, 2)).toEqual(['waiting', 'waiting']);
    expect(types.filter((type) => type === 'text').length).toBeGreaterThan(20);
    expect(types.indexOf('text')).toBeGreaterThan(types.lastIndexOf('waiting'));
    expect(events.at(-1)).toMatchObject({
      type: 'done',
      ending: 'stop',
      usage: { promptTokens: 11, answerTokens: expect.any(Number), answerMs: expect.any(Number) },
    });
  });

  test('keeps thinking apart from the answer', async () => {
    const at = await start(candidate, { thinking: 'Let me see…', text: 'Done.' });
    const { events, text } = await hear(modelOf(at));
    expect(text).toBe('Done.');
    const thoughts = events.flatMap((event) => (event.type === 'thinking' ? [event.text] : []));
    expect(thoughts.join('')).toBe('Let me see…');
  });

  test('tells an answer that reached its bound', async () => {
    const at = await start(candidate, { text: 'half', ending: 'length' });
    expect((await hear(modelOf(at))).events.at(-1)).toMatchObject({ type: 'done', ending: 'length' });
  });

  test.skipIf(isInProcess)('knows no figures that the server did not tell', async () => {
    const at = await start(candidate, { text: 'ok', withoutUsage: true });
    const done = (await hear(modelOf(at))).events.at(-1);
    expect(done).toMatchObject({ type: 'done', ending: 'stop' });
    expect(done?.type === 'done' && done.usage.promptTokens).toBeUndefined();
  });

  test('waits for a slow load longer than for a stalled stream, and for slow tokens', async () => {
    const at = await start(candidate, { text: 'slow words', delayMs: 400, pieceMs: 30 });
    const heard = await hear(modelOf(at, { silenceMs: 250 }));
    expect(heard.error).toBeUndefined();
    expect(heard.text).toBe('slow words');
  });

  test.each(mishaps)('%s that stays has its own name, message and remedy', async (mishap) => {
    const { fault, sent } = MISHAPS[mishap];
    const at = await start(candidate, ...Array.from({ length: sent }, () => ({ text: CODE, mishap })));
    const limits = mishap.startsWith('s') ? { firstTokenMs: 250, silenceMs: 250 } : {};
    const { error } = await hear(modelOf(at, limits));
    expect(faultOf(error)).toBe(fault);
    expect(String(error)).toMatch(/^ModelError: .{15,}\.$/);
    expect(error).toMatchObject({ exitCode: 5, remedy: expect.stringMatching(/.{10}/) });
    // The remedy must be one for this kind of server.
    const shown = `${String(error)} ${error instanceof ModelError ? error.remedy : ''}`;
    expect(candidate.kind === 'ollama' ? '' : shown).not.toMatch(/ollama/i);
    expect(at.asked()).toBe(sent);
    await expect.poll(() => at.openSockets()).toBe(0);
  });

  test.each(mishaps.filter((name) => MISHAPS[name].sent > 1))(
    '%s that passes is overcome',
    async (mishap) => {
      const at = await start(candidate, { text: CODE, mishap }, { text: 'whole' });
      const heard = await hear(modelOf(at));
      expect(heard.error).toBeUndefined();
      // Text of the broken try is forgotten.
      expect(heard.text).toBe('whole');
      expect(heard.events.filter(({ type }) => type === 'retrying')).toHaveLength(1);
    },
  );

  test.skipIf(isInProcess)('asks again when the server restarts', async () => {
    const at = await start(candidate, { mishap: 'down' }, { text: CODE });
    let text = '';
    let retries = 0;
    for await (const event of modelOf(at).chat(REQUEST, AbortSignal.timeout(10_000))) {
      if (event.type === 'retrying') retries += 1;
      if (event.type === 'retrying' && retries === 1) await at.up();
      if (event.type === 'text') text += event.text;
    }
    expect(text).toBe(CODE);
  });

  test.skipIf(isInProcess)('names a server that is gone', async () => {
    const at = await start(candidate, { mishap: 'down' });
    const { error } = await hear(modelOf(at));
    expect(faultOf(error)).toBe('not-running');
    expect(error).toMatchObject({ remedy: expect.stringContaining('nexus doctor') });
  });

  test('ends a request that is aborted before the first byte', async () => {
    const at = await start(candidate, { mishap: 'slow-first-token' }, { text: 'next' });
    const model = modelOf(at);
    const controller = new AbortController();
    const heard = hear(model, {}, controller.signal);
    await at.received(0);
    const reason = new Error('cancelled');
    controller.abort(reason);
    expect((await heard).error).toBe(reason);
    await expect.poll(() => at.openSockets()).toBe(0);
    expect((await hear(model)).text).toBe('next');
  });

  test('ends a request that is aborted in the middle of its answer', async () => {
    const at = await start(candidate, { text: CODE, mishap: 'silence' }, { text: 'next' });
    const model = modelOf(at);
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const listen = async (): Promise<void> => {
      for await (const event of model.chat(REQUEST, controller.signal)) {
        if (event.type === 'text') setImmediate(() => controller.abort(reason));
      }
    };
    await expect(listen()).rejects.toBe(reason);
    await expect.poll(() => at.openSockets()).toBe(0);
    expect((await hear(model)).text).toBe('next');
  });

  test('asks nothing under a signal that is aborted already', async () => {
    const at = await start(candidate);
    const reason = new Error('cancelled');
    expect(await hear(modelOf(at), {}, AbortSignal.abort(reason))).toEqual({
      events: [],
      text: '',
      error: reason,
    });
    expect(at.openSockets()).toBe(0);
  });

  test.skipIf(isInProcess)('refuses an answer to a prompt that was read only in part', async () => {
    const at = await start(candidate, { text: 'Confident nonsense.' });
    const { error } = await hear(modelOf(at), { estimatedTokens: 60_000 });
    expect(faultOf(error)).toBe('prompt-cut');
  });

  test('lists its models', async () => {
    const at = await start(candidate);
    const { signal } = new AbortController();
    const listed = (await at.backend.installed(signal)).map(({ name }) => name);
    expect(listed).toEqual(['llama3.1:8b', 'qwen2.5-coder:7b']);
    expect(at.backend.kind).toBe(candidate.kind);
    await at.backend.version(signal);
  });
});
