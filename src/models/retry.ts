import { setTimeout as delay } from 'node:timers/promises';
import { ModelError } from './model-error.js';
import type { ChatEvent, ModelFault } from './port.js';

/** How often one request is sent again after each fault. Faults that are not named are not retried. */
const MOST_RETRIES: Partial<Record<ModelFault, number>> = {
  // A server that is being restarted is back within seconds; one that is not there will not come.
  'not-running': 2,
  busy: 4,
  'connection-lost': 2,
  'server-error': 2,
  'stream-cut': 1,
  'mid-stream-error': 1,
};
const MOST_RETRIES_IN_ALL = 5;
const LONGEST_PAUSE_MS = 60_000;

/** How far a try of a request gets, in order. */
type Stage = Extract<ChatEvent, { type: 'waiting' }>['for'] | 'answer';
const STAGES: readonly Stage[] = ['connect', 'load', 'prompt', 'answer'];

/** Decides about one request: call it with each failure. */
export interface RetryPlan {
  /**
   * What a try has come to. Further than any before, what had failed until there has passed, and counting begins anew: a
   * request is several to the server (what it has, a load, the prompt), and each may fail once.
   */
  note(event: ChatEvent): void;
  /**
   * The pause in ms before the next try, or undefined when the failure is final. It doubles with each try and varies
   * by a quarter, so that several programs do not come back at once; a `Retry-After` of the server is kept to.
   */
  next(error: unknown): number | undefined;
}

/** A plan for one request. `baseMs` is the first pause. */
export function planRetries(baseMs: number): RetryPlan {
  const counts = new Map<ModelFault, number>();
  let all = 0;
  let furthest = 0;
  return {
    note(event) {
      const stage = STAGES.indexOf(stageOf(event));
      if (stage <= furthest) return;
      furthest = stage;
      counts.clear();
      all = 0;
    },
    next(error) {
      if (!(error instanceof ModelError) || !error.canRetry) return undefined;
      const before = counts.get(error.fault) ?? 0;
      if (before >= (MOST_RETRIES[error.fault] ?? 0) || all >= MOST_RETRIES_IN_ALL) return undefined;
      counts.set(error.fault, before + 1);
      const backoff = baseMs * 2 ** all * (0.75 + Math.random() / 2);
      all += 1;
      return Math.round(Math.min(LONGEST_PAUSE_MS, Math.max(backoff, error.retryAfterMs ?? 0)));
    },
  };
}

function stageOf(event: ChatEvent): Stage {
  if (event.type === 'retrying') return 'connect';
  return event.type === 'waiting' ? event.for : 'answer';
}

/**
 * Waits `ms`.
 * @throws the reason of `signal` as soon as it is aborted.
 */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch {
    signal.throwIfAborted();
  }
}
