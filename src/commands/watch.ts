import { watchTasks } from '../engine/watch/watch-tasks.js';
import { openWorkspace } from '../engine/workspace.js';
import { EXIT, type ExitCode } from '../errors.js';
import { openAnswers } from './answers.js';
import type { CommandContext } from './context.js';
import type { Flags } from './register.js';
import { requireTrust } from './settings.js';
import { withReporter } from './with-reporter.js';

/** `nexus watch`: does tasks as tasks.yml changes, until it is told to stop. */
export async function watch(context: CommandContext, flags: Flags): Promise<ExitCode> {
  const workspace = await openWorkspace(context.cwd);
  await requireTrust(context, workspace);
  const { signal, abort } = context;
  await withReporter(context, async (sink) =>
    watchTasks(workspace, { cache: openAnswers(flags), sink, signal, abort }),
  );
  return EXIT.ok;
}
