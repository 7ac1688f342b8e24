import { cancelTask } from '../engine/cancel-task.js';
import { openWorkspace } from '../engine/workspace.js';
import { EXIT, type ExitCode } from '../errors.js';
import { findTask } from '../tasks/find-task.js';
import { printAnswer, type CommandContext } from './context.js';

/** `nexus cancel TASK`: stops a task, also one that another process works on. */
export async function cancel(context: CommandContext, id: string): Promise<ExitCode> {
  const workspace = await openWorkspace(context.cwd);
  findTask(workspace.tasks, (task) => task.id, id);
  const { task, branch, tip, outcome } = await cancelTask(workspace, id, context.signal);
  await printAnswer(context, { task, branch, tip: tip ?? null, outcome }, () => {
    const kept = tip === undefined ? 'Nothing was committed yet.' : `What is committed stays on ${branch}.`;
    return `Cancelled ${task}. ${kept} nexus run ${task} goes on with it.`;
  });
  return EXIT.ok;
}
