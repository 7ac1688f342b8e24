import { PACKAGE_ROOT } from '../../package-root.js';
import { fileURLToPath } from 'node:url';
import { readUsableMemory } from '../../platform/machine-memory.js';
import { LOAD_LIMITS, RETRY_BASE_MS } from '../limits.js';
import type { Backend, ChatMessage, InstalledModel, Model, ModelOptions } from '../port.js';
import { streamChat, tokenizePrompt } from './chat.js';
import { createEngine, type Engine, type LoadedModel } from './engine.js';
import { LABEL, placeOf } from './faults.js';
import { renderInstallCommand } from './install-command.js';
import { importLibrary, type LoadLibrary } from './library.js';
import { cacheBytes } from './memory.js';
import { digestModelFile, hereIn, readModelFile, type KnownHeaders, type ModelFile } from './model-file.js';
import { startTimeLimits } from './time-limits.js';
import { withAbort } from './turns.js';

const OWN_FOLDER = fileURLToPath(PACKAGE_ROOT);

/** An engine of a process. @param load how the package is found */
export function createProcessEngine(load: LoadLibrary = importLibrary): Engine {
  return createEngine({
    load,
    installCommand: () => renderInstallCommand(OWN_FOLDER),
    totalMemory: readUsableMemory,
    availableMemory: () => process.availableMemory(),
  });
}

let shared: Engine | undefined;

/**
 * Models in this very process, from GGUF files, by way of node-llama-cpp: for people without a server. Nothing is
 * downloaded, nothing built.
 * @param input.names what the configuration names: paths, absolute, from `~` or relative to `folder`
 * @param input.folder the repository
 * @param input.keepAlive `models.keep_alive` of the configuration
 */
export function createEmbeddedBackend(input: {
  names: readonly string[];
  folder: string;
  keepAlive: string;
  retryBaseMs?: number;
  engine?: Engine;
}): Backend {
  shared ??= createProcessEngine();
  const engine = input.engine ?? shared;
  const place = hereIn(input.folder);
  const known: KnownHeaders = new Map();
  const readFile = async (name: string): Promise<ModelFile> => readModelFile(name, place, known);
  const keeper = createKeeper(engine, input.keepAlive);
  const retryBaseMs = input.retryBaseMs ?? RETRY_BASE_MS;
  return {
    kind: 'embedded',
    label: LABEL,
    version: async () => engine.version(),
    installed: async (signal) => listModels(engine, new Set(input.names), readFile, signal),
    digest: async (name) => digestModelFile(await readFile(name)),
    async load(name, contextTokens, signal) {
      const file = await readFile(name);
      await loadWithin(engine, file, contextTokens, signal);
      keeper.touch(file.path);
    },
    async unload(name, signal) {
      const { path } = await readFile(name);
      const release = await engine.takeTurn(signal);
      await engine.close(path).finally(release);
    },
    model(options: ModelOptions): Model {
      const { role, name, contextTokens } = options;
      const chat = { engine, options, retryBaseMs, readFile, onEnd: keeper.touch };
      return {
        role,
        name,
        contextTokens,
        thinking: options.thinking,
        chat: (request, signal) => streamChat(chat, request, signal),
        countTokens: async (messages, signal) => count(engine, await readFile(name), messages, signal),
      };
    },
  };
}

/** Loading ends by itself beside a caller that gave up; until then nobody else has a turn. */
async function loadWithin(
  engine: Engine,
  file: ModelFile,
  contextTokens: number,
  signal: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const limits = startTimeLimits(LOAD_LIMITS, stop, placeOf(file.name));
  try {
    const release = await engine.takeTurn(either);
    await withAbort(engine.open(file, contextTokens, either).finally(release), either);
  } finally {
    limits.clear();
  }
}

/** Only of a model that is in memory: loading one to count would throw out another. */
function count(
  engine: Engine,
  file: ModelFile,
  messages: readonly ChatMessage[],
  signal: AbortSignal,
): number | undefined {
  signal.throwIfAborted();
  const loaded = engine.find(file);
  return loaded === undefined ? undefined : tokenizePrompt(loaded, messages).length;
}

/** The configured files that can be used; the others are left out, as a server leaves out what it does not have. */
async function listModels(
  engine: Engine,
  names: ReadonlySet<string>,
  readFile: (name: string) => Promise<ModelFile>,
  signal: AbortSignal,
): Promise<InstalledModel[]> {
  const models: InstalledModel[] = [];
  for (const name of names) {
    signal.throwIfAborted();
    const file = await readFile(name).catch(() => undefined);
    if (file === undefined) continue;
    const { header, sizeBytes } = file;
    const loaded = engine.find(file);
    models.push({
      name,
      digest: await digestModelFile(file).catch(() => undefined),
      sizeBytes,
      parameters: header.parameters,
      quantisation: header.quantisation,
      contextTokens: header.contextTokens,
      cacheBytesPerToken: cacheBytes(file, 1) || undefined,
      loaded: loaded && describeLoaded(loaded),
    });
  }
  return models;
}

function describeLoaded({ model, context }: LoadedModel): NonNullable<InstalledModel['loaded']> {
  const bytes = [model, context].map(({ memoryUsage: { ram, vram } }) => ram + vram);
  const layers = model.fileInsights.totalLayers;
  return {
    contextTokens: context.contextSize,
    sizeBytes: bytes.reduce((sum, each) => sum + each, 0),
    gpuShare: layers > 0 ? Math.min(1, model.gpuLayers / layers) : undefined,
  };
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 };

/** Frees the memory of models that nobody asked for a while. */
function createKeeper(engine: Engine, keepAlive: string): { touch(this: void, path: string): void } {
  const [, number = '0', unit = 's'] = /^(-?\d+)(s|m|h)?$/.exec(keepAlive) ?? [];
  const keepMs = Number(number) * (UNIT_MS[unit] ?? 1000);
  const timers = new Map<string, NodeJS.Timeout>();
  const drop = async (path: string): Promise<void> => {
    const timer = timers.get(path);
    const release = await engine.takeTurn(new AbortController().signal);
    try {
      // Not if it was asked while this waited.
      if (timers.get(path) === timer) await engine.close(path);
    } finally {
      release();
    }
  };
  return {
    touch(path) {
      clearTimeout(timers.get(path));
      if (keepMs < 0) return;
      // Above this Node's timers fire at once.
      const timer = setTimeout(() => void drop(path).catch(() => {}), Math.min(keepMs, 2 ** 31 - 1));
      timers.set(path, timer.unref());
    },
  };
}
