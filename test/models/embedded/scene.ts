import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEmbeddedBackend } from '../../../src/models/embedded/backend.js';
import { createEngine, type Engine } from '../../../src/models/embedded/engine.js';
import type { Backend, Model, ModelOptions } from '../../../src/models/port.js';
import { LIMITS } from '../chat-support.js';
import { createFakeLibrary, type FakeTrace, type FakeWorld } from './fake-library.js';
import { writeGguf, type GgufValue } from './gguf-files.js';

export interface Scene {
  backend: Backend;
  engine: Engine;
  world: FakeWorld;
  trace: FakeTrace;
  folder: string;
  /** Adds a model file. */
  add(name: string, entries?: Readonly<Record<string, GgufValue>>): Promise<string>;
  model(options?: Partial<ModelOptions>): Model;
  remove(): Promise<void>;
}

/** A folder with `a.gguf` and `b.gguf`, and a backend of a library that is not the real one. */
export async function createScene(
  changes: Partial<FakeWorld> = {},
  options: { keepAlive?: string; memory?: { total: number; available: number } } = {},
): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'nexus-embedded-'));
  const add: Scene['add'] = async (name, entries) => writeGguf(join(folder, name), entries);
  await add('a.gguf');
  await add('b.gguf');
  const { library, world, trace } = createFakeLibrary(changes);
  const memory = options.memory ?? { total: 64e9, available: 60e9 };
  const engine = createEngine({
    load: async () => library,
    installCommand: () => 'npm install it',
    totalMemory: () => memory.total,
    availableMemory: () => memory.available,
  });
  const backend = createEmbeddedBackend({
    names: ['a.gguf', 'b.gguf'],
    folder,
    keepAlive: options.keepAlive ?? '-1',
    retryBaseMs: 1,
    engine,
  });
  return {
    backend,
    engine,
    world,
    trace,
    folder,
    add,
    model: (changed = {}) =>
      backend.model({ role: 'coder', name: 'a.gguf', contextTokens: 4096, limits: LIMITS, ...changed }),
    remove: async () => rm(folder, { recursive: true, force: true }),
  };
}
