import { afterEach, describe, expect, test } from 'vitest';
import { readApiKey } from '../../../src/models/api-key.js';
import { resolveAddresses } from '../../../src/models/openai/address.js';
import { createOpenAiBackend } from '../../../src/models/openai/backend.js';
import type { JsonSchema } from '../../../src/models/port.js';
import { findClosedAddress } from '../../support/loopback-server.js';
import { startScriptedOpenAi, type ScriptedOpenAi } from '../../support/scripted-openai.js';
import { faultOf, hear, LIMITS } from '../chat-support.js';
import { createModel, openScene, type Scene } from './openai-support.js';

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

const SCHEMA: JsonSchema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };

describe('a request', () => {
  test('says all that decides its answer', async () => {
    const { model, server } = await open({ kind: 'openai' });
    await hear(model);
    expect(server.requests[0]).toEqual({
      model: 'qwen2.5-coder:7b',
      stream: true,
      stream_options: { include_usage: true },
      messages: [{ role: 'user', content: 'Say hello.' }],
      max_tokens: 256,
      temperature: 0.2,
      seed: 42,
      top_p: 0.8,
    });
  });

  test('is sent again with less when a server refuses a part of it, and that is remembered', async () => {
    const { model, backend, server } = await open({ kind: 'vllm', refuses: ['stream_options', 'seed'] });
    expect((await hear(model)).text).toBe('ok');
    expect(server.requests[0]).not.toHaveProperty('stream_options');
    expect(server.requests[0]).not.toHaveProperty('seed');
    expect(server.requests[0]).toHaveProperty('repetition_penalty', 1.05);
    const before = server.calls.length;
    await hear(createModel(backend, { role: 'overseer' }));
    expect(server.calls.slice(before).filter((call) => call.startsWith('POST'))).toHaveLength(1);
  });

  test('calls the bound of the answer as the server wants it', async () => {
    const { model, server } = await open({
      kind: 'openai',
      override: (request, response) => {
        if (request.method !== 'POST' || server.calls.filter((call) => call.startsWith('POST')).length > 1)
          return false;
        response.statusCode = 400;
        response.end('{"error":{"message":"Use \'max_completion_tokens\' instead of \'max_tokens\'."}}');
        return true;
      },
    });
    expect((await hear(model)).text).toBe('ok');
    expect(server.requests[0]).toMatchObject({ max_completion_tokens: 256 });
    expect(server.requests[0]).not.toHaveProperty('max_tokens');
  });

  test('that is refused whatever it says ends with what was said first, and nothing is learned', async () => {
    const { model, server } = await open({
      kind: 'openai',
      replies: (_, index) => (index < 4 ? { fault: 'bad-request' } : 'ok'),
    });
    const { error } = await hear(model, { schema: SCHEMA });
    expect(faultOf(error)).toBe('bad-request');
    expect(String(error)).toContain('nothing of the kind');
    await hear(model, { schema: SCHEMA });
    expect(server.requests.at(-1)).toMatchObject({
      stream_options: { include_usage: true },
      response_format: { type: 'json_schema' },
    });
  });
});

describe('a schema', () => {
  test('is the server’s where it can', async () => {
    const { model, server } = await open({
      kind: 'llama-server',
      loadedContext: 4096,
      replies: () => ({ json: { a: 'b' } }),
    });
    await hear(model, { schema: SCHEMA });
    expect(server.requests[0]?.response_format).toEqual({
      type: 'json_schema',
      json_schema: { name: 'answer', strict: true, schema: SCHEMA },
    });
    expect(server.requests[0]?.messages[0]?.content).toBe('Say hello.');
  });

  test.each([
    [['json_schema'], { type: 'json_object' }],
    [['json_schema', 'json_object'], undefined],
    [['response_format'], undefined],
  ])('without %s it stands in the prompt; found out once', async (refuses, format) => {
    const { model, backend, server } = await open({
      kind: 'openai',
      refuses,
      replies: () => ({ json: { a: 'b' } }),
    });
    for (const each of [model, createModel(backend)]) {
      expect((await hear(each, { schema: SCHEMA })).error).toBeUndefined();
    }
    expect(server.requests).toHaveLength(2);
    for (const request of server.requests) {
      expect(request.response_format).toEqual(format);
      expect(request.messages[0]?.content).toMatch(
        /^Say hello\.\n\nAnswer with one JSON object .*"required":\["a"\]\}$/su,
      );
    }
    // Per model, and only where a schema is asked for.
    await hear(model);
    expect(server.requests[2]?.messages[0]?.content).toBe('Say hello.');
    await hear(createModel(backend, { name: 'llama3.1:8b' }), { schema: SCHEMA });
    expect(server.calls.filter((call) => call.startsWith('POST')).length).toBeGreaterThan(4);
  });

  test('that a server takes and ignores is put into the prompt from then on', async () => {
    const { model, server } = await open({
      kind: 'lemonade',
      loadedContext: 4096,
      replies: (_, index) => (index === 0 ? 'Sure! Here is the JSON.' : { json: { a: 'b' } }),
    });
    await hear(model, { schema: SCHEMA });
    await hear(model, { schema: SCHEMA });
    expect(server.requests.map((request) => request.response_format?.type)).toEqual([
      'json_schema',
      undefined,
    ]);
    expect(server.requests[1]?.messages[0]?.content).toContain('JSON Schema');
  });

  test('an answer that was cut is no sign that it was ignored', async () => {
    const { model, server } = await open({
      kind: 'openai',
      replies: () => ({ text: '{"a":', ending: 'length' }),
    });
    await hear(model, { schema: SCHEMA });
    await hear(model, { schema: SCHEMA });
    expect(server.requests[1]?.response_format?.type).toBe('json_schema');
  });
});

describe('a key', () => {
  const apiKey = 'sk-SECRET-1';

  test('is sent with every question', async () => {
    const { model, backend, server } = await open({ kind: 'lm-studio', apiKey }, { apiKey });
    await backend.installed(signal);
    expect((await hear(model)).text).toBe('ok');
    expect(server.keys).toHaveLength(server.calls.length);
    expect(new Set(server.keys)).toEqual(new Set([`Bearer ${apiKey}`]));
  });

  test('that is missing or wrong has its own fault, which does not show it', async () => {
    const { backend, server } = await open({ kind: 'vllm', apiKey });
    const missing = (await hear(createModel(backend))).error;
    expect(faultOf(missing)).toBe('unauthorised');
    expect(missing).toMatchObject({
      remedy: expect.stringContaining('VLLM_API_KEY, or the one that `api_key_env:`'),
    });
    const wrong = createOpenAiBackend({
      kind: 'vllm',
      addresses: [new URL(server.url)],
      keepAlive: '1m',
      apiKey: 'sk-WRONG',
      retryBaseMs: 1,
    });
    const { error } = await hear(createModel(wrong));
    expect(faultOf(error)).toBe('unauthorised');
    // The server repeats it.
    expect(String(error)).toContain('Invalid API key: Bearer …');
    expect(JSON.stringify(error)).not.toContain('WRONG');
  });

  test('never stands in a fault, whatever the server sends back', async () => {
    for (const body of [
      `data: {"error":{"message":"bad key ${apiKey}"}}\n\n`,
      `{"error":"bad key ${apiKey}"}`,
      `<html>${apiKey}</html>`,
    ]) {
      const { model, server } = await open(
        {
          kind: 'openai',
          override: (request, response) => {
            if (request.method !== 'POST') return false;
            response.end(body);
            return true;
          },
        },
        { apiKey },
      );
      const { error } = await hear(model);
      expect(String(error)).toContain('…');
      expect(String(error)).not.toContain('SECRET');
      await server.close();
    }
  });

  test('comes from the environment', () => {
    const env = { VLLM_API_KEY: ' a ', MINE: 'b', EMPTY: '', BAD: 'c\nd' };
    expect(readApiKey('vllm', undefined, env)).toBe('a');
    expect(readApiKey('vllm', 'MINE', env)).toBe('b');
    expect(readApiKey('openai', undefined, env)).toBeUndefined();
    expect(readApiKey('lm-studio', undefined, env)).toBeUndefined();
    expect(readApiKey('ollama', 'MINE', env)).toBe('b');
    for (const name of ['EMPTY', 'NOT_THERE', 'BAD']) {
      expect(() => readApiKey('openai', name, env)).toThrow(name);
      expect(() => readApiKey('openai', name, env)).not.toThrow(/c\nd/);
    }
  });
});

describe('the address', () => {
  const at = (kind: Parameters<typeof resolveAddresses>[0], url?: string): string[] =>
    resolveAddresses(kind, url, { allowRemote: false }).map(({ href }) => href);

  test.each([
    ['lm-studio', undefined, ['http://127.0.0.1:1234/']],
    ['lemonade', undefined, ['http://127.0.0.1:13305/', 'http://127.0.0.1:8000/']],
    ['llama-server', undefined, ['http://127.0.0.1:8080/', 'http://127.0.0.1:9931/']],
    ['vllm', undefined, ['http://127.0.0.1:8000/']],
    ['lemonade', 'http://localhost:1/api/v1/', ['http://localhost:1/']],
    ['lm-studio', 'http://10.0.0.1:1/v1', ['http://10.0.0.1:1/']],
    ['vllm', 'http://10.0.0.1:1/behind/v1', ['http://10.0.0.1:1/behind']],
    ['openai', 'http://10.0.0.1:1', ['http://10.0.0.1:1/v1']],
    ['openai', 'http://10.0.0.1:1/v1/', ['http://10.0.0.1:1/v1']],
    ['openai', 'http://10.0.0.1:1/api/v3', ['http://10.0.0.1:1/api/v3']],
  ] as const)('%s at %s', (kind, url, expected) => {
    expect(at(kind, url)).toEqual(expected);
  });

  test('outside the private network is refused unless that is allowed', () => {
    expect(() => at('vllm', 'https://example.com')).toThrow(/outside this machine/);
    expect(resolveAddresses('vllm', 'https://example.com', { allowRemote: true })[0]?.host).toBe(
      'example.com',
    );
  });
});

describe('two usual ports', () => {
  let other: ScriptedOpenAi | undefined;
  afterEach(async () => {
    await other?.close();
    other = undefined;
  });

  const backendAt = (kind: 'llama-server' | 'lemonade', addresses: readonly URL[]) =>
    createOpenAiBackend({ kind, addresses, keepAlive: '1m', limits: LIMITS, retryBaseMs: 1 });

  test.each(['llama-server', 'lemonade'] as const)('%s is found where it is', async (kind) => {
    const { server } = await open({ kind, loadedContext: 4096 });
    const closed = await findClosedAddress();
    const backend = backendAt(kind, [closed, new URL(server.url)]);
    expect(backend.label).toContain(` at http://127.0.0.1:${closed.port} or http://127.0.0.1:`);
    expect((await hear(createModel(backend))).text).toBe('ok');
    expect(backend.label).toMatch(new RegExp(` at ${server.url}$`));
  });

  test('a server that comes back on the other is found again', async () => {
    other = await startScriptedOpenAi({ kind: 'llama-server', replies: () => 'first', loadedContext: 4096 });
    const { server } = await open({ kind: 'llama-server', loadedContext: 4096, replies: () => 'second' });
    const backend = backendAt('llama-server', [new URL(other.url), new URL(server.url)]);
    expect((await hear(createModel(backend))).text).toBe('first');
    await other.close();
    expect((await hear(createModel(backend))).text).toBe('second');
  });

  test('llama-server is found while it reads its model, and where it wants a key', async () => {
    const { server } = await open({ kind: 'llama-server', loadedContext: 4096, loadingFor: 4, apiKey: 'k' });
    const closed = await findClosedAddress();
    const at = [closed, new URL(server.url)];
    const keyed = createOpenAiBackend({ kind: 'llama-server', addresses: at, keepAlive: '1m', apiKey: 'k' });
    expect((await hear(createModel(keyed))).text).toBe('ok');
    expect(faultOf((await hear(createModel(backendAt('llama-server', at)))).error)).toBe('unauthorised');
  });

  test('another program on the first is passed by', async () => {
    other = await startScriptedOpenAi({ kind: 'vllm', replies: () => 'wrong' });
    const { server } = await open({ kind: 'llama-server', loadedContext: 4096 });
    const backend = backendAt('llama-server', [new URL(other.url), new URL(server.url)]);
    expect((await hear(createModel(backend))).text).toBe('ok');
    expect(other.requests).toEqual([]);
  });

  test('nothing on both is named with both', async () => {
    other = await startScriptedOpenAi({ kind: 'vllm', replies: () => 'wrong' });
    const backend = backendAt('lemonade', [new URL(other.url), await findClosedAddress()]);
    const { error } = await hear(createModel(backend));
    expect(faultOf(error)).toBe('not-running');
    expect(String(error)).toMatch(/Lemonade at http:\S+ or http:\S+ does not answer/);
  });
});
