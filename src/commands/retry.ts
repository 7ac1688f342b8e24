import { retryTask } from '../engine/retry.js';
import { openWorkspace } from '../engine/workspace.js';
import { EXIT, type ExitCode } from '../errors.js';
import { openAnswers } from './answers.js';
import type { CommandContext } from './context.js';
import { findTask } from '../tasks/find-task.js';
import type { Flags } from './register.js';
import { requireTrust } from './settings.js';
import { withReporter } from './with-reporter.js';

/** `nexus retry TASK`: does a task anew from the base as it is now; the old branch is kept in the history. */
export async function retry(context: CommandContext, id: string, flags: Flags): Promise<ExitCode> {
  const workspace = await openWorkspace(context.cwd);
  findTask(workspace.tasks, (task) => task.id, id);
  await requireTrust(context, workspace);
  const { signal, abort } = context;
  const { needsAttention } = await withReporter(context, async (sink) =>
    retryTask(workspace, id, { planOnly: false, cache: openAnswers(flags), sink, signal, abort }),
  );
  return needsAttention > 0 ? EXIT.attention : EXIT.ok;
}
