import { QUESTION_LIMITS, RETRY_BASE_MS, LOAD_LIMITS } from '../limits.js';
import { ModelError } from '../model-error.js';
import type { Backend, Model, ModelOptions, RequestLimits } from '../port.js';
import { streamChat } from './chat.js';
import { FULL_DIALECT, type Dialect } from './dialect.js';
import type { OpenAiKind } from './preset.js';
import { PRESETS } from './presets/index.js';
import { makeReady } from './ready.js';
import { labelOf, openLine, type OpenAiServer } from './server.js';

/**
 * The models of one server that speaks OpenAI's protocol. `addresses` come from `resolveAddresses`, `keepAlive` is
 * `models.keep_alive` of the configuration. `limits` are for questions about the server (version, models),
 * `retryBaseMs` is the first pause before a retry.
 */
export function createOpenAiBackend(input: {
  kind: OpenAiKind;
  addresses: readonly URL[];
  keepAlive: string;
  apiKey?: string | undefined;
  limits?: RequestLimits;
  retryBaseMs?: number;
}): Backend {
  const preset = PRESETS[input.kind];
  const server: OpenAiServer = {
    preset,
    candidates: input.addresses,
    found: undefined,
    apiKey: input.apiKey,
    questionLimits: input.limits ?? QUESTION_LIMITS,
    retryBaseMs: input.retryBaseMs ?? RETRY_BASE_MS,
  };
  const keepAliveSeconds = parseKeepAlive(input.keepAlive);
  const dialects = new Map<string, { current: Dialect }>();
  const { pull, unload, mostLoaded } = preset;
  // No `digest`: these servers tell names, paths, sizes and counts of parameters, all of which another file of the same build
  // and quantisation has, too; a path is the server's, which may have read it before it was replaced (reference §3.1-3.4).
  return {
    kind: input.kind,
    get label() {
      return labelOf(server);
    },
    version: async (signal) => preset.version(openLine(server, signal)),
    installed: async (signal) => preset.installed(openLine(server, signal)),
    ...(pull === undefined ? {} : { pull: (name, signal) => pull(openLine(server, signal), name) }),
    ...(mostLoaded === undefined
      ? {}
      : { mostLoaded: async (signal) => mostLoaded(openLine(server, signal)) }),
    // Who can unload can load.
    ...(unload === undefined
      ? {}
      : {
          load: async (name, contextTokens, signal) => loadModel(server, name, contextTokens, signal),
          unload: async (name, signal) => unload(openLine(server, signal), name),
        }),
    model(options: ModelOptions): Model {
      const dialect = dialects.get(options.name) ?? { current: FULL_DIALECT };
      dialects.set(options.name, dialect);
      return createModel(server, { server, options, keepAliveSeconds, dialect });
    },
  };
}

function createModel(server: OpenAiServer, chat: Parameters<typeof streamChat>[0]): Model {
  const { role, name, contextTokens } = chat.options;
  const { countTokens } = server.preset;
  return {
    role,
    name,
    contextTokens,
    thinking: chat.options.thinking,
    chat: (request, signal) => streamChat(chat, request, signal),
    ...(countTokens === undefined
      ? {}
      : {
          countTokens: async (messages, signal) => {
            const line = openLine(server, signal);
            try {
              const sight = await server.preset.look(line, name);
              return 'id' in sight ? await countTokens(line, sight.id, messages) : undefined;
            } catch (error) {
              // A count is worth no failure; that the server is away the request itself will tell.
              if (!(error instanceof ModelError)) throw error;
              return undefined;
            }
          },
        }),
  };
}

async function loadModel(
  server: OpenAiServer,
  name: string,
  contextTokens: number,
  signal: AbortSignal,
): Promise<void> {
  const options: ModelOptions = { role: 'coder', name, contextTokens, limits: LOAD_LIMITS };
  const ready = makeReady(server, options, signal);
  while ((await ready.next()).done !== true);
}

const SECONDS: ReadonlyMap<string, number> = new Map([
  ['m', 60],
  ['h', 3600],
]);

/** A duration such as `30m`, `1h`, `90` in seconds; below 0: for ever. */
function parseKeepAlive(text: string): number | undefined {
  const [, number = '0', unit = 's'] = /^(-?\d+)(s|m|h)?$/.exec(text) ?? [];
  const seconds = Number(number) * (SECONDS.get(unit) ?? 1);
  return seconds < 0 ? undefined : seconds;
}
