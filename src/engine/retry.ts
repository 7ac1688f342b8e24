import { clearDecisions } from '../journal/decisions.js';
import { EXIT, NexusError } from '../errors.js';
import { findTask } from '../tasks/find-task.js';
import type { RunOptions, RunSummary } from './execute-run.js';
import { planRun } from './plan-run.js';
import { runOrHandOver } from './run-or-hand-over.js';
import { surveyTasks } from './survey.js';
import type { Workspace } from './workspace.js';

/**
 * Starts a task anew from the base as it is now, whatever came of its last run: the old branch goes under
 * `refs/nexus/history/`, a rejection is withdrawn, and the models are sampled with another seed.
 * @throws NexusError `unknown-task`, `already-accepted`, and those of `executeRun`
 */
export async function retryTask(
  workspace: Workspace,
  taskId: string,
  options: RunOptions,
): Promise<RunSummary> {
  const survey = await surveyTasks(workspace);
  const entry = findTask(survey.entries, ({ task }) => task.id, taskId);
  if (entry.state.kind === 'accepted') throw alreadyAccepted(taskId);
  if (entry.state.kind === 'rejected') await clearDecisions(workspace.repository, taskId);
  const request = { tasks: [taskId], anew: true, anyway: true };
  return runOrHandOver(workspace, await planRun(workspace, request), { ...options, request });
}

function alreadyAccepted(taskId: string): NexusError {
  return new NexusError({
    code: 'already-accepted',
    message: `${taskId} is accepted: its work is in the base.`,
    remedy: 'To have more done, change its text in tasks.yml or write another task.',
    exitCode: EXIT.attention,
  });
}
