import type { EngineEvent, EventError } from '../engine/events.js';
import { count, renderDuration } from './quantities.js';
import type { Style } from './style.js';

type Event<T extends EngineEvent['type']> = Extract<EngineEvent, { type: T }>;

/** What is told by a worker that goes on by itself: `nexus watch`, or a run that others hand their tasks to. */
export type WatchEvent = Event<
  | 'request-taken'
  | 'request-done'
  | 'idle'
  | 'settling'
  | 'settled'
  | 'file-problem'
  | 'server-away'
  | 'server-back'
  | 'stopping'
>;

/** What such an event means to a person, as lines; none for what only the live block shows. */
export function describeWatch(event: WatchEvent, style: Style): string[] {
  switch (event.type) {
    case 'request-taken':
      return [
        `took over: ${event.tasks === undefined ? 'all tasks that are ready' : event.tasks.join(', ')}`,
      ];
    case 'request-done':
      return event.error === undefined ? [] : [style.warn(describeError(event.error))];
    case 'idle':
      return describeIdle(event, style);
    case 'settling':
      return [];
    case 'settled':
      return describeSettled(event, style);
    case 'file-problem':
      return [style.warn(`${describeError(event.error)} What ${event.file} said before still counts.`)];
    case 'server-away':
      return [style.warn(`${describeError(event.error)} The queue waits until the server is back.`)];
    case 'server-back':
      return [`The model server is back after ${renderDuration(event.awayMs)}.`];
    case 'stopping':
      return [event.because];
  }
}

function describeIdle(event: Event<'idle'>, style: Style): string[] {
  const waiting = event.waiting.map(({ task, because }) => style.faint(`${task} waits: ${because}`));
  return [...waiting, style.faint(`watching tasks.yml (${count(event.tasks, 'task')})`)];
}

function describeSettled(event: Event<'settled'>, style: Style): string[] {
  const parts = (['added', 'changed', 'removed'] as const)
    .filter((kind) => event[kind].length > 0)
    .map((kind) => `${kind} ${event[kind].join(', ')}`);
  return parts.length === 0 ? [] : [style.faint(`${event.file}: ${parts.join('; ')}`)];
}

function describeError({ message, remedy }: EventError): string {
  return remedy === undefined ? message : `${message} ${remedy}`;
}
