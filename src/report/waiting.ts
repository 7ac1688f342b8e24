import type { EngineEvent, WaitingTask } from '../engine/events.js';
import { count } from './quantities.js';
import type { Style } from './style.js';

/** More decided tasks than this are only counted: in a project of some age they are most of the file. */
const DECIDED_LINES = 3;

/** Something else must happen before Nexus can do it: not a person's review of work that is done. */
export function isHeldBack({ state }: WaitingTask): boolean {
  return !isDecided({ state }) && state !== 'review' && state !== 'needs-attention';
}

function isDecided({ state }: Pick<WaitingTask, 'state'>): boolean {
  return state === 'accepted' || state === 'rejected';
}

/** Why these tasks are not done now, a line for each. `waiting` must be clean (see clean-text.ts). */
export function describeWaitingTasks(waiting: readonly WaitingTask[], style: Style): string[] {
  const decided = waiting.filter(isDecided);
  const isShort = decided.length <= DECIDED_LINES;
  const lines = waiting
    .filter((task) => isShort || !isDecided(task))
    .map(({ task, because }) => style.faint(`${task} waits: ${because}`));
  if (isShort) return lines;
  return [...lines, style.faint(`${count(decided.length, 'task')} accepted or rejected already`)];
}

/** `3 to review, 2 need attention, 1 waiting`; empty when there is nothing of these. */
export function countWaiting(waiting: readonly WaitingTask[]): string {
  const number = (state: WaitingTask['state']): number =>
    waiting.filter((task) => task.state === state).length;
  const attention = number('needs-attention');
  const parts: [number, string][] = [
    [number('review'), 'to review'],
    [attention, attention === 1 ? 'needs attention' : 'need attention'],
    [waiting.filter(isHeldBack).length, 'waiting'],
  ];
  return parts.flatMap(([tasks, what]) => (tasks === 0 ? [] : [`${tasks} ${what}`])).join(', ');
}

/**
 * The event without the tasks of which the same was told before; `told` is changed to what is told now. Somebody who
 * watches gets the whole list with each event, and wants to read what is new in it.
 */
export function leaveOutTold(event: EngineEvent, told: Map<string, string>): EngineEvent {
  if (event.type !== 'queue' && event.type !== 'idle') return event;
  const waiting = event.waiting.filter(({ task, because }) => told.get(task) !== because);
  told.clear();
  for (const { task, because } of event.waiting) told.set(task, because);
  return { ...event, waiting };
}
