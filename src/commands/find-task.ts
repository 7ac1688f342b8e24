import { suggestNearest } from '../config/suggest.js';
import { EXIT, NexusError } from '../errors.js';

/**
 * The entry with this task id.
 * @throws NexusError `unknown-task`, with the nearest id there is
 */
export function findTask<T>(entries: readonly T[], idOf: (entry: T) => string, id: string): T {
  const found = entries.find((entry) => idOf(entry) === id);
  if (found !== undefined) return found;
  const nearest = suggestNearest(id, entries.map(idOf));
  throw new NexusError({
    code: 'unknown-task',
    message: `tasks.yml has no task ${JSON.stringify(id)}.`,
    remedy: nearest === undefined ? 'See all tasks with: nexus status' : `Did you mean '${nearest}'?`,
    exitCode: EXIT.usage,
  });
}
