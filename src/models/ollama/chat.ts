import type { ChatRequest as WireRequest } from 'ollama/browser';
import { messageOf } from '../../errors.js';
import { createFault, type FaultPlace } from '../model-error.js';
import { chatPart, parseAnswer, type ChatPart } from './answers.js';
import { openOllamaCall, type OllamaServer } from './client.js';
import { askLoadedContext, type ModelFacts } from './questions.js';
import type { ChatEvent, ChatRequest, ModelOptions, Role, Usage } from '../port.js';
import { findPromptCut } from '../prompt-cut.js';
import { pause, planRetries } from '../retry.js';
import { createRunawayGuard } from '../runaway.js';

/** One model of one role on one server, with what stays the same for all its requests. */
export interface OllamaChat {
  server: OllamaServer;
  options: ModelOptions;
  /** A duration (`30m`) or seconds, as the server wants it. */
  keepAlive: string | number;
  facts(signal: AbortSignal): Promise<ModelFacts>;
}

/** Sampling that both models' makers recommend, sent with every request since defaults differ by version (§1.2, §8). */
const SAMPLING: Readonly<Record<Role, { top_p: number; top_k: number; repeat_penalty: number }>> = {
  overseer: { top_p: 0.9, top_k: 40, repeat_penalty: 1 },
  coder: { top_p: 0.8, top_k: 20, repeat_penalty: 1.05 },
};

/** Streams one answer; faults that can pass are retried from the start, each announced with `retrying`. */
export async function* streamChat(
  chat: OllamaChat,
  request: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent, void, undefined> {
  const plan = planRetries(chat.server.retryBaseMs);
  for (;;) {
    try {
      yield* streamOnce(chat, request, signal);
      return;
    } catch (error) {
      signal.throwIfAborted();
      const inMs = plan.next(error);
      if (inMs === undefined) throw error;
      yield { type: 'retrying', because: messageOf(error), inMs };
      await pause(inMs, signal);
    }
  }
}

async function* streamOnce(
  chat: OllamaChat,
  request: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent, void, undefined> {
  const { server, options } = chat;
  const place: FaultPlace = { server: server.label, model: options.name };
  signal.throwIfAborted();
  yield { type: 'waiting', for: 'connect' };
  const facts = await chat.facts(signal);
  yield { type: 'waiting', for: (await isReady(chat, signal)) ? 'prompt' : 'load' };
  const started = performance.now();
  const call = await openOllamaCall(server, {
    limits: options.limits,
    signal,
    model: options.name,
    shape: { kind: 'lines', isEnd: (line) => line['done'] === true },
  });
  try {
    const guards = { text: createRunawayGuard(), thinking: createRunawayGuard() };
    for await (const raw of await call.client.chat(createBody(chat, request, facts))) {
      const part = parseAnswer(chatPart, raw, place);
      for (const type of ['thinking', 'text'] as const) {
        const text = (type === 'text' ? part.message?.content : part.message?.thinking) ?? '';
        if (text === '') continue;
        yield { type, text };
        const runaway = guards[type].check(text);
        if (runaway !== undefined) throw createFault(place, 'runaway', runaway);
      }
      if (part.done === true) yield finish(chat, request, part, performance.now() - started);
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
  const { name, contextTokens, role } = chat.options;
  const think = { none: {}, off: { think: false }, low: { think: 'low' } as const }[facts.thinking];
  return {
    model: name,
    stream: true,
    keep_alive: chat.keepAlive,
    truncate: false,
    shift: false,
    ...think,
    messages: request.messages.map(({ role: speaker, content }) => ({ role: speaker, content })),
    ...(request.schema === undefined ? {} : { format: request.schema }),
    options: {
      num_ctx: contextTokens,
      // 0 would mean "without end" (reference §1.2).
      num_predict: Math.max(1, Math.min(request.maxTokens, contextTokens)),
      temperature: request.temperature,
      seed: request.seed,
      ...SAMPLING[role],
    },
  };
}

function finish(chat: OllamaChat, request: ChatRequest, part: ChatPart, totalMs: number): ChatEvent {
  const place: FaultPlace = { server: chat.server.label, model: chat.options.name };
  const reason = part.done_reason ?? 'stop';
  if (reason !== 'stop' && reason !== 'length') {
    throw createFault(place, 'bad-answer', `it ended with ${JSON.stringify(reason.slice(0, 40))}`);
  }
  const cut = findPromptCut({
    readTokens: part.prompt_eval_count ?? undefined,
    estimatedTokens: request.estimatedTokens,
    contextTokens: chat.options.contextTokens,
  });
  if (cut !== undefined) throw createFault(place, 'prompt-cut', cut);
  const usage: Usage = {
    promptTokens: part.prompt_eval_count ?? undefined,
    answerTokens: part.eval_count ?? undefined,
    loadMs: toMs(part.load_duration),
    promptMs: toMs(part.prompt_eval_duration),
    answerMs: toMs(part.eval_duration),
    totalMs: Math.round(totalMs),
  };
  return { type: 'done', ending: reason, usage };
}

/** Ollama's durations are nanoseconds. */
function toMs(nanoseconds: number | null | undefined): number | undefined {
  return nanoseconds == null ? undefined : Math.round(nanoseconds / 1e6);
}
