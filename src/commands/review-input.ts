import { surveyTasks } from '../engine/survey.js';
import { openWorkspace, type Workspace } from '../engine/workspace.js';
import type { ReviewInput } from '../review/packet.js';
import { createProtection } from '../tasks/protected-paths.js';
import { findTask } from '../tasks/find-task.js';

/**
 * One task and all that is known of its branch, as it is now.
 * @throws NexusError `unknown-task`, and what opening the workspace throws
 */
export async function readReviewInput(
  cwd: string,
  id: string,
  into?: string,
): Promise<{ workspace: Workspace; input: ReviewInput }> {
  const workspace = await openWorkspace(cwd);
  const { repository, config } = workspace;
  // Before the survey: a typing error should not cost one.
  findTask(workspace.tasks, (task) => task.id, id);
  const { entries } = await surveyTasks(workspace);
  const { task, state, branchName, record } = findTask(entries, (entry) => entry.task.id, id);
  const protection = createProtection(task, config);
  // Nexus writes the plan document itself: that no model may is nothing to look at in a review.
  const isProtected = (path: string): string | undefined =>
    path === `${config.docs}/${task.id}.md` ? undefined : protection(path);
  const input = {
    repository,
    task,
    state,
    branchName,
    record,
    configuredBase: config.base,
    into,
    isProtected,
  };
  return { workspace, input };
}
