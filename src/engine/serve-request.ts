import { EXIT, NexusError } from '../errors.js';
import { assertApproved } from './approval.js';
import { sumCounts } from './counts.js';
import { doPlan, type DoPlanOptions } from './do-plan.js';
import { eventErrorOf } from './event-error.js';
import type { EventError, RunCounts } from './events.js';
import { planRun } from './plan-run.js';
import type { HandedRun, Worker } from './worker/open-worker.js';
import { openWorkspace, type Workspace } from './workspace.js';

/**
 * Does what another process handed over, and tells it what came of it. Its trouble is told to it and is not ours.
 * @throws the reason of `signal`
 */
export async function serveRequest(
  worker: Worker,
  { id, request }: HandedRun,
  options: Pick<DoPlanOptions, 'signal' | 'retryBaseMs' | 'cache'>,
): Promise<void> {
  const { tasks, anyway, anew, planOnly, root } = request;
  const cache = request.cache ? options.cache : undefined;
  worker.sink({ type: 'request-taken', request: id, tasks });
  let summary: RunCounts = sumCounts();
  let error: EventError | undefined;
  try {
    const workspace = await openRequested(worker, root);
    const about = { ...(tasks === undefined ? {} : { tasks }), anyway, anew };
    const plan = await planRun(workspace, about);
    summary = await doPlan(worker, workspace, plan, { ...options, cache, planOnly, request: about });
  } catch (thrown) {
    options.signal.throwIfAborted();
    error = eventErrorOf(thrown);
  }
  worker.sink({ type: 'request-done', request: id, summary, error });
}

/** The asker's own work tree; it must be one of this repository, and approved like any other. */
async function openRequested(worker: Worker, root: string): Promise<Workspace> {
  const workspace = await openWorkspace(root);
  if (workspace.repository.commonDir !== worker.commonDir) {
    throw new NexusError({
      code: 'other-repository',
      message: `${root} is not a work tree of the repository that this Nexus works in.`,
      remedy: 'Run the command in the repository itself.',
      exitCode: EXIT.repository,
    });
  }
  await assertApproved(workspace);
  return workspace;
}
