import { isCovered, renderTrustedItem, type TrustDifference } from '../config/trust.js';
import { approve, diffAgainstApproved } from '../config/trust-store.js';
import { openWorkspace } from '../engine/workspace.js';
import { wakeWorker } from '../engine/worker/wake-worker.js';
import { EXIT, type ExitCode } from '../errors.js';
import { createStyle, type Style } from '../report/style.js';
import { printAnswer, type CommandContext } from './context.js';
import { listTrusted, readTrustable } from '../engine/approval.js';

/** `nexus trust`: shows what this checkout may use and approves it, asking first unless `yes`. */
export async function trust(context: CommandContext, yes: boolean): Promise<ExitCode> {
  const trustable = await readTrustable(await openWorkspace(context.cwd));
  const items = listTrusted(trustable);
  const difference = await diffAgainstApproved(trustable.commonDir, items);
  const covered = isCovered(difference);
  const { terminal, json, signal } = context;
  const style = createStyle(terminal.colours);
  if (!json) terminal.out(renderDifference(items.length, difference, style));
  const agreed = covered || yes || (!json && terminal.interactive && (await agrees(context, signal)));
  if (agreed && (!covered || difference.removed.length > 0)) await approve(trustable.commonDir, items);
  if (agreed) await wakeWorker(trustable.commonDir);
  await printAnswer(context, { approved: agreed, items, difference }, () => {
    if (covered) return 'You have agreed to all of it.';
    return agreed
      ? style.good('Approved.')
      : `${style.warn('Not approved.')} Approve it with: nexus trust --yes`;
  });
  return agreed ? EXIT.ok : EXIT.config;
}

async function agrees({ terminal }: CommandContext, signal: AbortSignal): Promise<boolean> {
  const answer = await terminal.ask('Agree? [y/N] ', signal);
  return /^y(es)?$/iu.test(answer?.trim() ?? '');
}

function renderDifference(count: number, difference: TrustDifference, style: Style): string {
  if (count === 0) return 'This checkout uses nothing but the defaults of Nexus.';
  const { added, changed, removed } = difference;
  const known = count - added.length - changed.length;
  return [
    ...(known > 0 ? [style.faint(`${known} agreed to before`)] : []),
    ...added.map((item) => style.good(`+ ${renderTrustedItem(item)}`)),
    ...changed.flatMap(({ before, after }) => [
      style.bad(`- ${renderTrustedItem(before)}`),
      style.good(`+ ${renderTrustedItem(after)}`),
    ]),
    ...removed.map((item) => style.bad(`- ${renderTrustedItem(item)}`)),
  ].join('\n');
}
