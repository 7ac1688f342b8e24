import { utimes } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createEmbeddedBackend, createProcessEngine } from '../../../src/models/embedded/backend.js';
import { createEngine } from '../../../src/models/embedded/engine.js';
import { importLibrary, isLibrary, type LlamaLibrary } from '../../../src/models/embedded/library.js';
import { estimateMemory } from '../../../src/models/embedded/memory.js';
import { hereIn, readModelFile } from '../../../src/models/embedded/model-file.js';
import { faultOf, hear } from '../chat-support.js';
import { createFakeLibrary, NoBinaryFoundError } from './fake-library.js';
import { QWEN, u32 } from './gguf-files.js';
import { createScene, type Scene } from './scene.js';

const NEVER = new AbortController().signal;
const scenes: Scene[] = [];
afterEach(async () => {
  for (const scene of scenes.splice(0)) await scene.remove();
});

async function setUp(...input: Parameters<typeof createScene>): Promise<Scene> {
  const scene = await createScene(...input);
  scenes.push(scene);
  return scene;
}

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe('node-llama-cpp', () => {
  const engineOf = (load: () => Promise<LlamaLibrary>) =>
    createEngine({
      load,
      installCommand: () => 'npm install it',
      totalMemory: () => 1e12,
      availableMemory: () => 1e12,
    });

  test('is not needed until a model is asked', async () => {
    const scene = await createScene();
    scenes.push(scene);
    expect(await scene.backend.installed(NEVER)).toHaveLength(2);
    expect(scene.trace.options).toEqual([]);
  });

  test('that is missing is named with the command that installs it', async () => {
    const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
    const engine = createProcessEngine(async () => Promise.reject(missing));
    const error = await errorOf(engine.version());
    expect(faultOf(error)).toBe('not-running');
    expect(error).toMatchObject({
      message: expect.stringContaining('not installed'),
      remedy: expect.stringMatching(/npm install .*node-llama-cpp@\^3\.22/),
      canRetry: false,
      exitCode: 5,
    });
    await expect(importLibrary()).rejects.toThrow('node-llama-cpp');
  });

  test('that is missing is looked for again', async () => {
    const { library } = createFakeLibrary();
    const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
    const load = vi
      .fn<() => Promise<LlamaLibrary>>()
      .mockRejectedValueOnce(missing)
      .mockResolvedValue(library);
    const engine = engineOf(load);
    expect(faultOf(await errorOf(engine.version()))).toBe('not-running');
    expect(await engine.version()).toBe('3.22.1');
    await engine.version();
    expect(load).toHaveBeenCalledTimes(2);
  });

  test('of another version is refused', async () => {
    const scene = await setUp({ version: '2.8.0' });
    const error = await errorOf(scene.backend.version(NEVER));
    expect(faultOf(error)).toBe('wrong-backend');
    expect(error).toMatchObject({ message: expect.stringContaining('2.8.0') });
  });

  test('that is another package is none', () => {
    expect(isLibrary(createFakeLibrary().library)).toBe(true);
    expect(isLibrary({ getLlama: () => {} })).toBe(false);
    expect(isLibrary(undefined)).toBe(false);
  });

  test('neither builds, nor downloads, nor prints', async () => {
    const scene = await setUp();
    await hear(scene.model());
    expect(scene.trace.options).toHaveLength(1);
    expect(scene.trace.options[0]).toMatchObject({
      build: 'never',
      skipDownload: true,
      progressLogs: false,
    });
  });

  test.each([
    [new NoBinaryFoundError('NoBinaryFound'), /no ready-made binary for this machine/, /source download/],
    [new Error('libc is too old'), /does not start: libc is too old/, /npm install it/],
  ])('that has no binary here says so: %s', async (thrown, message, remedy) => {
    const scene = await setUp({ failures: { getLlama: thrown } });
    const { error } = await hear(scene.model());
    expect(faultOf(error)).toBe('not-running');
    expect(error).toMatchObject({
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(remedy),
      canRetry: false,
    });
    expect((await hear(scene.model())).text).toBe('Hello there.');
  });
});

describe('the models', () => {
  test('are the configured files that are there, with what is loaded', async () => {
    const scene = await setUp({ gpu: 'metal', vram: { total: 8e9, free: 8e9 } });
    const backend = createEmbeddedBackend({
      names: ['a.gguf', 'none.gguf', 'a.gguf', 'b.gguf'],
      folder: scene.folder,
      keepAlive: '30m',
      engine: scene.engine,
    });
    await backend.load?.('b.gguf', 8192, NEVER);
    const [a, b, ...more] = await backend.installed(NEVER);
    expect(more).toEqual([]);
    expect(a).toEqual({
      name: 'a.gguf',
      cacheBytesPerToken: 12_288,
      digest: expect.stringMatching(/^sampled-/),
      sizeBytes: expect.any(Number),
      parameters: '0.5B',
      quantisation: 'Q4_K_M',
      contextTokens: 32_768,
      loaded: undefined,
    });
    expect(await backend.digest?.('a.gguf', NEVER)).toBe(a?.digest);
    expect(b?.loaded).toEqual({ contextTokens: 8192, sizeBytes: 1500, gpuShare: 0.25 });
    // A GPU needs no threads.
    expect(scene.trace.contexts).toEqual([{ contextSize: 8192, threads: undefined }]);
  });

  test('are loaded and unloaded on request', async () => {
    const scene = await setUp();
    await scene.backend.load?.('a.gguf', 4096, NEVER);
    await scene.backend.load?.('a.gguf', 4096, NEVER);
    expect(scene.trace.loads).toHaveLength(1);
    await scene.backend.unload?.('a.gguf', NEVER);
    await scene.backend.unload?.('a.gguf', NEVER);
    expect(scene.trace.disposed).toHaveLength(1);
    expect((await scene.backend.installed(NEVER))[0]?.loaded).toBeUndefined();
    await expect(scene.backend.load?.('none.gguf', 4096, NEVER)).rejects.toMatchObject({
      fault: 'model-missing',
    });
    expect(scene.backend).not.toHaveProperty('pull');
    expect(scene.backend).toMatchObject({ kind: 'embedded', label: 'node-llama-cpp' });
  });

  test('are not waited for once loading them is aborted', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const scene = await setUp({
      loading: async () => {
        controller.abort(reason);
        await delay(20);
      },
    });
    expect(await errorOf(Promise.resolve(scene.backend.load?.('a.gguf', 4096, controller.signal)))).toBe(
      reason,
    );
    delete scene.world.loading;
    await scene.backend.load?.('a.gguf', 4096, NEVER);
    expect((await scene.backend.installed(NEVER))[0]?.loaded).toBeDefined();
  });

  test('are loaded anew with another context, or when the file has changed', async () => {
    const scene = await setUp();
    await hear(scene.model());
    await hear(scene.model({ contextTokens: 8192 }));
    expect(scene.trace.contexts).toMatchObject([{ contextSize: 4096 }, { contextSize: 8192 }]);
    await utimes(`${scene.folder}/a.gguf`, 1, 1);
    const { events } = await hear(scene.model({ contextTokens: 8192 }));
    expect(events).toContainEqual({ type: 'waiting', for: 'load' });
    expect(scene.trace.loads).toHaveLength(3);
    expect(scene.trace.disposed).toHaveLength(2);
  });

  test('count tokens while they are in memory', async () => {
    const scene = await setUp();
    const model = scene.model();
    const messages = [{ role: 'user' as const, content: 'Say hello.' }];
    expect(await model.countTokens?.(messages, NEVER)).toBeUndefined();
    const { events } = await hear(model, { messages });
    const counted = await model.countTokens?.(messages, NEVER);
    expect(events.at(-1)).toMatchObject({ usage: { promptTokens: counted } });
    await expect(model.countTokens?.(messages, AbortSignal.abort(new Error('enough')))).rejects.toThrow(
      'enough',
    );
  });
});

describe('memory', () => {
  const both = async (scene: Scene): Promise<number> => {
    await hear(scene.model());
    await hear(scene.model({ name: 'b.gguf' }));
    await hear(scene.model());
    return scene.trace.loads.length;
  };

  test('holds both models where they fit', async () => {
    const scene = await setUp();
    expect(await both(scene)).toBe(2);
    expect(scene.trace.disposed).toEqual([]);
  });

  test('holds one where they do not', async () => {
    const one = estimateMemory(await sizeUp(), 4096);
    const scene = await setUp({}, { memory: { total: one * 2, available: one * 2 } });
    expect(await both(scene)).toBe(3);
    expect(scene.trace.disposed).toEqual(['a.gguf', 'b.gguf'].map((name) => `${scene.folder}/${name}`));
  });

  test('holds one where other programs have the rest', async () => {
    const scene = await setUp({}, { memory: { total: 64e9, available: 1000 } });
    expect(await both(scene)).toBe(3);
  });

  test('of a GPU counts, too', async () => {
    const one = estimateMemory(await sizeUp(), 4096);
    const scene = await setUp(
      { gpu: 'cuda', vram: { total: one * 3, free: one * 2 } },
      { memory: { total: one, available: 0 } },
    );
    expect(await both(scene)).toBe(2);
  });

  test('that is too small is said before the file is read', async () => {
    const scene = await setUp({}, { memory: { total: 100e6, available: 90e6 } });
    const entries = { ...QWEN, 'qwen2.block_count': u32(1000) };
    await scene.add('huge.gguf', entries);
    const { error } = await hear(scene.model({ name: 'huge.gguf' }));
    expect(faultOf(error)).toBe('server-error');
    expect(error).toMatchObject({
      message: expect.stringMatching(
        /not enough memory for huge\.gguf: with a context of 4096 it takes about \d/,
      ),
      remedy: expect.stringContaining('context:'),
      canRetry: false,
    });
    expect(scene.trace.loads).toEqual([]);
  });

  test('is free again some time after the last request', async () => {
    const scene = await setUp({}, { keepAlive: '0' });
    await hear(scene.model());
    await vi.waitFor(() => expect(scene.trace.disposed).toHaveLength(1));
    expect((await hear(scene.model())).text).toBe('Hello there.');
  });

  test('is not freed while a request is answered', async () => {
    const scene = await setUp({}, { keepAlive: '0s' });
    const model = scene.model();
    await hear(model);
    scene.world.answer = [{ before: async () => delay(30), word: 'Slow' }];
    expect((await hear(model)).text).toBe('Slow');
  });

  async function sizeUp() {
    const scene = await setUp();
    return readModelFile('a.gguf', hereIn(scene.folder));
  }
});

test('the memory of a real model is estimated as its maker measured it', () => {
  // Qwen2.5-Coder 0.5B and 1.5B, Q4_K_M, 2048 tokens: what node-llama-cpp 3.22.1 said of model and context.
  const header = {
    architecture: 'qwen2',
    name: undefined,
    parameters: undefined,
    quantisation: undefined,
    contextTokens: 32_768,
    layers: 24,
    cacheWidth: 256,
    embeddingLength: 896,
    vocabulary: 151_936,
    endsAt: 0,
  };
  const file = { name: '', path: '', stamp: '', sizeBytes: 491_400_064, header };
  const ratio = estimateMemory(file, 2048) / (514_869_760 + 340_002_816);
  expect(ratio).toBeGreaterThan(0.9);
  expect(ratio).toBeLessThan(1.1);
});
