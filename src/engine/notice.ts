import type { RunJournal } from '../journal/run-store.js';
import type { EventSink } from './events.js';

/** Notes something for the packet and tells it now; once per run, which comes by here again when it goes on. */
export async function noteOnce(
  { journal, sink, task }: { journal: RunJournal; sink: EventSink; task: string },
  message: string,
): Promise<void> {
  if (journal.record.notices.includes(message)) return;
  await journal.append({ type: 'notice', message });
  sink({ type: 'notice', task, message });
}
