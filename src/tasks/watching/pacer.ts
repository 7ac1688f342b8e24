/** Runs one piece of work again and again, never twice at a time. */
export interface Pacer {
  /** Has the work run within `inMs`; while it runs, it runs once more afterwards. */
  wake(inMs: number): void;
  /** No run starts any more; one that is under way is not waited for. */
  stop(): void;
}

/**
 * @param work resolves to the ms until it wants to run again, undefined to wait for `wake`; it handles its own errors
 * @param options after `hangMs` of one run `onHang` is called, once for that run: a network drive that went away keeps
 *   a thread of Node's pool of four for each call, so nothing more may be asked of it until it answers
 */
export function createPacer(
  work: () => Promise<number | undefined>,
  options?: { hangMs: number; onHang(): void },
): Pacer {
  let timer: NodeJS.Timeout | undefined;
  let dueAt = Infinity;
  let running = false;
  let stopped = false;

  const wake = (inMs: number): void => {
    const wanted = performance.now() + inMs;
    if (stopped || wanted >= dueAt) return;
    dueAt = wanted;
    clearTimeout(timer);
    if (!running) timer = setTimeout(() => void run(), Math.ceil(inMs));
  };

  const run = async (): Promise<void> => {
    dueAt = Infinity;
    running = true;
    const hang = options && setTimeout(() => stopped || options.onHang(), options.hangMs);
    try {
      const next = await work();
      if (next !== undefined) wake(next);
    } finally {
      clearTimeout(hang);
      running = false;
    }
    if (stopped || dueAt === Infinity) return;
    timer = setTimeout(() => void run(), Math.max(0, Math.ceil(dueAt - performance.now())));
  };

  return {
    wake,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
