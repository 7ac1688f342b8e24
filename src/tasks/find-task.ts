import { suggestNearest } from '../config/suggest.js';
import { EXIT, NexusError } from '../errors.js';

/**
 * The entry with this task id; an entry is a task or whatever is known of one.
 * @throws NexusError `unknown-task`, with the nearest id there is
 */
export function findTask<T>(entries: readonly T[], idOf: (entry: T) => string, id: string): T {
  const found = entries.find((entry) => idOf(entry) === id);
  if (found === undefined) throw unknownTask(id, entries.map(idOf));
  return found;
}

function unknownTask(id: string, known: readonly string[]): NexusError {
  const nearest = suggestNearest(id, known);
  return new NexusError({
    code: 'unknown-task',
    message: `tasks.yml has no task "${id}".`,
    remedy:
      nearest === undefined
        ? 'nexus status lists the tasks.'
        : `Did you mean "${nearest}"? nexus status lists all tasks.`,
    exitCode: EXIT.usage,
  });
}
