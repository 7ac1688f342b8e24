import { hasCode } from '../../errors.js';
import type { Workspace } from '../workspace.js';
import { pause } from './follow-events.js';
import { openWorker, type Worker, type WorkerOptions } from './open-worker.js';
import { readWorker } from './state.js';

/** Between two tries while another Nexus works, in ms. */
const TRY_EVERY = 500;

/**
 * Opens the worker as soon as the one that works now is done; another watch never is.
 * @throws NexusError `busy` when there is a watch already; the reason of `signal`
 */
export async function openWhenFree(workspace: Workspace, options: WorkerOptions): Promise<Worker> {
  const { commonDir } = workspace.repository;
  for (let told = false; ; told = true) {
    try {
      return await openWorker(workspace, options);
    } catch (error) {
      const other = await readWorker(commonDir);
      if (!hasCode(error, 'busy') || other?.mode === 'watch') throw error;
      if (!told) {
        const who = other === undefined ? 'another Nexus' : `the run of process ${other.pid}`;
        const message = `Waiting for ${who} to be done.`;
        options.sink({ type: 'notice', task: undefined, message });
      }
      await pause(TRY_EVERY, options.signal);
    }
  }
}
