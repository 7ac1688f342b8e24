import { messageOf } from '../errors.js';
import { createFault, type FaultPlace } from './model-error.js';
import type { ChatEvent, ChatRequest, Role, Usage } from './port.js';
import { findPromptCut } from './prompt-cut.js';
import { pause, planRetries } from './retry.js';
import { createRunawayGuard } from './runaway.js';

/** What one try of a request brings, whatever the server's protocol; `end` comes last. */
export type AnswerPart =
  | Extract<ChatEvent, { type: 'waiting' | 'text' | 'thinking' }>
  | {
      type: 'end';
      /** In the server's words: `stop`, `length`, or something that is no end of an answer. */
      reason: string;
      figures: Omit<Usage, 'totalMs'>;
      /** The context that the server really has for this model, in tokens; undefined: it does not tell. */
      windowTokens: number | undefined;
    };

/** One request, and how it is sent. */
export interface Answering {
  place: FaultPlace;
  request: ChatRequest;
  /** First pause before a retry, in ms. */
  retryBaseMs: number;
  /** Sends it once. A failure is thrown, a try that ends without `end` is a mistake of the backend. */
  send(): AsyncIterable<AnswerPart>;
}

/** Sampling that both models' makers recommend, sent with every request since defaults differ by version (§1.2, §8). */
export const SAMPLING: Readonly<Record<Role, { top_p: number; top_k: number; repeat_penalty: number }>> = {
  overseer: { top_p: 0.9, top_k: 40, repeat_penalty: 1 },
  coder: { top_p: 0.8, top_k: 20, repeat_penalty: 1.05 },
};

/**
 * Streams one answer; faults that can pass are retried from the start, each announced with `retrying`. Ends an answer
 * that runs away, and refuses one to a prompt that the server cut.
 */
export async function* streamAnswer(
  answering: Answering,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent, void, undefined> {
  const plan = planRetries(answering.retryBaseMs);
  for (;;) {
    try {
      for await (const event of streamOnce(answering, signal)) {
        plan.note(event);
        yield event;
      }
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
  answering: Answering,
  signal: AbortSignal,
): AsyncGenerator<ChatEvent, void, undefined> {
  const { place } = answering;
  signal.throwIfAborted();
  let started = performance.now();
  const guards = { text: createRunawayGuard(), thinking: createRunawayGuard() };
  for await (const part of answering.send()) {
    switch (part.type) {
      case 'waiting':
        // Counts from where the request itself is sent: what comes before is looking and loading.
        started = performance.now();
        yield part;
        break;
      case 'text':
      case 'thinking': {
        if (part.text === '') break;
        yield part;
        const runaway = guards[part.type].check(part.text);
        if (runaway !== undefined) throw createFault(place, 'runaway', runaway);
        break;
      }
      case 'end':
        yield finish(answering, part, performance.now() - started);
        break;
    }
  }
}

function finish(
  { place, request }: Answering,
  end: Extract<AnswerPart, { type: 'end' }>,
  totalMs: number,
): ChatEvent {
  const { reason, figures, windowTokens } = end;
  if (reason !== 'stop' && reason !== 'length') {
    throw createFault(place, 'bad-answer', `it ended with ${JSON.stringify(reason.slice(0, 40))}`);
  }
  const cut = findPromptCut({
    readTokens: figures.promptTokens,
    estimatedTokens: request.estimatedTokens,
    contextTokens: windowTokens,
  });
  if (cut !== undefined) throw createFault(place, 'prompt-cut', cut);
  return { type: 'done', ending: reason, usage: { ...figures, totalMs: Math.round(totalMs) } };
}
