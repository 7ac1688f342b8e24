import { createOllamaBackend } from '../../src/models/ollama/backend.js';
import { ModelError } from '../../src/models/model-error.js';
import type { ChatEvent, ChatRequest, Model, ModelOptions, RequestLimits } from '../../src/models/port.js';

/** Long enough for a loaded machine, short enough to notice a hanging test. */
export const LIMITS: RequestLimits = {
  connectMs: 5000,
  firstTokenMs: 10_000,
  silenceMs: 10_000,
  requestMs: 20_000,
};

export const REQUEST: ChatRequest = {
  messages: [{ role: 'user', content: 'Say hello.' }],
  maxTokens: 256,
  temperature: 0.2,
  seed: 42,
  estimatedTokens: 12,
};

export function createModel(
  url: string | URL,
  options: Partial<ModelOptions> = {},
  keepAlive = '30m',
): Model {
  return createOllamaBackend({ address: new URL(url), keepAlive, retryBaseMs: 1 }).model({
    role: 'coder',
    name: 'qwen2.5-coder:7b',
    contextTokens: 4096,
    limits: LIMITS,
    ...options,
  });
}

export interface Heard {
  events: ChatEvent[];
  /** The answer as a consumer has it that forgets the text at each `retrying`. */
  text: string;
  error: unknown;
}

/** Reads an answer to its end, whatever the end is. */
export async function hear(
  model: Model,
  request: Partial<ChatRequest> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<Heard> {
  const heard: Heard = { events: [], text: '', error: undefined };
  try {
    for await (const event of model.chat({ ...REQUEST, ...request }, signal)) {
      heard.events.push(event);
      if (event.type === 'retrying') heard.text = '';
      if (event.type === 'text') heard.text += event.text;
    }
  } catch (error) {
    heard.error = error;
  }
  return heard;
}

export function faultOf(error: unknown): string | undefined {
  return error instanceof ModelError ? error.fault : undefined;
}
