import { afterEach, describe, expect, test } from 'vitest';
import { createOllamaBackend } from '../../../src/models/ollama/backend.js';
import { startScriptedOllama, inOrder, type ScriptedOllama } from '../../support/scripted-ollama.js';
import { thinkFirst } from '../../../src/models/think-first.js';
import { createModel, faultOf, hear, LIMITS, REQUEST } from '../chat-support.js';

let server: ScriptedOllama;
afterEach(async () => server.close());

async function serve(options: Parameters<typeof startScriptedOllama>[0]): Promise<ScriptedOllama> {
  server = await startScriptedOllama(options);
  return server;
}

describe('one answer', () => {
  test('arrives whole, whatever the pieces in which the network brings it', async () => {
    const text = 'function héllo() {\n  return "wörld 😀";\n}\n'
      .repeat(30)
      .replaceAll('()', () => `${Math.random()}()`);
    await serve({ replies: inOrder(text) });
    const heard = await hear(createModel(server.url));
    expect(heard.error).toBeUndefined();
    expect(heard.text).toBe(text);
    expect(heard.events.filter((event) => event.type === 'waiting')).toEqual([
      { type: 'waiting', for: 'connect' },
      { type: 'waiting', for: 'load' },
    ]);
    expect(heard.events.at(-1)).toMatchObject({
      type: 'done',
      ending: 'stop',
      usage: { promptTokens: 11, loadMs: 2000, promptMs: 1, answerMs: 1 },
    });
  });

  test('a request is sent with a constant window, no cutting and explicit sampling', async () => {
    await serve({ replies: inOrder('ok') });
    await hear(createModel(server.url));
    expect(server.requests[0]).toMatchObject({
      model: 'qwen2.5-coder:7b',
      stream: true,
      truncate: false,
      shift: false,
      keep_alive: '30m',
      options: {
        num_ctx: 4096,
        num_predict: 256,
        temperature: 0.2,
        seed: 42,
        top_p: 0.8,
        top_k: 20,
        repeat_penalty: 1.05,
      },
    });
    expect(server.requests[0]).not.toHaveProperty('think');
    expect(server.requests[0]).not.toHaveProperty('format');
  });

  test('two requests are equal byte for byte up to the first different message', async () => {
    await serve({ replies: inOrder('a', 'b') });
    const model = createModel(server.url);
    const first = { role: 'user', content: 'The same beginning' } as const;
    await hear(model, { messages: [first] });
    await hear(model, { messages: [first, { role: 'assistant', content: 'a' }], seed: 7 });
    const [one, two] = server.requests.map((request) => request.raw);
    const end = (one ?? '').indexOf('The same beginning"}') + 'The same beginning"}'.length;
    expect(end).toBeGreaterThan(20);
    expect(two?.slice(0, end)).toBe(one?.slice(0, end));
  });

  test('the schema, and the sampling of the Overseer', async () => {
    await serve({ replies: inOrder({ json: { summary: 'x' } }) });
    const schema = { type: 'object', properties: { summary: { type: 'string' } }, required: ['summary'] };
    const heard = await hear(createModel(server.url, { role: 'overseer', name: 'llama3.1:8b' }), { schema });
    expect(JSON.parse(heard.text)).toEqual({ summary: 'x' });
    expect(server.requests[0]?.format).toEqual(schema);
    expect(server.requests[0]?.options).toMatchObject({ top_p: 0.9, top_k: 40, repeat_penalty: 1 });
  });

  test.each([
    ['-1', -1],
    ['90', 90],
    ['2h', '2h'],
  ])('keep-alive %s is sent as %s, since the server refuses numbers as text', async (written, sent) => {
    await serve({ replies: inOrder('ok') });
    await hear(createModel(server.url, {}, written));
    expect(server.requests[0]?.keep_alive).toBe(sent);
  });

  test.each([
    [0, 1],
    [999_999, 4096],
  ])('an answer of at most %s tokens is asked for as %s', async (maxTokens, sent) => {
    await serve({ replies: inOrder('ok') });
    await hear(createModel(server.url), { maxTokens });
    expect(server.requests[0]?.options['num_predict']).toBe(sent);
  });

  test('an answer that reached its bound ends with `length`; missing figures stay unknown', async () => {
    await serve({ replies: inOrder({ text: 'half', ending: 'length', promptTokens: null }) });
    const heard = await hear(createModel(server.url));
    const done = heard.events.at(-1);
    expect(done).toMatchObject({ type: 'done', ending: 'length' });
    expect(done?.type === 'done' && done.usage.promptTokens).toBeUndefined();
  });

  test('an answer of nothing is an answer; one that only loaded the model is not', async () => {
    await serve({ replies: inOrder('', { text: '', ending: 'load' }) });
    const model = createModel(server.url);
    expect((await hear(model)).events.at(-1)).toMatchObject({ type: 'done', ending: 'stop' });
    expect(faultOf((await hear(model)).error)).toBe('bad-answer');
  });

  test('a model that is loaded with this window only reads the prompt; another window loads again', async () => {
    await serve({ replies: inOrder('a', 'b', 'c') });
    await hear(createModel(server.url));
    const again = await hear(createModel(server.url));
    expect(again.events[1]).toEqual({ type: 'waiting', for: 'prompt' });
    const wider = await hear(createModel(server.url, { contextTokens: 8192 }));
    expect(wider.events[1]).toEqual({ type: 'waiting', for: 'load' });
    expect(server.loads.map((load) => load.numCtx)).toEqual([4096, 8192]);
  });

  test('what is in memory is only for the display: a server that does not tell is asked all the same', async () => {
    await serve({
      replies: inOrder('ok'),
      override: (request, response) => {
        if (request.url !== '/api/ps') return false;
        response.statusCode = 500;
        response.end('no');
        return true;
      },
    });
    expect((await hear(createModel(server.url))).text).toBe('ok');
  });
});

describe('thinking models', () => {
  test.each([
    ['qwen2.5-coder:7b', ['completion'], 'qwen2', undefined],
    ['qwen3:8b', ['completion', 'thinking'], 'qwen3', false],
    ['gpt-oss:20b', ['completion', 'thinking'], 'gptoss', 'low'],
  ])('%s', async (name, capabilities, family, think) => {
    await serve({ replies: inOrder('a', 'b'), models: [{ name, capabilities, family }] });
    const model = createModel(server.url, { name });
    await hear(model);
    await hear(model);
    expect(server.requests.map((request) => request.think)).toEqual([think, think]);
    expect(server.calls.filter((call) => call === 'POST /api/show')).toHaveLength(1);
  });

  test.each([
    ['qwen2.5-coder:7b', ['completion'], 'qwen2', 'on', undefined, 256],
    ['qwen3:8b', ['completion', 'thinking'], 'qwen3', 'on', true, 1256],
    ['qwen3:8b', ['completion', 'thinking'], 'qwen3', 'high', true, 1256],
    ['gpt-oss:20b', ['completion', 'thinking'], 'gptoss', 'on', 'medium', 1256],
    ['gpt-oss:20b', ['completion', 'thinking'], 'gptoss', 'high', 'high', 1256],
  ] as const)('%s that is told to think', async (name, capabilities, family, mode, think, bound) => {
    await serve({ replies: inOrder('a'), models: [{ name, capabilities: [...capabilities], family }] });
    await hear(createModel(server.url, { name, thinking: { mode, maxTokens: 1000 } }));
    expect(server.requests).toMatchObject([{ options: { num_predict: bound } }]);
    expect(server.requests.map((request) => request.think)).toEqual([think]);
  });

  test('a question under a schema is thought about first, and put into its form in a second request', async () => {
    const models = [{ name: 'qwen3:8b', capabilities: ['completion', 'thinking'], family: 'qwen3' }];
    await serve({ replies: inOrder({ thinking: 'Hm.', text: 'It is blue.' }, '{"colour":"blue"}'), models });
    const options = { name: 'qwen3:8b' };
    const thinking = createModel(server.url, { ...options, thinking: { mode: 'on', maxTokens: 1000 } });
    const schema = { type: 'object', properties: { colour: { type: 'string' } } };
    const heard = await hear(thinkFirst(thinking, createModel(server.url, options)), { schema });
    expect(heard.text).toBe('{"colour":"blue"}');
    const thought = heard.events.flatMap((event) => (event.type === 'thinking' ? [event.text] : []));
    expect(thought.join('')).toBe('Hm.It is blue.');
    expect(heard.events.filter((event) => event.type === 'done')).toHaveLength(1);
    expect(server.requests).toMatchObject([
      { think: true, options: { num_predict: 1256 } },
      { think: false, format: schema, options: { num_predict: 256 } },
    ]);
    expect(server.requests[0]?.format).toBeUndefined();
    expect(server.requests[1]?.messages?.at(-2)).toEqual({ role: 'assistant', content: 'It is blue.' });
  });

  test('a model that cannot think is asked once, under the schema', async () => {
    await serve({ replies: inOrder('{}') });
    const thinking = createModel(server.url, { thinking: { mode: 'on', maxTokens: 1000 } });
    await hear(thinkFirst(thinking, createModel(server.url)), { schema: { type: 'object' } });
    expect(server.requests).toMatchObject([{ format: { type: 'object' } }]);
  });

  test('thinking text is kept apart from the answer', async () => {
    await serve({ replies: inOrder({ thinking: 'Let me see…', text: 'Done.' }) });
    const heard = await hear(createModel(server.url));
    expect(heard.text).toBe('Done.');
    const thinking = heard.events.filter((event) => event.type === 'thinking').map((event) => event.text);
    expect(thinking.join('')).toBe('Let me see…');
  });

  test('a server without /api/show is believed to have a plain model', async () => {
    await serve({
      replies: inOrder('ok'),
      override: (request, response) => {
        if (request.url !== '/api/show') return false;
        response.statusCode = 501;
        response.end('{"error":"not here"}');
        return true;
      },
    });
    expect((await hear(createModel(server.url))).text).toBe('ok');
    expect(server.requests[0]).not.toHaveProperty('think');
  });

  test('a server that tells nothing about its models is not given a prompt', async () => {
    await serve({
      replies: inOrder(),
      override: (_, response) => {
        response.statusCode = 500;
        response.end('{"error":"broken"}');
        return true;
      },
    });
    expect(faultOf((await hear(createModel(server.url))).error)).toBe('server-error');
    expect(server.requests).toEqual([]);
  });
});

describe('models that do not run here', () => {
  test.each(['qwen3-coder:480b-cloud', 'glm:cloud'])(
    '%s is refused before anything is sent',
    async (name) => {
      await serve({ replies: inOrder() });
      expect(() => createModel(server.url, { name })).toThrow(/does not run on your own machine/);
      expect(server.calls).toEqual([]);
    },
  );

  test('one under an innocent name is refused without a prompt', async () => {
    await serve({
      replies: inOrder(),
      models: [{ name: 'mine:latest', remoteHost: 'https://ollama.com:443' }],
    });
    expect(faultOf((await hear(createModel(server.url, { name: 'mine' }))).error)).toBe('refused-model');
    expect(server.requests).toEqual([]);
  });
});

describe('giving up', () => {
  test('a signal that is aborted already asks nothing', async () => {
    await serve({ replies: inOrder() });
    const reason = new Error('cancelled');
    const heard = await hear(createModel(server.url), {}, AbortSignal.abort(reason));
    expect(heard).toEqual({ events: [], text: '', error: reason });
    expect(server.calls).toEqual([]);
  });

  test('before the first byte: the reason is thrown at once and the connection is closed', async () => {
    await serve({ replies: inOrder({ fault: 'slow-first-token' }) });
    const controller = new AbortController();
    const heard = hear(createModel(server.url), {}, controller.signal);
    await server.received(0);
    const reason = new Error('cancelled');
    controller.abort(reason);
    expect((await heard).error).toBe(reason);
    await expect.poll(() => server.openSockets()).toBe(0);
  });

  test('in the middle of an answer', async () => {
    await serve({ replies: inOrder({ text: 'a long answer', fault: 'silence' }) });
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const seen: string[] = [];
    const listen = async (): Promise<void> => {
      for await (const event of createModel(server.url).chat(REQUEST, controller.signal)) {
        seen.push(event.type);
        if (event.type === 'text' && !controller.signal.aborted) setImmediate(() => controller.abort(reason));
      }
    };
    await expect(listen()).rejects.toBe(reason);
    expect(seen).toContain('text');
    await expect.poll(() => server.openSockets()).toBe(0);
  });

  test('while it waits for a retry', async () => {
    await serve({ replies: inOrder({ fault: 'busy', retryAfter: '30' }) });
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const backend = createOllamaBackend({ address: new URL(server.url), keepAlive: '1m' });
    const model = backend.model({
      role: 'coder',
      name: 'qwen2.5-coder:7b',
      contextTokens: 4096,
      limits: LIMITS,
    });
    const listen = async (): Promise<void> => {
      for await (const event of model.chat(REQUEST, controller.signal)) {
        if (event.type !== 'retrying') continue;
        expect(event.inMs).toBe(30_000);
        setImmediate(() => controller.abort(reason));
      }
    };
    await expect(listen()).rejects.toBe(reason);
    expect(server.requests).toHaveLength(1);
  });

  test('a reader that stops reading ends the request on the server', async () => {
    await serve({ replies: inOrder({ text: 'more and more', fault: 'silence' }) });
    for await (const event of createModel(server.url).chat(REQUEST, new AbortController().signal)) {
      if (event.type === 'text') break;
    }
    await expect.poll(() => server.openSockets()).toBe(0);
  });

  test('no listener is left on a signal that lives longer than the request', async () => {
    await serve({ replies: inOrder('a', 'b', 'c') });
    const { signal } = new AbortController();
    let listeners = 0;
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...given: Parameters<typeof add>) => ((listeners += 1), add(...given));
    signal.removeEventListener = (...given: Parameters<typeof remove>) => (
      (listeners -= 1),
      remove(...given)
    );
    for (let turn = 0; turn < 3; turn += 1) await hear(createModel(server.url), {}, signal);
    expect(listeners).toBe(0);
    await expect.poll(() => server.openSockets()).toBe(0);
  });
});
