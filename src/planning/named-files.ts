import { basename } from 'node:path/posix';
import { escapesRepository } from '../edits/repo-path.js';
import type { RepoPath } from '../edits/types.js';
import { mentionsPath, textOf } from '../tasks/protected-paths.js';
import type { Task } from '../tasks/task.js';
import { isPresentable } from './file-list.js';

/** Files that a folder's name stands for; a folder with more is better named file by file. */
const MAX_IN_FOLDER = 12;
/** Tests that are called like a named file: a monorepo may have hundreds of `index.test.ts`. */
const MAX_TESTS = 8;

/**
 * Files that the task names: in `files` (a folder means the files in it), or whose path, or name if only one file has
 * it, stands in the text. Then the tests that are called like those files, since they show how they are used; of files
 * outside test folders only those that the commands of the task's checks name.
 */
export function findNamedFiles(task: Task, tree: readonly RepoPath[]): RepoPath[] {
  const paths = tree.filter((path) => escapesRepository(path) === true);
  const known = new Set(paths);
  const listed = task.files.flatMap((file) => (known.has(file) ? [file] : listFolder(file, paths)));
  const text = textOf(task);
  const mentioned = paths.filter((path) => mentionsPath(text, path));
  const named = [...new Set([...listed, ...mentioned, ...findUniqueNames(text, paths)])];
  return [...new Set([...named, ...findTests(task, named, paths)])];
}

function listFolder(folder: string, paths: readonly RepoPath[]): RepoPath[] {
  const start = folder.endsWith('/') ? folder : `${folder}/`;
  return paths.filter((path) => path.startsWith(start) && isPresentable(path)).slice(0, MAX_IN_FOLDER);
}

function findTests(task: Task, named: readonly RepoPath[], paths: readonly RepoPath[]): RepoPath[] {
  const commands = [...(task.checks ?? []), ...task.checksAdd].map((check) => check.run).join('\n');
  const stems = new Set([...named, ...task.files].map(stemOf).filter((stem) => stem !== ''));
  return paths
    .filter((path) => stems.has(stemOf(path)) && (isTestFile(path) || mentionsPath(commands, path)))
    .slice(0, MAX_TESTS);
}

/** Whether a path looks like a test's, by the usual names and folders. */
export function isTestFile(path: RepoPath): boolean {
  return /(^|[/_.-])(tests?|specs?|__tests__)([/_.-]|$)/i.test(path) || /[a-z\d]Tests?\.\w+$/.test(path);
}

/** `src/slug.ts`, `test/slug.test.ts`, `tests/test_slug.py` and `slug_test.go` have the stem `slug`. */
function stemOf(path: RepoPath): string {
  const name = basename(path).replace(/(\.[^.]+)+$/, '');
  return name.replace(/^tests?[_-]|[_-](tests?|spec)$|Tests?$/g, '').toLowerCase();
}

/** Files that the text calls by a name that only they have. */
function findUniqueNames(text: string, paths: readonly RepoPath[]): RepoPath[] {
  const owners = new Map<string, RepoPath | undefined>();
  for (const path of paths) {
    const name = basename(path);
    owners.set(name, owners.has(name) ? undefined : path);
  }
  return [...owners].flatMap(([name, path]) =>
    path !== undefined && name.includes('.') && mentionsPath(text, name) ? [path] : [],
  );
}
