import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { OpenAiKind } from '../../src/models/openai/preset.js';
import { readBody, sendJson, sendPieces, splitText, startLoopbackServer } from './loopback-server.js';
import { createFlavour, type Flavour, type FlavourState } from './openai-flavours.js';

/*
 * A loopback server that speaks the documented protocol of one OpenAI-compatible kind with scripted words (reference
 * §3), so that everything but the model is real in a test.
 */

/** One body of `/v1/chat/completions` as it came. */
export interface ScriptedCompletion {
  model: string;
  messages: { role: string; content: string }[];
  stream?: boolean;
  max_tokens?: number;
  temperature?: number;
  seed?: number;
  response_format?: { type: string; json_schema?: { schema: unknown } };
  [key: string]: unknown;
}

export interface CompletionReply {
  text?: string;
  json?: unknown;
  thinking?: string;
  /** Default `reasoning_content`. */
  thinkingKey?: 'reasoning_content' | 'reasoning';
  /** `finish_reason`; default `stop`; null: the stream ends without. */
  ending?: string | null;
  /** `usage`; default: counted from the characters. null: none. */
  promptTokens?: number | null;
  /** Answered instead of a stream. */
  fault?: OpenAiFault;
  /** The `model` of the answer. */
  as?: string;
  retryAfter?: string;
  /** Before the first byte, in ms. */
  delayMs?: number;
  /** Before each further piece, in ms. */
  pieceMs?: number;
}

/** Ways in which a server fails. */
export type OpenAiFault =
  | 'model-missing'
  | 'busy'
  | 'context-exceeded'
  | 'bad-request'
  | 'server-error'
  | 'out-of-memory'
  | 'bad-gateway'
  | 'unauthorised'
  | 'redirect'
  | 'connection-lost'
  | 'connection-cut'
  | 'mid-stream-error'
  | 'no-end'
  | 'cut-event'
  | 'silence'
  | 'slow-first-token'
  | 'html'
  | 'bad-json'
  | 'bad-utf8'
  | 'huge-line'
  | 'endless-white-space'
  | 'open-after-end'
  | 'down';

/** How a stream is written; each is seen from real servers (reference §3.5). */
export interface StreamStyle {
  lineEnd?: '\n' | '\r\n' | '\r';
  /** Comments between events, as pings. */
  pings?: boolean;
  /** Without `data: [DONE]`. */
  noMark?: boolean;
  /** One JSON body although a stream was asked for. */
  buffered?: boolean;
  /** The blank line after each event is left out. */
  tight?: boolean;
  contentType?: string;
  /** Bytes of each piece. */
  pieceBytes?: number;
}

export interface ScriptedOpenAiOptions {
  kind: OpenAiKind;
  replies: (request: ScriptedCompletion, index: number) => CompletionReply | string | undefined;
  /** Default: `llama3.1:8b` and `qwen2.5-coder:7b`. */
  models?: readonly string[];
  /** The context of each model that is loaded when the server starts; none: not loaded. */
  loadedContext?: number;
  style?: StreamStyle;
  /** A key that every request must bring. */
  apiKey?: string;
  /** Keys and forms that the server refuses with a 400 that names them. */
  refuses?: readonly string[];
  /** How often `/health` says that the model is being loaded. */
  loadingFor?: number;
  /** Answers some path otherwise than a real server would; true: it did. */
  override?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

export interface ScriptedOpenAi {
  /** `http://127.0.0.1:PORT`. */
  url: string;
  requests: readonly ScriptedCompletion[];
  /** Every request as `POST /v1/chat/completions`, in order. */
  calls: readonly string[];
  /** Values of `Authorization`, in order, for those that had one. */
  keys: readonly string[];
  /** Each time a model was read into memory. */
  loads: readonly { model: string; context: number }[];
  failures: readonly string[];
  openSockets(): number;
  /** Waits until chat request number `index` has come. */
  received(index: number): Promise<void>;
  /** Breaks all connections and listens no more, as the fault `down` does. */
  down(): void;
  /** Listens again. */
  up(): Promise<void>;
  close(): Promise<void>;
}

const DEFAULT_MODELS = ['llama3.1:8b', 'qwen2.5-coder:7b'];

export async function startScriptedOpenAi(options: ScriptedOpenAiOptions): Promise<ScriptedOpenAi> {
  const requests: ScriptedCompletion[] = [];
  const calls: string[] = [];
  const keys: string[] = [];
  const failures: string[] = [];
  const waiting = new Map<number, () => void>();
  const models = options.models ?? DEFAULT_MODELS;
  const { loadedContext } = options;
  const state: FlavourState = {
    models,
    loaded: new Map(loadedContext === undefined ? [] : models.map((name) => [name, loadedContext])),
    loads: [],
    loadingFor: options.loadingFor ?? 0,
  };
  const flavour: Flavour = createFlavour(options.kind, state);

  const complete = async (raw: string, response: ServerResponse): Promise<void> => {
    const body: ScriptedCompletion = JSON.parse(raw);
    const refused = (options.refuses ?? []).find((word) => refuses(body, word));
    if (refused !== undefined) {
      return sendJson(response, 400, {
        error: { message: `${refused} is not supported`, type: 'invalid_request_error' },
      });
    }
    if (!flavour.serves(body.model)) return sendFlavoured(response, flavour.missing(body.model));
    const index = requests.length;
    requests.push(body);
    let reply: CompletionReply | undefined;
    try {
      const given = options.replies(body, index);
      reply = typeof given === 'string' ? { text: given } : given;
    } catch (error) {
      failures.push(`the script failed at chat request ${index}: ${String(error)}`);
    }
    waiting.get(index)?.();
    if (reply === undefined) {
      failures.push(`the script has run out at chat request ${index} (${body.model})`);
      return sendJson(response, 500, { error: { message: 'no script' } });
    }
    if (reply.fault === 'down') return server.goDown();
    await sendCompletion(response, { body, reply, flavour, style: options.style ?? {} });
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '';
    calls.push(`${request.method} ${path}`);
    const key = request.headers.authorization;
    if (key !== undefined) keys.push(key);
    const raw = await readBody(request);
    if (options.override?.(request, response) === true) return;
    const isOpen = path === '/health' || path === '/' || path === '/api/version';
    if (options.apiKey !== undefined && key !== `Bearer ${options.apiKey}` && !isOpen) {
      return sendJson(response, 401, {
        error: { message: `Invalid API key: ${key ?? 'none'}`, type: 'authentication_error' },
      });
    }
    if (request.method === 'POST' && path === `${flavour.apiPath}/chat/completions`)
      return complete(raw, response);
    const special = flavour.answer(`${request.method} ${path}`, raw === '' ? {} : JSON.parse(raw));
    if (special === undefined)
      return sendFlavoured(response, flavour.unknownPath(`${request.method} ${path}`));
    return sendFlavoured(response, special);
  };

  const server = await startLoopbackServer(answer, failures);

  return {
    url: server.url,
    requests,
    calls,
    keys,
    loads: state.loads,
    failures,
    openSockets: () => server.openSockets(),
    received: async (index) =>
      requests.length > index ? undefined : new Promise((resolve) => void waiting.set(index, resolve)),
    down: server.goDown,
    up: server.up,
    async close() {
      await server.close();
      if (failures.length > 0) throw new Error(`The scripted ${options.kind}: ${failures.join('; ')}`);
    },
  };
}

/** Whether a body has a key, or a form of structured output, of this name. */
function refuses(body: ScriptedCompletion, word: string): boolean {
  return word in body || body.response_format?.type === word;
}

export interface Flavoured {
  status: number;
  body: object | string;
  /** Server-sent events instead of `body`. */
  events?: readonly string[];
}

async function sendFlavoured(response: ServerResponse, { status, body, events }: Flavoured): Promise<void> {
  if (events !== undefined) {
    response.writeHead(status, { 'content-type': 'text/event-stream' });
    return sendPieces(response, events.map((event) => `${event}\n\n`).join(''));
  }
  if (typeof body !== 'string') return sendJson(response, status, body);
  response.writeHead(status, { 'content-type': 'text/plain' });
  response.end(body);
}

interface Completing {
  body: ScriptedCompletion;
  reply: CompletionReply;
  flavour: Flavour;
  style: StreamStyle;
}

async function sendCompletion(response: ServerResponse, scene: Completing): Promise<void> {
  const { body, reply, flavour, style } = scene;
  if (reply.delayMs !== undefined) await delay(reply.delayMs);
  const text = reply.text ?? (reply.json === undefined ? '' : JSON.stringify(reply.json));
  const chunk = (more: object): string =>
    JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion.chunk',
      created: 1,
      model: reply.as ?? body.model,
      ...more,
    });
  const say = (delta: object): string => chunk({ choices: [{ index: 0, delta, finish_reason: null }] });
  const words = [
    say({ role: 'assistant', content: null }),
    ...splitText(reply.thinking ?? '').map((piece) =>
      say({ [reply.thinkingKey ?? 'reasoning_content']: piece }),
    ),
    ...splitText(text).map((content) => say({ content })),
  ];
  const counted = Math.ceil(body.messages.reduce((sum, { content }) => sum + content.length, 0) / 3.5);
  const promptTokens =
    reply.promptTokens === undefined ? counted + 8 * body.messages.length : reply.promptTokens;
  const usage =
    promptTokens === null
      ? {}
      : {
          usage: {
            prompt_tokens: promptTokens,
            completion_tokens: words.length,
            total_tokens: promptTokens + words.length,
          },
        };
  const ending = reply.ending === undefined ? 'stop' : reply.ending;
  const end = [
    ...(ending === null ? [] : [chunk({ choices: [{ index: 0, delta: {}, finish_reason: ending }] })]),
    ...(promptTokens === null && Object.keys(flavour.figures).length === 0
      ? []
      : [chunk({ choices: [], ...usage, ...(promptTokens === null ? {} : flavour.figures) })]),
  ];
  if (reply.fault !== undefined && reply.fault !== 'open-after-end') {
    return sendFault(response, { ...scene, fault: reply.fault, words, say });
  }
  if (style.buffered === true) {
    const message = {
      role: 'assistant',
      content: text,
      ...(reply.thinking === undefined ? {} : { reasoning_content: reply.thinking }),
    };
    return sendJson(response, 200, {
      id: 'c',
      object: 'chat.completion',
      model: body.model,
      choices: [{ index: 0, message, finish_reason: ending }],
      ...usage,
    });
  }
  response.writeHead(200, { 'content-type': style.contentType ?? 'text/event-stream' });
  const events = [...words, ...end, ...(style.noMark === true || ending === null ? [] : ['[DONE]'])];
  await sendPieces(response, renderEvents(events, style), {
    bytes: style.pieceBytes,
    pieceMs: reply.pieceMs,
    stayOpen: reply.fault === 'open-after-end',
  });
}

function renderEvents(events: readonly string[], style: StreamStyle): string {
  const lineEnd = style.lineEnd ?? '\n';
  const ping = style.pings === true ? `: ping${lineEnd}${lineEnd}` : '';
  const blank = style.tight === true ? '' : lineEnd;
  return events.map((event) => `${ping}data: ${event}${lineEnd}${blank}`).join('');
}

interface Failing extends Completing {
  fault: OpenAiFault;
  words: readonly string[];
  say: (delta: object) => string;
}

async function sendFault(response: ServerResponse, scene: Failing): Promise<void> {
  const { fault, reply, flavour, words, body, say } = scene;
  const error = (status: number, message: string, type = 'server_error'): void =>
    sendJson(response, status, { error: { message, type, code: status } });
  const begin = async (): Promise<void> => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const half = words.slice(0, Math.max(2, Math.ceil(words.length / 2)));
    await new Promise((resolve) => void response.write(renderEvents(half, {}), resolve));
  };
  switch (fault) {
    case 'model-missing':
      return sendFlavoured(response, flavour.missing(body.model));
    case 'busy':
      if (reply.retryAfter !== undefined) response.setHeader('retry-after', reply.retryAfter);
      return error(503, 'too many requests are waiting');
    case 'context-exceeded':
      return sendFlavoured(response, flavour.tooLong());
    case 'bad-request':
      return error(400, 'messages: nothing of the kind', 'invalid_request_error');
    case 'server-error':
      return error(500, 'the engine failed');
    case 'out-of-memory':
      return error(500, 'failed to allocate compute buffers');
    case 'bad-gateway':
      response.writeHead(502, { 'content-type': 'text/html' });
      response.end('<html>Bad Gateway</html>');
      return;
    case 'unauthorised':
      return error(401, 'Invalid API key', 'authentication_error');
    case 'redirect':
      response.writeHead(307, { location: 'http://example.invalid/v1/chat/completions' });
      response.end();
      return;
    case 'connection-lost':
      response.socket?.resetAndDestroy();
      return;
    case 'connection-cut':
      await begin();
      response.socket?.resetAndDestroy();
      return;
    case 'mid-stream-error':
      await begin();
      response.end(
        'event: error\ndata: {"error":{"message":"the engine stopped","type":"server_error"}}\n\n',
      );
      return;
    case 'no-end':
      await begin();
      response.end();
      return;
    case 'cut-event':
      await begin();
      response.end('data: {"choices":[{"delta":{"content":"x');
      return;
    case 'silence':
      return begin();
    case 'slow-first-token':
      return;
    case 'html':
      response.writeHead(200, { 'content-type': 'text/html' });
      response.end('<!doctype html><title>A router</title>');
      return;
    case 'bad-json':
      await begin();
      response.end('data: {"choices":[{"delta":{"content":"x"\n\n');
      return;
    case 'bad-utf8':
      await begin();
      response.end(
        Buffer.concat([
          Buffer.from('data: {"choices":[{"delta":{"content":"'),
          Buffer.from([0xc3, 0x28, 0xff]),
        ]),
      );
      return;
    case 'huge-line':
      await begin();
      response.write('data: {"choices":[{"delta":{"content":"');
      for (let sent = 0; sent < 10 && !response.destroyed; sent += 1) {
        response.write('x'.repeat(512 * 1024));
        await new Promise(setImmediate);
      }
      response.end();
      return;
    case 'endless-white-space':
      await begin();
      while (!response.destroyed) {
        response.write(renderEvents([say({ content: '   \n\n\t\n' })], {}));
        await new Promise(setImmediate);
      }
      return;
    case 'open-after-end':
    case 'down':
      throw new Error(`${fault} is not done here`);
  }
}
