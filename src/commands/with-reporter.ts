import type { EventSink } from '../engine/events.js';
import { chooseMode, createReporter } from '../report/reporter.js';
import type { CommandContext } from './context.js';

/** Does something that tells of its progress, and closes the reporter whatever comes of it. */
export async function withReporter<T>(
  { json, terminal }: CommandContext,
  work: (sink: EventSink) => Promise<T>,
): Promise<T> {
  const reporter = await createReporter(chooseMode(json, terminal), terminal);
  try {
    return await work(reporter.sink);
  } finally {
    reporter.close();
  }
}
