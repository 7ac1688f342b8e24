import { EXIT, NexusError, type ExitCode } from '../errors.js';
import { createPacket } from '../review/create-packet.js';
import { renderPacket } from '../review/render-packet.js';
import type { ReviewPacket } from '../review/packet.js';
import type { Repository } from '../repository/repository.js';
import { createStyle } from '../report/style.js';
import { printAnswer, type CommandContext } from './context.js';
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
  else printDiff(context, text);
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

/** Coloured here and not by git, so that colours in the files themselves can be told from ours. */
function printDiff({ terminal }: CommandContext, text: string): void {
  if (!terminal.colours) return terminal.verbatim(text);
  const style = createStyle(true);
  const paint = (line: string): string => {
    if (/^(?:diff |index |\+\+\+ |--- )/u.test(line)) return style.strong(line);
    if (line.startsWith('@@')) return style.name(line);
    if (line.startsWith('+')) return style.good(line);
    return line.startsWith('-') ? style.bad(line) : line;
  };
  terminal.out(text.trimEnd().split('\n').map(paint).join('\n'));
}
