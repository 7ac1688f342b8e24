import { NexusError, messageOf } from '../../errors.js';

/** What one look at the set-up came to. `remedy` is what mends it, a command where there is one. */
export interface Finding {
  /** Stable name of what was looked at. */
  check: string;
  level: 'ok' | 'warn' | 'fail';
  message: string;
  remedy?: string;
}

/** The finding of something that was tried and threw. @throws what is no NexusError */
export function findingOf(check: string, error: unknown, level: 'warn' | 'fail' = 'fail'): Finding {
  if (!(error instanceof NexusError)) throw error;
  return {
    check,
    level,
    message: messageOf(error),
    ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
  };
}

/** Runs one look; a NexusError becomes its finding. */
export async function look(check: string, work: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await work();
  } catch (error) {
    return [findingOf(check, error)];
  }
}
