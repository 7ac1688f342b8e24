import { basename } from 'node:path/posix';
import type { RepoPath } from '../edits/types.js';
import { mentionsPath } from '../tasks/protected-paths.js';
import type { Task } from '../tasks/task.js';

/**
 * Files that the task names: in `files` (a folder means the files in it), or whose path, or name if only one file has
 * it, stands in the text. Then the tests of those files: what the commands of the task's checks name, or what is called
 * like them, since it shows how they are used.
 */
export function findNamedFiles(task: Task, paths: readonly RepoPath[]): RepoPath[] {
  const known = new Set(paths);
  const listed = task.files.flatMap((file) => {
    if (known.has(file)) return [file];
    const folder = file.endsWith('/') ? file : `${file}/`;
    return paths.filter((path) => path.startsWith(folder)).slice(0, 12);
  });
  const text = [task.title, task.description, ...task.acceptance].join('\n');
  const mentioned = paths.filter((path) => mentionsPath(text, path));
  const named = [...new Set([...listed, ...mentioned, ...uniqueNames(text, paths)])];
  return [...new Set([...named, ...findTests(task, named, paths)])];
}

function findTests(task: Task, named: readonly RepoPath[], paths: readonly RepoPath[]): RepoPath[] {
  const commands = [...(task.checks ?? []), ...task.checksAdd].map((check) => check.run).join('\n');
  const stems = new Set([...named, ...task.files].map(stemOf));
  return paths.filter((path) => stems.has(stemOf(path)) && (isTest(path) || mentionsPath(commands, path)));
}

function isTest(path: RepoPath): boolean {
  return /(^|[/_.-])(tests?|specs?|__tests__)([/_.-]|$)/i.test(path);
}

/** `src/slug.ts`, `test/slug.test.ts`, `tests/test_slug.py` and `slug_test.go` have the stem `slug`. */
function stemOf(path: RepoPath): string {
  const name = basename(path).replace(/(\.[^.]+)+$/, '');
  return name.replace(/^tests?[_-]|[_-](tests?|spec)$|Tests?$/g, '').toLowerCase();
}

function uniqueNames(text: string, paths: readonly RepoPath[]): RepoPath[] {
  const byName = new Map<string, RepoPath[]>();
  for (const path of paths) {
    const name = basename(path);
    byName.set(name, [...(byName.get(name) ?? []), path]);
  }
  return [...byName].flatMap(([name, owners]) =>
    owners.length === 1 && name.includes('.') && mentionsPath(text, name) ? owners : [],
  );
}
