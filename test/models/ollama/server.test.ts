import { findClosedAddress } from '../../support/loopback-server.js';
import { afterEach, describe, expect, test } from 'vitest';
import { createOllamaBackend, isTooOld } from '../../../src/models/ollama/backend.js';
import type { Backend, PullProgress } from '../../../src/models/port.js';
import {
  inOrder,
  startScriptedOllama,
  type ScriptedOllama,
  type ScriptedOllamaOptions,
} from '../../support/scripted-ollama.js';
import { createModel, faultOf, hear, LIMITS } from '../chat-support.js';

const { signal } = new AbortController();
let server: ScriptedOllama;
afterEach(async () => server?.close());

async function serve(options: Partial<ScriptedOllamaOptions>): Promise<Backend> {
  server = await startScriptedOllama({ replies: inOrder('hi'), ...options });
  return createOllamaBackend({ address: new URL(server.url), keepAlive: '30m', limits: LIMITS });
}

/** A server that answers one path with this text. */
function answering(path: string, body: string, status = 200): Partial<ScriptedOllamaOptions> {
  return {
    override: (request, response) => {
      if (request.url !== path) return false;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body);
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

describe('version', () => {
  test('is what the server says', async () => {
    const backend = await serve({ version: '0.34.1' });
    expect(await backend.version(signal)).toBe('0.34.1');
    expect(backend.label).toBe(`Ollama at ${server.url}`);
  });

  test('of something else is no version', async () => {
    const backend = await serve(answering('/api/version', '{"version":7}'));
    const error = await thrownBy(backend.version(signal));
    expect(faultOf(error)).toBe('bad-answer');
    expect(String(error)).toContain('version: ');
  });

  test.each(['[]', 'null', '<html>', '{"version":'])('%s is not an answer', async (body) => {
    const backend = await serve(answering('/api/version', body));
    expect(faultOf(await thrownBy(backend.version(signal)))).toBe('bad-answer');
  });

  test('a server that is not there is reported at once', async () => {
    const address = await findClosedAddress();
    const started = performance.now();
    const error = await thrownBy(createOllamaBackend({ address, keepAlive: '1m' }).version(signal));
    expect(faultOf(error)).toBe('not-running');
    expect(performance.now() - started).toBeLessThan(400);
    server = await startScriptedOllama({ replies: inOrder() });
  });

  test.each([
    ['0.12.3', true],
    ['0.9.9', true],
    ['v0.1.0', true],
    ['0.12.4', false],
    ['0.12.4-rc1', false],
    ['0.24.0', false],
    ['1.0.0', false],
    ['0.0.0', false],
    ['unknown', false],
  ])('%s: too old is %s', (version, expected) => {
    expect(isTooOld(version)).toBe(expected);
  });
});

describe('installed models', () => {
  test('with what is in memory and how long their window is', async () => {
    const backend = await serve({
      models: [
        { name: 'qwen2.5-coder:7b', sizeBytes: 5 },
        { name: 'llama3.1:8b', family: 'llama', contextTokens: 131_072 },
        { name: 'mine:latest', remoteHost: 'https://ollama.com:443' },
        'glm:cloud',
        'c:1b',
        'd:1b',
        'e:1b',
      ],
    });
    await hear(createModel(server.url));
    const models = await backend.installed(signal);
    expect(models.map((model) => model.name)).toEqual([
      'qwen2.5-coder:7b',
      'llama3.1:8b',
      'c:1b',
      'd:1b',
      'e:1b',
    ]);
    expect(models[0]).toMatchObject({
      sizeBytes: 5,
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      parameters: '7.6B',
      quantisation: 'Q4_K_M',
      contextTokens: 32_768,
      loaded: { contextTokens: 4096, sizeBytes: 5_000_000_000, gpuShare: 0.5 },
    });
    expect(models[1]).toMatchObject({ contextTokens: 131_072, loaded: undefined });
  });

  test('a digest costs one small question, however many models there are', async () => {
    const backend = await serve({ models: ['a:latest', 'b:1b'] });
    expect(await backend.digest?.('b:1b', signal)).toMatch(/^[0-9a-f]{64}$/);
    expect(await backend.digest?.('a', signal)).not.toBe(await backend.digest?.('b:1b', signal));
    expect(await backend.digest?.('c:1b', signal)).toBeUndefined();
    expect(new Set(server.calls)).toEqual(new Set(['GET /api/tags']));
    expect(server.calls).toHaveLength(4);
  });

  test('what a server leaves out is unknown', async () => {
    const backend = await serve({
      override: (request, response) => {
        if (request.url === '/api/tags') response.end('{"models":[{"name":"bare:1b"}]}');
        else if (request.url === '/api/ps') response.end('{"models":[{"name":"bare:1b"}]}');
        else response.end('{}');
        return true;
      },
    });
    expect(await backend.installed(signal)).toEqual([
      {
        name: 'bare:1b',
        digest: undefined,
        sizeBytes: undefined,
        parameters: undefined,
        quantisation: undefined,
        contextTokens: undefined,
        loaded: { contextTokens: undefined, sizeBytes: undefined, gpuShare: undefined },
      },
    ]);
  });

  test('are listed even if the server cannot describe them', async () => {
    const backend = await serve({
      models: ['a:1b'],
      override: (request, response) => {
        if (request.url === '/api/tags') return false;
        response.statusCode = 500;
        response.end('{}');
        return true;
      },
    });
    expect(await backend.installed(signal)).toMatchObject([{ name: 'a:1b', contextTokens: undefined }]);
  });

  test('none', async () => {
    const backend = await serve(answering('/api/tags', '{"models":null}'));
    expect(await backend.installed(signal)).toEqual([]);
  });

  test('an answer without end is refused', async () => {
    const backend = await serve({
      override: (request, response) => {
        if (request.url !== '/api/tags') return false;
        const more = (): void => {
          while (!response.destroyed && response.write('x'.repeat(1024 * 1024)));
        };
        response.on('drain', more);
        more();
        return true;
      },
    });
    expect(String(await thrownBy(backend.installed(signal)))).toContain('far too long');
  });

  test('an error page without end is cut', async () => {
    const backend = await serve(answering('/api/tags', 'e'.repeat(200_000), 500));
    expect(String(await thrownBy(backend.installed(signal))).length).toBeLessThan(500);
  });

  test('a path in the address is kept', async () => {
    server = await startScriptedOllama({
      replies: inOrder(),
      override: (request, response) => {
        response.end(JSON.stringify({ version: request.url }));
        return true;
      },
    });
    const backend = createOllamaBackend({ address: new URL(`${server.url}/behind/`), keepAlive: '1m' });
    expect(await backend.version(signal)).toBe('/behind/api/version');
  });
});

describe('pull', () => {
  async function follow(backend: Backend, name = 'qwen2.5-coder:7b'): Promise<PullProgress[]> {
    const seen: PullProgress[] = [];
    for await (const progress of backend.pull?.(name, signal) ?? []) seen.push(progress);
    return seen;
  }

  test('sums the layers, which come interleaved', async () => {
    const backend = await serve({
      pull: [
        { status: 'pulling manifest' },
        { status: 'pulling a', digest: 'sha256:a', total: 100 },
        { status: 'pulling b', digest: 'sha256:b', total: 50, completed: 10 },
        { status: 'pulling a', digest: 'sha256:a', total: 100, completed: 60 },
        { status: 'pulling b', digest: 'sha256:b' },
        { status: 'success' },
      ],
    });
    expect(await follow(backend)).toEqual([
      { status: 'pulling manifest', completedBytes: undefined, totalBytes: undefined },
      { status: 'pulling a', completedBytes: 0, totalBytes: 100 },
      { status: 'pulling b', completedBytes: 10, totalBytes: 150 },
      { status: 'pulling a', completedBytes: 70, totalBytes: 150 },
      { status: 'pulling b', completedBytes: 70, totalBytes: 150 },
      { status: 'success', completedBytes: 70, totalBytes: 150 },
    ]);
  });

  test.each([
    [
      [{ status: 'pulling manifest' }, { error: 'pull model manifest: file does not exist' }],
      'model-missing',
    ],
    [[{ status: 'pulling manifest' }, { error: 'dial tcp: no such host' }], 'mid-stream-error'],
    [[{ status: 'pulling manifest' }], 'stream-cut'],
    [[{ digest: 7 }, { status: 'success' }], 'bad-answer'],
    [[{}, { status: 'success' }], undefined],
  ])('%j', async (pull, fault) => {
    const backend = await serve({ pull });
    expect(faultOf(await thrownBy(follow(backend)))).toBe(fault);
  });

  test('a model of the cloud is refused', async () => {
    const backend = await serve({});
    expect(faultOf(await thrownBy(follow(backend, 'kimi:1t-cloud')))).toBe('refused-model');
    expect(server.calls).toEqual([]);
  });
});

describe('loading by hand', () => {
  test('as every later request will have it, and unloading', async () => {
    const backend = await serve({ replies: inOrder('hi') });
    await backend.load?.('qwen2.5-coder:7b', 4096, signal);
    expect(server.loads).toEqual([{ model: 'qwen2.5-coder:7b', numCtx: 4096 }]);
    // The request finds it as it needs it.
    expect((await hear(createModel(server.url))).events[1]).toEqual({ type: 'waiting', for: 'prompt' });
    expect(server.loads).toHaveLength(1);
    await backend.unload?.('qwen2.5-coder:7b', signal);
    expect((await backend.installed(signal)).every(({ loaded }) => loaded === undefined)).toBe(true);
  });

  test.each([
    ['gone:1b', 'model-missing'],
    ['glm:cloud', 'refused-model'],
  ])('%s', async (name, fault) => {
    const backend = await serve({});
    expect(faultOf(await thrownBy(backend.load?.(name, 4096, signal) ?? Promise.resolve()))).toBe(fault);
  });
});

test('a key is sent with every question', async () => {
  const seen: unknown[] = [];
  server = await startScriptedOllama({
    replies: inOrder('hi'),
    override: (request) => (seen.push(request.headers.authorization), false),
  });
  const backend = createOllamaBackend({ address: new URL(server.url), keepAlive: '30m', apiKey: 'sk-1' });
  await backend.version(signal);
  expect(
    (
      await hear(
        backend.model({ role: 'coder', name: 'qwen2.5-coder:7b', contextTokens: 4096, limits: LIMITS }),
      )
    ).text,
  ).toBe('hi');
  expect(new Set(seen)).toEqual(new Set(['Bearer sk-1']));
});
