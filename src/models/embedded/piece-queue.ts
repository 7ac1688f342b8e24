import { withAbort } from './turns.js';

/** Hands what one side makes to another that reads it at its own pace. */
export interface PieceQueue<T> {
  push(piece: T): void;
  /** No more comes; with an error the reader gets that after what is still there. */
  end(error?: { thrown: unknown }): void;
  /** @throws the error of `end`; the reason of `signal` as soon as it is aborted */
  read(signal: AbortSignal): AsyncGenerator<T, void, undefined>;
}

export function createPieceQueue<T>(): PieceQueue<T> {
  const pieces: T[] = [];
  let ended: { error: { thrown: unknown } | undefined } | undefined;
  let wake = (): void => {};
  return {
    push(piece) {
      pieces.push(piece);
      wake();
    },
    end(error) {
      ended ??= { error };
      wake();
    },
    async *read(signal) {
      for (;;) {
        signal.throwIfAborted();
        const piece = pieces.shift();
        if (piece !== undefined) {
          yield piece;
        } else if (ended === undefined) {
          const next = new Promise<void>((resolve) => {
            wake = resolve;
          });
          await withAbort(next, signal);
        } else {
          if (ended.error !== undefined) throw ended.error.thrown;
          return;
        }
      }
    },
  };
}
