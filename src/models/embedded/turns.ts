/**
 * A queue of one place: each caller waits until those before it are done. The result ends the turn.
 * @throws the reason of `signal` when it is aborted while waiting
 */
export function createTurns(): (signal: AbortSignal) => Promise<() => void> {
  let last: Promise<unknown> = Promise.resolve();
  return async (signal) => {
    const before = last;
    const { promise: mine, resolve: release } = createOpen();
    last = before.then(() => mine);
    try {
      await withAbort(before, signal);
      return release;
    } catch (error) {
      release();
      throw error;
    }
  };
}

/** A promise for one that may take long. @throws the reason of `signal` as soon as it is aborted. */
export async function withAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, resolve: abort } = createOpen();
  signal.addEventListener('abort', abort, { once: true });
  const failed = aborted.then((): never => {
    signal.throwIfAborted();
    throw new Error('unreachable: it was aborted');
  });
  try {
    return await Promise.race([promise, failed]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Node 20 lacks `Promise.withResolvers`. */
function createOpen(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
