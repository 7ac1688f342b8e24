import { wakeWorker } from '../engine/worker/wake-worker.js';
import { EXIT, type ExitCode } from '../errors.js';
import { rejectTask, type RejectResult } from '../review/reject.js';
import { cleanLine } from '../report/clean-text.js';
import { createStyle } from '../report/style.js';
import { printAnswer, type CommandContext } from './context.js';
import { readReviewInput } from './review-input.js';

/** `nexus reject TASK`: puts the work aside until the task's text changes. */
export async function reject(
  context: CommandContext,
  id: string,
  message: string | undefined,
): Promise<ExitCode> {
  const { input } = await readReviewInput(context.cwd, id);
  const result = await rejectTask(input, { message });
  await wakeWorker(input.repository.commonDir);
  const { colours } = context.terminal;
  await printAnswer(
    context,
    result,
    () => `${createStyle(colours).good('rejected')} ${renderRejected(result)}`,
  );
  return EXIT.ok;
}

function renderRejected({ task, branch, tip, history, removed }: RejectResult): string {
  const gone = removed.kind === 'deleted' ? 'is deleted' : `stays, as ${cleanLine(removed.because)}`;
  return (
    `${task}: it is not done again until its text in tasks.yml changes.\n` +
    `The branch ${cleanLine(branch)} ${gone}; its work is kept at ${history} (${tip.slice(0, 8)}).`
  );
}
