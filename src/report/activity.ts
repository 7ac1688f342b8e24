import type { EngineEvent } from '../engine/events.js';
import { cleanLine } from './clean-text.js';
import { renderDuration } from './quantities.js';
import { describeRequest, withoutStop } from './wording.js';

type Event<T extends EngineEvent['type']> = Extract<EngineEvent, { type: T }>;

/** What is under way right now, folded from the events. All moments are in ms of one clock. */
export interface Activity {
  task: string | undefined;
  /** `coding`, `checking the base`, … */
  doing: string;
  /** Steps of the plan of each task, once there is one. */
  steps: ReadonlyMap<string, number>;
  since: number;
  request: Event<'request'> | undefined;
  progress: Event<'progress'> | undefined;
  /** Why a request is going to be sent again, and when. */
  retry: { because: string; at: number } | undefined;
}

export const IDLE: Activity = {
  task: undefined,
  doing: '',
  steps: new Map(),
  since: 0,
  request: undefined,
  progress: undefined,
  retry: undefined,
};

/** The activity after one more event. Pure; `now` is when it came. */
export function advance(activity: Activity, event: EngineEvent, now: number): Activity {
  const rest = { request: undefined, progress: undefined, retry: undefined, since: now };
  switch (event.type) {
    case 'task-started':
      return { ...activity, ...rest, task: event.task, doing: 'starting' };
    case 'stage': {
      const doing = event.detail === undefined ? event.stage : `${event.stage}: ${event.detail}`;
      return { ...activity, ...rest, task: event.task, doing };
    }
    case 'plan':
      return {
        ...activity,
        steps: new Map(activity.steps).set(event.task, event.plan.steps.length),
      };
    case 'request':
      return {
        ...activity,
        ...rest,
        task: event.task,
        request: event,
        doing: describeRequest(event, activity.steps.get(event.task)),
      };
    case 'progress':
      return joinRequest(activity, event, now);
    case 'retrying':
      return { ...activity, progress: undefined, retry: { because: event.because, at: now + event.inMs } };
    case 'check-started': {
      const where = event.on === 'base' ? 'checking the base' : 'checking';
      return { ...activity, ...rest, task: event.task, doing: `${where}: ${event.name}` };
    }
    case 'reply':
    case 'check-ended':
      return { ...activity, ...rest };
    case 'task-ended':
    case 'task-paused':
    case 'plan-waits':
      return leaveTask(activity, event.task, now);
    case 'idle':
    case 'server-away':
    case 'finished':
      return { ...IDLE, since: now };
    case 'queue':
    case 'rejected':
    case 'committed':
    case 'verdict':
    case 'dropped':
    case 'notice':
    case 'request-taken':
    case 'request-done':
    case 'settling':
    case 'settled':
    case 'unchanged':
    case 'file-problem':
    case 'server-back':
    case 'stopping':
      return activity;
  }
}

/** Who follows another process may come while a request is under way, and has not been told of its beginning. */
function joinRequest(activity: Activity, event: Event<'progress'>, now: number): Activity {
  const told = { ...activity, progress: event, retry: undefined };
  if (activity.task === event.task && activity.request !== undefined) return told;
  return {
    ...told,
    task: event.task,
    doing: 'at work',
    since: now - event.elapsedMs,
    request: undefined,
  };
}

/** A task may end while another one is worked on: it was waiting for its turn when somebody cancelled it. */
function leaveTask(activity: Activity, task: string, now: number): Activity {
  const steps = new Map(activity.steps);
  steps.delete(task);
  return activity.task === task ? { ...IDLE, steps, since: now } : { ...activity, steps };
}

/** What is being done, for how long, and what it waits for, as parts in order of importance; none when idle. */
export function renderActivity(activity: Activity, now: number): string[] {
  if (activity.task === undefined || activity.doing === '') return [];
  const elapsed = now - activity.since;
  return [
    `${cleanLine(activity.task)}: ${cleanLine(activity.doing)}`,
    ...describeWaiting(activity, now),
    renderDuration(elapsed),
    ...describeEstimate(activity, elapsed),
  ];
}

function describeWaiting({ request, progress, retry }: Activity, now: number): string[] {
  if (retry !== undefined) {
    return [
      `${withoutStop(cleanLine(retry.because))}, again in ${renderDuration(Math.max(0, retry.at - now))}`,
    ];
  }
  if (progress === undefined) return [];
  switch (progress.waitingFor) {
    case 'connect':
      return ['connecting to the server'];
    case 'load':
      return [`loading ${request === undefined ? 'the model' : cleanLine(request.model)}`];
    case 'prompt':
      return [
        `reading the prompt${request === undefined ? '' : `, about ${request.estimatedTokens} tokens`}`,
      ];
    case 'answer': {
      const rate = progress.tokensPerSecond;
      const speed = rate === undefined ? '' : `, ${rate.toFixed(1)} tokens/s`;
      return [`${progress.thinking ? 'thinking' : 'writing'}, ${progress.tokens} tokens${speed}`];
    }
  }
}

function describeEstimate({ request, retry }: Activity, elapsed: number): string[] {
  const expected = request?.expectedMs;
  if (expected === undefined || retry !== undefined) return [];
  // An estimate that has run out says so; counting below zero or starting anew would be a lie.
  return elapsed < expected
    ? [`about ${renderDuration(expected - elapsed)} left`]
    : ['longer than earlier ones'];
}
