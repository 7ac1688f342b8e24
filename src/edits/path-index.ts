import { findOtherSpelling, pathKey } from '../platform/path-names.js';
import type { RepoPath } from './types.js';

/** What stands in the way of a new path, or would be one with it on some systems. */
export type Obstacle =
  | { kind: 'same'; existing: RepoPath }
  | { kind: 'in the way'; existing: RepoPath }
  /** Its folder is there under another spelling. */
  | { kind: 'spelling'; folder: RepoPath };

/** The offered paths, set out for being asked about many times: a repository has 100,000 of them, a reply 200 edits. */
export class PathIndex {
  readonly #paths: ReadonlySet<RepoPath>;
  readonly #byName = new Map<string, RepoPath[]>();
  /** A path of each key that is a file. */
  #files: Map<string, RepoPath> | undefined;
  /** By the key of each folder: all its spellings, each with a file in it. */
  #folders = new Map<string, Map<RepoPath, RepoPath>>();

  constructor(paths: readonly RepoPath[]) {
    this.#paths = new Set(paths);
    for (const path of this.#paths) {
      const name = lastPart(path);
      const same = this.#byName.get(name);
      if (same === undefined) this.#byName.set(name, [path]);
      else same.push(path);
    }
  }

  has(path: RepoPath): boolean {
    return this.#paths.has(path);
  }

  /** Paths whose last part is that of `path`. */
  withNameOf(path: string): readonly RepoPath[] {
    return this.#byName.get(lastPart(path)) ?? [];
  }

  /** What keeps `path` from being made; it is none of the paths itself. */
  findObstacle(path: RepoPath): Obstacle | undefined {
    const files = (this.#files ??= this.#enterKeys());
    const key = pathKey(path);
    const same = files.get(key);
    if (same !== undefined) return { kind: 'same', existing: same };
    const below = this.#folders.get(key)?.values().next().value;
    if (below !== undefined) return { kind: 'in the way', existing: below };
    for (const folder of foldersOf(path)) {
      const file = files.get(pathKey(folder));
      if (file !== undefined) return { kind: 'in the way', existing: file };
    }
    for (const folder of foldersOf(path)) {
      for (const [spelling] of this.#folders.get(pathKey(folder)) ?? []) {
        if (findOtherSpelling(path, spelling) === spelling) return { kind: 'spelling', folder: spelling };
      }
    }
    return undefined;
  }

  #enterKeys(): Map<string, RepoPath> {
    const files = new Map<string, RepoPath>();
    const entered = new Set<RepoPath>();
    for (const path of this.#paths) {
      files.set(pathKey(path), path);
      for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
        const folder = path.slice(0, end);
        // Those above were entered together with it.
        if (entered.has(folder)) break;
        entered.add(folder);
        const key = pathKey(folder);
        const spellings = this.#folders.get(key);
        if (spellings === undefined) this.#folders.set(key, new Map([[folder, path]]));
        else spellings.set(folder, path);
      }
    }
    return files;
  }
}

/** Kept as long as the list itself: every edit of a reply asks about the same one. */
const indexes = new WeakMap<readonly RepoPath[], PathIndex>();

/** The index of a list of paths, which does not change any more. */
export function indexPaths(paths: readonly RepoPath[]): PathIndex {
  const known = indexes.get(paths);
  if (known !== undefined) return known;
  const index = new PathIndex(paths);
  indexes.set(paths, index);
  return index;
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function foldersOf(path: RepoPath): RepoPath[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
