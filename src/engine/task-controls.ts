/** Why one task is to stop while the others go on. */
export type Cancellation =
  /** Its run ends and needs attention. */
  | { kind: 'cancelled'; detail: string }
  /** Its run stays open, and goes on when nothing holds it back any more. */
  | { kind: 'paused'; because: string };

/** What one task listens to while it is worked on. */
export interface TaskControl {
  /** Aborted when the task is to stop after its current request; whatever else goes on then ends at once. */
  signal: AbortSignal;
  /** Aborted when a request under way is to end, too. */
  abort: AbortSignal;
  readonly cancellation: Cancellation | undefined;
  /** Called when the task is cancelled; at once when it is already. */
  onCancelled(listener: () => void): void;
}

/** A task that is worked on right now: which text of it, and of which work tree's `tasks.yml`. */
export interface ActiveTask {
  task: string;
  hash: string;
  root: string;
}

/** The tasks that are worked on right now, each of which can be stopped by itself. */
export interface TaskControls {
  start(active: ActiveTask): TaskControl;
  end(task: string): void;
  /** False when the task is not worked on. */
  cancel(task: string, cancellation: Cancellation): boolean;
  active(): ActiveTask[];
}

interface Entry {
  about: ActiveTask;
  controller: AbortController;
  cancellation: Cancellation | undefined;
}

/**
 * @param signals `signal` stops all work after the current request, `abort` at once
 * @param onChange told of the ids whenever a task starts or ends
 */
export function createTaskControls(
  signals: { signal: AbortSignal; abort: AbortSignal },
  onChange: (active: string[]) => void = () => undefined,
): TaskControls {
  const active = new Map<string, Entry>();
  return {
    start(about) {
      const controller = new AbortController();
      const entry: Entry = { about, controller, cancellation: undefined };
      active.set(about.task, entry);
      onChange([...active.keys()]);
      return {
        signal: AbortSignal.any([signals.signal, signals.abort, controller.signal]),
        abort: AbortSignal.any([signals.abort, controller.signal]),
        get cancellation() {
          return entry.cancellation;
        },
        onCancelled(listener) {
          if (controller.signal.aborted) listener();
          else controller.signal.addEventListener('abort', listener, { once: true });
        },
      };
    },
    end(task) {
      if (active.delete(task)) onChange([...active.keys()]);
    },
    cancel(task, cancellation) {
      const entry = active.get(task);
      if (entry === undefined) return false;
      // The first reason counts: what follows comes while the task is ending.
      entry.cancellation ??= cancellation;
      entry.controller.abort(new Error(describe(cancellation)));
      return true;
    },
    active: () => Array.from(active.values(), ({ about }) => about),
  };
}

function describe(cancellation: Cancellation): string {
  return cancellation.kind === 'cancelled' ? cancellation.detail : cancellation.because;
}
