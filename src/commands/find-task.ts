import { unknownTask } from '../engine/plan-run.js';

/**
 * The entry with this task id.
 * @throws NexusError `unknown-task`, with the nearest id there is
 */
export function findTask<T>(entries: readonly T[], idOf: (entry: T) => string, id: string): T {
  const found = entries.find((entry) => idOf(entry) === id);
  if (found === undefined) throw unknownTask(id, entries.map(idOf));
  return found;
}
