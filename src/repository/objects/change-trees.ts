import type { RepoPath } from '../../edits/types.js';
import type { ObjectId } from '../repository.js';
import { newObject, type NewObject } from './pack.js';
import { FOLDER, nameInTree, renderTree, type Tree, type TreeItem } from './tree.js';

/** What a commit's trees get and lose. Removals come first. */
export interface TreeChange {
  removals: readonly RepoPath[];
  writes: readonly { path: RepoPath; mode: string; oid: ObjectId }[];
}

/** The trees of a commit that its parent does not have, and its top. */
export interface ChangedTrees {
  objects: NewObject[];
  /** All folders that were given, as they are now, the top at ''. One that lost its last file is empty. */
  trees: ReadonlyMap<RepoPath, Tree>;
  top: ObjectId;
}

type Folders = Map<RepoPath, Map<string, TreeItem>>;

/**
 * The parent's trees with a change in them.
 * @param trees all folders of the parent that hold a path of the change or lead there, the top at ''; absent ones are new
 * @returns undefined where a file would take the place of a folder or the other way round
 */
export function changeTrees(
  trees: ReadonlyMap<RepoPath, Tree>,
  change: TreeChange,
  like: ObjectId,
): ChangedTrees | undefined {
  const folders: Folders = new Map([...trees].map(([path, tree]) => [path, new Map(tree)]));
  for (const path of change.removals) folders.get(folderOf(path))?.delete(nameInTree(nameOf(path)));
  for (const folder of change.writes.flatMap(({ path }) => foldersAbove(path)))
    if (!folders.has(folder)) folders.set(folder, new Map());
  for (const { path, mode, oid } of change.writes) {
    const folder = folders.get(folderOf(path));
    const name = nameInTree(nameOf(path));
    // Nobody looked into the folder that stands there.
    if (folder?.get(name)?.mode === FOLDER && !trees.has(path)) return undefined;
    folder?.set(name, { mode, oid });
  }
  return render(folders, { known: trees, written: new Set(change.writes.map(({ path }) => path)) }, like);
}

/** From the deepest up, since a folder holds the names of those below it. */
function render(
  folders: Folders,
  { known, written }: { known: ReadonlyMap<RepoPath, Tree>; written: ReadonlySet<RepoPath> },
  like: ObjectId,
): ChangedTrees | undefined {
  const objects: NewObject[] = [];
  const deepestFirst = [...folders].sort(([a], [b]) => depthOf(b) - depthOf(a));
  for (const [path, tree] of deepestFirst) {
    const above = folders.get(folderOf(path));
    const name = nameInTree(nameOf(path));
    if (path === '' || above === undefined) continue;
    const before = above.get(name);
    if (tree.size === 0) {
      // A file may have taken its place.
      if (before?.mode === FOLDER) above.delete(name);
      continue;
    }
    if (written.has(path) || (before !== undefined && before.mode !== FOLDER)) return undefined;
    if (before !== undefined && !known.has(path)) return undefined;
    const object = newObject('tree', renderTree(tree), like);
    above.set(name, { mode: FOLDER, oid: object.oid });
    if (object.oid !== before?.oid) objects.push(object);
  }
  const top = newObject('tree', renderTree(folders.get('') ?? new Map()), like);
  return { objects: [...objects, top], trees: folders, top: top.oid };
}

/** '' for what stands at the top. */
export function folderOf(path: RepoPath): RepoPath {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

export function nameOf(path: RepoPath): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The folders that lead to a path, the top ('') first. */
export function foldersAbove(path: RepoPath): RepoPath[] {
  const parts = path.split('/');
  return parts.map((_, index) => parts.slice(0, index).join('/'));
}

function depthOf(path: RepoPath): number {
  return path === '' ? 0 : path.split('/').length;
}
