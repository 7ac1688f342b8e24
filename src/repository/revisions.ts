import type { Context } from './context.js';
import { repositoryError } from './failures.js';
import { objectId } from './names.js';
import { createMemory } from './object-memory.js';
import { HEADS } from './refs.js';
import type { Head, ObjectId } from './repository.js';

/** Short name of the current branch, also when it has no commit yet; undefined when HEAD is detached. */
export async function currentBranch(context: Context): Promise<string | undefined> {
  return context.git.run({
    args: ['symbolic-ref', '--quiet', 'HEAD'],
    exits: [1],
    parse: (output, exit) => (exit === 0 ? output.trim().replace(HEADS, '') : undefined),
  });
}

/** Where HEAD stands. One process, unless HEAD is unborn or its name is that of a branch or tag as well. */
export async function readHead(context: Context): Promise<Head> {
  const lines = await context.git.run({
    args: ['rev-parse', 'HEAD', '--symbolic-full-name', 'HEAD'],
    exits: [128],
    parse: (output, exit) => (exit === 0 ? output.trimEnd().split('\n') : []),
  });
  const [commit, ref] = lines;
  if (lines.length === 2 && ref === 'HEAD') return { commit, branch: undefined };
  if (lines.length === 2 && ref?.startsWith(HEADS)) return { commit, branch: ref.slice(HEADS.length) };
  return { commit: await resolveCommit(context, 'HEAD'), branch: await currentBranch(context) };
}

/** The commit that `rev` names, or undefined. `rev` is data: it can't be read as an option. */
export async function resolveCommit(context: Context, rev: string): Promise<ObjectId | undefined> {
  if (rev === '' || /[\0\n]/.test(rev)) return undefined;
  return context.git.run({
    args: ['rev-parse', '--verify', '--quiet', '--end-of-options', `${rev}^{commit}`],
    exits: [1, 128],
    parse: (output, exit) => (exit === 0 ? output.trim() : undefined),
  });
}

const trees = createMemory<ObjectId>(128);

export async function treeOf(context: Context, commit: ObjectId): Promise<ObjectId> {
  return trees.recall(context, commit, async () => {
    const tree = await context.git.run({
      args: ['rev-parse', '--verify', '--quiet', '--end-of-options', `${objectId(commit)}^{tree}`],
      exits: [1, 128],
      parse: (output, exit) => (exit === 0 ? output.trim() : undefined),
    });
    if (tree) return tree;
    throw repositoryError(
      'object-missing',
      `The commit ${commit} is not in the repository.`,
      'Run: git fsck',
    );
  });
}

/** The tree of a commit, if it is remembered. */
export async function peekTree(context: Context, commit: ObjectId): Promise<ObjectId | undefined> {
  return trees.peek(context, commit);
}

/** Spares asking for the tree of a commit that was made of it just now. */
export async function rememberTree(context: Context, commit: ObjectId, tree: ObjectId): Promise<void> {
  await trees.recall(context, commit, async () => tree);
}

export async function isAncestor(
  context: Context,
  ancestor: ObjectId,
  descendant: ObjectId,
): Promise<boolean> {
  return context.git.run({
    args: ['merge-base', '--is-ancestor', objectId(ancestor), objectId(descendant)],
    exits: [1],
    parse: (_, exit) => exit === 0,
  });
}

/**
 * Those of `tips` that `into` holds already. One or two processes whatever their number; a tip whose commit is gone
 * (deleted, then collected) is not held.
 */
export async function selectMerged(
  context: Context,
  tips: readonly ObjectId[],
  into: ObjectId,
): Promise<Set<ObjectId>> {
  if (tips.length === 0) return new Set();
  const unmerged = await listUnmerged(context, tips, into);
  if (unmerged !== undefined) return new Set(tips.filter((tip) => !unmerged.has(tip)));
  const there = await selectCommits(context, tips);
  return there.length === tips.length ? new Set() : selectMerged(context, there, into);
}

/** Commits that the tips have and `into` has not; undefined when one of the tips is not in the repository. */
async function listUnmerged(
  context: Context,
  tips: readonly ObjectId[],
  into: ObjectId,
): Promise<Set<ObjectId> | undefined> {
  return context.git.run({
    args: ['rev-list', '--stdin'],
    input: [...tips.map(objectId), `^${objectId(into)}`].map((line) => `${line}\n`).join(''),
    exits: [128],
    parse: (output, exit) => (exit === 0 ? new Set(output.split('\n')) : undefined),
  });
}

async function selectCommits(context: Context, oids: readonly ObjectId[]): Promise<ObjectId[]> {
  return context.git.run({
    args: ['cat-file', '--batch-check=%(objectname) %(objecttype)'],
    input: oids.map((oid) => `${objectId(oid)}\n`).join(''),
    parse: (output) => {
      const commits = new Set(output.split('\n').flatMap((line) => /^(\w+) commit$/.exec(line)?.[1] ?? []));
      return oids.filter((oid) => commits.has(oid));
    },
  });
}

export async function mergeBase(context: Context, a: ObjectId, b: ObjectId): Promise<ObjectId | undefined> {
  return context.git.run({
    args: ['merge-base', objectId(a), objectId(b)],
    exits: [1],
    parse: (output, exit) => (exit === 0 ? output.trim() : undefined),
  });
}
