import type { Usage } from '../port.js';
import type { ChatChunk } from './answers.js';
import type { ReadyModel } from './ready.js';

/** Names that servers give to an end that is an end; anything else stays as it is. */
const REASONS: Readonly<Record<string, 'stop' | 'length'>> = {
  stop: 'stop',
  eos: 'stop',
  end_turn: 'stop',
  stop_sequence: 'stop',
  length: 'length',
  max_tokens: 'length',
  model_length: 'length',
};

/** `finish_reason` as `stop` or `length` where it means that. */
export function toReason(reason: string): string {
  return Object.hasOwn(REASONS, reason) ? (REASONS[reason] ?? reason) : reason;
}

/**
 * What an answer cost: from the server where it tells. Most servers tell no times; those are taken here, that of reading
 * only if no load can be in it. `times` are on one clock, in ms.
 */
export function describeFigures(
  { usage, timings }: Pick<ChatChunk, 'usage' | 'timings'>,
  ready: ReadyModel,
  times: { started: number; firstAt: number | undefined; ended: number },
): Omit<Usage, 'totalMs'> {
  const { started, firstAt, ended } = times;
  const readMs = ready.mayLoad || firstAt === undefined ? undefined : firstAt - started;
  const read = timings?.prompt_n == null ? undefined : timings.prompt_n + (timings.cache_n ?? 0);
  return {
    promptTokens: usage?.prompt_tokens ?? read,
    reusedTokens: usage?.prompt_tokens_details?.cached_tokens ?? timings?.cache_n ?? undefined,
    answerTokens: usage?.completion_tokens ?? timings?.predicted_n ?? undefined,
    loadMs: ready.loadMs,
    promptMs: round(timings?.prompt_ms ?? readMs),
    answerMs: round(timings?.predicted_ms ?? (firstAt === undefined ? undefined : ended - firstAt)),
  };
}

function round(ms: number | null | undefined): number | undefined {
  return ms == null ? undefined : Math.round(ms);
}
