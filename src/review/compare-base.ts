import { hasCode, messageOf } from '../errors.js';
import type { ObjectId } from '../repository/repository.js';
import { chooseTarget, holdsCommit, stackedOn, type Target } from './choose-target.js';
import type { MergeOutlook, PacketBase, ReviewInput } from './packet.js';

/** Where a branch stands against its base and against the branch that it would be accepted into. */
export async function compareBase(input: ReviewInput, tip: ObjectId | undefined): Promise<PacketBase> {
  const { repository, record } = input;
  const target = await chooseTarget(input);
  const started = record === undefined ? undefined : await repository.resolveCommit(record.started.base);
  const containsBase =
    target !== undefined && started !== undefined
      ? await repository.isAncestor(started, target.tip)
      : undefined;
  const merge = await previewMerge(input, tip, target);
  const compared = await startOfBranch(input, {
    tip,
    target,
    started,
    preferStarted: merge.kind === 'contained' || containsBase === false,
  });
  const since = started ?? compared;
  return {
    commit: compared,
    name: record?.started.baseName,
    stackedOn: stackedOn(input),
    target:
      target === undefined
        ? undefined
        : {
            ...target,
            movedOn: since === undefined ? 0 : (await repository.log(since, target.tip)).length,
            containsBase: containsBase ?? (since !== undefined && (await holdsCommit(input, since, target))),
          },
    merge,
  };
}

/**
 * The commit that the branch's own work starts after. Normally where branch and target part, so that a branch which
 * somebody rebased, or merged the target into, shows only its own work; the run's base where they no longer part there.
 */
async function startOfBranch(
  input: ReviewInput,
  known: {
    tip: ObjectId | undefined;
    target: Target | undefined;
    started: ObjectId | undefined;
    preferStarted: boolean;
  },
): Promise<ObjectId | undefined> {
  const { tip, target, started } = known;
  if (tip === undefined) return started;
  const startedBelow = started !== undefined && (await input.repository.isAncestor(started, tip));
  if (startedBelow && (known.preferStarted || target === undefined)) return started;
  if (target === undefined) return undefined;
  return (await input.repository.mergeBase(tip, target.tip)) ?? (startedBelow ? started : undefined);
}

/** What accepting would come to; writes nothing but objects. */
async function previewMerge(
  input: ReviewInput,
  tip: ObjectId | undefined,
  target: Target | undefined,
): Promise<MergeOutlook> {
  const { repository } = input;
  if (tip === undefined) return { kind: 'unknown', because: 'there is no branch' };
  if (target === undefined) return { kind: 'unknown', because: 'the branch to merge into is not known' };
  if (await repository.isAncestor(tip, target.tip)) return { kind: 'contained' };
  if (await repository.isAncestor(target.tip, tip)) return { kind: 'fast-forward' };
  if ((await repository.mergeBase(target.tip, tip)) === undefined) {
    return { kind: 'unknown', because: `it has no commit in common with ${target.name}` };
  }
  try {
    const preview = await repository.tryMerge(target.tip, tip);
    return preview.kind === 'clean' ? { kind: 'clean' } : preview;
  } catch (error) {
    if (hasCode(error, 'merge-unsupported')) return { kind: 'unknown', because: messageOf(error) };
    throw error;
  }
}
