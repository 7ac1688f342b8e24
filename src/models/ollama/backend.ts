import { streamChat } from './chat.js';
import { loadModel, unloadModel } from './load.js';
import type { OllamaServer } from './client.js';
import { isCloudName } from './names.js';
import { pullModel } from './pull.js';
import { askDigest, askFacts, askInstalled, askVersion, refuseCloud, type ModelFacts } from './questions.js';
import { QUESTION_LIMITS, RETRY_BASE_MS } from '../limits.js';
import type { Backend, Model, ModelOptions, RequestLimits } from '../port.js';

export { isTooOld } from './questions.js';

/**
 * The models of one Ollama server, through its own protocol (`/api/chat`; `/v1` cannot set the context window).
 * `address` comes from `resolveOllamaAddress`, `keepAlive` is `models.keep_alive` of the configuration. `limits` are
 * for questions about the server (version, models), `retryBaseMs` is the first pause before a retry.
 */
export function createOllamaBackend(input: {
  address: URL;
  keepAlive: string;
  apiKey?: string | undefined;
  limits?: RequestLimits;
  retryBaseMs?: number;
}): Backend {
  const server: OllamaServer = {
    address: input.address,
    label: `Ollama at ${input.address.href.replace(/\/+$/, '')}`,
    questionLimits: input.limits ?? QUESTION_LIMITS,
    retryBaseMs: input.retryBaseMs ?? RETRY_BASE_MS,
    apiKey: input.apiKey,
  };
  const known = new Map<string, ModelFacts>();
  const askOnce = async (name: string, signal: AbortSignal): Promise<ModelFacts> => {
    const facts = known.get(name) ?? (await askFacts(server, name, signal));
    known.set(name, facts);
    return facts;
  };
  const keepAlive = parseKeepAlive(input.keepAlive);
  return {
    kind: 'ollama',
    label: server.label,
    version: async (signal) => askVersion(server, signal),
    installed: async (signal) => askInstalled(server, signal),
    digest: async (name, signal) => askDigest(server, name, signal),
    pull: (name, signal) => pullModel(server, name, signal),
    load: async (name, contextTokens, signal) =>
      loadModel(server, { name, contextTokens, keepAlive }, signal),
    unload: async (name, signal) => unloadModel(server, name, signal),
    model(options: ModelOptions): Model {
      const { role, name, contextTokens } = options;
      if (isCloudName(name)) throw refuseCloud(server, name);
      const chat = {
        server,
        options,
        keepAlive,
        facts: async (signal: AbortSignal) => askOnce(name, signal),
      };
      return {
        role,
        name,
        contextTokens,
        thinking: options.thinking,
        chat: (request, signal) => streamChat(chat, request, signal),
        thinks: async (signal) => (await askOnce(name, signal)).thinking !== 'none',
      };
    },
  };
}

/** A number without a unit must be sent as a number of seconds: as text the server refuses it (tried on 0.24.0). */
function parseKeepAlive(text: string): string | number {
  return /^-?\d+$/.test(text) ? Number(text) : text;
}
