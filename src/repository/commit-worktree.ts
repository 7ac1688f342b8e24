import { copyFile, lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from './context.js';
import type { Git } from './git.js';
import { authorOf } from './identity.js';
import { objectId } from './names.js';
import { blobId } from './plan-tree.js';
import type { ObjectId, ThrowawayWorktree } from './repository.js';
import { treeOf } from './revisions.js';
import { detailsOf, gitIn } from './throwaway-worktree.js';
import { commitTree, type IndexLine, withOwnIndex, writeTree } from './write.js';

/** A file of the work tree that differs from the index. */
interface Difference {
  path: string;
  /** Undefined for new files. */
  indexed: { mode: string; oid: ObjectId } | undefined;
}

/**
 * Commits what commands did to a throw-away worktree: changed, deleted and new regular files that git does not ignore.
 * Symlinks and submodules stay as they were, and modes too. Untouched files keep their blobs, also where `eol` or
 * `autocrlf` would rewrite them.
 */
export async function commitWorktree(
  context: Context,
  worktree: ThrowawayWorktree,
  input: { parent: ObjectId; message: string },
): Promise<ObjectId | undefined> {
  const details = detailsOf(worktree);
  const parent = objectId(input.parent);
  const inWorktree = gitIn(context.git, worktree.path, details.gitDir);
  return withOwnIndex(context.commonDir, inWorktree, async (git, folder) => {
    // The copy knows which files are as the checkout wrote them, so that not all need to be read again.
    await copyFile(details.index, join(folder, 'index'));
    if (parent !== details.commit)
      await git.run({ args: ['read-tree', '--reset', parent], parse: () => undefined });
    const lines = await collectLines(git, worktree.path);
    const tree = await writeTree(git, lines, parent);
    if (tree === (await treeOf(context, parent))) return undefined;
    const author = await authorOf(context);
    return commitTree(context.git, { tree, parents: [parent], message: input.message, author });
  });
}

async function collectLines(git: Git, root: string): Promise<IndexLine[]> {
  const removals: IndexLine[] = [];
  const changed: { path: string; mode: string }[] = [];
  for (const difference of await listDifferences(git)) {
    const { path, indexed } = difference;
    const kind = await kindOf(join(root, path));
    if (kind === 'missing' && indexed) removals.push({ path, entry: undefined });
    if (kind === 'file' && (await isReallyChanged(git, root, difference))) {
      changed.push({ path, mode: indexed?.mode ?? '100644' });
    }
  }
  const oids = await hashFiles(
    git,
    changed.map(({ path }) => path),
  );
  const writes = changed.map(({ path, mode }, index) => ({
    path,
    entry: { mode, oid: objectId(oids[index] ?? '') },
  }));
  return [...removals, ...writes];
}

async function kindOf(path: string): Promise<'file' | 'missing' | 'other'> {
  return lstat(path).then(
    (found) => (found.isFile() ? 'file' : 'other'),
    () => 'missing',
  );
}

async function listDifferences(git: Git): Promise<Difference[]> {
  return git.run({
    args: [
      'status',
      '--porcelain=v2',
      '-z',
      '--untracked-files=all',
      '--no-renames',
      '--ignore-submodules=all',
    ],
    parse: (output) => output.split('\0').flatMap(parseDifference),
  });
}

/** `? <path>` or `1 <XY> <sub> <mH> <mI> <mW> <hH> <hI> <path>` (git-status(1)). */
function parseDifference(record: string): Difference[] {
  const fields = record.split(' ');
  if (fields[0] === '?') return [{ path: record.slice(2), indexed: undefined }];
  const [type, columns = '', , , mode = '', , , oid = ''] = fields;
  // Only the second column is about files; the first compares the index with HEAD.
  if (type !== '1' || columns[1] === '.' || !mode.startsWith('100')) return [];
  return [{ path: fields.slice(8).join(' '), indexed: { mode, oid } }];
}

/** git reports files, too, that it would rewrite on `add` although nobody touched them. */
async function isReallyChanged(git: Git, root: string, { path, indexed }: Difference): Promise<boolean> {
  if (!indexed) return true;
  const bytes = await readFile(join(root, path));
  if (blobId(bytes, indexed.oid) === indexed.oid) return false;
  const checkedOut = await git.catFile(['--filters', `--path=${path}`, indexed.oid]);
  return !checkedOut.equals(bytes);
}

/** As `git add` would store these files: with the user's filters. */
async function hashFiles(git: Git, paths: readonly string[]): Promise<ObjectId[]> {
  if (paths.length === 0) return [];
  const quiet = git.with({ config: ['core.safecrlf=false'] });
  return quiet.run({
    args: ['hash-object', '-w', '--stdin-paths'],
    input: paths.map((path) => `${quotePath(path)}\n`).join(''),
    parse: (output) => output.trim().split('\n'),
  });
}

/** `--stdin-paths` takes one path a line, and C quotes for those with a line break in them. */
function quotePath(path: string): string {
  if (!/["\n\\]/.test(path)) return path;
  return `"${path.replaceAll(/["\\]/g, String.raw`\$&`).replaceAll('\n', String.raw`\n`)}"`;
}
