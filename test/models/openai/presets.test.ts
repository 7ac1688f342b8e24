import { afterEach, describe, expect, test } from 'vitest';
import type { OpenAiKind } from '../../../src/models/openai/preset.js';
import type { PullProgress } from '../../../src/models/port.js';
import type { ScriptedOpenAiOptions } from '../../support/scripted-openai.js';
import { startScriptedOllama } from '../../support/scripted-ollama.js';
import { createOpenAiBackend } from '../../../src/models/openai/backend.js';
import { faultOf, hear, LIMITS, REQUEST } from '../chat-support.js';
import { createModel, openScene, type Scene } from './openai-support.js';

const KINDS: readonly OpenAiKind[] = ['lm-studio', 'lemonade', 'llama-server', 'vllm', 'openai'];
const { signal } = new AbortController();

let scene: Scene | undefined;
afterEach(async () => {
  await scene?.server.close();
  scene = undefined;
});

async function open(...given: Parameters<typeof openScene>): Promise<Scene> {
  scene = await openScene(...given);
  return scene;
}

/** A server that answers some paths with these values. */
function answering(values: Readonly<Record<string, object>>): Pick<ScriptedOpenAiOptions, 'override'> {
  return {
    override: (request, response) => {
      const value = values[`${request.method} ${request.url}`];
      if (value === undefined) return false;
      const status = 'status' in value && typeof value.status === 'number' ? value.status : 200;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify('body' in value ? value.body : value));
      return true;
    },
  };
}

async function thrownBy(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('the context of a loaded model', () => {
  test.each([
    ['lm-studio', /lms unload .* with 4096 tokens/],
    ['lemonade', /lemonade unload .* with 4096 tokens/],
    ['llama-server', /-c 4096/],
    ['vllm', /--max-model-len 4096/],
  ] as const)('%s: smaller than configured is an error before the first request', async (kind, remedy) => {
    const { model, server } = await open({ kind, loadedContext: 2048 });
    const { error } = await hear(model);
    expect(faultOf(error)).toBe('window-too-small');
    expect(error).toMatchObject({
      code: 'model-window-too-small',
      message: expect.stringContaining('2048 tokens, where `context:` says 4096'),
      remedy: expect.stringMatching(remedy),
    });
    expect(server.requests).toEqual([]);
    expect(server.loads).toEqual([]);
  });

  test.each(['lm-studio', 'lemonade', 'llama-server', 'vllm'] as const)(
    '%s: a larger one will do',
    async (kind) => {
      const { model, server } = await open({ kind, loadedContext: 16_384 });
      const { error, events } = await hear(model, { maxTokens: 99_999 });
      expect(error).toBeUndefined();
      expect(events[1]).toEqual({ type: 'waiting', for: 'prompt' });
      expect(server.requests[0]?.max_tokens).toBe(16_384);
      expect(server.loads).toEqual([]);
    },
  );

  test.each(['lm-studio', 'lemonade'] as const)('%s: loads the model with it, once', async (kind) => {
    const { model, server } = await open({ kind });
    const first = await hear(model);
    expect(first.events.slice(0, 3)).toEqual([
      { type: 'waiting', for: 'connect' },
      { type: 'waiting', for: 'load' },
      { type: 'waiting', for: 'prompt' },
    ]);
    expect(first.events.at(-1)).toMatchObject({ usage: { loadMs: expect.any(Number) } });
    const second = await hear(model);
    expect(second.events.at(-1)).toMatchObject({ usage: { loadMs: undefined } });
    expect(server.loads).toEqual([{ model: 'qwen2.5-coder:7b', context: 4096 }]);
  });

  test.each(['lm-studio', 'lemonade'] as const)('%s: load and unload by hand', async (kind) => {
    const { backend, server } = await open({ kind });
    await backend.load?.('llama3.1:8b', 8192, signal);
    expect(server.loads).toEqual([{ model: 'llama3.1:8b', context: 8192 }]);
    const loaded = async () => (await backend.installed(signal)).map((model) => model.loaded?.contextTokens);
    expect(await loaded()).toEqual([8192, undefined]);
    await backend.unload?.('llama3.1:8b', signal);
    await backend.unload?.('llama3.1:8b', signal);
    expect(await loaded()).toEqual([undefined, undefined]);
    expect(faultOf(await thrownBy(backend.load?.('gone', 8192, signal) ?? Promise.resolve()))).toBe(
      'model-missing',
    );
  });

  test('a server that says that it loaded and did not is not asked for ever', async () => {
    const { model } = await open({
      kind: 'lm-studio',
      ...answering({ 'POST /api/v1/models/load': { body: { status: 'loaded' } } }),
    });
    expect(String((await hear(model)).error)).toContain('told to load the model, and did not');
  });

  test('what a server says of a failed load is shown', async () => {
    const { model } = await open({
      kind: 'lemonade',
      ...answering({ 'POST /api/v1/load': { body: { status: 'error', message: 'out of memory' } } }),
    });
    const { error } = await hear(model);
    expect(faultOf(error)).toBe('server-error');
    expect(error).toMatchObject({ remedy: expect.stringContaining('smaller model') });
  });

  test.each(['llama-server', 'vllm', 'openai'] as const)('%s cannot be told to load', async (kind) => {
    const { backend } = await open({ kind });
    expect(backend).not.toHaveProperty('load');
    expect(backend).not.toHaveProperty('unload');
  });
});

describe('a model that is not there', () => {
  test.each(KINDS)('%s', async (kind) => {
    const { backend, server } = await open({ kind });
    const { error } = await hear(createModel(backend, { name: 'gone:7b' }));
    expect(faultOf(error)).toBe('model-missing');
    expect(server.requests).toEqual([]);
  });

  test('LM Studio answers with another one', async () => {
    const { model } = await open({ kind: 'lm-studio', replies: () => ({ text: 'hi', as: 'other-model' }) });
    const { error } = await hear(model);
    expect(faultOf(error)).toBe('model-missing');
    expect(String(error)).toContain('"other-model" answered instead');
  });

  test('a server with one model answers with that, whatever is asked for', async () => {
    const { backend } = await open({
      kind: 'openai',
      models: ['the-one', 'alias'],
      replies: () => ({ text: 'hi', as: 'the-one' }),
      ...answering({ 'GET /v1/models': { data: [{ id: 'the-one' }] } }),
    });
    expect((await hear(createModel(backend, { name: 'the-one' }))).text).toBe('hi');
    expect(faultOf((await hear(createModel(backend, { name: 'alias' }))).error)).toBe('model-missing');
  });

  test('a name under which a server has another one is that one', async () => {
    const { backend } = await open({
      kind: 'openai',
      models: ['alias'],
      replies: () => ({ text: 'hi', as: 'the-one-2026-01-01' }),
      ...answering({ 'GET /v1/models': { data: [{ id: 'something' }] } }),
    });
    expect((await hear(createModel(backend, { name: 'alias' }))).text).toBe('hi');
  });

  test.each(['cloud', 'collection.router'])('Lemonade would hand it on (%s)', async (recipe) => {
    const entry = { id: 'qwen2.5-coder:7b', recipe, downloaded: true };
    const { model, backend, server } = await open({
      kind: 'lemonade',
      ...answering({ 'GET /api/v1/models': { data: [entry] } }),
    });
    expect(faultOf((await hear(model)).error)).toBe('refused-model');
    expect(await backend.installed(signal)).toEqual([]);
    expect(server.requests).toEqual([]);
  });

  test('Lemonade has it loaded and hands it on', async () => {
    const loaded = { model_name: 'qwen2.5-coder:7b', recipe: 'cloud', recipe_options: { ctx_size: 999_999 } };
    const { model } = await open({
      kind: 'lemonade',
      ...answering({ 'GET /api/v1/health': { version: '11.7.0', all_models_loaded: [loaded] } }),
    });
    expect(faultOf((await hear(model)).error)).toBe('refused-model');
  });

  test('Lemonade knows it, but has not downloaded it', async () => {
    const entry = { id: 'qwen2.5-coder:7b', recipe: 'llamacpp', downloaded: false };
    const { model } = await open({
      kind: 'lemonade',
      ...answering({ 'GET /api/v1/models': { data: [entry] } }),
    });
    expect(faultOf((await hear(model)).error)).toBe('model-missing');
  });

  test('another server need not list what it has', async () => {
    const { model } = await open({
      kind: 'openai',
      ...answering({ 'GET /v1/models': { status: 404, body: {} } }),
    });
    expect((await hear(model)).text).toBe('ok');
  });

  test('and may tell its window', async () => {
    const entry = { id: 'qwen2.5-coder:7b', max_model_len: 2048 };
    const { model } = await open({ kind: 'openai', ...answering({ 'GET /v1/models': { data: [entry] } }) });
    expect(faultOf((await hear(model)).error)).toBe('window-too-small');
  });
});

describe('names', () => {
  test.each([
    ['../models/Qwen2.5-Coder-7B-Q4_K_M.gguf', 'qwen2.5-coder-7b-q4_k_m'],
    ['C:\\models\\a.gguf', 'a'],
    ['org/a', 'org/a'],
  ])('%s is found as %s', async (id, name) => {
    const { backend, server } = await open({ kind: 'llama-server', models: [id], loadedContext: 4096 });
    expect((await hear(createModel(backend, { name }))).error).toBeUndefined();
    expect(server.requests[0]?.model).toBe(id);
  });

  test('of another publisher is another model', async () => {
    const { backend } = await open({ kind: 'vllm', models: ['one/a'], loadedContext: 4096 });
    expect(faultOf((await hear(createModel(backend, { name: 'two/a' }))).error)).toBe('model-missing');
  });
});

describe('llama-server', () => {
  test('that reads its model is waited for', async () => {
    const { model, server } = await open({ kind: 'llama-server', loadedContext: 4096, loadingFor: 3 });
    const { events, error } = await hear(model);
    expect(error).toBeUndefined();
    expect(events[1]).toEqual({ type: 'waiting', for: 'load' });
    // The first 503 was for the question whether it is Ollama.
    expect(server.calls.filter((call) => call === 'GET /v1/models')).toHaveLength(3);
  });

  test('of an older build lists its model while it reads it', async () => {
    let asked = 0;
    const { model } = await open({
      kind: 'llama-server',
      override: (request, response) => {
        if (request.url === '/v1/models') {
          response.end('{"data":[{"id":"qwen2.5-coder:7b","owned_by":"llamacpp","meta":null}]}');
        } else if (request.url === '/health') {
          asked += 1;
          response.statusCode = asked < 3 ? 503 : 200;
          response.end(asked < 3 ? '{"error":{"message":"Loading model"}}' : '{"status":"ok"}');
        } else if (request.url === '/props') {
          response.end('{"default_generation_settings":{"n_ctx":2048}}');
        } else return false;
        return true;
      },
    });
    const { events, error } = await hear(model);
    expect(events).toContainEqual({ type: 'waiting', for: 'load' });
    expect(faultOf(error)).toBe('window-too-small');
  });

  test('may be asked by an alias', async () => {
    const entry = { id: '/models/a.gguf', aliases: ['coder'], owned_by: 'llamacpp', meta: { n_ctx: 4096 } };
    const { backend, server } = await open({
      kind: 'llama-server',
      models: ['/models/a.gguf'],
      ...answering({ 'GET /v1/models': { data: [entry] } }),
    });
    expect((await hear(createModel(backend, { name: 'coder' }))).text).toBe('ok');
    expect(server.requests[0]?.model).toBe('/models/a.gguf');
  });

  test('is not waited for any longer when the request is aborted', async () => {
    const { model, server } = await open({ kind: 'llama-server', loadingFor: 1e9 });
    const controller = new AbortController();
    const reason = new Error('cancelled');
    const listen = async (): Promise<void> => {
      for await (const event of model.chat(REQUEST, controller.signal)) {
        if (event.type === 'waiting' && event.for === 'load') setImmediate(() => controller.abort(reason));
      }
    };
    await expect(listen()).rejects.toBe(reason);
    await expect.poll(() => server.openSockets()).toBe(0);
  });

  test('that never ends reading it is not waited for for ever', async () => {
    const { backend } = await open({ kind: 'llama-server', loadingFor: 1e9 });
    const model = createModel(backend, { limits: { ...LIMITS, firstTokenMs: 100 } });
    expect(faultOf((await hear(model)).error)).toBe('first-token-timeout');
  });

  test('tells what it reused and how long it took', async () => {
    const { model, server } = await open({ kind: 'llama-server', loadedContext: 4096 });
    const done = (await hear(model)).events.at(-1);
    expect(done).toMatchObject({ usage: { promptTokens: 11, reusedTokens: 5, promptMs: 31, answerMs: 67 } });
    expect(server.requests[0]).toMatchObject({
      cache_prompt: true,
      top_k: 20,
      top_p: 0.8,
      repeat_penalty: 1.05,
      chat_template_kwargs: { enable_thinking: false },
    });
  });

  test('is told to think, with a level where one was named, and has the room for it', async () => {
    const { backend, server } = await open({ kind: 'llama-server', loadedContext: 4096 });
    await hear(createModel(backend, { thinking: { mode: 'on', maxTokens: 1000 } }));
    await hear(createModel(backend, { thinking: { mode: 'high', maxTokens: 1000 } }));
    const max_tokens = REQUEST.maxTokens + 1000;
    expect(server.requests).toMatchObject([
      { chat_template_kwargs: { enable_thinking: true }, max_tokens },
      { chat_template_kwargs: { enable_thinking: true }, max_tokens, reasoning_effort: 'high' },
    ]);
    expect(server.requests[0]).not.toHaveProperty('reasoning_effort');
  });

  test('without usage its timings tell the prompt', async () => {
    const { model } = await open({
      kind: 'llama-server',
      ...answering({
        'POST /v1/chat/completions': {
          choices: [{ message: { content: 'ok' }, finish_reason: 'stop' }],
          timings: { cache_n: 5, prompt_n: 6, predicted_n: 7 },
        },
      }),
    });
    const done = (await hear(model)).events.at(-1);
    expect(done).toMatchObject({ usage: { promptTokens: 11, reusedTokens: 5, answerTokens: 7 } });
  });

  test('as a router loads a model when it is asked about it', async () => {
    const entry = (value: string) => ({ id: 'qwen2.5-coder:7b', owned_by: 'llamacpp', status: { value } });
    let asked = 0;
    const path = '/props?model=qwen2.5-coder%3A7b';
    const { model, server } = await open({
      kind: 'llama-server',
      override: (request, response) => {
        const values: Record<string, unknown> = {
          '/v1/models': { data: [entry(['unloaded', 'loading', 'loaded'][Math.min(asked, 2)] ?? '')] },
          [path]: {},
          [`${path}&autoload=false`]: { default_generation_settings: { n_ctx: 8192 } },
        };
        const value = values[request.url ?? ''];
        if (value === undefined) return false;
        if (request.url === '/v1/models') asked += 1;
        response.end(JSON.stringify(value));
        return true;
      },
    });
    expect((await hear(model)).text).toBe('ok');
    expect(server.calls).toContain(`GET ${path}`);
  });

  test('names its build, and lists what it serves', async () => {
    const { backend } = await open({ kind: 'llama-server', models: ['a.gguf'], loadedContext: 4096 });
    expect(await backend.version(signal)).toBe('b9000-abc');
    expect(await backend.installed(signal)).toEqual([
      {
        name: 'a.gguf',
        digest: undefined,
        sizeBytes: 4_683_073_536,
        parameters: '7.6B',
        quantisation: 'Q4_K_M',
        contextTokens: 32_768,
        loaded: { contextTokens: 4096, sizeBytes: undefined, gpuShare: undefined },
      },
    ]);
  });
});

describe('counting tokens', () => {
  const messages = [{ role: 'user' as const, content: 'x'.repeat(400) }];

  test.each([
    ['llama-server', 108],
    ['vllm', 108],
    ['lemonade', 108],
    ['lm-studio', undefined],
    ['openai', undefined],
  ] as const)('%s', async (kind, tokens) => {
    const { model } = await open({ kind, loadedContext: 4096 });
    expect(await model.countTokens?.(messages, signal)).toBe(tokens);
  });

  test('Lemonade counts with the model that was used last, so for no other', async () => {
    const { backend } = await open({ kind: 'lemonade', loadedContext: 4096 });
    const other = createModel(backend, { name: 'llama3.1:8b' });
    expect(await other.countTokens?.(messages, signal)).toBeUndefined();
  });

  test('an older llama-server renders the template and counts that', async () => {
    const { model } = await open({
      kind: 'llama-server',
      ...answering({
        'POST /v1/chat/completions/input_tokens': {
          status: 404,
          body: { error: { message: 'File Not Found' } },
        },
        'POST /apply-template': { prompt: 'rendered' },
        'POST /tokenize': { tokens: [1, 2, 3] },
      }),
    });
    expect(await model.countTokens?.(messages, signal)).toBe(3);
  });

  test.each(KINDS)('%s: what cannot be counted is unknown', async (kind) => {
    const gone = { status: 404, body: { error: 'no' } };
    const { model, backend } = await open({
      kind,
      ...answering({
        'POST /v1/chat/completions/input_tokens': gone,
        'POST /apply-template': gone,
        'POST /tokenize': gone,
        'POST /api/v1/tokenize': { status: 500, body: { error: 'not on this device' } },
      }),
    });
    expect(await model.countTokens?.(messages, signal)).toBeUndefined();
    const other = createModel(backend, { name: 'gone:7b' });
    expect(await other.countTokens?.(messages, signal)).toBeUndefined();
  });

  test('ends when it is aborted', async () => {
    const { model } = await open({ kind: 'vllm' });
    const reason = new Error('cancelled');
    await expect(model.countTokens?.(messages, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('downloads', () => {
  async function follow({ backend }: Scene, name = 'new:7b'): Promise<PullProgress[]> {
    const seen: PullProgress[] = [];
    for await (const progress of backend.pull?.(name, signal) ?? []) seen.push(progress);
    return seen;
  }

  test('Lemonade: file by file', async () => {
    expect(await follow(await open({ kind: 'lemonade' }))).toEqual([
      { status: 'pulling a.gguf', completedBytes: 40, totalBytes: 100 },
      { status: 'pulling b.json', completedBytes: 50, totalBytes: 110 },
      { status: 'success', completedBytes: 50, totalBytes: 110 },
    ]);
  });

  test('Lemonade: that fails', async () => {
    const error = await thrownBy(follow(await open({ kind: 'lemonade' }), 'broken'));
    expect(String(error)).toContain('no space left');
  });

  test('Lemonade: that ends early', async () => {
    const opened = await open({
      kind: 'lemonade',
      ...answering({ 'POST /api/v1/pull': { file: 'a', percent: 3 } }),
    });
    expect(faultOf(await thrownBy(follow(opened)))).toBe('stream-cut');
  });

  test('LM Studio: a job that is asked after', async () => {
    expect(await follow(await open({ kind: 'lm-studio' }))).toEqual([
      { status: 'downloading', completedBytes: 40, totalBytes: 100 },
      { status: 'completed', completedBytes: 100, totalBytes: 100 },
    ]);
  });

  test.each(['failed', 'paused'])('LM Studio: a job that is %s', async (status) => {
    const opened = await open({
      kind: 'lm-studio',
      ...answering({ 'POST /api/v1/models/download': { body: { status } } }),
    });
    expect(String(await thrownBy(follow(opened)))).toContain(`the download is ${status}`);
  });

  test.each(['llama-server', 'vllm', 'openai'] as const)('%s cannot', async (kind) => {
    expect((await open({ kind })).backend).not.toHaveProperty('pull');
  });
});

describe('LM Studio', () => {
  test('before 0.4.0 is asked in the old way', async () => {
    const entry = { type: 'llm', quantization: 'Q4_K_M', max_context_length: 32_768 };
    const { model, backend, server } = await open({
      kind: 'lm-studio',
      ...answering({
        'GET /api/v1/models': { error: 'Unexpected endpoint or method. (GET /api/v1/models)' },
        'GET /api/v0/models': {
          data: [
            { ...entry, id: 'qwen2.5-coder:7b', state: 'loaded', loaded_context_length: 8192 },
            { ...entry, id: 'llama3.1:8b', state: 'not-loaded' },
            { ...entry, id: 'nomic', type: 'embeddings', state: 'not-loaded' },
          ],
        },
      }),
    });
    expect(
      (await backend.installed(signal)).map(({ name, loaded }) => [name, loaded?.contextTokens]),
    ).toEqual([
      ['qwen2.5-coder:7b', 8192],
      ['llama3.1:8b', undefined],
    ]);
    expect((await hear(model)).text).toBe('ok');
    expect(server.requests).toHaveLength(1);
  });

  test('is told how long a model stays, unless for ever', async () => {
    const first = await open({ kind: 'lm-studio' }, { keepAlive: '30m' });
    await hear(first.model);
    expect(first.server.requests[0]?.['ttl']).toBe(1800);
    await first.server.close();
    for (const [keepAlive, ttl] of [
      ['-1', undefined],
      ['0', 1],
      ['2h', 7200],
    ] as const) {
      const { model, server } = await open({ kind: 'lm-studio' }, { keepAlive });
      await hear(model);
      expect(server.requests[0]?.['ttl']).toBe(ttl);
      await server.close();
    }
  });

  test.each(['qwen2.5-coder:7b@q4_k_m', 'qwen2.5-coder:7b:2', 'publisher/qwen2.5-coder:7b'])(
    'may answer as %s',
    async (as) => {
      const { model } = await open({ kind: 'lm-studio', replies: () => ({ text: 'hi', as }) });
      expect((await hear(model)).text).toBe('hi');
    },
  );

  test('among several instances the widest is asked', async () => {
    const instances = [2048, 8192].map((length) => ({
      id: `i${length}`,
      config: { context_length: length },
    }));
    const { model, server } = await open({
      kind: 'lm-studio',
      models: ['i8192'],
      ...answering({
        'GET /api/v1/models': { models: [{ key: 'qwen2.5-coder:7b', loaded_instances: instances }] },
      }),
    });
    expect((await hear(model)).error).toBeUndefined();
    expect(server.requests[0]?.model).toBe('i8192');
  });
});

describe('Ollama in place of another server', () => {
  test.each(KINDS)('%s is refused', async (kind) => {
    const server = await startScriptedOllama({ replies: () => 'no' });
    const address = new URL(kind === 'openai' ? `${server.url}/v1` : server.url);
    const backend = createOpenAiBackend({ kind, addresses: [address], keepAlive: '30m', retryBaseMs: 1 });
    const { error } = await hear(createModel(backend));
    expect(faultOf(error)).toBe('wrong-backend');
    expect(error).toMatchObject({
      message: expect.stringContaining('/v1 cannot set the context window'),
      remedy: expect.stringContaining('backend: ollama'),
    });
    expect(server.requests).toEqual([]);
    await server.close();
  });
});
