import type { EventError } from '../engine/events.js';

/** A file that can't be taken up: what it said before counts. */
const LEAVES_OLD = /^(?:config-|tasks-|internal$)/;

/** Whether a problem of a watched file keeps all work from beginning: not approved, a template, no base, … */
export function holdsAllBack({ code }: Pick<EventError, 'code'>): boolean {
  return !LEAVES_OLD.test(code);
}
