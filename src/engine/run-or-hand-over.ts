import { NexusError } from '../errors.js';
import { assertApproved } from './approval.js';
import { executeRun, type RunOptions, type RunSummary } from './execute-run.js';
import { planRun, type RunPlan, type RunRequest } from './plan-run.js';
import { handOver } from './worker/hand-over.js';
import { findHolder } from './worker/lock.js';
import { openWorkspace, type Workspace } from './workspace.js';

/**
 * Does what `planRun` said, or has it done: while another Nexus works in this repository, the tasks are handed to it
 * and its events are followed. When that one ends before they are done, they are done here.
 * @throws NexusError and ModelError of `executeRun`, also when they come from the other process; NexusError
 *   `not-approved`; the abort reason
 */
export async function runOrHandOver(
  workspace: Workspace,
  plan: RunPlan,
  options: RunOptions & { request: RunRequest },
): Promise<RunSummary> {
  const { commonDir } = workspace.repository;
  let current = { workspace, plan };
  for (;;) {
    if ((await findHolder(commonDir)) === undefined) {
      try {
        return await executeRun(current.workspace, current.plan, options);
      } catch (error) {
        if (!(error instanceof NexusError) || error.code !== 'busy') throw error;
      }
    }
    const counts = await askWorker(workspace, options);
    if (counts !== undefined) return counts;
    const reopened = await openWorkspace(workspace.root);
    // It may say other things than those that the user agreed to before the wait.
    await assertApproved(reopened);
    current = { workspace: reopened, plan: await planRun(reopened, options.request) };
  }
}

/** What became of the tasks in the other process; undefined when it has gone without doing them. */
async function askWorker(
  { root, repository }: Workspace,
  { request, planOnly, cache, sink, signal }: RunOptions & { request: RunRequest },
): Promise<RunSummary | undefined> {
  const { tasks, anyway = false, anew = false } = request;
  const answer = await handOver(
    repository.commonDir,
    {
      kind: 'run',
      root,
      tasks: tasks === undefined ? undefined : [...tasks],
      anyway,
      anew,
      planOnly,
      cache: cache !== undefined,
    },
    { sink, signal },
  );
  if (answer.kind !== 'done') return undefined;
  if (answer.error !== undefined) throw new NexusError(answer.error);
  return answer.counts;
}
