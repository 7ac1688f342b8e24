import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { parseConfig } from '../../src/config/parse-config.js';
import type { Config } from '../../src/config/schema.js';
import {
  addressesOf,
  createBackends,
  createCrew,
  createModels,
  describeRemote,
  isOneModel,
  shouldBatch,
} from '../../src/engine/models.js';
import { writeGguf } from '../models/embedded/gguf-files.js';
import { startScriptedOllama } from '../support/scripted-ollama.js';

function read(text: string): Config {
  vi.stubEnv('OLLAMA_HOST', '127.0.0.1:1');
  onTestFinished(() => void vi.unstubAllEnvs());
  return parseConfig(text).config;
}

const signal = new AbortController().signal;

describe('the backends', () => {
  it('are one for one address, and two for two', () => {
    const same = createBackends(read(''));
    expect(same.overseer).toBe(same.coder);
    const config = read("coder: { url: 'http://192.168.1.5:11434' }\n");
    const two = createBackends(config);
    expect(two.overseer).not.toBe(two.coder);
    expect(two.coder.label).toBe('Ollama at http://192.168.1.5:11434');
    expect(addressesOf(config, 'overseer').map(({ port }) => port)).toEqual(['1']);
  });

  it('give one model in both roles one context window', () => {
    const config = read('overseer: { model: qwen2.5-coder:7b, context: 4096 }\ncoder: { context: 12288 }\n');
    const models = createModels(config, createBackends(config));
    expect([models.overseer.current.contextTokens, models.coder.current.contextTokens]).toEqual([
      12_288, 12_288,
    ]);
    expect(isOneModel(config)).toBe(true);
    expect(isOneModel(read(''))).toBe(false);
  });
});

describe('models without a server', () => {
  it('are one backend for both roles, with files of the repository', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'nexus-crew-'));
    onTestFinished(async () => rm(folder, { recursive: true, force: true }));
    await writeGguf(join(folder, 'coder.gguf'));
    const config = read(
      'overseer: { backend: embedded, model: big.gguf }\ncoder: { backend: embedded, model: coder.gguf }\n',
    );
    const { backends, models } = createCrew(config, { folder });
    expect(backends.overseer).toBe(backends.coder);
    expect(backends.coder).toMatchObject({ kind: 'embedded' });
    expect((await backends.coder.installed(signal)).map(({ name }) => name)).toEqual(['coder.gguf']);
    expect(models.coder.current.name).toBe('coder.gguf');
    expect(addressesOf(config, 'coder')).toEqual([]);
    // Nothing is in memory yet.
    expect(await shouldBatch(config, { backends, models }, signal)).toBe(true);
  });

  it('can be beside one with a server', () => {
    const config = read('coder: { backend: embedded, model: ~/coder.gguf }\n');
    const { overseer, coder } = createBackends(config);
    expect([overseer.kind, coder.kind]).toEqual(['ollama', 'embedded']);
  });

  it('have no address', () => {
    const { problems } = parseConfig(
      "coder: { backend: embedded, model: a.gguf, url: 'http://localhost:1' }\n",
    );
    expect(problems).toMatchObject([{ message: expect.stringContaining('leave `url:` out') }]);
  });
});

describe('kinds of servers', () => {
  it('may differ between the roles, at one address too', () => {
    const config = read(
      "overseer: { backend: vllm }\ncoder: { backend: lemonade, url: 'http://127.0.0.1:8000' }\n",
    );
    const { overseer, coder } = createBackends(config);
    expect([overseer.label, coder.label]).toEqual([
      'vLLM at http://127.0.0.1:8000',
      'Lemonade at http://127.0.0.1:8000',
    ]);
    expect([overseer.kind, coder.kind]).toEqual(['vllm', 'lemonade']);
    expect(
      isOneModel(read('overseer: { backend: vllm, model: m }\ncoder: { backend: vllm, model: m }\n')),
    ).toBe(true);
  });

  it('with another key are other servers', () => {
    vi.stubEnv('MINE', 'x');
    const { overseer, coder } = createBackends(read('coder: { api_key_env: MINE }\n'));
    expect(overseer).not.toBe(coder);
  });

  it('do without a key that nobody named, and not without one that was', () => {
    expect(createBackends(read('coder: { backend: vllm }\n')).coder.kind).toBe('vllm');
    expect(() => createBackends(read('coder: { api_key_env: NOT_THERE }\n'))).toThrow(
      /NOT_THERE.* is not set/,
    );
  });

  it('outside the private network are refused, or told of in every run', () => {
    const role = "overseer: { backend: openai, url: 'https://models.example.com/v1' }\n";
    expect(() => createBackends(read(role))).toThrow(/models\.example\.com .* outside this machine/);
    const allowed = read(`allow_remote: true\n${role}`);
    expect(createBackends(allowed).overseer.label).toContain('https://models.example.com/v1');
    expect(describeRemote(allowed)).toEqual([
      "The overseer's prompts, with your code, go to models.example.com (allow_remote).",
    ]);
    expect(describeRemote(read('allow_remote: true\n'))).toEqual([]);
  });
});

describe('tasks are worked on role by role', () => {
  it.each([
    ['models: { resident: 1 }', true],
    ['models: { resident: 2 }', false],
    // Two servers do not share their memory.
    ["coder: { url: 'http://127.0.0.2:1' }", false],
    ['overseer: { model: qwen2.5-coder:7b }', false],
    // Nobody answers: it is taken as too small.
    ['', true],
  ])('with %j: %s', async (text, expected) => {
    const config = read(`${text}\n`);
    expect(await shouldBatch(config, createCrew(config, { retryBaseMs: 1 }), signal)).toBe(expected);
  });

  it('unless the server holds both models now', async () => {
    const server = await startScriptedOllama({ replies: () => 'x', resident: 2 });
    onTestFinished(async () => server.close());
    const config = read(`overseer: { url: '${server.url}' }\ncoder: { url: '${server.url}' }\n`);
    const crew = createCrew(config, { retryBaseMs: 1 });
    const { models } = crew;
    expect(await shouldBatch(config, crew, signal)).toBe(true);
    for (const model of [models.overseer.current, models.coder.current]) {
      const request = {
        messages: [{ role: 'user' as const, content: 'x' }],
        maxTokens: 9,
        temperature: 0,
        seed: 0,
        estimatedTokens: 9,
      };
      for await (const event of model.chat(request, signal)) if (event.type === 'done') break;
    }
    expect(await shouldBatch(config, crew, signal)).toBe(false);
  });

  it('is not decided when the user interrupts', async () => {
    const config = read('');
    const stopped = AbortSignal.abort(new Error('Ctrl-C'));
    await expect(shouldBatch(config, createCrew(config), stopped)).rejects.toThrow('Ctrl-C');
  });
});
