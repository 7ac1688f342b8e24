import { checkBranch } from '../engine/check-branch.js';
import { openWorkspace } from '../engine/workspace.js';
import { wakeWorker } from '../engine/worker/wake-worker.js';
import { EXIT, type ExitCode } from '../errors.js';
import type { CommandContext } from './context.js';
import { findTask } from '../tasks/find-task.js';
import { requireTrust } from './settings.js';
import { withReporter } from './with-reporter.js';

/** `nexus check TASK`: takes the verdict of the branch as it is now, whoever made its last commit. */
export async function check(context: CommandContext, id: string): Promise<ExitCode> {
  const workspace = await openWorkspace(context.cwd);
  findTask(workspace.tasks, (task) => task.id, id);
  await requireTrust(context, workspace);
  const { signal } = context;
  const { verdict } = await withReporter(context, async (sink) =>
    checkBranch(workspace, id, { sink, signal }),
  );
  await wakeWorker(workspace.repository.commonDir);
  return verdict.kind === 'good' ? EXIT.ok : EXIT.attention;
}
