import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commitDirectly } from './commit-directly.js';
import { OWN_INDEX_CONFIG } from './environment.js';
import type { Context } from './context.js';
import { repositoryError } from './failures.js';
import type { Git } from './git.js';
import { authorOf } from './identity.js';
import { objectId, zeroLike } from './names.js';
import { namesInTrees, requireOneSpelling } from './one-spelling.js';
import { makeOwnFolder } from './own-folders.js';
import { pathsOf, planTree, type TreePlan } from './plan-tree.js';
import { findEntries, findFiles } from './read.js';
import { rememberTree } from './revisions.js';
import { explainWriteFailure } from './write-failures.js';
import type { Identity, NewCommit, ObjectId } from './repository.js';

/** One line for `update-index --index-info`. */
export interface IndexLine {
  path: string;
  /** Undefined removes the path. */
  entry: { mode: string; oid: ObjectId } | undefined;
}

/** Writes objects only. */
export async function commit(context: Context, input: NewCommit): Promise<ObjectId> {
  objectId(input.parent);
  return (await commitDirectly(context, input)) ?? commitThroughIndex(context, input);
}

/** The tree is built in a temporary index: git then checks every path for us, and says what is wrong. */
export async function commitThroughIndex(context: Context, input: NewCommit): Promise<ObjectId> {
  const parent = objectId(input.parent);
  return withOwnIndex(context.commonDir, context.git, async (git, folder) => {
    // Reading the tree of a large repository takes longer than all the rest, and nothing of it is needed before.
    const [, lines, author] = await Promise.all([
      git.run({ args: ['read-tree', parent], parse: () => undefined }),
      prepareLines(context, input, folder),
      authorOf(context),
    ]);
    const tree = await writeTree(git, lines, parent);
    const [oid] = await Promise.all([
      commitTree(context.git, { tree, parents: [parent], message: input.message, author }),
      requireOneSpelling(input.changes, namesInTrees(context.git, { parent, tree })),
    ]);
    await rememberTree(context, oid, tree);
    return oid;
  });
}

/** Runs with a git whose index is a new file, gone afterwards; below git's own folder, where the next run finds it. */
export async function withOwnIndex<T>(
  commonDir: string,
  git: Git,
  use: (git: Git, folder: string) => Promise<T>,
): Promise<T> {
  const folder = await makeOwnFolder(commonDir);
  try {
    const environment = { GIT_INDEX_FILE: join(folder.path, 'index') };
    return await use(git.with({ environment, config: OWN_INDEX_CONFIG }), folder.path);
  } catch (error) {
    throw explainWriteFailure(error, folder.path, commonDir);
  } finally {
    await folder.remove();
  }
}

async function prepareLines(context: Context, input: NewCommit, folder: string): Promise<IndexLine[]> {
  const entries = await findFiles(context, input.parent, pathsOf(input.changes));
  const plan = planTree(input.changes, entries);
  const oids = await writeTexts(context.git, plan, folder);
  return [
    ...plan.removals.map((path) => ({ path, entry: undefined })),
    ...plan.writes.map(({ path, mode }, index) => ({
      path,
      entry: { mode, oid: objectId(oids[index] ?? '') },
    })),
  ];
}

/** All texts as blobs with one process: it reads files of ours, exactly (no filters). */
async function writeTexts(git: Git, plan: TreePlan, folder: string): Promise<ObjectId[]> {
  if (plan.writes.length === 0) return [];
  const files = plan.writes.map((_, index) => join(folder, `blob-${index}`));
  await Promise.all(plan.writes.map(({ text }, index) => writeFile(files[index] ?? '', text)));
  return git.run({
    args: ['hash-object', '-w', '--no-filters', '--stdin-paths'],
    input: files.map((file) => `${file}\n`).join(''),
    parse: (output) => output.trim().split('\n'),
  });
}

/**
 * Applies the lines to the index of `git`, which holds the tree of `parent`, and writes its tree.
 *
 * @throws NexusError `change-refused` when git refuses a path, or when a file would take the place of a folder (or the
 *   other way round) whose files no line removes
 */
export async function writeTree(git: Git, lines: readonly IndexLine[], parent: ObjectId): Promise<ObjectId> {
  if (lines.length > 0) await updateIndex(git, lines, parent);
  const tree = await git.run({ args: ['write-tree'], parse: (output) => output.trim() });
  await requireExactly(git, lines, parent, tree);
  return tree;
}

async function updateIndex(git: Git, lines: readonly IndexLine[], parent: ObjectId): Promise<void> {
  const nothing = { mode: '0', oid: zeroLike(parent) };
  const records = lines.map(({ path, entry = nothing }) => `${entry.mode} ${entry.oid}\t${path}\0`);
  await git.run({
    args: ['update-index', '-z', '--index-info'],
    input: records.join(''),
    parse: () => undefined,
  });
}

/**
 * Holds the new tree against what was meant. `--index-info` succeeds when it skips a path that git does not allow, and
 * when it drops what is in the way of a new path: a whole folder for a file of its name.
 */
async function requireExactly(
  git: Git,
  lines: readonly IndexLine[],
  parent: ObjectId,
  tree: ObjectId,
): Promise<void> {
  const changed = await git.run({
    args: ['diff-tree', '-r', '-z', '--no-renames', '--name-only', parent, tree],
    parse: (output) => new Set(output.split('\0').filter((path) => path !== '')),
  });
  const unchanged = lines.filter(({ path }) => !changed.delete(path));
  const [lost] = changed;
  if (lost !== undefined) {
    throw repositoryError(
      'change-refused',
      `${lost} is in the way of a new file: a path is either a file or a folder.`,
    );
  }
  const found = await findEntries(
    git,
    tree,
    unchanged.map(({ path }) => path),
  );
  const skipped = unchanged.find(({ path, entry }) => found.get(path)?.oid !== entry?.oid);
  if (skipped)
    throw repositoryError('change-refused', `git does not allow the path ${JSON.stringify(skipped.path)}.`);
}

/** A commit object, unsigned, with one person as author and committer. Nothing points to it yet. */
export async function commitTree(
  git: Git,
  input: { tree: ObjectId; parents: readonly ObjectId[]; message: string; author: Identity },
): Promise<ObjectId> {
  const { name, email } = input.author;
  const asAuthor = git.with({
    environment: {
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_COMMITTER_NAME: name,
      GIT_COMMITTER_EMAIL: email,
    },
  });
  const parents = input.parents.flatMap((parent) => ['-p', objectId(parent)]);
  return asAuthor.run({
    args: ['commit-tree', objectId(input.tree), ...parents, '-F', '-'],
    input: input.message,
    parse: (output) => output.trim(),
  });
}

/** Stores bytes as they are, without the user's filters. */
export async function writeBlob(git: Git, content: Buffer): Promise<ObjectId> {
  return git.run({
    args: ['hash-object', '-w', '--no-filters', '--stdin'],
    input: content,
    parse: (output) => output.trim(),
  });
}
