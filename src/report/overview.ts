import type { EngineEvent, EventError, WaitingTask } from '../engine/events.js';
import type { Outcome } from '../journal/entries.js';
import { advance, IDLE, type Activity } from './activity.js';

type Event<T extends EngineEvent['type']> = Extract<EngineEvent, { type: T }>;

/** When an event came: `now` in ms of a clock that is never set, for what is counted; `wall` in ms since 1970. */
export interface Moment {
  now: number;
  wall: number;
}

/** A task that is to be done and has not ended. */
export interface QueuedTask {
  task: string;
  begun: boolean;
}

/** What became of a task. */
export interface EndedTask {
  task: string;
  end: Outcome | { kind: 'plan-waits' } | { kind: 'accepted' } | { kind: 'rejected' };
  wall: number;
}

/** Everything the live view shows, folded from the events. */
export interface Overview {
  activity: Activity;
  /** In the order in which they are done; the one that is worked on is among them. */
  queue: readonly QueuedTask[];
  /** Tasks that were in the queue and have ended since it was last empty. */
  ended: readonly string[];
  waiting: readonly WaitingTask[];
  /** The last tasks that ended, newest last. */
  results: readonly EndedTask[];
  /** Set while a watch has nothing to do. */
  idle: { tasks: number; since: number } | undefined;
  /** Files that changed and have not settled: when they will have if nobody writes on. */
  settling: ReadonlyMap<string, { at: number; forMs: number }>;
  /** Files that are wrong or not approved. */
  problems: ReadonlyMap<string, EventError>;
  away: { error: EventError; since: number } | undefined;
  stopping: string | undefined;
  /** What another process handed over is being done; the other tasks wait behind it. */
  handed: boolean;
}

export const NOTHING_YET: Overview = {
  activity: IDLE,
  queue: [],
  ended: [],
  waiting: [],
  results: [],
  idle: undefined,
  settling: new Map(),
  problems: new Map(),
  away: undefined,
  stopping: undefined,
  handed: false,
};

const KEPT_RESULTS = 5;

/** The overview after one more event. Pure. */
export function follow(before: Overview, event: EngineEvent, moment: Moment): Overview {
  const overview = { ...before, activity: advance(before.activity, event, moment.now) };
  switch (event.type) {
    case 'queue':
      return takeQueue(overview, event);
    case 'idle':
      return becomeIdle(overview, event, moment);
    case 'task-started':
      return begin(dropResults(overview, [event.task]), event.task);
    case 'progress':
      return begin(overview, event.task);
    case 'task-ended':
      return end(overview, { task: event.task, end: event.outcome, wall: moment.wall });
    case 'plan-waits':
      return end(overview, { task: event.task, end: { kind: 'plan-waits' }, wall: moment.wall });
    case 'task-paused':
      return end(overview, event);
    case 'request-taken':
    case 'request-done':
      return { ...overview, handed: event.type === 'request-taken' };
    case 'settling':
    case 'settled':
    case 'unchanged':
    case 'file-problem':
      return followFile(overview, event, moment);
    case 'server-away':
      return { ...overview, away: { error: event.error, since: moment.wall } };
    case 'server-back':
      return { ...overview, away: undefined };
    case 'stopping':
      return { ...overview, stopping: event.because };
    case 'stage':
    case 'request':
    case 'retrying':
    case 'reply':
    case 'rejected':
    case 'plan':
    case 'committed':
    case 'check-started':
    case 'check-ended':
    case 'verdict':
    case 'dropped':
    case 'notice':
    case 'finished':
      return overview;
  }
}

function followFile(
  overview: Overview,
  event: Event<'settling' | 'settled' | 'unchanged' | 'file-problem'>,
  { now }: Moment,
): Overview {
  const { file } = event;
  const settling = without(overview.settling, file);
  switch (event.type) {
    case 'settling':
      settling.set(file, { at: now + event.inMs, forMs: event.inMs });
      return { ...overview, settling };
    case 'unchanged':
      return { ...overview, settling };
    case 'file-problem':
      return { ...overview, settling, problems: new Map(overview.problems).set(file, event.error) };
    case 'settled': {
      const isKept = ({ task }: { task: string }): boolean => !event.removed.includes(task);
      return {
        ...dropResults(overview, [...event.changed, ...event.removed]),
        settling,
        problems: without(overview.problems, file),
        queue: overview.queue.filter(isKept),
        waiting: overview.waiting.filter(isKept),
      };
    }
  }
}

function becomeIdle(overview: Overview, { tasks, waiting }: Event<'idle'>, { wall }: Moment): Overview {
  const idle = { tasks, since: overview.idle?.since ?? wall };
  return { ...markDecided(overview, waiting), queue: [], ended: [], waiting, idle };
}

/** What is begun stays; what is handed over comes before what is left. */
function takeQueue(overview: Overview, { ready, waiting }: Event<'queue'>): Overview {
  const begun = overview.queue.filter((queued) => queued.begun);
  const left = overview.handed ? overview.queue.filter((queued) => !queued.begun) : [];
  const fresh = ready.map((task) => ({ task, begun: false }));
  const named = new Set(waiting.map(({ task }) => task));
  const others = overview.handed ? overview.waiting.filter(({ task }) => !named.has(task)) : [];
  return {
    ...markDecided(overview, waiting),
    queue: uniqueTasks([...begun, ...fresh, ...left]),
    ended: overview.ended.filter((task) => !ready.includes(task)),
    waiting: [...others, ...waiting],
    idle: undefined,
  };
}

function begin(overview: Overview, task: string): Overview {
  if (overview.queue.some((queued) => queued.begun && queued.task === task)) return overview;
  const begun = overview.queue.filter((queued) => queued.begun);
  return {
    ...overview,
    idle: undefined,
    waiting: overview.waiting.filter((waits) => waits.task !== task),
    queue: uniqueTasks([...begun, { task, begun: true }, ...overview.queue]),
  };
}

function dropResults(overview: Overview, tasks: readonly string[]): Overview {
  return { ...overview, results: overview.results.filter(({ task }) => !tasks.includes(task)) };
}

function end(overview: Overview, ended: EndedTask | { task: string }): Overview {
  const { results } = dropResults(overview, [ended.task]);
  const queue = overview.queue.filter(({ task }) => task !== ended.task);
  return {
    ...overview,
    queue,
    ended: queue.length < overview.queue.length ? [...overview.ended, ended.task] : overview.ended,
    results: 'end' in ended ? [...results, ended].slice(-KEPT_RESULTS) : results,
  };
}

/** What a person has accepted or rejected since is not to be reviewed any more. */
function markDecided(overview: Overview, waiting: readonly WaitingTask[]): Overview {
  const states = new Map(waiting.map(({ task, state }) => [task, state]));
  const results = overview.results.map((result): EndedTask => {
    const state = states.get(result.task);
    return state === 'accepted' || state === 'rejected' ? { ...result, end: { kind: state } } : result;
  });
  return { ...overview, results };
}

/** Of each task the first. */
function uniqueTasks(tasks: readonly QueuedTask[]): QueuedTask[] {
  const first = new Map<string, QueuedTask>();
  for (const queued of tasks) if (!first.has(queued.task)) first.set(queued.task, queued);
  return [...first.values()];
}

function without<V>(map: ReadonlyMap<string, V>, key: string): Map<string, V> {
  const others = new Map(map);
  others.delete(key);
  return others;
}
