import type { RepoPath } from '../edits/types.js';
import { GitFailed } from './failures.js';
import type { Git } from './git.js';
import type { DirtyFile } from './repository.js';

/** Untracked files that are reported at most; more means that a folder is missing in `.gitignore`. */
const MOST_UNTRACKED = 10_000;

/** Uncommitted work in the work tree that `git` runs in. Changes inside submodules are theirs, not reported here. */
export async function dirtyFiles(git: Git): Promise<DirtyFile[]> {
  return git.run({
    args: [
      'status',
      '--porcelain=v2',
      '-z',
      '--untracked-files=all',
      // Both names of a renamed file are dirty.
      '--no-renames',
      '--ignore-submodules=dirty',
    ],
    parse: parseStatus,
  });
}

/** How many blanks stand before the path, by the kind of record (git-status(1), "Porcelain Format Version 2"). */
const FIELDS_BEFORE_PATH: Record<string, number> = { '1': 8, u: 10, '?': 1 };

function parseStatus(output: string): DirtyFile[] {
  const files: DirtyFile[] = [];
  let untracked = 0;
  for (const record of output.split('\0')) {
    const before = FIELDS_BEFORE_PATH[record[0] ?? ''];
    if (before === undefined) continue;
    const path = record.split(' ').slice(before).join(' ');
    if (record.startsWith('?')) untracked += 1;
    if (record.startsWith('?') && untracked > MOST_UNTRACKED) continue;
    files.push({ path, kind: record.startsWith('?') ? 'untracked' : 'changed' });
  }
  return files;
}

/** Paths (of those given) that git ignores. A path that git can't judge (inside a submodule, behind a link) is not. */
export async function ignored(git: Git, paths: readonly RepoPath[]): Promise<Set<RepoPath>> {
  if (paths.length === 0) return new Set();
  try {
    // check-ignore refuses literal pathspecs; with `./` in front no path can be read as a special one.
    return await git.with({ environment: { GIT_LITERAL_PATHSPECS: '0' } }).run({
      args: ['check-ignore', '-z', '--stdin'],
      input: paths.map((path) => `./${path}\0`).join(''),
      exits: [1],
      parse: (output) => new Set(output.split('\0').flatMap((path) => (path === '' ? [] : [path.slice(2)]))),
    });
  } catch (error) {
    if (!(error instanceof GitFailed)) throw error;
    // One path that git refuses spoils the answer for all: find it by halves.
    if (paths.length === 1) return new Set();
    const half = Math.ceil(paths.length / 2);
    const parts = [await ignored(git, paths.slice(0, half)), await ignored(git, paths.slice(half))];
    return new Set(parts.flatMap((part) => [...part]));
  }
}
