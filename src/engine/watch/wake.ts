/** Something that a loop waits for, and others ring. A ring while nobody waits is kept. */
export interface Wake {
  ring(): void;
  /** Resolves at the next ring, or after `ms`. @throws the reason of `signal` */
  wait(ms: number, signal: AbortSignal): Promise<'rung' | 'time'>;
}

export function createWake(): Wake {
  let rung = false;
  let wakeUp: () => void = () => undefined;
  return {
    ring() {
      rung = true;
      wakeUp();
    },
    async wait(ms, signal) {
      signal.throwIfAborted();
      if (!rung) {
        const { promise, resolve } = withResolvers();
        const timer = setTimeout(resolve, ms);
        wakeUp = resolve;
        signal.addEventListener('abort', resolve, { once: true });
        await promise;
        clearTimeout(timer);
        signal.removeEventListener('abort', resolve);
      }
      signal.throwIfAborted();
      const result = rung ? 'rung' : 'time';
      rung = false;
      return result;
    },
  };
}

/** Promise.withResolvers came with Node 22. */
function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
