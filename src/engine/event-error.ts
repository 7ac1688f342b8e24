import { EXIT, messageOf, NexusError } from '../errors.js';
import type { EventError } from './events.js';

/** An error as it is told to other processes; a defect keeps its message. */
export function eventErrorOf(error: unknown): EventError {
  if (error instanceof NexusError) {
    const { code, message, remedy, exitCode } = error;
    return { code, message, remedy, exitCode };
  }
  return { code: 'internal', message: messageOf(error), remedy: undefined, exitCode: EXIT.internal };
}
