import { ModelError } from '../model-error.js';
import type { ChatEvent, ChatRequest, ModelOptions } from '../port.js';
import { SAMPLING, streamAnswer, type AnswerPart } from '../stream-answer.js';
import { describeSchema, renderFormat, simplify, type Dialect } from './dialect.js';
import { readAnswer } from './read-answer.js';
import { makeReady, type ReadyModel } from './ready.js';
import { placeOf, send, type OpenAiServer, type OpenAnswer } from './server.js';

/** One model of one role on one server, with what stays the same for all its requests. */
export interface OpenAiChat {
  server: OpenAiServer;
  options: ModelOptions;
  /** `models.keep_alive` in seconds; undefined: for ever. */
  keepAliveSeconds: number | undefined;
  /** What the server is known to take for this model. */
  dialect: { current: Dialect };
}

/** Streams one answer. */
export function streamChat(
  chat: OpenAiChat,
  request: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent, void, undefined> {
  const { server, options } = chat;
  const answering = {
    // Read anew at each fault: the label changes when the server is found.
    get place() {
      return placeOf(server, options.name);
    },
    request,
    retryBaseMs: server.retryBaseMs,
    send: () => sendOnce(chat, request, signal),
  };
  return streamAnswer(answering, signal);
}

async function* sendOnce(
  chat: OpenAiChat,
  request: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<AnswerPart, void, undefined> {
  const { server, options } = chat;
  yield { type: 'waiting', for: 'connect' };
  const ready = yield* makeReady(server, options, signal);
  yield { type: 'waiting', for: ready.mayLoad ? 'load' : 'prompt' };
  const started = performance.now();
  const opened = await openAnswer(chat, ready, request, signal);
  let text = '';
  try {
    for await (const part of readAnswer({ server, name: options.name, ready, started, opened, signal })) {
      if (part.type === 'text') text += part.text;
      if (part.type === 'end' && part.reason === 'stop' && request.schema !== undefined)
        noteSchema(chat, text);
      yield part;
    }
  } finally {
    await opened.close();
  }
}

/** Sends the request in the fullest dialect that the server takes. */
async function openAnswer(
  chat: OpenAiChat,
  ready: ReadyModel,
  request: ChatRequest,
  signal: AbortSignal,
): Promise<OpenAnswer> {
  const { server, options, dialect } = chat;
  const path = `${server.preset.apiPath}/chat/completions`;
  let refusal: unknown;
  let trial = dialect.current;
  for (;;) {
    try {
      const body = createBody(chat, ready, request, trial);
      const question = { path, body, model: options.name, limits: options.limits, notes: true };
      const opened = await send(server, question, signal);
      dialect.current = trial;
      return opened;
    } catch (error) {
      if (!(error instanceof ModelError) || error.fault !== 'bad-request') throw error;
      refusal ??= error;
      const next = simplify(trial, error.message, request.schema !== undefined);
      if (next === undefined) throw refusal;
      trial = next;
    }
  }
}

function createBody(
  { server, options, keepAliveSeconds }: OpenAiChat,
  { id, windowTokens }: ReadyModel,
  request: ChatRequest,
  dialect: Dialect,
): Record<string, unknown> {
  const { schema } = request;
  const messages = request.messages.map(({ role, content }) => ({ role, content }));
  const last = messages.at(-1);
  if (schema !== undefined && dialect.schema !== 'json_schema' && last !== undefined) {
    last.content += describeSchema(schema);
  }
  const { thinking } = options;
  const bound = request.maxTokens + (thinking?.maxTokens ?? 0);
  const body = {
    model: id,
    stream: true,
    stream_options: { include_usage: true },
    ...server.preset.extras({ role: options.role, keepAliveSeconds, thinks: thinking !== undefined }),
    ...(thinking === undefined || thinking.mode === 'on' ? {} : { reasoning_effort: thinking.mode }),
    messages,
    [dialect.bound]: Math.max(1, Math.min(bound, windowTokens ?? options.contextTokens)),
    temperature: request.temperature,
    seed: request.seed,
    top_p: SAMPLING[options.role].top_p,
    ...(schema === undefined ? {} : renderFormat(schema, dialect.schema)),
  };
  return Object.fromEntries(Object.entries(body).filter(([key]) => !dialect.without.has(key)));
}

/** An answer that is no JSON at all came from a server that takes the schema and ignores it. */
function noteSchema({ dialect }: OpenAiChat, text: string): void {
  if (dialect.current.schema === 'prompt') return;
  try {
    JSON.parse(text);
  } catch {
    dialect.current = { ...dialect.current, schema: 'prompt' };
  }
}
