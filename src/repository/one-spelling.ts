import type { FileChange, RepoPath } from '../edits/types.js';
import { findPathCollisions } from '../platform/path-names.js';
import { repositoryError } from './failures.js';
import type { Git, GitCommand } from './git.js';
import { commandLines, objectId } from './names.js';
import { foldersAbove } from './objects/change-trees.js';
import type { ObjectId } from './repository.js';

/** What stands in the trees before and after a change. */
export interface Names {
  /** Paths of what these folders hold after it, the top at ''; what is further down may be among them. */
  beside: (folders: readonly RepoPath[]) => Promise<readonly RepoPath[]>;
  /** Those of these paths that were there before it. */
  inParent: (paths: readonly RepoPath[]) => Promise<readonly RepoPath[]>;
}

/**
 * Holds the new paths of a tree against what stands beside them: on Windows and macOS two spellings of one name can't be
 * checked out together, and git would show one of them as changed for ever. What the parent has already is not ours.
 *
 * @throws NexusError `change-refused`
 */
export async function requireOneSpelling(changes: readonly FileChange[], names: Names): Promise<void> {
  const made = changes.flatMap(({ kind, path }) => (kind === 'create' || kind === 'rename' ? [path] : []));
  if (made.length === 0) return;
  const own = new Set(made.flatMap((path) => [path, ...foldersAbove(path)]));
  const beside = await names.beside([...new Set(made.flatMap(foldersAbove))]);
  const groups = findPathCollisions(beside.toSorted(compareBytes)).filter((group) =>
    group.some((path) => own.has(path)),
  );
  if (groups.length === 0) return;
  const before = new Set(await names.inParent(groups.flat()));
  const clash = groups.find((group) => group.some((path) => !before.has(path)));
  if (clash === undefined) return;
  throw repositoryError(
    'change-refused',
    `${clash.map((path) => JSON.stringify(path)).join(' and ')} are one name on Windows and macOS.`,
  );
}

function compareBytes(a: RepoPath, b: RepoPath): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** As git lists them. */
export function namesInTrees(git: Git, trees: { parent: ObjectId; tree: ObjectId }): Names {
  return {
    async beside(folders) {
      const below = folders.filter((folder) => folder !== '').map((folder) => `${folder}/`);
      const [top, others] = [await git.run(listTree(trees.tree, [])), await list(git, trees.tree, below)];
      return [...top, ...others];
    },
    inParent: async (paths) => list(git, trees.parent, paths),
  };
}

async function list(git: Git, tree: ObjectId, paths: readonly RepoPath[]): Promise<RepoPath[]> {
  const found: RepoPath[] = [];
  for (const line of commandLines(paths)) found.push(...(await git.run(listTree(tree, line))));
  return found;
}

/** Without paths the top; a path with a slash at its end means what is in that folder. */
function listTree(tree: ObjectId, paths: readonly RepoPath[]): GitCommand<RepoPath[]> {
  return {
    args: ['ls-tree', '-z', '--name-only', '--full-tree', objectId(tree), '--', ...paths],
    parse: (output) => output.split('\0').filter((path) => path !== ''),
  };
}
