import type { RepoPath } from '../edits/types.js';
import type { Context } from './context.js';
import type { GitCommand } from './git.js';
import type { TrackedFile } from './repository.js';

const KINDS: Readonly<Record<string, TrackedFile['kind']>> = {
  '100644': 'file',
  '100755': 'file',
  '120000': 'symlink',
  '160000': 'submodule',
};

/** What the index has below `under` (empty, or a folder with `/` at its end) and the work tree has, too. */
export async function trackedFiles(context: Context, under: RepoPath): Promise<TrackedFile[]> {
  const [listed, deleted] = await Promise.all([
    context.git.run(listIndex(under)),
    context.git.run(listDeleted(under)),
  ]);
  const gone = new Set(deleted);
  // A path in conflict is listed once for each of its versions.
  const found = new Map<RepoPath, TrackedFile>();
  for (const file of listed) if (!gone.has(file.path)) found.set(file.path, file);
  return [...found.values()];
}

function listIndex(under: RepoPath): GitCommand<TrackedFile[]> {
  return {
    args: ['ls-files', '-z', '-t', '--stage', '--full-name', ...pathspec(under)],
    parse: (output) => output.split('\0').flatMap(parseEntry),
  };
}

function listDeleted(under: RepoPath): GitCommand<RepoPath[]> {
  return {
    args: ['ls-files', '-z', '--deleted', '--full-name', ...pathspec(under)],
    parse: (output) => output.split('\0'),
  };
}

function pathspec(under: RepoPath): string[] {
  return under === '' ? [] : ['--', under];
}

/** `<tag> <mode> <oid> <stage>\t<path>`; the tag `S` means: not checked out on purpose (sparse checkout). */
function parseEntry(record: string): TrackedFile[] {
  const tab = record.indexOf('\t');
  const path = record.slice(tab + 1);
  const [tag, mode = ''] = record.slice(0, tab).split(' ');
  const kind = KINDS[mode];
  // A name that is not UTF-8 would name another file in this string.
  if (tab < 0 || kind === undefined || tag === 'S' || path.includes('\uFFFD')) return [];
  return [{ path, kind }];
}
