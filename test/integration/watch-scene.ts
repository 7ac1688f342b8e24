import { onTestFinished } from 'vitest';
import { approve } from '../../src/config/trust-store.js';
import { listTrusted, readTrustable } from '../../src/engine/approval.js';
import type { EngineEvent } from '../../src/engine/events.js';
import { watchTasks } from '../../src/engine/watch/watch-tasks.js';
import type { Workspace } from '../../src/engine/workspace.js';
import { isolateUser } from '../commands/run-nexus.js';
import { waitUntil } from '../support/wait-until.js';
import type { Scene } from './scene.js';

/** A `nexus watch` in this process. */
export interface WatchScene {
  /** Everything told since it began, but `progress`. */
  events: EngineEvent[];
  /** The first event of this type (and with these fields) that is told from now on, or has been since `from`. */
  told<T extends EngineEvent['type']>(
    type: T,
    about?: Partial<Extract<EngineEvent, { type: T }>>,
    from?: number,
  ): Promise<Extract<EngineEvent, { type: T }>>;
  count(type: EngineEvent['type']): number;
  stop: AbortController;
  abort: AbortController;
  /** What it ended with. */
  ended: Promise<unknown>;
  /** Stops it and waits for its end. */
  end(): Promise<void>;
}

/** As `nexus trust --yes`. */
export async function approveAll(workspace: Workspace): Promise<void> {
  const trustable = await readTrustable(workspace);
  await approve(trustable.commonDir, listTrusted(trustable));
}

/** Begins to watch, and waits until it looks at the tasks. */
export async function startWatch(scene: Scene, from?: string): Promise<WatchScene> {
  const events: EngineEvent[] = [];
  const stop = new AbortController();
  const abort = new AbortController();
  isolateUser();
  const workspace = await scene.open(from);
  await approveAll(workspace);
  const ended = watchTasks(workspace, {
    sink: (event) => {
      if (event.type !== 'progress') events.push(event);
    },
    signal: stop.signal,
    abort: abort.signal,
    retryBaseMs: 1,
  }).catch((error: unknown) => error);
  const watch: WatchScene = {
    events,
    async told<T extends EngineEvent['type']>(
      type: T,
      about: Partial<Extract<EngineEvent, { type: T }>> = {},
      begin = 0,
    ) {
      const find = (): Extract<EngineEvent, { type: T }> | undefined =>
        events
          .slice(begin)
          .find((event): event is Extract<EngineEvent, { type: T }> => isAbout(event, type, about));
      await waitUntil(
        () => find() !== undefined,
        () => `${type} ${JSON.stringify(about)} in ${render(events)}`,
      );
      const found = find();
      if (found === undefined) throw new Error('unreachable');
      return found;
    },
    count: (type) => events.filter((event) => event.type === type).length,
    stop,
    abort,
    ended,
    async end() {
      stop.abort(new Error('the test is over'));
      abort.abort(new Error('the test is over'));
      await ended;
    },
  };
  onTestFinished(async () => watch.end());
  let failed: unknown;
  void ended.then((error) => (failed = error));
  await waitUntil(
    () => events.length > 0 || failed !== undefined,
    () => 'the first event of the watch',
  );
  if (events.length === 0) throw failed;
  return watch;
}

function isAbout(event: EngineEvent, type: string, about: object): boolean {
  const fields: Readonly<Record<string, unknown>> = { ...event };
  return (
    event.type === type &&
    Object.entries(about).every(([key, value]) => JSON.stringify(fields[key]) === JSON.stringify(value))
  );
}

function render(events: readonly EngineEvent[]): string {
  return events
    .slice(-12)
    .map((event) => JSON.stringify(event).slice(0, 160))
    .join('\n');
}
