import { planRun, runOrHandOver, type RunRequest } from '../engine/run.js';
import { openWorkspace } from '../engine/workspace.js';
import { EXIT, type ExitCode } from '../errors.js';
import { openAnswers } from './answers.js';
import { printAnswer, type CommandContext } from './context.js';
import { dryRunDocument, renderDryRun } from './dry-run.js';
import type { Flags } from './register.js';
import { requireTrust } from './settings.js';
import { withReporter } from './with-reporter.js';

/** `nexus run [TASK…]`: does all ready tasks, or these. */
export async function run(context: CommandContext, tasks: string[], flags: Flags): Promise<ExitCode> {
  const workspace = await openWorkspace(context.cwd);
  const named = tasks.length > 0;
  const request: RunRequest = { ...(named ? { tasks } : {}), anyway: flags.anyway === true };
  const plan = await planRun(workspace, request);
  // Somebody who names tasks wants them done: that none of them can be is not "all done".
  const nothing = named && plan.ready.length === 0 ? EXIT.attention : EXIT.ok;
  if (flags.dryRun === true) {
    await printAnswer(context, dryRunDocument(plan), () =>
      renderDryRun(plan, workspace.config, context.terminal),
    );
    return nothing;
  }
  if (plan.ready.length > 0) await requireTrust(context, workspace);
  const { signal, abort } = context;
  const planOnly = flags.planOnly === true;
  const { review, needsAttention } = await withReporter(context, async (sink) =>
    runOrHandOver(workspace, plan, { planOnly, cache: openAnswers(flags), sink, signal, abort, request }),
  );
  if (needsAttention > 0) return EXIT.attention;
  // Another Nexus may have done them instead.
  return review > 0 ? EXIT.ok : nothing;
}
