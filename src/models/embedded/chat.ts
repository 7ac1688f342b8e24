import { createFault, ModelError } from '../model-error.js';
import type { ChatEvent, ChatMessage, ChatRequest, ModelOptions } from '../port.js';
import { SAMPLING, streamAnswer, type AnswerPart } from '../stream-answer.js';
import type { Engine, LoadedModel } from './engine.js';
import { explainChat, placeOf } from './faults.js';
import type { HistoryItem, Opaque, ResponseOptions, Token } from './library.js';
import type { ModelFile } from './model-file.js';
import { createPieceQueue } from './piece-queue.js';
import { readPrompt } from './read-prompt.js';
import { startTimeLimits } from './time-limits.js';

/** One model of one role, with what stays the same for all its requests. */
export interface EmbeddedChat {
  engine: Engine;
  options: ModelOptions;
  retryBaseMs: number;
  readFile(this: void, name: string): Promise<ModelFile>;
  /** A request has ended. */
  onEnd(this: void, path: string): void;
}

/** Tokens of the context that are left free: what a template closes an answer with. */
const SPARE_TOKENS = 8;
/** As in llama.cpp: so many tokens back a repeated one is made less likely. */
const REPEAT_LAST_TOKENS = 64;

/** Streams one answer. */
export function streamChat(
  chat: EmbeddedChat,
  request: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent, void, undefined> {
  const answering = {
    place: placeOf(chat.options.name),
    request,
    retryBaseMs: chat.retryBaseMs,
    send: () => sendOnce(chat, request, signal),
  };
  return streamAnswer(answering, signal);
}

/**
 * The work goes on beside the reader, so that an abort is answered at once: the piece of prompt that is being read then
 * is read to its end, and whoever comes next waits for it.
 */
async function* sendOnce(
  chat: EmbeddedChat,
  request: ChatRequest,
  signal: AbortSignal,
): AsyncGenerator<AnswerPart, void, undefined> {
  yield { type: 'waiting', for: 'connect' };
  const file = await chat.readFile(chat.options.name);
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const limits = startTimeLimits(chat.options.limits, stop, placeOf(chat.options.name));
  const queue = createPieceQueue<AnswerPart>();
  const emit = (part: AnswerPart): void => {
    if (part.type === 'text' || part.type === 'thinking') limits.onPiece();
    queue.push(part);
  };
  void work(chat, { file, request, signal: stop.signal, emit }).then(
    () => queue.end(),
    (thrown: unknown) => queue.end({ thrown }),
  );
  try {
    yield* queue.read(stop.signal);
  } finally {
    signal.removeEventListener('abort', onAbort);
    limits.clear();
    stop.abort(new DOMException('The request was closed.', 'AbortError'));
  }
}

interface Work {
  file: ModelFile;
  request: ChatRequest;
  signal: AbortSignal;
  emit(this: void, part: AnswerPart): void;
}

async function work(chat: EmbeddedChat, { file, request, signal, emit }: Work): Promise<void> {
  const { engine, options } = chat;
  const release = await engine.takeTurn(signal);
  try {
    const startedAt = performance.now();
    if (engine.find(file)?.contextTokens !== options.contextTokens) emit({ type: 'waiting', for: 'load' });
    const loaded = await engine.open(file, options.contextTokens, signal);
    const loadMs = Math.round(performance.now() - startedAt);
    emit({ type: 'waiting', for: 'prompt' });
    await answer(loaded, { options, request, signal, emit, loadMs });
  } catch (error) {
    // What state a failed model is in, nobody knows: the next request loads it anew.
    const isWhole = signal.aborted || (error instanceof ModelError && error.fault === 'context-exceeded');
    if (!isWhole) await engine.close(file.path);
    throw error;
  } finally {
    release();
    chat.onEnd(file.path);
  }
}

async function answer(
  loaded: LoadedModel,
  { options, request, signal, emit, loadMs }: Omit<Work, 'file'> & { options: ModelOptions; loadMs: number },
): Promise<void> {
  const { sequence, context, chat } = loaded;
  const history = toHistory(request.messages);
  const tokens = tokenizePrompt(loaded, request.messages);
  const room = context.contextSize - tokens.length - SPARE_TOKENS;
  if (room < 1) {
    const detail = `it has ${tokens.length} tokens, the window ${context.contextSize}`;
    throw createFault(placeOf(options.name), 'context-exceeded', detail);
  }
  const startedAt = performance.now();
  const writtenBefore = sequence.tokenMeter.usedOutputTokens;
  let firstAt: number | undefined;
  try {
    const reusedTokens = await readPrompt(sequence, tokens, signal);
    const grammar = await grammarFor(loaded, request.schema);
    const { metadata } = await chat.generateResponse(history, {
      ...samplingOf(options, request),
      signal,
      maxTokens: Math.max(1, Math.min(request.maxTokens + (options.thinking?.maxTokens ?? 0), room)),
      ...(grammar === undefined ? {} : { grammar }),
      onResponseChunk({ type, text }) {
        firstAt ??= performance.now();
        emit({ type: type === 'segment' ? 'thinking' : 'text', text });
      },
    });
    const endedAt = performance.now();
    const figures = {
      promptTokens: tokens.length,
      reusedTokens,
      answerTokens: sequence.tokenMeter.usedOutputTokens - writtenBefore,
      loadMs,
      promptMs: Math.round((firstAt ?? endedAt) - startedAt),
      answerMs: Math.round(endedAt - (firstAt ?? endedAt)),
    };
    // Nothing was cut: the prompt was counted before it was read.
    emit({
      type: 'end',
      reason: toReason(metadata.stopReason),
      figures,
      windowTokens: Number.POSITIVE_INFINITY,
    });
  } catch (error) {
    signal.throwIfAborted();
    throw explainChat(options.name, error, firstAt !== undefined);
  }
}

function samplingOf(
  { role, thinking }: ModelOptions,
  { temperature, seed }: ChatRequest,
): Pick<ResponseOptions, 'temperature' | 'seed' | 'topK' | 'topP' | 'repeatPenalty' | 'budgets'> {
  const { top_k: topK, top_p: topP, repeat_penalty: penalty } = SAMPLING[role];
  return {
    temperature,
    seed,
    topK,
    topP,
    repeatPenalty: penalty === 1 ? false : { penalty, lastTokens: REPEAT_LAST_TOKENS },
    // As on servers: models that think don't unless they were told to, as far as they can be kept from it.
    budgets: { thoughtTokens: thinking?.maxTokens ?? 0 },
  };
}

async function grammarFor(
  { llama, grammars }: LoadedModel,
  schema: ChatRequest['schema'],
): Promise<Opaque | undefined> {
  if (schema === undefined) return undefined;
  const key = JSON.stringify(schema);
  const grammar = grammars.get(key) ?? (await llama.createGrammarForJsonSchema(schema));
  grammars.set(key, grammar);
  return grammar;
}

/** The tokens of a prompt with the model's own chat template. */
export function tokenizePrompt({ chat, model }: LoadedModel, messages: readonly ChatMessage[]): Token[] {
  const { contextText } = chat.chatWrapper.generateContextState({ chatHistory: toHistory(messages) });
  return contextText.tokenize(model.tokenizer);
}

/** The last item is the answer that is to be written. */
function toHistory(messages: readonly ChatMessage[]): HistoryItem[] {
  const items = messages.map(({ role, content }): HistoryItem =>
    role === 'assistant' ? { type: 'model', response: [content] } : { type: role, text: content },
  );
  return [...items, { type: 'model', response: [] }];
}

function toReason(stopReason: string): string {
  if (stopReason === 'eogToken' || stopReason === 'stopGenerationTrigger') return 'stop';
  return stopReason === 'maxTokens' ? 'length' : stopReason;
}
