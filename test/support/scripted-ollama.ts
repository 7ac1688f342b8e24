import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { readBody, sendJson, sendPieces, splitText, startLoopbackServer } from './loopback-server.js';
import { SCRIPTED_FAULTS, type ScriptedFault } from './scripted-faults.js';

export { SCRIPTED_FAULTS, type ScriptedFault } from './scripted-faults.js';

/*
 * A loopback server that speaks Ollama's protocol (as 0.24.0 does, tried) with scripted words, so that everything but
 * the model is real in a test: the HTTP client, its limits, the chunks, the loads.
 */

export interface ScriptedModel {
  name: string;
  capabilities?: string[];
  family?: string;
  contextTokens?: number;
  sizeBytes?: number;
  /** Set for a model of Ollama's cloud under an innocent name. */
  remoteHost?: string;
}

/** One body of `/api/chat` as it came, with what the server noted about it. */
export interface ScriptedChat {
  model: string;
  messages: { role: string; content: string }[];
  format?: unknown;
  options: Record<string, number>;
  keep_alive?: string | number;
  think?: unknown;
  truncate?: boolean;
  shift?: boolean;
  stream?: boolean;
}

export interface ReceivedChat extends ScriptedChat {
  /** The body, byte for byte. */
  raw: string;
  /** ms since the server started. */
  atMs: number;
  /** The fault that the script gave it, if any. */
  fault: ScriptedFault | undefined;
}

export interface ScriptedReply {
  text?: string;
  /** Sent as JSON text. */
  json?: unknown;
  thinking?: string;
  /** `done_reason`; default `stop`. */
  ending?: string;
  /** Before the first byte, in ms. */
  delayMs?: number;
  /** Before each further piece, in ms. */
  pieceMs?: number;
  /** `prompt_eval_count`; default: characters / 3.5. `null` leaves it out. */
  promptTokens?: number | null;
  fault?: ScriptedFault;
  /** For `busy`. */
  retryAfter?: string;
}

/** Gives the reply to the chat request number `index`, from 0. Undefined: the script has run out. */
export type Replies = (request: ScriptedChat, index: number) => ScriptedReply | string | undefined;

/** The replies of a list, one after the other. */
export function inOrder(...replies: readonly (ScriptedReply | string)[]): Replies {
  return (_, index) => replies[index];
}

/**
 * `replies`, with one fault in place of the answer to the chat request number `k` (and the `times - 1` after it). The
 * script inside does not notice: its own numbers leave the faulty requests out.
 */
export function faultAt(
  k: number,
  fault: ScriptedFault | ScriptedReply,
  replies: Replies,
  times = 1,
): Replies {
  const faulty: ScriptedReply = typeof fault === 'string' ? { fault } : fault;
  return (request, index) => {
    if (index < k) return replies(request, index);
    if (index >= k + times) return replies(request, index - times);
    if (faulty.fault === undefined || !SCRIPTED_FAULTS[faulty.fault].usesReply) return faulty;
    // The true answer is begun, then broken; it is given again when it is asked for again.
    const inner = replies(request, k);
    return { ...(typeof inner === 'string' ? { text: inner } : inner), ...faulty };
  };
}

export interface ScriptedOllama {
  /** `http://127.0.0.1:PORT`. */
  url: string;
  /** Chat requests with messages, in order. */
  requests: readonly ReceivedChat[];
  /** Every request as `POST /api/chat`, in order. */
  calls: readonly string[];
  /** Each time a model was read into memory, with its context length. */
  loads: readonly { model: string; numCtx: number }[];
  /** What went wrong with the script itself; `close` throws it. */
  failures: readonly string[];
  /** Connections that are open now. */
  openSockets(): number;
  /** Waits until chat request number `index` has come. */
  received(index: number): Promise<void>;
  /** Breaks all connections and listens no more, as the fault `down` does. */
  down(): void;
  /** Listens again. */
  up(): Promise<void>;
  /** Ends the server. @throws if a request was not in the script. */
  close(): Promise<void>;
}

export interface ScriptedOllamaOptions {
  replies: Replies;
  /** Default: `llama3.1:8b` and `qwen2.5-coder:7b`. */
  models?: readonly (ScriptedModel | string)[];
  version?: string;
  /** How many models fit in memory; default 1. */
  resident?: number;
  /** NDJSON lines of `/api/pull`; default: one small layer. */
  pull?: readonly object[];
  /** Answers some path otherwise than a real server would; true: it did. */
  override?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

const DEFAULT_MODELS = ['llama3.1:8b', 'qwen2.5-coder:7b'];
const DEFAULT_PULL = [
  { status: 'pulling manifest' },
  { status: 'pulling 0123456789ab', digest: 'sha256:01', total: 100 },
  { status: 'pulling 0123456789ab', digest: 'sha256:01', total: 100, completed: 100 },
  { status: 'success' },
];

export async function startScriptedOllama(options: ScriptedOllamaOptions): Promise<ScriptedOllama> {
  const started = performance.now();
  const models = (options.models ?? DEFAULT_MODELS).map((each): ScriptedModel =>
    typeof each === 'string' ? { name: each } : each,
  );
  const requests: ReceivedChat[] = [];
  const calls: string[] = [];
  const failures: string[] = [];
  const memory = createMemory(options.resident ?? 1);
  const waiting = new Map<number, () => void>();

  const answerChat = async (raw: string, response: ServerResponse): Promise<void> => {
    const chat: ScriptedChat = JSON.parse(raw);
    const model = models.find((each) => each.name === chat.model);
    if (model === undefined) return sendJson(response, 404, { error: `model '${chat.model}' not found` });
    if (chat.messages.length === 0) {
      const isUnload = chat.keep_alive === 0;
      if (isUnload) memory.unload(chat.model);
      else memory.load(chat.model, chat.options?.['num_ctx'] ?? 4096);
      return sendJson(response, 200, {
        model: chat.model,
        done: true,
        done_reason: isUnload ? 'unload' : 'load',
      });
    }
    const index = requests.length;
    const reply = findReply(options.replies, chat, index, failures);
    requests.push({ ...chat, raw, atMs: performance.now() - started, fault: reply?.fault });
    waiting.get(index)?.();
    if (reply === undefined) return sendJson(response, 500, { error: failures.at(-1) ?? '' });
    const numCtx = chat.options['num_ctx'] ?? 4096;
    const promptTokens = countPrompt(chat);
    if (chat.truncate === false && promptTokens > numCtx) {
      return sendJson(response, 400, { error: 'the input length exceeds the context length' });
    }
    if (reply.fault === 'down') return server.goDown();
    const reachesModel = reply.fault === undefined || SCRIPTED_FAULTS[reply.fault].loads;
    const isNewLoad = reachesModel && memory.load(chat.model, numCtx);
    return sendReply(response, chat, reply, { isNewLoad, numCtx, promptTokens });
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '';
    calls.push(`${request.method} ${path}`);
    const raw = await readBody(request);
    if (options.override?.(request, response) === true) return;
    switch (`${request.method} ${path}`) {
      case 'GET /':
        response.setHeader('content-type', 'text/plain; charset=utf-8');
        response.end('Ollama is running');
        return;
      case 'GET /api/version':
        return sendJson(response, 200, { version: options.version ?? '0.24.0' });
      case 'GET /api/tags':
        return sendJson(response, 200, { models: models.map(describeModel) });
      case 'GET /api/ps':
        return sendJson(response, 200, { models: memory.list().map(describeLoaded) });
      case 'POST /api/show': {
        const { model: name }: { model: string } = JSON.parse(raw);
        const model = models.find((each) => each.name === name);
        if (model === undefined) return sendJson(response, 404, { error: `model '${name}' not found` });
        return sendJson(response, 200, showModel(model));
      }
      case 'POST /api/pull':
        return sendLines(
          response,
          (options.pull ?? DEFAULT_PULL).map((line) => JSON.stringify(line)),
        );
      case 'POST /api/chat':
        return answerChat(raw, response);
      default:
        failures.push(`nothing is scripted for ${request.method} ${path}`);
        response.writeHead(404, { 'content-type': 'text/plain' });
        response.end('404 page not found');
    }
  };

  const server = await startLoopbackServer(answer, failures);

  return {
    url: server.url,
    requests,
    calls,
    loads: memory.loads,
    failures,
    openSockets: () => server.openSockets(),
    received: async (index) =>
      requests.length > index ? undefined : new Promise((resolve) => void waiting.set(index, resolve)),
    down: server.goDown,
    up: server.up,
    async close() {
      await server.close();
      if (failures.length > 0) throw new Error(`The scripted Ollama: ${failures.join('; ')}`);
    },
  };
}

function findReply(
  replies: Replies,
  chat: ScriptedChat,
  index: number,
  failures: string[],
): ScriptedReply | undefined {
  try {
    const reply = replies(chat, index);
    if (reply !== undefined) return typeof reply === 'string' ? { text: reply } : reply;
    failures.push(`the script has run out at chat request ${index} (${chat.model})`);
  } catch (error) {
    failures.push(`the script failed at chat request ${index} (${chat.model}): ${String(error)}`);
  }
  return undefined;
}

/** What the server counts for a prompt: its characters / 3.5, about what code takes. */
function countPrompt(chat: ScriptedChat): number {
  const length = chat.messages.reduce((sum, message) => sum + message.content.length, 0);
  return Math.ceil(length / 3.5) + 8 * chat.messages.length;
}

/** Like Ollama's scheduler: another context length loads anew, and the model used longest ago makes room. */
function createMemory(resident: number) {
  const loads: { model: string; numCtx: number }[] = [];
  let loaded: { model: string; numCtx: number }[] = [];
  return {
    loads,
    list: () => loaded,
    unload(model: string): void {
      loaded = loaded.filter((each) => each.model !== model);
    },
    /** Returns whether the model had to be read from disk. */
    load(model: string, numCtx: number): boolean {
      const known = loaded.find((each) => each.model === model);
      const isThere = known?.numCtx === numCtx;
      const entry = isThere ? known : { model, numCtx };
      loaded = [...loaded.filter((each) => each.model !== model), entry].slice(-resident);
      if (!isThere) loads.push({ model, numCtx });
      return !isThere;
    },
  };
}

function describeModel(model: ScriptedModel): object {
  return {
    name: model.name,
    model: model.name,
    modified_at: '2026-01-01T00:00:00Z',
    size: model.sizeBytes ?? 4_700_000_000,
    digest: Buffer.from(model.name).toString('hex').padEnd(64, '0').slice(0, 64),
    details: describeDetails(model),
    ...(model.remoteHost === undefined ? {} : { remote_host: model.remoteHost, remote_model: model.name }),
  };
}

function describeDetails(model: ScriptedModel): object {
  const family = model.family ?? 'qwen2';
  return { format: 'gguf', family, families: [family], parameter_size: '7.6B', quantization_level: 'Q4_K_M' };
}

function describeLoaded(loaded: { model: string; numCtx: number }): object {
  return {
    name: loaded.model,
    model: loaded.model,
    size: 5_000_000_000,
    size_vram: 2_500_000_000,
    context_length: loaded.numCtx,
  };
}

function showModel(model: ScriptedModel): object {
  const family = model.family ?? 'qwen2';
  return {
    details: describeDetails(model),
    model_info: {
      'general.architecture': family,
      [`${family}.context_length`]: model.contextTokens ?? 32_768,
    },
    capabilities: model.capabilities ?? ['completion'],
    ...(model.remoteHost === undefined ? {} : { remote_host: model.remoteHost, remote_model: model.name }),
  };
}

async function sendReply(
  response: ServerResponse,
  chat: ScriptedChat,
  reply: ScriptedReply,
  at: { isNewLoad: boolean; numCtx: number; promptTokens: number },
): Promise<void> {
  if (reply.delayMs !== undefined) await delay(reply.delayMs);
  const text = reply.text ?? (reply.json === undefined ? '' : JSON.stringify(reply.json));
  const line = (more: object): string =>
    JSON.stringify({ model: chat.model, created_at: '2026-01-01T00:00:00Z', ...more });
  const say = (content: object): string => line({ message: { role: 'assistant', ...content }, done: false });
  const words = [
    ...splitText(reply.thinking ?? '').map((thinking) => say({ content: '', thinking })),
    ...splitText(text).map((content) => say({ content })),
  ];
  const promptTokens = reply.promptTokens === undefined ? at.promptTokens : reply.promptTokens;
  const end = line({
    message: { role: 'assistant', content: '' },
    done: true,
    done_reason: reply.ending ?? 'stop',
    total_duration: 3_000_000,
    load_duration: at.isNewLoad ? 2_000_000_000 : 1_000_000,
    ...(promptTokens === null ? {} : { prompt_eval_count: promptTokens }),
    prompt_eval_duration: 1_000_000,
    eval_count: words.length,
    eval_duration: 1_000_000,
  });
  if (reply.fault === undefined) return sendLines(response, [...words, end], reply.pieceMs);
  return SCRIPTED_FAULTS[reply.fault].send(response, {
    words,
    end,
    say: (content) => say({ content }),
    numCtx: at.numCtx,
    retryAfter: reply.retryAfter,
    sendLines,
  });
}

/** Sends NDJSON as `sendPieces` does. */
async function sendLines(
  response: ServerResponse,
  lines: readonly string[],
  pieceMs?: number,
): Promise<void> {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  await sendPieces(response, lines.map((line) => `${line}\n`).join(''), { pieceMs });
}
