import type { ChatRequest as WireRequest } from 'ollama/browser';
import type { ChatEvent, ChatRequest, ModelOptions, Thinking } from '../port.js';
import { SAMPLING, streamAnswer, type AnswerPart } from '../stream-answer.js';
import { parseAnswer } from '../parse-answer.js';
import { chatPart, type ChatPart } from './answers.js';
import { openOllamaCall, placeOf, type OllamaServer } from './client.js';
import { askLoadedContext, type ModelFacts } from './questions.js';

/** One model of one role on one server, with what stays the same for all its requests. */
export interface OllamaChat {
  server: OllamaServer;
  options: ModelOptions;
  /** A duration (`30m`) or seconds, as the server wants it. */
  keepAlive: string | number;
  facts(signal: AbortSignal): Promise<ModelFacts>;
}

/** Streams one answer. */
export function streamChat(
  chat: OllamaChat,
  request: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent, void, undefined> {
  const { server, options } = chat;
  const answering = {
    place: placeOf(server, options.name),
    request,
    retryBaseMs: server.retryBaseMs,
    send: () => sendOnce(chat, request, signal),
  };
  return streamAnswer(answering, signal);
}

async function* sendOnce(
  chat: OllamaChat,
  request: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<AnswerPart, void, undefined> {
  const { server, options } = chat;
  yield { type: 'waiting', for: 'connect' };
  const facts = await chat.facts(signal);
  yield { type: 'waiting', for: (await isReady(chat, signal)) ? 'prompt' : 'load' };
  const call = await openOllamaCall(server, {
    limits: options.limits,
    signal,
    model: options.name,
    shape: { kind: 'lines', isEnd: (line) => line['done'] === true },
  });
  try {
    for await (const raw of await call.client.chat(createBody(chat, request, facts))) {
      const part = parseAnswer(chatPart, raw, placeOf(server, options.name));
      yield { type: 'thinking', text: part.message?.thinking ?? '' };
      yield { type: 'text', text: part.message?.content ?? '' };
      if (part.done === true) yield describeEnd(part, options.contextTokens);
    }
  } finally {
    await call.close();
  }
}

/** Whether the model is in memory with this context; only for the display, so a failure means "not known". */
async function isReady(chat: OllamaChat, signal: AbortSignal): Promise<boolean> {
  const { name, contextTokens } = chat.options;
  try {
    const loaded = await askLoadedContext(chat.server, name, signal);
    return loaded === 0 || loaded === contextTokens;
  } catch {
    signal.throwIfAborted();
    return true;
  }
}

/**
 * The body of a request. What stays the same for a model stands first, so that two requests are equal as far as their
 * messages are. `truncate` and `shift` forbid cutting the prompt in silence (reference §1.5); the package's types lack
 * them, but it sends every key.
 */
function createBody(
  chat: OllamaChat,
  request: ChatRequest,
  facts: ModelFacts,
): WireRequest & { stream: true; truncate: false; shift: false } {
  const { name, contextTokens, role, thinking } = chat.options;
  const thought = thinking === undefined || facts.thinking === 'none' ? 0 : thinking.maxTokens;
  return {
    model: name,
    stream: true,
    keep_alive: chat.keepAlive,
    truncate: false,
    shift: false,
    ...renderThink(facts, thinking),
    messages: request.messages.map(({ role: speaker, content }) => ({ role: speaker, content })),
    ...(request.schema === undefined ? {} : { format: request.schema }),
    options: {
      num_ctx: contextTokens,
      // 0 would mean "without end" (reference §1.2).
      num_predict: Math.max(1, Math.min(request.maxTokens + thought, contextTokens)),
      temperature: request.temperature,
      seed: request.seed,
      ...SAMPLING[role],
    },
  };
}

/** Only gpt-oss has levels, and cannot be kept from thinking (reference §1.2). */
function renderThink({ thinking }: ModelFacts, wanted: Thinking | undefined): Pick<WireRequest, 'think'> {
  if (thinking === 'none') return {};
  if (thinking === 'off') return { think: wanted !== undefined };
  if (wanted === undefined) return { think: 'low' };
  return { think: wanted.mode === 'on' ? 'medium' : wanted.mode };
}

function describeEnd(part: ChatPart, windowTokens: number): AnswerPart {
  return {
    type: 'end',
    reason: part.done_reason ?? 'stop',
    figures: {
      promptTokens: part.prompt_eval_count ?? undefined,
      // The count is the whole prompt, read before or not (reference §1.3).
      reusedTokens: undefined,
      answerTokens: part.eval_count ?? undefined,
      loadMs: toMs(part.load_duration),
      promptMs: toMs(part.prompt_eval_duration),
      answerMs: toMs(part.eval_duration),
    },
    windowTokens,
  };
}

/** Ollama's durations are nanoseconds. */
function toMs(nanoseconds: number | null | undefined): number | undefined {
  return nanoseconds == null ? undefined : Math.round(nanoseconds / 1e6);
}
