import type { z } from 'zod';
import type { BackendKind, ChatMessage, InstalledModel, PullProgress, RequestLimits, Role } from '../port.js';
import type { FaultPlace } from '../model-error.js';

/** Kinds of servers that speak OpenAI's protocol for answers, and one of their own for everything else. */
export type OpenAiKind = Exclude<BackendKind, 'ollama' | 'embedded'>;

/** One question about the server or a model, answered with one JSON object. */
export interface Question {
  /** From the server's root: `/v1/models`. */
  path: string;
  /** Makes it a POST. */
  body?: object;
  /** For messages. */
  model?: string;
  /** Default: short, for what a server answers at once. */
  limits?: RequestLimits;
  /** Whether the reader notes what counts as a token; else every byte does. */
  notes?: boolean;
}

/** How a preset talks to its server. Everything throws ModelError, or the reason why it was aborted. */
export interface Line {
  /** An answer as `schema` has it. */
  ask<T>(schema: z.ZodType<T>, question: Question): Promise<T>;
  /** A POST that is answered with a stream of JSON objects. */
  follow(question: Question): AsyncIterable<Record<string, unknown>>;
  /** For an error of its own. */
  place(model?: string): FaultPlace;
  readonly signal: AbortSignal;
}

/** What a look at a model found, right before it is asked. `id` is what requests must call it. */
export type Sight =
  | { kind: 'missing' }
  /** It would send the prompt to somewhere else. */
  | { kind: 'elsewhere'; why: string }
  | { kind: 'loading' }
  | { kind: 'unloaded'; id: string }
  | { kind: 'loaded'; id: string; windowTokens: number | undefined }
  /** The server does not tell; `others` are the models that it lists, when this one is not among them. */
  | { kind: 'unknown'; id: string; others: readonly string[] };

/** What is special about one kind of server. */
export interface Preset {
  kind: OpenAiKind;
  /** For messages. */
  title: string;
  /** Where it listens unless told otherwise, the usual one first. */
  ports: readonly number[];
  /** Path of the protocol below the server's root. */
  apiPath: string;
  /** Whether this kind answers there; only for kinds with more than one port, which other programs use too. */
  recognise?: (line: Line) => Promise<boolean>;
  version: (line: Line) => Promise<string | undefined>;
  installed: (line: Line) => Promise<InstalledModel[]>;
  look: (line: Line, name: string) => Promise<Sight>;
  /** Called for a model that is not loaded; without it the request itself loads it. */
  load?: (line: Line, id: string, contextTokens: number, limits: RequestLimits) => Promise<void>;
  unload?: (line: Line, name: string) => Promise<void>;
  pull?: (line: Line, name: string) => AsyncIterable<PullProgress>;
  /** How many models for answers it keeps in memory at once. */
  mostLoaded?: (line: Line) => Promise<number | undefined>;
  countTokens?: (line: Line, id: string, messages: readonly ChatMessage[]) => Promise<number | undefined>;
  /** Whether an answer under another name than the asked one comes from another model. */
  mayAnswerWithAnother?: boolean;
  /** Keys of a request that only this kind knows. */
  extras(input: {
    role: Role;
    keepAliveSeconds: number | undefined;
    thinks: boolean;
  }): Record<string, unknown>;
}
