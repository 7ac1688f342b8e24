import { EXIT, NexusError, type ExitCode } from '../errors.js';
import { createPacket } from '../review/create-packet.js';
import { renderPacket } from '../review/render-packet.js';
import type { ReviewPacket } from '../review/packet.js';
import type { Repository } from '../repository/repository.js';
import { printAnswer, type CommandContext } from './context.js';
import { printDiff } from './print-diff.js';
import { readReviewInput } from './review-input.js';

/** `nexus review TASK`: the packet; with `diff` the whole difference to the base, nothing else. */
export async function review(context: CommandContext, id: string, diff: boolean): Promise<ExitCode> {
  const { workspace, input } = await readReviewInput(context.cwd, id);
  const packet = await createPacket(input);
  if (!diff) {
    await printAnswer(context, packet, () => renderPacket(packet).trimEnd());
    return EXIT.ok;
  }
  const text = await readDiff(workspace.repository, packet);
  if (context.json) await printAnswer(context, { task: id, diff: text }, () => '');
  else printDiff(context.terminal, text);
  return EXIT.ok;
}

async function readDiff(repository: Repository, { base, branch, task }: ReviewPacket): Promise<string> {
  if (base.commit !== undefined && branch.tip !== undefined) return repository.diff(base.commit, branch.tip);
  throw new NexusError({
    code: 'no-branch',
    message: `${task.id} has no branch yet, so there is no difference to show.`,
    remedy: `nexus review ${task.id} says where it stands.`,
    exitCode: EXIT.repository,
  });
}
