import type { EventSink } from '../engine/events.js';
import { executeRun, planRun, type RunPlan } from '../engine/run.js';
import { openWorkspace, type Workspace } from '../engine/workspace.js';
import { EXIT, type ExitCode } from '../errors.js';
import { createStyle } from '../report/style.js';
import { chooseMode, createReporter } from '../report/reporter.js';
import { count } from '../report/quantities.js';
import { cleanLine } from '../report/clean-text.js';
import { printAnswer, type CommandContext } from './context.js';
import type { Flags } from './program.js';
import { requireTrust } from './settings.js';

/** `nexus run [TASK…]`: does all ready tasks, or these. */
export async function run(context: CommandContext, tasks: string[], flags: Flags): Promise<ExitCode> {
  const workspace = await openWorkspace(context.cwd);
  const plan = await planRun(workspace, {
    ...(tasks.length === 0 ? {} : { tasks }),
    anyway: flags.anyway === true,
  });
  if (flags.dryRun === true) {
    printAnswer(context, plan, () => renderDryRun(plan, context));
    return EXIT.ok;
  }
  await requireTrustOf(context, workspace);
  const summary = await withReporter(context, async (sink) =>
    executeRun(workspace, plan, { planOnly: flags.planOnly === true, sink, signal: context.signal }),
  );
  return summary.needsAttention > 0 ? EXIT.attention : EXIT.ok;
}

/** @throws NexusError `not-approved` */
export async function requireTrustOf(context: CommandContext, workspace: Workspace): Promise<void> {
  const { repository, config, templates, tasks } = workspace;
  await requireTrust(context, {
    commonDir: repository.commonDir,
    config,
    overrides: (await templates()).overrides,
    tasks,
  });
}

/** Runs something that tells of its progress, and closes the reporter whatever comes of it. */
export async function withReporter<T>(
  { json, terminal }: CommandContext,
  work: (sink: EventSink) => Promise<T>,
): Promise<T> {
  const reporter = await createReporter(chooseMode(json, terminal), terminal);
  try {
    return await work(reporter.sink);
  } finally {
    reporter.close();
  }
}
