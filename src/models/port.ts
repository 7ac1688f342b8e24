/** The port that every backend fills. Everything above this room knows models only through these types. */

export type Role = 'overseer' | 'coder';

/** What kind of server a role's model is on; `openai`: any other that speaks OpenAI's protocol. */
export type BackendKind =
  | 'ollama'
  | 'lm-studio'
  | 'lemonade'
  | 'llama-server'
  | 'vllm'
  | 'openai'
  | 'embedded';

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** A JSON Schema object as a plain value. */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface ChatRequest {
  messages: readonly ChatMessage[];
  /** Constrains the answer; flat, see the reference on structured output of small models. */
  schema?: JsonSchema;
  /** Upper bound for the answer, in tokens (`num_predict`). */
  maxTokens: number;
  /** 0 for the most likely answer. */
  temperature: number;
  seed: number;
  /** The estimate of the whole prompt, in tokens, to hold against what the server says that it read. */
  estimatedTokens: number;
}

/** What a finished request cost. Missing figures of a server are `undefined`, never 0. Times in ms. */
export interface Usage {
  promptTokens: number | undefined;
  /** Of the prompt: what the server said that it had read before. */
  reusedTokens: number | undefined;
  answerTokens: number | undefined;
  loadMs: number | undefined;
  promptMs: number | undefined;
  answerMs: number | undefined;
  totalMs: number;
}

export type ChatEvent =
  /** The request is on its way; nothing came back yet (loading the model or reading the prompt). */
  | { type: 'waiting'; for: 'connect' | 'load' | 'prompt' }
  /**
   * The request is sent again after a fault that can pass. Forget the text so far: the answer starts from zero. Comes
   * before the pause of `inMs`.
   */
  | { type: 'retrying'; because: string; inMs: number }
  | { type: 'text'; text: string }
  /** Thinking text is progress, never part of the answer. */
  | { type: 'thinking'; text: string }
  | { type: 'done'; ending: 'stop' | 'length'; usage: Usage };

/** One model of one role on one backend. */
export interface Model {
  readonly role: Role;
  /** As the user names it: `qwen2.5-coder:7b`. */
  readonly name: string;
  /** Context window that every request of this run asks for, in tokens. */
  readonly contextTokens: number;
  /**
   * Streams one answer. The last event is `done`; everything else ends in a throw.
   * @throws ModelError with the named fault; the reason of `signal` when it was aborted.
   */
  chat(request: ChatRequest, signal: AbortSignal): AsyncIterable<ChatEvent>;
  /**
   * Tokens of a prompt with its chat template, counted by the server; undefined when this one cannot after all. Absent
   * where the kind of server has no way to count.
   */
  countTokens?(messages: readonly ChatMessage[], signal: AbortSignal): Promise<number | undefined>;
  /** Whether it can think. Absent where the kind of server does not tell. */
  thinks?(signal: AbortSignal): Promise<boolean>;
  /** How it was told to think; undefined: not at all. */
  readonly thinking?: Thinking | undefined;
}

/** Why a request failed; each has its own way on. */
export type ModelFault =
  | 'not-running'
  /** Another kind of server than `backend:` says. */
  | 'wrong-backend'
  | 'unauthorised'
  | 'model-missing'
  /** Loaded with a smaller context than the configuration asks for, where a request cannot set it. */
  | 'window-too-small'
  | 'busy'
  | 'context-exceeded'
  | 'prompt-cut'
  | 'mid-stream-error'
  | 'stream-cut'
  | 'connection-lost'
  | 'connect-timeout'
  | 'first-token-timeout'
  | 'silence'
  | 'request-timeout'
  | 'bad-answer'
  | 'bad-request'
  | 'server-error'
  | 'refused-model'
  | 'runaway';

/** A model that a backend has on disk. Sizes in bytes. */
export interface InstalledModel {
  name: string;
  digest: string | undefined;
  sizeBytes: number | undefined;
  parameters: string | undefined;
  quantisation: string | undefined;
  /** Longest context the model was trained for, in tokens. */
  contextTokens: number | undefined;
  /** What each token of the context takes in memory, in bytes, where the server tells how the model is built. */
  cacheBytesPerToken?: number | undefined;
  loaded:
    | {
        contextTokens: number | undefined;
        sizeBytes: number | undefined;
        gpuShare: number | undefined;
        /** When the server drops it if nobody asks; ISO 8601. Undefined: it does not tell, or never. */
        expiresAt?: string | undefined;
      }
    | undefined;
}

export interface PullProgress {
  status: string;
  completedBytes: number | undefined;
  totalBytes: number | undefined;
}

/** A model server: what is there, and a `Model` for each role. */
export interface Backend {
  readonly kind: BackendKind;
  /** For messages: `Ollama at http://127.0.0.1:11434`. */
  readonly label: string;
  /** Undefined: this kind does not tell. @throws ModelError `not-running`, … */
  version(signal: AbortSignal): Promise<string | undefined>;
  installed(signal: AbortSignal): Promise<InstalledModel[]>;
  /**
   * Names a model's content, which changes with it; undefined when it is not there. Costs one small question. Absent where
   * nothing tells two contents of one name apart.
   */
  digest?(name: string, signal: AbortSignal): Promise<string | undefined>;
  /** Absent where the server cannot download. */
  pull?(name: string, signal: AbortSignal): AsyncIterable<PullProgress>;
  /** Reads a model into memory with a context window in tokens. Absent where the server cannot be told to. */
  load?(name: string, contextTokens: number, signal: AbortSignal): Promise<void>;
  /** Frees the memory of a model; nothing happens when it is not loaded. Absent where the server cannot. */
  unload?(name: string, signal: AbortSignal): Promise<void>;
  /** How many models it keeps in memory at once; undefined: it does not tell. Absent where no limit can be told. */
  mostLoaded?(signal: AbortSignal): Promise<number | undefined>;
  model(options: ModelOptions): Model;
}

export interface ModelOptions {
  role: Role;
  name: string;
  contextTokens: number;
  limits: RequestLimits;
  /** Default: no thinking, as far as the model can be kept from it. */
  thinking?: Thinking | undefined;
}

/** How a model thinks before it answers. */
export interface Thinking {
  /** `on`: as much as it does by itself. Models without levels take each level for `on`. */
  mode: 'on' | 'low' | 'medium' | 'high';
  /** Tokens of thought, on top of those of the answer. */
  maxTokens: number;
}

/** All in ms. */
export interface RequestLimits {
  connectMs: number;
  /** From the request to the first token: load and prompt reading included. */
  firstTokenMs: number;
  /** Between two pieces of an answer. */
  silenceMs: number;
  requestMs: number;
}
