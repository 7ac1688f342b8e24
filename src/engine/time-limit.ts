import { EXIT, NexusError } from '../errors.js';

/** Counts the time spent on one task. It stands still while other tasks are worked on. */
export interface TimeLimit {
  start(): void;
  stop(): void;
  /** @throws NexusError `limit-reached` when the time is used up. */
  assertTimeLeft(): void;
  /** Aborted when the time is used up if it goes on running from now; for one request. */
  deadline(): AbortSignal;
}

/** The longest time that a timer takes, in ms (24.8 days). */
const LONGEST_TIMER = 2 ** 31 - 1;

/** `minutes` is `limits.minutes` of the configuration. */
export function createTimeLimit(minutes: number): TimeLimit {
  let spentMs = 0;
  let startedAt: number | undefined;
  const limitMs = minutes * 60_000;
  const running = (): number => (startedAt === undefined ? 0 : performance.now() - startedAt);
  return {
    start() {
      startedAt ??= performance.now();
    },
    stop() {
      spentMs += running();
      startedAt = undefined;
    },
    assertTimeLeft() {
      if (spentMs + running() < limitMs) return;
      throw new NexusError({
        code: 'limit-reached',
        message: `The task took longer than ${minutes} minutes (\`limits.minutes\`).`,
        remedy: 'Run it again to go on where it stopped, or raise the limit.',
        exitCode: EXIT.attention,
      });
    },
    deadline: () =>
      AbortSignal.timeout(Math.min(Math.ceil(Math.max(0, limitMs - spentMs - running())), LONGEST_TIMER)),
  };
}
