import type { RepoPath } from '../edits/types.js';
import { windowsPathProblem } from '../platform/path-names.js';
import type { Context } from './context.js';
import { GitFailed } from './failures.js';
import { rememberCommit } from './history.js';
import { authorOf } from './identity.js';
import { isRepoPath } from './names.js';
import { changeTrees, folderOf, foldersAbove, nameOf, type ChangedTrees } from './objects/change-trees.js';
import { describeCommit, renderCommit } from './objects/commit.js';
import { newObject, packOf, type NewObject } from './objects/pack.js';
import { FOLDER, nameInTree, nameOutOfTree, type Tree } from './objects/tree.js';
import { requireOneSpelling } from './one-spelling.js';
import { pathsOf, planTree, type TreePlan } from './plan-tree.js';
import { isPartialClone, rememberBlob, rememberListing } from './read.js';
import { readTrees, rememberFolder } from './read-trees.js';
import type { NewCommit, ObjectId, TreeEntry } from './repository.js';
import { rememberTree } from './revisions.js';

/*
 * Most commits change a few files of which all names are plain. Their objects are few: they are made here and handed to
 * git in one go, with one process where an index takes six, however large the repository is.
 */

/**
 * Writes a commit's objects without an index.
 * @returns undefined where this way can't or where something is not as it should be: then the index decides, and says what
 * @throws NexusError `change-refused`, `identity-missing`; what a full or unwritable disk gives
 */
export async function commitDirectly(context: Context, input: NewCommit): Promise<ObjectId | undefined> {
  const { parent, changes, message } = input;
  const paths = pathsOf(changes);
  // git would ask for what the clone lacks, object by object.
  if (message.includes('\0') || !paths.every(isPlain) || (await isPartialClone(context))) return undefined;
  const folders = new Set(['', ...paths.flatMap(foldersAbove)]);
  const [before, author] = await Promise.all([readTrees(context, parent, folders), authorOf(context)]);
  if (before?.get('') === undefined) return undefined;
  const plan = planTree(changes, entriesOf(before, paths));
  const blobs = plan.writes.map(({ text }) => newObject('blob', text, parent));
  const writes = plan.writes.map(({ path, mode }, at) => ({ path, mode, oid: blobs[at]?.oid ?? '' }));
  const after = changeTrees(before, { removals: plan.removals, writes }, parent);
  if (after === undefined) return undefined;
  await requireOneSpelling(changes, {
    beside: async (shown) => shown.flatMap((folder) => namesIn(after.trees, folder)),
    inParent: async (asked) =>
      asked.filter((path) => before.get(folderOf(path))?.has(nameInTree(nameOf(path)))),
  });
  const about = { tree: after.top, parent, author, message };
  const commit = newObject('commit', renderCommit(about, new Date()), parent);
  if (!(await unpack(context, [...blobs, ...after.objects, commit]))) return undefined;
  await remember(context, { commit: commit.oid, parent, plan, blobs, after });
  const info = describeCommit(commit.oid, about);
  // Where a file is gone git may find that it was renamed.
  if (info !== undefined && plan.removals.length === 0)
    await rememberCommit(context, { info, paths: pathsThatDiffer(before, writes) });
  return commit.oid;
}

/** A name that every system takes, so that git has nothing to say against it. */
function isPlain(path: RepoPath): boolean {
  const isText = Buffer.from(path).toString() === path;
  return isText && isRepoPath(path) && windowsPathProblem(path) === undefined;
}

function entriesOf(trees: ReadonlyMap<RepoPath, Tree>, paths: readonly RepoPath[]): Map<RepoPath, TreeEntry> {
  return new Map(
    paths.flatMap((path) => {
      const item = trees.get(folderOf(path))?.get(nameInTree(nameOf(path)));
      return item === undefined || item.mode === FOLDER ? [] : [[path, { path, ...item, size: undefined }]];
    }),
  );
}

function namesIn(trees: ReadonlyMap<RepoPath, Tree>, folder: RepoPath): RepoPath[] {
  const names = [...(trees.get(folder)?.keys() ?? [])].map(nameOutOfTree);
  return folder === '' ? names : names.map((name) => `${folder}/${name}`);
}

/** @returns false when git refuses them; nothing points to what it may have written */
async function unpack(context: Context, objects: readonly NewObject[]): Promise<boolean> {
  const [first] = objects;
  if (first === undefined) return false;
  try {
    const input = packOf(objects, first.oid);
    await context.git.run({ args: ['unpack-objects', '-q'], input, parse: () => undefined });
    return true;
  } catch (error) {
    if (error instanceof GitFailed && error.code === 'git-failed') return false;
    throw error;
  }
}

/** In git's order. */
function pathsThatDiffer(
  before: ReadonlyMap<RepoPath, Tree>,
  writes: readonly { path: RepoPath; oid: ObjectId }[],
): RepoPath[] {
  const changed = writes.filter(
    ({ path, oid }) => before.get(folderOf(path))?.get(nameInTree(nameOf(path)))?.oid !== oid,
  );
  return changed.map(({ path }) => path).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** What the run is going to ask of its own commit. */
async function remember(
  context: Context,
  made: { commit: ObjectId; parent: ObjectId; plan: TreePlan; blobs: NewObject[]; after: ChangedTrees },
): Promise<void> {
  const { commit, parent, plan, blobs, after } = made;
  await rememberTree(context, commit, after.top);
  for (const { oid, bytes } of after.objects) await rememberFolder(context, oid, bytes);
  for (const { oid, bytes } of blobs) await rememberBlob(context, oid, bytes);
  const writes = plan.writes.map(({ path, mode }, at) => ({
    path,
    mode,
    oid: blobs[at]?.oid ?? '',
    size: blobs[at]?.bytes.length,
  }));
  await rememberListing(context, commit, { parent, removals: plan.removals, writes });
}
