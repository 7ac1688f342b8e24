import { sendRequest } from './inbox.js';
import { readWorker } from './state.js';

/**
 * Tells a worker, if there is one, that something changed that tasks may wait for. Never throws: it would look again
 * by itself before long.
 * @returns whether there was one to tell
 */
export async function wakeWorker(commonDir: string): Promise<boolean> {
  try {
    const worker = await readWorker(commonDir);
    if (worker === undefined) return false;
    return (await sendRequest(commonDir, worker.key, { kind: 'wake' })) !== undefined;
  } catch {
    // A worker that can't be reached.
    return false;
  }
}
