import type { Ollama } from 'ollama/browser';
import { openLimitedCall } from '../limited-fetch.js';
import type { FaultPlace } from '../model-error.js';
import { checkAnswers, type AnswerShape } from './wire.js';
import type { RequestLimits } from '../port.js';

/** The Ollama server of one backend. */
export interface OllamaServer {
  address: URL;
  /** `Ollama at http://127.0.0.1:11434`. */
  label: string;
  /** For questions about the server itself, which are answered at once or not at all. */
  questionLimits: RequestLimits;
  /** First pause before a retry, in ms. */
  retryBaseMs: number;
  /** Sent with every request: for a server behind a proxy that wants one. */
  apiKey: string | undefined;
}

/** Where a fault of this server is. */
export function placeOf({ label, apiKey }: OllamaServer, model?: string): FaultPlace {
  return { kind: 'ollama', server: label, model, secret: apiKey };
}

/** A client for one request. `close` must be called; it ends the request if it still runs. */
export interface OllamaCall {
  client: Ollama;
  close(this: void): Promise<void>;
}

/** Opens a client whose one request keeps to `limits`, ends with `signal` and has its answer checked. */
export async function openOllamaCall(
  server: OllamaServer,
  options: {
    limits: RequestLimits;
    signal: AbortSignal;
    shape: AnswerShape;
    model?: string;
  },
): Promise<OllamaCall> {
  const place = placeOf(server, options.model);
  const call = openLimitedCall(options.limits, options.signal, place);
  // `/browser` is the package without its file uploads. Loaded here: commands without a model start faster.
  const { Ollama: Client } = await import('ollama/browser');
  const host = server.address.href.replace(/\/+$/, '');
  const headers = server.apiKey === undefined ? {} : { authorization: `Bearer ${server.apiKey}` };
  const client = new Client({ host, headers, fetch: checkAnswers(call.fetch, options.shape, place) });
  return { client, close: call.close };
}

/** Asks the server one question that is answered with one JSON value. */
export async function askOllama<T>(
  server: OllamaServer,
  options: { signal: AbortSignal; model?: string },
  ask: (client: Ollama) => Promise<T>,
): Promise<T> {
  const call = await openOllamaCall(server, {
    ...options,
    limits: server.questionLimits,
    shape: { kind: 'value' },
  });
  try {
    return await ask(call.client);
  } finally {
    await call.close();
  }
}
