import { streamChat } from './chat.js';
import type { OllamaServer } from './client.js';
import { isCloudName } from './names.js';
import { pullModel } from './pull.js';
import { askFacts, askInstalled, askVersion, refuseCloud, type ModelFacts } from './questions.js';
import type { Backend, Model, ModelOptions, RequestLimits } from '../port.js';

export { isTooOld } from './questions.js';

/** The server answers questions about itself at once, also while it is busy with an answer. */
const QUESTION_LIMITS: RequestLimits = {
  connectMs: 5_000,
  firstTokenMs: 15_000,
  silenceMs: 15_000,
  requestMs: 60_000,
};
const RETRY_BASE_MS = 500;

/**
 * The models of one Ollama server, through its own protocol (`/api/chat`; `/v1` cannot set the context window).
 * `address` comes from `resolveOllamaAddress`, `keepAlive` is `models.keep_alive` of the configuration. `limits` are
 * for questions about the server (version, models), `retryBaseMs` is the first pause before a retry.
 */
export function createOllamaBackend(input: {
  address: URL;
  keepAlive: string;
  limits?: RequestLimits;
  retryBaseMs?: number;
}): Backend {
  const server: OllamaServer = {
    address: input.address,
    label: `Ollama at ${input.address.href.replace(/\/+$/, '')}`,
    questionLimits: input.limits ?? QUESTION_LIMITS,
    retryBaseMs: input.retryBaseMs ?? RETRY_BASE_MS,
  };
  const known = new Map<string, ModelFacts>();
  const askOnce = async (name: string, signal: AbortSignal): Promise<ModelFacts> => {
    const facts = known.get(name) ?? (await askFacts(server, name, signal));
    known.set(name, facts);
    return facts;
  };
  const keepAlive = parseKeepAlive(input.keepAlive);
  return {
    label: server.label,
    version: async (signal) => askVersion(server, signal),
    installed: async (signal) => askInstalled(server, signal),
    pull: (name, signal) => pullModel(server, name, signal),
    model(options: ModelOptions): Model {
      const { role, name, contextTokens } = options;
      if (isCloudName(name)) throw refuseCloud(server, name);
      const chat = {
        server,
        options,
        keepAlive,
        facts: async (signal: AbortSignal) => askOnce(name, signal),
      };
      return { role, name, contextTokens, chat: (request, signal) => streamChat(chat, request, signal) };
    },
  };
}

/** A number without a unit must be sent as a number of seconds: as text the server refuses it (tried on 0.24.0). */
function parseKeepAlive(text: string): string | number {
  return /^-?\d+$/.test(text) ? Number(text) : text;
}
