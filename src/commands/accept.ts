import { wakeWorker } from '../engine/worker/wake-worker.js';
import { EXIT, type ExitCode } from '../errors.js';
import { acceptTask, type AcceptResult } from '../review/accept.js';
import { cleanLine } from '../report/clean-text.js';
import { createStyle, type Style } from '../report/style.js';
import { printAnswer, type CommandContext } from './context.js';
import type { Flags } from './register.js';
import { readReviewInput } from './review-input.js';

const SHORT_ID = 8;

/** `nexus accept TASK`: brings the branch into the one that its run started from. */
export async function accept(context: CommandContext, id: string, flags: Flags): Promise<ExitCode> {
  const { input } = await readReviewInput(context.cwd, id, flags.into);
  const result = await acceptTask({ ...input, anyway: flags.anyway === true, message: flags.message });
  // What depends on it may be ready now.
  await wakeWorker(input.repository.commonDir);
  await printAnswer(context, result, () => renderAccepted(result, createStyle(context.terminal.colours)));
  return EXIT.ok;
}

function renderAccepted(result: AcceptResult, style: Style): string {
  const { task, how, after, worktree, removed, remarks, verdict } = result;
  const into = cleanLine(result.into);
  const place = {
    'fast-forward': `${into} was fast-forwarded to ${after.slice(0, SHORT_ID)}`,
    merge: `${into} has it as merge commit ${after.slice(0, SHORT_ID)}`,
    contained: `${into} held it already`,
  }[how];
  const files = worktree === undefined ? '' : `, and the files in ${cleanLine(worktree)} with it`;
  return [
    `${style.good('accepted')} ${task}: ${place}${files}.`,
    ...(removed.kind === 'deleted'
      ? [style.faint(`The branch ${cleanLine(result.branch)} is deleted.`)]
      : []),
    ...remarks.map((remark) => (verdict === 'good' ? cleanLine(remark) : style.warn(cleanLine(remark)))),
  ].join('\n');
}
