import type { EngineEvent, EventError } from '../engine/events.js';
import { count, renderDuration } from './quantities.js';
import type { Style } from './style.js';
import { holdsAllBack } from './held-back.js';
import { describeWaitingTasks, isHeldBack } from './waiting.js';

type Event<T extends EngineEvent['type']> = Extract<EngineEvent, { type: T }>;

/** What is told by a worker that goes on by itself: `nexus watch`, or a run that others hand their tasks to. */
export type WatchEvent = Event<
  | 'request-taken'
  | 'request-done'
  | 'idle'
  | 'settling'
  | 'settled'
  | 'unchanged'
  | 'file-problem'
  | 'server-away'
  | 'server-back'
  | 'stopping'
>;

/**
 * What such an event means to a person, as lines. `passing`: include what is only interesting while it happens, for
 * where no live block shows it.
 */
export function describeWatch(event: WatchEvent, style: Style, passing: boolean): string[] {
  switch (event.type) {
    case 'request-taken':
      return [`handed over: ${event.tasks === undefined ? 'all that is ready' : event.tasks.join(', ')}`];
    case 'request-done':
      return event.error === undefined
        ? []
        : [style.warn(`What was handed over can't be done. ${describeError(event.error)}`)];
    case 'idle':
      return passing ? describeIdle(event, style) : [];
    case 'settling':
      return passing ? [style.faint(describeSettling(event))] : [];
    case 'settled':
      return describeSettled(event, style, passing);
    case 'unchanged':
      return passing ? [style.faint(`${event.file} says nothing new`)] : [];
    case 'file-problem':
      return [style.warn(describeProblem(event))];
    case 'server-away':
      return [style.warn(`${describeError(event.error)} Nothing is done until the model server is back.`)];
    case 'server-back':
      return [style.good(`The model server is back after ${renderDuration(event.awayMs)}.`)];
    case 'stopping':
      // The command says it on stderr, at once.
      return [];
  }
}

/** What became of the other tasks has been told, or was known before. */
function describeIdle({ tasks, waiting }: Event<'idle'>, style: Style): string[] {
  return [
    ...describeWaitingTasks(waiting.filter(isHeldBack), style),
    style.faint(`Nothing to do now; watching tasks.yml (${count(tasks, 'task')})`),
  ];
}

function describeSettling({ file, inMs }: Event<'settling'>): string {
  return `${file} changed; taken up once it stays as it is for ${renderDuration(inMs)}`;
}

function describeSettled(event: Event<'settled'>, style: Style, passing: boolean): string[] {
  const parts = (['added', 'changed', 'removed'] as const)
    .filter((kind) => event[kind].length > 0)
    .map((kind) => `${kind} ${event[kind].join(', ')}`);
  if (parts.length > 0) return [`${event.file}: ${parts.join('; ')}`];
  return passing ? [style.faint(`${event.file} is taken up`)] : [];
}

/** What stands until the file is right again. */
function describeProblem({ file, error }: Event<'file-problem'>): string {
  const between = error.message.includes('\n') ? '\n' : ' ';
  if (holdsAllBack(error)) return `${describeError(error)}${between}Nothing is done before that.`;
  // A mistake says itself what to correct; its remedy is for a command that can be run again.
  const told = error.code.endsWith('-invalid') ? error.message : describeError(error);
  return `${told}${between}Until it is right, what ${file} said before counts.`;
}

/** On one line if the message is; otherwise the remedy goes below it. */
function describeError({ message, remedy }: EventError): string {
  if (remedy === undefined) return message;
  const between = message.includes('\n') ? '\n' : ' ';
  return `${message}${between}${/[.?!)]$/u.test(remedy) ? remedy : `${remedy}.`}`;
}
