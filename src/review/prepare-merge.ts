import type { RepoPath } from '../edits/types.js';
import { EXIT, hasCode, messageOf, NexusError } from '../errors.js';
import type { MergePreview, ObjectId } from '../repository/repository.js';
import type { AcceptInput } from './accept.js';
import type { Target } from './choose-target.js';
import { printableLine } from './printable.js';

/** The commit that the target will be at, made but not yet pointed to by any ref. */
export interface PreparedMerge {
  how: 'fast-forward' | 'merge' | 'contained';
  after: ObjectId;
}

/** Computes what accepting comes to. Writes objects only. @throws NexusError `merge-conflict`, `merge-unsupported` */
export async function prepareMerge(
  input: AcceptInput,
  tip: ObjectId,
  target: Target,
): Promise<PreparedMerge> {
  const { repository } = input;
  if (await repository.isAncestor(tip, target.tip)) return { how: 'contained', after: target.tip };
  const straight = await repository.isAncestor(target.tip, tip);
  if (straight && input.state.kind === 'review') return { how: 'fast-forward', after: tip };
  const tree = straight ? await repository.treeOf(tip) : await mergeTrees(input, tip, target);
  const message = mergeMessage(input, target);
  return { how: 'merge', after: await repository.commitMerge({ tree, parents: [target.tip, tip], message }) };
}

async function mergeTrees(input: AcceptInput, tip: ObjectId, target: Target): Promise<ObjectId> {
  if ((await input.repository.mergeBase(target.tip, tip)) === undefined) {
    throw new NexusError({
      code: 'base-not-in-target',
      message: `${input.branchName} has no commit in common with ${target.name}, so git can't merge it.`,
      remedy: `Do it anew from ${target.name}: nexus retry ${input.task.id}`,
      exitCode: EXIT.repository,
    });
  }
  const preview = await previewMerge(input, tip, target);
  if (preview.kind === 'clean') return preview.tree;
  throw mergeConflict(input, target, preview.paths);
}

async function previewMerge(input: AcceptInput, tip: ObjectId, target: Target): Promise<MergePreview> {
  try {
    return await input.repository.tryMerge(target.tip, tip);
  } catch (error) {
    if (!hasCode(error, 'merge-unsupported')) throw error;
    throw new NexusError({
      code: 'merge-unsupported',
      message: messageOf(error),
      remedy: `Merge it by hand: git switch ${target.name} && git merge ${input.branchName}`,
      exitCode: EXIT.repository,
      cause: error,
    });
  }
}

function mergeConflict(input: AcceptInput, target: Target, paths: readonly RepoPath[]): NexusError {
  const shown = paths.slice(0, 10).map((path) => printableLine(path));
  const more = paths.length > shown.length ? ` and ${paths.length - shown.length} more` : '';
  return new NexusError({
    code: 'merge-conflict',
    message: `${input.branchName} and ${target.name} changed the same places of ${shown.join(', ')}${more}. Nothing was changed.`,
    remedy: `Merge it by hand (git switch ${target.name} && git merge ${input.branchName}), or do it anew from ${target.name} as it is now: nexus retry ${input.task.id}`,
    exitCode: EXIT.repository,
  });
}

/** Says what was merged and, where it was accepted although it needed attention, why it did. */
function mergeMessage({ task, branchName, state, record }: AcceptInput, target: Target): string {
  const attention =
    state.kind === 'needs-attention'
      ? [`Accepted although it needed attention (${state.reason}): ${oneLine(state.detail)}`, '']
      : [];
  return [
    `Merge ${branchName} into ${target.name}`,
    '',
    ...(task.title === '' ? [] : [oneLine(task.title), '']),
    ...attention,
    `Nexus-Task: ${task.id}`,
    ...(record === undefined ? [] : [`Nexus-Run: ${record.started.run}`]),
    '',
  ].join('\n');
}

/** Text of a user or a model must not grow into lines that read as trailers. */
function oneLine(text: string): string {
  return printableLine(text.replaceAll(/\s+/g, ' ').trim());
}
