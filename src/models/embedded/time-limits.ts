import { createFault, type FaultPlace } from '../model-error.js';
import type { ModelFault, RequestLimits } from '../port.js';

/** The limits of one request. */
export interface TimeLimits {
  /** A piece of the answer came. */
  onPiece(): void;
  clear(): void;
}

/** Node's timers fire at once above this many ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Aborts `stop` with the fault of the first limit that is passed: first token, silence, the whole request. */
export function startTimeLimits(limits: RequestLimits, stop: AbortController, place: FaultPlace): TimeLimits {
  const start = (fault: ModelFault, ms: number): NodeJS.Timeout | undefined => {
    if (ms === Number.POSITIVE_INFINITY) return undefined;
    const expire = (): void => stop.abort(createFault(place, fault, `the limit is ${ms / 1000} s`));
    return setTimeout(expire, Math.min(ms, LONGEST_TIMER_MS));
  };
  const whole = start('request-timeout', limits.requestMs);
  let next = start('first-token-timeout', limits.firstTokenMs);
  let isOver = false;
  return {
    onPiece() {
      clearTimeout(next);
      // The last piece of what was ended comes after that.
      if (isOver) return;
      next = start('silence', limits.silenceMs);
    },
    clear() {
      isOver = true;
      clearTimeout(whole);
      clearTimeout(next);
    },
  };
}
