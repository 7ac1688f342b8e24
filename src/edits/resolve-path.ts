import type { ApplyInput, FileContent, RejectionCode, RepoPath } from './types.js';
import { indexPaths, PathIndex } from './path-index.js';
import { escapesRepository, isSafeRepoPath } from './repo-path.js';

export type ResolvedPath =
  | { kind: 'file'; path: RepoPath; content: FileContent }
  | { kind: 'new'; path: RepoPath }
  | { kind: 'refused'; code: RejectionCode; path: string; message: string; feedback: string };

type Scope = Pick<ApplyInput, 'files' | 'offered' | 'rules'>;

/** What an edit may do to its path: change what is there, make something new, or either. */
export type Purpose = 'change' | 'create' | 'either';

/**
 * The file that a written path means. An offered path, exactly or by a suffix that only one of them has, or an
 * absolute path that ends in just one of them; else a new path inside the repository. A similar name is never taken
 * for another (aider #1321: tests were appended to the wrong file).
 */
export function resolvePath(written: string, purpose: Purpose, scope: Scope): ResolvedPath {
  const path = written.trim().replace(/^(?:\.\/)+/, '');
  const found = purpose === 'create' ? exactly(path, scope) : (exactly(path, scope) ?? bySuffix(path, scope));
  if (Array.isArray(found)) {
    const message = `${path} can be ${joinWords(found)}.`;
    return refuse('unknown-path', path, message, `${message} Write the whole path.`);
  }
  if (found !== undefined) return admit(found, scope);
  const reason = escapesRepository(path);
  if (reason !== true) return refuseUnsafe(path, reason, scope);
  if (purpose === 'change') {
    return refuse(
      'unknown-path',
      path,
      `There is no file ${path}.`,
      `There is no file ${path}. ${offer(scope)}`,
    );
  }
  return admitNew(path, scope);
}

/** Whether a written path names a file that exists, whether an edit of it is allowed or not. */
export function isThere(written: string, scope: Scope): boolean {
  const resolved = resolvePath(written, 'change', scope);
  if (resolved.kind === 'file') return true;
  if (resolved.kind === 'new') return false;
  if (resolved.code === 'not-offered' || resolved.code === 'protected') return true;
  return isSafeRepoPath(resolved.path) === true && scope.rules?.mayTouch?.(resolved.path) === false;
}

function exactly(path: string, scope: Scope): RepoPath | undefined {
  for (const candidate of [path, path.replaceAll('\\', '/')]) {
    if (indexPaths(scope.offered).has(candidate) || scope.files.has(candidate)) return candidate;
  }
  return undefined;
}

/** The offered path that ends in `path`, or in which an absolute `path` ends; all of them when there are several. */
function bySuffix(path: string, scope: Scope): RepoPath | RepoPath[] | undefined {
  const plain = path.replaceAll('\\', '/');
  const isAbsolute = /^(?:[a-z]:)?\//i.test(plain);
  if (plain === '' || plain.split('/').includes('..')) return undefined;
  const matches = indexPaths(scope.offered)
    .withNameOf(plain)
    .filter((offered) => (isAbsolute ? plain.endsWith(`/${offered}`) : offered.endsWith(`/${plain}`)));
  const longest = isAbsolute ? matches.sort((one, other) => other.length - one.length).slice(0, 1) : matches;
  return longest.length > 1 ? longest : longest[0];
}

function admit(path: RepoPath, scope: Scope): ResolvedPath {
  const reason = escapesRepository(path);
  if (reason !== true) return refuseUnsafe(path, reason, scope);
  const refusal = forbid(path, scope);
  if (refusal !== undefined) return refusal;
  const content = scope.files.get(path);
  if (content === undefined)
    return isSafeRepoPath(path) === true ? { kind: 'new', path } : admitNew(path, scope);
  if (
    !indexPaths(scope.offered).has(path) &&
    scope.rules?.mayTouch?.(path) !== true &&
    isGuarded('not-offered', scope)
  ) {
    const message = `${path} is not among the files to change.`;
    return refuse('not-offered', path, message, `${message} ${offer(scope)}`);
  }
  return { kind: 'file', path, content };
}

function admitNew(path: RepoPath, scope: Scope): ResolvedPath {
  const reason = isSafeRepoPath(path);
  if (reason !== true) return refuseUnsafe(path, reason, scope);
  if (
    /^(?:path\/to|your[-_/]|example\.com|<|\[)/i.test(path) ||
    /^(?:path|file ?name|filename)\.\w+$/i.test(path)
  ) {
    return refuse(
      'unknown-path',
      path,
      `${path} is a placeholder, not a path.`,
      `${path} is a placeholder. ${offer(scope)}`,
    );
  }
  const refusal = forbid(path, scope) ?? collide(path, scope);
  if (refusal !== undefined) return refusal;
  const { mayTouch } = scope.rules ?? {};
  if (
    mayTouch !== undefined &&
    !indexPaths(scope.offered).has(path) &&
    !mayTouch(path) &&
    isGuarded('not-offered', scope)
  ) {
    const message = `A new file ${path} was not asked for.`;
    return refuse('not-offered', path, message, `${message} ${offer(scope)}`);
  }
  return { kind: 'new', path };
}

/** A new path that some systems cannot tell from an old one, or that needs a file to be a folder. */
function collide(path: RepoPath, scope: Scope): ResolvedPath | undefined {
  const others = [...scope.files.keys()].filter((other) => !indexPaths(scope.offered).has(other));
  const obstacle = indexPaths(scope.offered).findObstacle(path) ?? new PathIndex(others).findObstacle(path);
  switch (obstacle?.kind) {
    case undefined:
      return undefined;
    case 'same': {
      const { existing } = obstacle;
      const what =
        path.normalize() === existing.normalize()
          ? 'the Unicode characters of its accents'
          : 'upper and lower case';
      const message = `${path} differs from ${existing} in ${what} only.`;
      return refuse('unknown-path', path, message, `${message} Write ${existing} if you mean that file.`);
    }
    case 'in the way': {
      const message = `${path} cannot be made: ${obstacle.existing} is in the way.`;
      return refuse('path-not-allowed', path, message, message);
    }
    case 'spelling': {
      const message = `The folder of ${path} is written ${obstacle.folder}, in these upper and lower case letters.`;
      return refuse('unknown-path', path, message, `${message} Write it so.`);
    }
  }
}

function forbid(path: RepoPath, scope: Scope): ResolvedPath | undefined {
  const reason = scope.rules?.isProtected?.(path);
  if (reason === undefined || !isGuarded('protected', scope)) return undefined;
  return refuse(
    'protected',
    path,
    `${path} is protected: ${reason}`,
    `${path} must not be changed. Do it without changing this file.`,
  );
}

function refuseUnsafe(path: string, reason: string, scope: Scope): ResolvedPath {
  const shown = JSON.stringify(path.slice(0, 200));
  return refuse(
    'path-not-allowed',
    path,
    `The path ${shown} ${reason}.`,
    `The path ${shown} ${reason}. ${offer(scope)}`,
  );
}

function refuse(code: RejectionCode, path: string, message: string, feedback: string): ResolvedPath {
  return { kind: 'refused', code, path, message, feedback };
}

function isGuarded(code: RejectionCode, scope: Scope): boolean {
  return scope.rules?.without?.includes(code) !== true;
}

/** Paths in the sentence that lists them. */
const MOST_SHOWN = 8;
/** Files that are read to find so many with text: pictures may come first. */
const MOST_READ = 40;

/** The sentence that tells a model which paths it has: those that it may write, as far as there are any. */
export function offer(scope: Scope): string {
  const writable = listWritable(scope);
  const shown: RepoPath[] = [];
  let read = 0;
  for (; read < Math.min(writable.length, MOST_READ) && shown.length < MOST_SHOWN; read += 1) {
    const path = writable[read] ?? '';
    const content = scope.files.get(path);
    if (content === undefined || content.kind === 'text') shown.push(path);
  }
  if (shown.length === 0) return 'Write the path of each file relative to the repository.';
  const more = writable.length - read;
  return `The files to change are: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}.`;
}

type IsProtected = NonNullable<NonNullable<Scope['rules']>['isProtected']>;

/** Kept as long as the list of what is offered: each of a reply's rejections asks for it. */
const writables = new WeakMap<readonly RepoPath[], { isProtected: IsProtected; paths: RepoPath[] }>();

function listWritable(scope: Scope): readonly RepoPath[] {
  const isProtected = scope.rules?.isProtected;
  if (isProtected === undefined || !isGuarded('protected', scope)) return scope.offered;
  const known = writables.get(scope.offered);
  if (known?.isProtected === isProtected) return known.paths;
  const paths = scope.offered.filter((path) => isProtected(path) === undefined);
  writables.set(scope.offered, { isProtected, paths });
  return paths;
}

function joinWords(words: readonly string[]): string {
  return words.slice(0, 6).join(' or ');
}
