import { parseAnswer } from '../parse-answer.js';
import { explainStreamError } from '../http-faults.js';
import { createFault, ModelError } from '../model-error.js';
import { isSameModel } from '../names.js';
import type { ChatEvent, ChatRequest, ModelOptions } from '../port.js';
import { SAMPLING, streamAnswer, type AnswerPart } from '../stream-answer.js';
import { chatChunk, type ChatChunk } from './answers.js';
import { describeSchema, renderFormat, simplify, type Dialect } from './dialect.js';
import { describeFigures, toReason } from './figures.js';
import { makeReady, type ReadyModel } from './ready.js';
import { hideKey, placeOf, send, type OpenAiServer, type OpenAnswer } from './server.js';
import { END_MARK, readStream } from './sse.js';

/** One model of one role on one server, with what stays the same for all its requests. */
export interface OpenAiChat {
  server: OpenAiServer;
  options: ModelOptions;
  /** `models.keep_alive` in seconds; undefined: for ever. */
  keepAliveSeconds: number | undefined;
  /** What the server is known to take for this model. */
  dialect: { current: Dialect };
}

/** Figures come right after an answer's end; a server that keeps the line open after it is not waited for. In ms. */
const LONGEST_AFTER_END_MS = 3_000;

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
  yield { type: 'waiting', for: 'connect' };
  const ready = yield* makeReady(chat.server, chat.options, signal);
  yield { type: 'waiting', for: ready.mayLoad ? 'load' : 'prompt' };
  const started = performance.now();
  const opened = await openAnswer(chat, ready, request, signal);
  try {
    yield* readAnswer(chat, { ready, request, started, opened, signal });
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
      const question = { path, body, model: options.name, limits: options.limits };
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
  const body = {
    model: id,
    stream: true,
    stream_options: { include_usage: true },
    ...server.preset.extras({ role: options.role, keepAliveSeconds }),
    messages,
    [dialect.bound]: Math.max(1, Math.min(request.maxTokens, windowTokens ?? options.contextTokens)),
    temperature: request.temperature,
    seed: request.seed,
    top_p: SAMPLING[options.role].top_p,
    ...(schema === undefined ? {} : renderFormat(schema, dialect.schema)),
  };
  return Object.fromEntries(Object.entries(body).filter(([key]) => !dialect.without.has(key)));
}

interface Reading {
  ready: ReadyModel;
  request: ChatRequest;
  /** When the request was sent, on the clock of `performance`. */
  started: number;
  opened: OpenAnswer;
  signal: AbortSignal;
}

async function* readAnswer(
  chat: OpenAiChat,
  { ready, request, started, opened, signal }: Reading,
): AsyncGenerator<AnswerPart, void, undefined> {
  const place = placeOf(chat.server, chat.options.name);
  const chunks: Pick<ChatChunk, 'usage' | 'timings'> = { usage: undefined, timings: undefined };
  let reason: string | undefined;
  let firstAt: number | undefined;
  let parts = 0;
  let endTimer: NodeJS.Timeout | undefined;
  let text = '';
  try {
    for await (const item of readStream(opened.answer, place)) {
      if (item === END_MARK) {
        reason ??= 'stop';
        break;
      }
      const chunk = readChunk(chat, item, ready);
      chunks.usage = chunk.usage ?? chunks.usage;
      chunks.timings = chunk.timings ?? chunks.timings;
      const choice = chunk.choices?.[0];
      for (const part of partsOf(choice)) {
        firstAt ??= performance.now();
        parts += 1;
        if (part.type === 'text') text += part.text;
        yield part;
      }
      if (choice?.finish_reason == null) continue;
      reason = choice.finish_reason;
      endTimer ??= setTimeout(() => void opened.close(), LONGEST_AFTER_END_MS);
    }
  } catch (error) {
    signal.throwIfAborted();
    // The answer was whole; only its figures were not.
    if (reason === undefined) throw error;
  } finally {
    clearTimeout(endTimer);
  }
  if (reason === undefined) throw createFault(place, 'stream-cut', 'its end is missing');
  if (request.schema !== undefined && reason === 'stop') noteSchema(chat, text);
  // What came in one piece says nothing about writing.
  const times = { started, firstAt: parts > 1 ? firstAt : undefined, ended: performance.now() };
  const figures = describeFigures(chunks, ready, times);
  yield { type: 'end', reason: toReason(reason), figures, windowTokens: ready.windowTokens };
}

function readChunk(chat: OpenAiChat, item: Record<string, unknown>, ready: ReadyModel): ChatChunk {
  const { server, options } = chat;
  const place = placeOf(server, options.name);
  const error = item['error'] ?? (item['object'] === 'error' ? item : undefined);
  if (error !== undefined) {
    const shown: unknown = JSON.parse(hideKey(server, JSON.stringify(error)));
    throw explainStreamError(place, shown);
  }
  const chunk = parseAnswer(chatChunk, item, place);
  const { kind, mayAnswerWithAnother } = server.preset;
  if (mayAnswerWithAnother !== true || chunk.model == null) return chunk;
  const answered = chunk.model;
  if ([ready.id, options.name].some((name) => isSameModel(kind, name, answered))) return chunk;
  throw createFault(place, 'model-missing', `${JSON.stringify(answered.slice(0, 80))} answered instead`);
}

type Choice = NonNullable<ChatChunk['choices']>[number];

function partsOf(choice: Choice | undefined): Extract<AnswerPart, { text: string }>[] {
  const message = choice?.delta ?? choice?.message;
  const thought = message?.reasoning_content ?? message?.reasoning;
  const parts = [
    { type: 'thinking' as const, text: typeof thought === 'string' ? thought : '' },
    { type: 'text' as const, text: message?.content ?? '' },
  ];
  return parts.filter((part) => part.text !== '');
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
