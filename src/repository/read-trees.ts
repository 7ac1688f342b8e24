import type { RepoPath } from '../edits/types.js';
import type { Context } from './context.js';
import { folderOf, nameOf } from './objects/change-trees.js';
import { FOLDER, nameInTree, parseTree, type Tree } from './objects/tree.js';
import { createMemory } from './object-memory.js';
import type { ObjectId } from './repository.js';
import { peekTree, rememberTree } from './revisions.js';

/** Folders, one by one: those that a run writes into, and the ones above them. */
const memory = createMemory<Tree | undefined>(256);

/** Spares asking for a folder that was made just now. */
export async function rememberFolder(context: Context, oid: ObjectId, bytes: Buffer): Promise<void> {
  await memory.recall(context, oid, async () => parseTree(bytes, oid));
}

/**
 * These folders of a commit, the top at '', with one process at most; those that it does not have are absent.
 * @param folders with all that lead to them
 * @returns undefined when one of them can't be read as it is
 */
export async function readTrees(
  context: Context,
  commit: ObjectId,
  folders: ReadonlySet<RepoPath>,
): Promise<Map<RepoPath, Tree> | undefined> {
  const top = await peekTree(context, commit);
  const found = new Map<RepoPath, Tree>();
  // Those above stand before those below.
  const wanted = [...folders].sort();
  const unknown: RepoPath[] = [];
  for (const folder of wanted) {
    const oid = folder === '' ? top : folderIn(found.get(folderOf(folder)), folder);
    const tree = oid === undefined ? undefined : await memory.peek(context, oid);
    if (tree !== undefined) found.set(folder, tree);
    // A folder that is not there has none below it, but of one that was not read nobody knows.
    else if (oid !== undefined || folder === '' || unknown.includes(folderOf(folder))) unknown.push(folder);
  }
  if (unknown.length === 0) return found;
  const lines = unknown.map((folder) => (folder === '' ? `${commit}^{tree}\n` : `${commit}:${folder}\n`));
  const output = await context.git.catFile(['--batch'], lines.join(''));
  const read = parseAnswers(output, unknown);
  if (read === undefined) return undefined;
  for (const [folder, { oid, bytes }] of read) {
    const tree = await memory.recall(context, oid, async () => parseTree(bytes, oid));
    if (tree === undefined) return undefined;
    found.set(folder, tree);
    if (folder === '') await rememberTree(context, commit, oid);
  }
  return found;
}

function folderIn(above: Tree | undefined, folder: RepoPath): ObjectId | undefined {
  const item = above?.get(nameInTree(nameOf(folder)));
  return item?.mode === FOLDER ? item.oid : undefined;
}

/** `<oid> tree <size>\n<bytes>\n` for each, or one line that says why not. */
function parseAnswers(
  output: Buffer,
  folders: readonly RepoPath[],
): Map<RepoPath, { oid: ObjectId; bytes: Buffer }> | undefined {
  const found = new Map<RepoPath, { oid: ObjectId; bytes: Buffer }>();
  let at = 0;
  for (const folder of folders) {
    const end = output.indexOf('\n', at);
    if (end < 0) return undefined;
    const [, oid, kind, size] = /^([0-9a-f]+) (\w+) (\d+)$/.exec(output.toString('latin1', at, end)) ?? [];
    at = end + 1;
    if (oid === undefined || size === undefined) continue;
    const bytes = output.subarray(at, at + Number(size));
    at += bytes.length + 1;
    // A file, or the commit of a submodule.
    if (kind !== 'tree') continue;
    found.set(folder, { oid, bytes });
  }
  return found;
}
