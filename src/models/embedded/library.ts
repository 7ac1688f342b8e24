/*
 * What Nexus uses of node-llama-cpp: the package is not there when Nexus is built, and most people do without it. Names
 * and meanings are those of its version 3.22.1.
 */

export type Token = number;

/** Something that the package made and takes back; Nexus never looks into it. */
export type Opaque = object;

export type HistoryItem =
  | { type: 'system' | 'user'; text: string }
  | { type: 'model'; response: readonly string[] };

export interface LlamaLibrary {
  getModuleVersion(): Promise<string>;
  getLlama(options: LlamaOptions): Promise<Llama>;
  LlamaChat: new (options: { contextSequence: LlamaSequence }) => LlamaChat;
}

export interface LlamaOptions {
  /** `never`: no building from source. */
  build: 'never';
  skipDownload: true;
  progressLogs: false;
  logLevel: 'warn';
  logger(this: void, level: string, message: string): void;
}

export interface Llama {
  /** `false`: the processor does it all. */
  readonly gpu: string | false;
  /** Cores that are of use for calculating; hyperthreads are none. */
  readonly cpuMathCores: number;
  getVramState(): Promise<{ total: number; free: number }>;
  loadModel(options: { modelPath: string; loadSignal: AbortSignal }): Promise<LlamaModel>;
  createGrammarForJsonSchema(schema: object): Promise<Opaque>;
}

export interface LlamaModel {
  readonly tokenizer: Opaque;
  readonly gpuLayers: number;
  readonly fileInsights: { readonly totalLayers: number };
  readonly memoryUsage: { readonly ram: number; readonly vram: number };
  createContext(options: ContextOptions): Promise<LlamaContext>;
  dispose(): Promise<void>;
}

export interface ContextOptions {
  contextSize: number;
  sequences: 1;
  /** For models that look back only some way: the cache still holds all, or no prompt could begin with what was read. */
  swaFullCache: true;
  /** Left out where a GPU does the work. */
  threads?: number;
  createSignal: AbortSignal;
}

export interface LlamaContext {
  readonly contextSize: number;
  readonly memoryUsage: { readonly ram: number; readonly vram: number };
  getSequence(options: { checkpoints: { maxMemory: number } }): LlamaSequence;
  dispose(): Promise<void>;
}

/** The tokens that the context holds, which the next prompt need not read again as far as it begins with them. */
export interface LlamaSequence {
  readonly nextTokenIndex: number;
  readonly tokenMeter: { readonly usedOutputTokens: number };
  /** Drops what differs from `tokens`. */
  adaptStateToTokens(tokens: readonly Token[], allowShift: false): Promise<void>;
  evaluateWithoutGeneratingNewTokens(tokens: readonly Token[]): Promise<void>;
  /** Lets models with a state instead of a cache (hybrid ones) go back to here; on others it does nothing. */
  takeCheckpoint(): Promise<void>;
}

export interface LlamaChat {
  readonly chatWrapper: {
    generateContextState(input: { chatHistory: readonly HistoryItem[] }): {
      contextText: { tokenize(tokenizer: Opaque): Token[] };
    };
  };
  generateResponse(
    history: readonly HistoryItem[],
    options: ResponseOptions,
  ): Promise<{ metadata: { stopReason: string } }>;
}

export interface ResponseOptions {
  signal: AbortSignal;
  /**
   * Never more than fit: at the end of the context the package drops the oldest messages in silence, of the prompt as
   * well as in the middle of an answer (tried).
   */
  maxTokens: number;
  temperature: number;
  topK: number;
  topP: number;
  seed: number;
  repeatPenalty: false | { penalty: number; lastTokens: number };
  budgets: { thoughtTokens: number };
  grammar?: Opaque;
  onResponseChunk(this: void, chunk: { type?: 'segment' | undefined; text: string }): void;
}

/** How the package is found; tests hand in one of their own. */
export type LoadLibrary = () => Promise<LlamaLibrary>;

/** In a variable, so that neither the compiler nor a bundler looks for the package. */
const PACKAGE = 'node-llama-cpp';

/** @throws what Node says when the package is not there (`ERR_MODULE_NOT_FOUND`) or does not run */
export const importLibrary: LoadLibrary = async () => {
  const found: unknown = await import(PACKAGE);
  if (!isLibrary(found)) throw new Error('it is another package of that name');
  return found;
};

/** Whether a module has what Nexus uses. */
export function isLibrary(found: unknown): found is LlamaLibrary {
  const names = ['getModuleVersion', 'getLlama', 'LlamaChat'] as const;
  return (
    typeof found === 'object' &&
    found !== null &&
    names.every((name) => name in found && typeof Reflect.get(found, name) === 'function')
  );
}
