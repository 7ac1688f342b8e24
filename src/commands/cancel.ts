import { cancelTask, type Cancelled } from '../engine/cancel-task.js';
import { openWorkspace } from '../engine/workspace.js';
import { EXIT, type ExitCode } from '../errors.js';
import { findTask } from '../tasks/find-task.js';
import { printAnswer, type CommandContext } from './context.js';

/** `nexus cancel TASK`: stops a task, also one that another process works on. */
export async function cancel(context: CommandContext, id: string): Promise<ExitCode> {
  const workspace = await openWorkspace(context.cwd);
  findTask(workspace.tasks, (task) => task.id, id);
  const cancelled = await cancelTask(workspace, id, context.signal);
  const { task, branch, tip, outcome } = cancelled;
  await printAnswer(context, { task, branch, tip: tip ?? null, outcome }, () => render(cancelled));
  return isCancelled(outcome) ? EXIT.ok : EXIT.attention;
}

/** It may have come to its end in the moment before. */
function isCancelled(outcome: Cancelled['outcome']): boolean {
  return outcome.kind === 'needs-attention' && outcome.reason === 'cancelled';
}

function render({ task, branch, tip, outcome }: Cancelled): string {
  if (!isCancelled(outcome)) return `${task} had ended before it could be cancelled: nexus review ${task}`;
  const kept = tip === undefined ? 'Nothing was committed yet.' : `What is committed stays on ${branch}.`;
  return `Cancelled ${task}. ${kept} nexus run ${task} goes on with it.`;
}
