import type {
  HistoryItem,
  Llama,
  LlamaChat,
  LlamaContext,
  LlamaLibrary,
  LlamaModel,
  LlamaOptions,
  LlamaSequence,
  ResponseOptions,
  Token,
} from '../../../src/models/embedded/library.js';

/*
 * A node-llama-cpp without llama.cpp, which behaves as 3.22.1 was seen to: it keeps the tokens of a context, finishes a
 * piece of prompt that it has begun whatever the signal says, drops messages in silence when the context is full, and
 * throws nameless errors. A token is a word.
 */

/** Words of an answer, each with what happens before it. */
export type Piece =
  | string
  | { thought: string }
  | { before: (signal: AbortSignal) => void | Promise<void>; word: string };

export interface FakeWorld {
  version: string;
  /** Thrown by the named call, once each. */
  failures: { getLlama?: Error; loadModel?: Error; createContext?: Error; generate?: Error; read?: Error };
  /** What llama.cpp writes to its log before `loadModel` fails. */
  logLine?: string;
  answer: readonly Piece[];
  stopReason?: string | undefined;
  /** So many tokens has every prompt, whatever is in it. */
  promptTokens?: number;
  gpu: string | false;
  vram: { total: number; free: number };
  /** Waited for before a piece of prompt is read. */
  reading?: (() => Promise<void>) | undefined;
  /** Waited for while a model is loaded. */
  loading?: (signal: AbortSignal) => Promise<void>;
}

/** What was done to it. */
export interface FakeTrace {
  options: LlamaOptions[];
  loads: string[];
  disposed: string[];
  contexts: { contextSize: number; threads: number | undefined }[];
  /** Lengths of the pieces of prompt that were read. */
  pieces: number[];
  requests: ResponseOptions[];
  grammars: object[];
  histories: (readonly HistoryItem[])[];
  /** Prompts that the package would have cut in silence. */
  cuts: number;
}

export class InsufficientMemoryError extends Error {}
export class NoBinaryFoundError extends Error {}

export function createFakeLibrary(changes: Partial<FakeWorld> = {}): {
  library: LlamaLibrary;
  world: FakeWorld;
  trace: FakeTrace;
} {
  const world: FakeWorld = {
    version: '3.22.1',
    failures: {},
    answer: ['Hello', ' there.'],
    gpu: false,
    vram: { total: 0, free: 0 },
    ...changes,
  };
  const trace: FakeTrace = {
    options: [],
    loads: [],
    disposed: [],
    contexts: [],
    pieces: [],
    requests: [],
    grammars: [],
    histories: [],
    cuts: 0,
  };
  const library: LlamaLibrary = {
    getModuleVersion: async () => world.version,
    getLlama: async (options) => {
      trace.options.push(options);
      fail(world, 'getLlama');
      return createLlama(world, trace, options);
    },
    LlamaChat: class implements LlamaChat {
      readonly #sequence: FakeSequence;
      constructor({ contextSequence }: { contextSequence: LlamaSequence }) {
        if (!(contextSequence instanceof FakeSequence)) throw new Error('not a sequence of this library');
        this.#sequence = contextSequence;
      }
      readonly chatWrapper = {
        generateContextState: ({ chatHistory }: { chatHistory: readonly HistoryItem[] }) => ({
          contextText: { tokenize: () => tokenize(chatHistory, world.promptTokens) },
        }),
      };
      async generateResponse(history: readonly HistoryItem[], options: ResponseOptions) {
        trace.requests.push(options);
        trace.histories.push(history);
        return generate(world, trace, this.#sequence, { history, options });
      }
    },
  };
  return { library, world, trace };
}

function fail(world: FakeWorld, call: keyof FakeWorld['failures']): void {
  const error = world.failures[call];
  delete world.failures[call];
  if (error !== undefined) throw error;
}

function createLlama(world: FakeWorld, trace: FakeTrace, { logger }: LlamaOptions): Llama {
  return {
    gpu: world.gpu,
    cpuMathCores: 2,
    getVramState: async () => world.vram,
    async loadModel({ modelPath, loadSignal }) {
      trace.loads.push(modelPath);
      await world.loading?.(loadSignal);
      loadSignal.throwIfAborted();
      if (world.logLine !== undefined) logger('error', world.logLine);
      fail(world, 'loadModel');
      return createModel(world, trace, modelPath);
    },
    async createGrammarForJsonSchema(schema) {
      trace.grammars.push(schema);
      return { schema };
    },
  };
}

function createModel(world: FakeWorld, trace: FakeTrace, path: string): LlamaModel {
  const sequences: FakeSequence[] = [];
  return {
    tokenizer: {},
    gpuLayers: world.gpu === false ? 0 : 5,
    fileInsights: { totalLayers: 20 },
    memoryUsage: { ram: 1000, vram: 0 },
    async createContext({ contextSize, threads }): Promise<LlamaContext> {
      fail(world, 'createContext');
      trace.contexts.push({ contextSize, threads });
      const sequence = new FakeSequence(world, trace, contextSize);
      sequences.push(sequence);
      return {
        contextSize,
        memoryUsage: { ram: 500, vram: 0 },
        getSequence: () => sequence,
        dispose: async () => sequence.dispose(),
      };
    },
    async dispose() {
      trace.disposed.push(path);
      for (const sequence of sequences) sequence.dispose();
    },
  };
}

class FakeSequence implements LlamaSequence {
  readonly tokenMeter = { usedOutputTokens: 0 };
  readonly contextSize: number;
  readonly #world: FakeWorld;
  readonly #trace: FakeTrace;
  #tokens: Token[] = [];
  #isDisposed = false;

  constructor(world: FakeWorld, trace: FakeTrace, contextSize: number) {
    this.#world = world;
    this.#trace = trace;
    this.contextSize = contextSize;
  }

  dispose(): void {
    this.#isDisposed = true;
  }

  get nextTokenIndex(): number {
    return this.#tokens.length;
  }

  async adaptStateToTokens(tokens: readonly Token[]): Promise<void> {
    this.#assertAlive();
    const same = this.#tokens.findIndex((token, index) => token !== tokens[index]);
    if (same !== -1) this.#tokens = this.#tokens.slice(0, same);
  }

  async evaluateWithoutGeneratingNewTokens(tokens: readonly Token[]): Promise<void> {
    this.#assertAlive();
    await this.#world.reading?.();
    fail(this.#world, 'read');
    this.#trace.pieces.push(tokens.length);
    this.#tokens.push(...tokens);
  }

  async takeCheckpoint(): Promise<void> {
    this.#assertAlive();
  }

  add(token: Token): void {
    this.#assertAlive();
    this.tokenMeter.usedOutputTokens += 1;
    this.#tokens.push(token);
  }

  #assertAlive(): void {
    if (this.#isDisposed) throw new Error('Object is disposed');
  }
}

async function generate(
  world: FakeWorld,
  trace: FakeTrace,
  sequence: FakeSequence,
  { history, options }: { history: readonly HistoryItem[]; options: ResponseOptions },
): Promise<{ metadata: { stopReason: string } }> {
  const { signal, maxTokens, onResponseChunk } = options;
  signal.throwIfAborted();
  const tokens = tokenize(history, world.promptTokens);
  if (tokens.length + 1 >= sequence.contextSize) trace.cuts += 1;
  await sequence.adaptStateToTokens(tokens.slice(0, -1));
  await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(sequence.nextTokenIndex));
  let written = 0;
  for (const piece of world.answer) {
    if (typeof piece === 'object' && 'before' in piece) await piece.before(signal);
    // Each word takes a turn of the event loop, as with the real one.
    await new Promise(setImmediate);
    signal.throwIfAborted();
    written += 1;
    sequence.add(-written);
    if (typeof piece === 'object' && 'thought' in piece)
      onResponseChunk({ type: 'segment', text: piece.thought });
    else onResponseChunk({ text: typeof piece === 'string' ? piece : piece.word });
    if (sequence.nextTokenIndex >= sequence.contextSize) trace.cuts += 1;
    if (written >= maxTokens) return { metadata: { stopReason: 'maxTokens' } };
  }
  fail(world, 'generate');
  sequence.add(0);
  return { metadata: { stopReason: world.stopReason ?? 'eogToken' } };
}

const dictionary = new Map<string, Token>();

/** Three tokens of the template around each message, and its words. */
function tokenize(history: readonly HistoryItem[], count: number | undefined): Token[] {
  if (count !== undefined) return Array.from({ length: count }, (_, index) => -index - 1);
  const words = history.flatMap((item, index) => {
    const content = item.type === 'model' ? item.response.join('') : item.text;
    const inner = content.split(/\s+/).filter((word) => word !== '');
    const isLast = index === history.length - 1;
    return isLast ? ['<start>', item.type] : ['<start>', item.type, ...inner, '<end>'];
  });
  return words.map((word) => {
    const token = dictionary.get(word) ?? dictionary.size + 1;
    dictionary.set(word, token);
    return token;
  });
}
