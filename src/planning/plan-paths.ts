import { basename } from 'node:path/posix';
import { escapesRepository, isSafeRepoPath } from '../edits/repo-path.js';
import type { RepoPath } from '../edits/types.js';
import { pathKey } from '../platform/path-names.js';
import type { TreeEntry } from '../repository/repository.js';

import type { PlanRules } from './validate-plan.js';

type Tree = ReadonlyMap<RepoPath, TreeEntry>;

/**
 * A path as the model wrote it, without backticks, quotes and `./`. Backslashes and a slash at the start go only where
 * that gives a file that exists: nothing else is guessed.
 */
export function readPath(written: string, tree: Tree): RepoPath {
  const bare = written
    .trim()
    .replace(/^(["'`])(.*)\1$/, '$2')
    .replace(/^(?:\.\/)+/, '');
  const plain = bare.replaceAll('\\', '/').replace(/^\.?\/+/, '');
  return !tree.has(bare) && tree.has(plain) ? plain : bare;
}

/** Why a step can't change or create this path, as a sentence for the model. */
export function complainAboutPath(path: RepoPath, rules: PlanRules): string | undefined {
  const { tree } = rules;
  const entry = tree.get(path);
  const shown = JSON.stringify(path.slice(0, 120));
  const safe = entry === undefined ? isSafeRepoPath(path) : escapesRepository(path);
  if (safe !== true)
    return `${shown} ${safe}. Use exact paths from the list, or a new path inside the repository.`;
  const guarded = rules.isProtected(path);
  if (guarded !== undefined) return `${shown} must not be changed: ${guarded}.`;
  if (entry !== undefined) {
    return entry.mode.startsWith('100')
      ? undefined
      : `${shown} is a link or a submodule and can't be edited.`;
  }
  return complainAboutNew(path, rules);
}

function complainAboutNew(path: RepoPath, rules: PlanRules): string | undefined {
  const { tree } = rules;
  const inTheWay = foldersOf(path).find((parent) => tree.has(parent));
  if (inTheWay !== undefined) return `"${path}" can't be created: "${inTheWay}" is not a folder.`;
  const folded = pathKey(path);
  const name = basename(path);
  const namesakes: RepoPath[] = [];
  for (const known of tree.keys()) {
    if (pathKey(known) === folded) {
      return `"${path}" differs from "${known}" in upper and lower case only. Write "${known}" if you mean that file.`;
    }
    if (known.startsWith(`${path}/`)) return `"${path}" is a folder. Name the files in it that change.`;
    if (basename(known) === name) namesakes.push(known);
  }
  const folder = findFolder(path, tree);
  if (folder !== undefined)
    return `The folder of "${path}" is written "${folder}", in these upper and lower case letters.`;
  return rules.isNamed(path) ? undefined : complainAboutNamesake(path, namesakes);
}

/** The folder that exists under another case than the path has it. */
function findFolder(path: RepoPath, tree: Tree): RepoPath | undefined {
  const known = [...tree.keys()];
  for (const [index, parent] of foldersOf(path).entries()) {
    if (known.some((other) => other.startsWith(`${parent}/`))) continue;
    const start = `${pathKey(parent)}/`;
    const other = known.find((candidate) => pathKey(candidate).startsWith(start));
    return other
      ?.split('/')
      .slice(0, index + 1)
      .join('/');
  }
  return undefined;
}

/** A path that does not exist may be a new file, unless a file of that very name lives in another folder. */
function complainAboutNamesake(path: RepoPath, namesakes: readonly RepoPath[]): string | undefined {
  const [only] = namesakes;
  if (only === undefined || namesakes.length > 1) return undefined;
  if (/^(index|main|mod|__init__|README)\./i.test(basename(path))) return undefined;
  return `"${path}" does not exist, but "${only}" does. Which is meant? Use exact paths from the list.`;
}

/** Two new paths of one plan that can't both be made on every system. */
export function findClash(paths: readonly RepoPath[], tree: Tree): string | undefined {
  const made = [...new Set(paths)].filter((path) => !tree.has(path));
  const byFold = new Map<string, RepoPath>();
  for (const path of made) {
    const other = byFold.get(pathKey(path));
    if (other !== undefined)
      return `"${other}" and "${path}" differ in upper and lower case only. Use one of them.`;
    byFold.set(pathKey(path), path);
  }
  for (const path of made) {
    const file = foldersOf(path)
      .map((folder) => byFold.get(pathKey(folder)))
      .find((other) => other !== undefined);
    if (file !== undefined) return `"${file}" can't be a file and the folder of "${path}" at once.`;
  }
  return undefined;
}

/** `a/b/c` → `a`, `a/b` */
function foldersOf(path: RepoPath): RepoPath[] {
  const parts = path.split('/');
  return parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join('/'));
}
