import { hasCode } from '../../errors.js';
import { explainLoad, explainMissing, explainTooLarge, explainUnusable, explainVersion } from './faults.js';
import { isTriedVersion } from './install-command.js';
import type {
  Llama,
  LlamaChat,
  LlamaContext,
  LlamaLibrary,
  LlamaModel,
  LlamaSequence,
  LoadLibrary,
  Opaque,
} from './library.js';
import { estimateMemory, formatGigabytes } from './memory.js';
import type { ModelFile } from './model-file.js';
import { createTurns } from './turns.js';

/** A model in memory with its one context. */
export interface LoadedModel {
  readonly file: ModelFile;
  /** As it was asked for; the context itself is no longer than the model was trained for. */
  readonly contextTokens: number;
  readonly llama: Llama;
  readonly model: LlamaModel;
  readonly context: LlamaContext;
  /** The same for all requests: what two prompts have in common is read once. */
  readonly sequence: LlamaSequence;
  readonly chat: LlamaChat;
  /** Grammars by the text of their JSON schema. */
  readonly grammars: Map<string, Opaque>;
}

/** Where node-llama-cpp comes from, and the memory of this machine in bytes. */
export interface EngineInput {
  load: LoadLibrary;
  /** For messages. */
  installCommand: () => string;
  totalMemory: () => number;
  availableMemory: () => number;
}

/**
 * The models that are in memory. A process has one engine, since llama.cpp uses all cores for one request: who calls
 * `open` or `close` has taken a turn.
 */
export interface Engine {
  /** Version of node-llama-cpp. @throws ModelError `not-running`, `wrong-backend` when it cannot be used */
  version(): Promise<string>;
  /** Waits until nobody else works; the result ends the turn. @throws the reason of `signal` */
  takeTurn(signal: AbortSignal): Promise<() => void>;
  find(file: ModelFile): LoadedModel | undefined;
  /** @throws ModelError when it cannot be loaded; the reason of `signal` */
  open(file: ModelFile, contextTokens: number, signal: AbortSignal): Promise<LoadedModel>;
  close(path: string): Promise<void>;
}

interface Running {
  library: LlamaLibrary;
  llama: Llama;
}

/** Part of the memory that several models may take together; the rest is for the programs of the user. */
const SHARE_FOR_ALL = 0.8;

/** What hybrid models may take to remember where prompts had something in common. */
const CHECKPOINT_BYTES = 512e6;

export function createEngine(input: EngineInput): Engine {
  const models = new Map<string, LoadedModel>();
  const log: { firstError: string | undefined } = { firstError: undefined };
  const findLibrary = rememberSuccess(async () => importChecked(input));
  const start = rememberSuccess(async (): Promise<Running> => {
    const { library } = await findLibrary();
    return { library, llama: await startLlama(input, library, log) };
  });
  const close = async (path: string): Promise<void> => {
    const held = models.get(path);
    models.delete(path);
    await held?.model.dispose();
  };
  const find = (file: ModelFile): LoadedModel | undefined => {
    const held = models.get(file.path);
    return held?.file.stamp === file.stamp ? held : undefined;
  };
  return {
    version: async () => (await findLibrary()).version,
    takeTurn: createTurns(),
    find,
    async open(file, contextTokens, signal) {
      const held = find(file);
      if (held?.contextTokens === contextTokens) return held;
      const running = await start();
      // With another context it is loaded anew: both together need not fit.
      await close(file.path);
      const inTheWay = await findInTheWay(input, running.llama, file, contextTokens, [...models.values()]);
      for (const each of inTheWay) await close(each.file.path);
      signal.throwIfAborted();
      log.firstError = undefined;
      try {
        const loaded = await loadModel(running, file, contextTokens, signal);
        models.set(file.path, loaded);
        return loaded;
      } catch (error) {
        signal.throwIfAborted();
        throw explainLoad(file.name, error, log.firstError);
      }
    },
    close,
  };
}

/** The same promise for all callers, and a new try after a failure. */
function rememberSuccess<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return async () => {
    made ??= make();
    try {
      return await made;
    } catch (error) {
      made = undefined;
      throw error;
    }
  };
}

async function importChecked({
  load,
  installCommand,
}: EngineInput): Promise<{ library: LlamaLibrary; version: string }> {
  let found: { library: LlamaLibrary; version: string };
  try {
    const library = await load();
    found = { library, version: await library.getModuleVersion() };
  } catch (error) {
    const isMissing = hasCode(error, 'ERR_MODULE_NOT_FOUND');
    throw isMissing ? explainMissing(installCommand(), error) : explainUnusable(error, installCommand());
  }
  if (!isTriedVersion(found.version)) throw explainVersion(found.version, installCommand());
  return found;
}

async function startLlama(
  { installCommand }: EngineInput,
  library: LlamaLibrary,
  log: { firstError: string | undefined },
): Promise<Llama> {
  try {
    return await library.getLlama({
      // No building, no downloading, no words on the terminal.
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      logLevel: 'warn',
      logger(level, message) {
        if (level === 'error' || level === 'fatal') log.firstError ??= message;
      },
    });
  } catch (error) {
    throw explainUnusable(error, installCommand());
  }
}

/** The loaded models that must go before `file` can be loaded. @throws ModelError when it cannot fit at all. */
async function findInTheWay(
  { totalMemory, availableMemory }: EngineInput,
  llama: Llama,
  file: ModelFile,
  contextTokens: number,
  others: readonly LoadedModel[],
): Promise<readonly LoadedModel[]> {
  const wanted = estimateMemory(file, contextTokens);
  const gpu = llama.gpu === false ? { total: 0, free: 0 } : await llama.getVramState();
  const total = totalMemory() + gpu.total;
  if (wanted > total) {
    const need = `with a context of ${contextTokens} it takes about ${formatGigabytes(wanted)}`;
    throw explainTooLarge(file.name, `${need}, and this machine has ${formatGigabytes(total)}`);
  }
  const all = others.reduce((sum, each) => sum + estimateMemory(each.file, each.contextTokens), wanted);
  const allFit = all <= total * SHARE_FOR_ALL && wanted <= availableMemory() + gpu.free;
  return allFit ? [] : others;
}

async function loadModel(
  { library, llama }: Running,
  file: ModelFile,
  contextTokens: number,
  signal: AbortSignal,
): Promise<LoadedModel> {
  const model = await llama.loadModel({ modelPath: file.path, loadSignal: signal });
  try {
    const context = await model.createContext({
      contextSize: Math.min(contextTokens, file.header.contextTokens ?? contextTokens),
      sequences: 1,
      swaFullCache: true,
      // Its own choice is four threads at least. They wait for each other at every step, so that one without a core of
      // its own stalls all (tried: 0.5 tokens a second instead of 15): one core stays for everything else.
      ...(llama.gpu === false ? { threads: Math.max(1, llama.cpuMathCores - 1) } : {}),
      createSignal: signal,
    });
    const sequence = context.getSequence({ checkpoints: { maxMemory: CHECKPOINT_BYTES } });
    const chat = new library.LlamaChat({ contextSequence: sequence });
    return { file, contextTokens, llama, model, context, sequence, chat, grammars: new Map() };
  } catch (error) {
    await model.dispose();
    throw error;
  }
}
