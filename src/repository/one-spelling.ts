import type { FileChange, RepoPath } from '../edits/types.js';
import { findPathCollisions } from '../platform/path-names.js';
import { repositoryError } from './failures.js';
import type { Git, GitCommand } from './git.js';
import { commandLines, objectId } from './names.js';
import type { ObjectId } from './repository.js';

/**
 * Holds the new paths of a tree against what stands beside them: on Windows and macOS two spellings of one name can't be
 * checked out together, and git would show one of them as changed for ever. What the parent has already is not ours.
 *
 * @throws NexusError `change-refused`
 */
export async function requireOneSpelling(
  git: Git,
  changes: readonly FileChange[],
  trees: { parent: ObjectId; tree: ObjectId },
): Promise<void> {
  const made = changes.flatMap(({ kind, path }) => (kind === 'create' || kind === 'rename' ? [path] : []));
  if (made.length === 0) return;
  const own = new Set(made.flatMap((path) => [path, ...foldersOf(path)]));
  const beside = await listBeside(git, trees.tree, made);
  const groups = findPathCollisions(beside).filter((group) => group.some((path) => own.has(path)));
  if (groups.length === 0) return;
  const before = new Set(await list(git, trees.parent, groups.flat()));
  const clash = groups.find((group) => group.some((path) => !before.has(path)));
  if (clash === undefined) return;
  throw repositoryError(
    'change-refused',
    `${clash.map((path) => JSON.stringify(path)).join(' and ')} are one name on Windows and macOS.`,
  );
}

/** What the folders of these paths hold, and those above them. */
async function listBeside(git: Git, tree: ObjectId, paths: readonly RepoPath[]): Promise<RepoPath[]> {
  const folders = new Set(paths.flatMap(foldersOf));
  const below = await list(
    git,
    tree,
    [...folders].map((folder) => `${folder}/`),
  );
  return [...(await git.run(listTree(tree, []))), ...below];
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

function foldersOf(path: RepoPath): RepoPath[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
