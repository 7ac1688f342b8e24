import { sendRequest } from './inbox.js';
import { readWorker } from './state.js';

/**
 * Tells a worker, if there is one, that something changed that tasks may wait for. Never throws: it would look again
 * by itself before long.
 */
export async function wakeWorker(commonDir: string): Promise<void> {
  try {
    const worker = await readWorker(commonDir);
    if (worker !== undefined) await sendRequest(commonDir, worker.key, { kind: 'wake' });
  } catch {
    // A worker that can't be reached.
  }
}
