import { afterEach, describe, expect, test } from 'vitest';
import type { ChatMessage } from '../../../src/models/port.js';
import { faultOf, hear, LIMITS, REQUEST } from '../chat-support.js';
import type { FakeWorld } from './fake-library.js';
import { InsufficientMemoryError } from './fake-library.js';
import { createScene, type Scene } from './scene.js';

const scenes: Scene[] = [];
afterEach(async () => {
  for (const scene of scenes.splice(0)) await scene.remove();
});

async function setUp(...input: Parameters<typeof createScene>): Promise<Scene> {
  const scene = await createScene(...input);
  scenes.push(scene);
  return scene;
}

const user = (content: string): ChatMessage => ({ role: 'user', content });
const words = (count: number, word = 'word'): string =>
  Array.from({ length: count }, (_, index) => `${word}${index}`).join(' ');

/** A promise that something resolves from outside. */
function createGate(): { open: () => void; passed: Promise<void> } {
  let open = (): void => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, passed };
}

describe('an answer of a model in this process', () => {
  test('comes in pieces, after loading and reading', async () => {
    const scene = await setUp();
    const { text, events, error } = await hear(scene.model());
    expect(error).toBeUndefined();
    expect(text).toBe('Hello there.');
    expect(events.map((event) => (event.type === 'waiting' ? event.for : event.type))).toEqual([
      'connect',
      'load',
      'prompt',
      'text',
      'text',
      'done',
    ]);
    expect(events.at(-1)).toMatchObject({
      type: 'done',
      ending: 'stop',
      usage: { promptTokens: 7, reusedTokens: 0, answerTokens: 3 },
    });
    expect(scene.trace.loads).toEqual([`${scene.folder}/a.gguf`]);
    expect(scene.trace.contexts).toEqual([{ contextSize: 4096, threads: 1 }]);
    expect(scene.trace.cuts).toBe(0);
  });

  test('is sampled as the role wants it', async () => {
    const scene = await setUp();
    await hear(scene.model(), { temperature: 0.2, seed: 5, maxTokens: 100 });
    await hear(scene.model({ role: 'overseer' }), { temperature: 0 });
    const [coder, overseer] = scene.trace.requests;
    expect(coder).toMatchObject({
      temperature: 0.2,
      seed: 5,
      maxTokens: 100,
      topK: 20,
      topP: 0.8,
      repeatPenalty: { penalty: 1.05, lastTokens: 64 },
    });
    expect(overseer).toMatchObject({ temperature: 0, topK: 40, topP: 0.9, repeatPenalty: false });
  });

  test('gets all messages, and those of the model as its own', async () => {
    const scene = await setUp();
    const messages: ChatMessage[] = [
      { role: 'system', content: 'Rules' },
      user('Do it'),
      { role: 'assistant', content: 'Done' },
      user('Again'),
    ];
    await hear(scene.model(), { messages });
    expect(scene.trace.histories).toEqual([
      [
        { type: 'system', text: 'Rules' },
        { type: 'user', text: 'Do it' },
        { type: 'model', response: ['Done'] },
        { type: 'user', text: 'Again' },
        { type: 'model', response: [] },
      ],
    ]);
  });

  test('reads what two prompts have in common once', async () => {
    const scene = await setUp();
    const rules: ChatMessage = { role: 'system', content: words(300) };
    await hear(scene.model(), { messages: [rules, user('one')] });
    const before = scene.trace.pieces.reduce((sum, piece) => sum + piece, 0);
    const { events } = await hear(scene.model(), { messages: [rules, user('two')] });
    const read = scene.trace.pieces.reduce((sum, piece) => sum + piece, 0) - before;
    expect(events.at(-1)).toMatchObject({ usage: { promptTokens: 309, reusedTokens: 305, loadMs: 0 } });
    expect(read).toBe(4);
    expect(scene.trace.loads).toHaveLength(1);
  });

  test('reads a long prompt in pieces', async () => {
    const scene = await setUp();
    await hear(scene.model(), { messages: [user(words(2000))] });
    expect(scene.trace.pieces[0]).toBe(128);
    expect(Math.max(...scene.trace.pieces)).toBeLessThanOrEqual(512);
    expect(scene.trace.pieces.reduce((sum, piece) => sum + piece, 0)).toBe(2005);
  });

  test('keeps to a schema, whose grammar is made once', async () => {
    const scene = await setUp();
    const schema = { type: 'object', properties: {} };
    await hear(scene.model(), { schema });
    await hear(scene.model(), { schema: { ...schema } });
    await hear(scene.model());
    expect(scene.trace.grammars).toEqual([schema]);
    expect(scene.trace.requests.map(({ grammar }) => grammar)).toEqual([{ schema }, { schema }, undefined]);
  });

  test('keeps thinking apart from the answer, and asks for none', async () => {
    const scene = await setUp({ answer: [{ thought: 'Hm.' }, 'Yes.'] });
    const { text, events } = await hear(scene.model());
    expect(text).toBe('Yes.');
    expect(events).toContainEqual({ type: 'thinking', text: 'Hm.' });
    expect(scene.trace.requests[0]?.budgets).toEqual({ thoughtTokens: 0 });
  });

  test('ends by its length', async () => {
    const scene = await setUp({ answer: ['a', 'b', 'c'] });
    const { text, events } = await hear(scene.model(), { maxTokens: 2 });
    expect(text).toBe('ab');
    expect(events.at(-1)).toMatchObject({ ending: 'length', usage: { answerTokens: 2 } });
  });

  test('ends with the window: nothing is ever dropped to make room', async () => {
    const answer = Array.from({ length: 100 }, (_, index) => `${index} `);
    const scene = await setUp({ answer });
    const model = scene.model({ contextTokens: 2048 });
    const { events } = await hear(model, { messages: [user(words(2000))], maxTokens: 500 });
    expect(events.at(-1)).toMatchObject({
      ending: 'length',
      usage: { promptTokens: 2005, answerTokens: 35 },
    });
    expect(scene.trace.cuts).toBe(0);
  });

  test.each(['stopGenerationTrigger', 'eogToken'])('is whole when it ends with %s', async (stopReason) => {
    const scene = await setUp({ stopReason });
    expect((await hear(scene.model())).events.at(-1)).toMatchObject({ ending: 'stop' });
  });

  test('that ends for another reason is none', async () => {
    const scene = await setUp({ stopReason: 'functionCalls' });
    expect(faultOf((await hear(scene.model())).error)).toBe('bad-answer');
  });

  test('that repeats itself without end is ended', async () => {
    const scene = await setUp({ answer: Array.from({ length: 5000 }, () => 'again and again\n') });
    const { error, events } = await hear(scene.model(), { maxTokens: 4000 });
    expect(faultOf(error)).toBe('runaway');
    expect(events.length).toBeLessThan(100);
    scene.world.answer = ['Fine.'];
    expect((await hear(scene.model())).text).toBe('Fine.');
  });
});

describe('a prompt that does not fit', () => {
  test('is refused before it is read', async () => {
    const scene = await setUp();
    const { error } = await hear(scene.model({ contextTokens: 2048 }), { messages: [user(words(2040))] });
    expect(faultOf(error)).toBe('context-exceeded');
    expect(error).toMatchObject({ message: expect.stringContaining('2045 tokens, the window 2048') });
    expect(scene.trace.requests).toEqual([]);
    expect(scene.trace.pieces).toEqual([]);
    // Nothing is wrong with the model.
    await hear(scene.model({ contextTokens: 2048 }));
    expect(scene.trace.loads).toHaveLength(1);
  });

  test('is measured against what the model was trained for', async () => {
    const scene = await setUp();
    const { error } = await hear(scene.model({ contextTokens: 100_000 }), {
      messages: [user(words(33_000))],
    });
    expect(faultOf(error)).toBe('context-exceeded');
    expect(scene.trace.contexts).toMatchObject([{ contextSize: 32_768 }]);
  });
});

describe('an abort', () => {
  const reason = new Error('enough');

  test('before the start does nothing', async () => {
    const scene = await setUp();
    const { error } = await hear(scene.model(), {}, AbortSignal.abort(reason));
    expect(error).toBe(reason);
    expect(scene.trace.loads).toEqual([]);
  });

  test('while loading ends at once, and the next loads anew', async () => {
    const controller = new AbortController();
    const scene = await setUp({
      loading: async (signal) => {
        controller.abort(reason);
        await Promise.resolve();
        signal.throwIfAborted();
      },
    });
    expect((await hear(scene.model(), {}, controller.signal)).error).toBe(reason);
    delete scene.world.loading;
    expect((await hear(scene.model())).text).toBe('Hello there.');
    expect(scene.trace.loads).toHaveLength(2);
  });

  test('before the first word ends at once; the piece under way is finished, and the next waits for it', async () => {
    const gate = createGate();
    const controller = new AbortController();
    const scene = await setUp({
      reading: async () => {
        controller.abort(reason);
        await gate.passed;
      },
    });
    const { error } = await hear(scene.model(), { messages: [user(words(1000))] }, controller.signal);
    expect(error).toBe(reason);
    expect(scene.trace.pieces).toEqual([]);
    delete scene.world.reading;
    const next = hear(scene.model(), { messages: [user(words(1000))] });
    gate.open();
    const { text, events } = await next;
    expect(text).toBe('Hello there.');
    // What was read before the abort is not read again.
    expect(scene.trace.pieces[0]).toBe(128);
    expect(events.at(-1)).toMatchObject({ usage: { promptTokens: 1005, reusedTokens: 128 } });
  });

  test('after the first word ends at once, and the model stays loaded', async () => {
    const controller = new AbortController();
    const answer: FakeWorld['answer'] = [
      'One',
      { before: () => controller.abort(reason), word: ' two' },
      ' three',
    ];
    const scene = await setUp({ answer });
    const { error, text } = await hear(scene.model(), {}, controller.signal);
    expect(error).toBe(reason);
    expect(text).not.toContain('three');
    scene.world.answer = ['Fine.'];
    expect((await hear(scene.model())).text).toBe('Fine.');
    expect(scene.trace.loads).toHaveLength(1);
  });

  test('while another request is answered ends the waiting', async () => {
    const gate = createGate();
    const begun = createGate();
    const before = async (): Promise<void> => {
      begun.open();
      await gate.passed;
    };
    const scene = await setUp({ answer: [{ before, word: 'One' }] });
    const first = hear(scene.model());
    await begun.passed;
    const controller = new AbortController();
    const second = hear(scene.model(), {}, controller.signal);
    controller.abort(reason);
    expect((await second).error).toBe(reason);
    gate.open();
    expect((await first).text).toBe('One');
    expect((await hear(scene.model())).text).toBe('One');
  });

  test('is what it means when the reader goes away', async () => {
    const scene = await setUp({ answer: Array.from({ length: 1000 }, (_, index) => `${index} `) });
    for await (const event of scene.model().chat(REQUEST, new AbortController().signal)) {
      if (event.type === 'text') break;
    }
    expect((await hear(scene.model(), { maxTokens: 2 })).text).toBe('0 1 ');
    expect(scene.trace.requests[0]?.signal.aborted).toBe(true);
  });
});

describe('a limit', () => {
  const never = async (): Promise<void> => new Promise(() => {});

  test.each([
    ['first-token-timeout', { firstTokenMs: 30 }, { reading: never }],
    ['first-token-timeout', { firstTokenMs: 30 }, { loading: never }],
    ['silence', { silenceMs: 30 }, { answer: ['One', { before: never, word: '' }] }],
    [
      'request-timeout',
      { requestMs: 60, silenceMs: Infinity },
      { answer: ['One', { before: never, word: '' }] },
    ],
  ])('%# (%s) ends the request', async (fault, limits, world: Partial<FakeWorld>) => {
    const scene = await setUp(world);
    const { error } = await hear(scene.model({ limits: { ...LIMITS, ...limits } }));
    expect(faultOf(error)).toBe(fault);
  });
});

describe('what goes wrong', () => {
  test('while the answer comes is tried once more with a model loaded anew', async () => {
    const scene = await setUp({ failures: { generate: new Error('Eval has failed') } });
    const { text, events, error } = await hear(scene.model());
    expect(error).toBeUndefined();
    expect(text).toBe('Hello there.');
    expect(events).toContainEqual({
      type: 'retrying',
      because: expect.stringContaining('Eval has failed'),
      inMs: expect.any(Number),
    });
    expect(scene.trace.loads).toHaveLength(2);
    expect(scene.trace.disposed).toHaveLength(1);
  });

  test('while the prompt is read, too', async () => {
    const scene = await setUp({ failures: { read: new Error('Eval has failed') } });
    const { text, events } = await hear(scene.model());
    expect(text).toBe('Hello there.');
    expect(events.filter((event) => event.type === 'retrying')).toHaveLength(1);
  });

  test('at loading is said in the words of llama.cpp, and not tried again', async () => {
    const scene = await setUp({
      failures: { loadModel: new Error('Failed to load model') },
      logLine: "error loading model: tensor 'output.weight' data is not within the file bounds",
    });
    const { error } = await hear(scene.model());
    expect(faultOf(error)).toBe('server-error');
    expect(error).toMatchObject({
      message: expect.stringContaining('not within the file bounds'),
      canRetry: false,
    });
    expect(scene.trace.loads).toHaveLength(1);
  });

  test.each([
    ['loadModel', new InsufficientMemoryError('Insufficient memory')],
    [
      'createContext',
      new InsufficientMemoryError('A context size of 4000000 is too large for the available RAM'),
    ],
    ['createContext', new Error('failed to allocate compute buffers')],
  ] as const)('%# for want of memory says what helps', async (call, thrown) => {
    const scene = await setUp({ failures: { [call]: thrown } });
    const { error } = await hear(scene.model());
    expect(faultOf(error)).toBe('server-error');
    expect(error).toMatchObject({
      message: expect.stringContaining('not enough memory'),
      remedy: expect.stringContaining('smaller model'),
      canRetry: false,
    });
    expect(scene.trace.disposed).toHaveLength(call === 'createContext' ? 1 : 0);
    expect((await hear(scene.model())).text).toBe('Hello there.');
  });

  test('with the file is said before anything is loaded', async () => {
    const scene = await setUp();
    const { error, events } = await hear(scene.model({ name: 'none.gguf' }));
    expect(faultOf(error)).toBe('model-missing');
    expect(events).toEqual([{ type: 'waiting', for: 'connect' }]);
    expect(scene.trace.options).toEqual([]);
  });
});
