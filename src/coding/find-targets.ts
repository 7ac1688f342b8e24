import type { RepoPath } from '../edits/types.js';
import type { Declaration, Parsers } from '../syntax/types.js';
import { readFrames, type Frame } from './read-frames.js';
import { readNames, takesAway, type SpokenNames } from './read-names.js';

/** A declaration that must change, or one that must be added. */
export interface Target {
  path: RepoPath;
  /** With what is around it: `Cart.add`. */
  name: string;
  /** How many lines it has now; 0 for one that is to be added. */
  lines: number;
}

interface Known extends Target {
  declaration: Declaration;
}

/**
 * The declarations of `files` that `words` names as code, and those into which the output of failing checks points. A
 * plain word of prose is never taken for a name, and a name that several declarations have only with its class. Also what
 * is to be added, if it has a name. None if something is to be removed, renamed or moved: that takes another format.
 */
export function findTargets(
  files: ReadonlyMap<RepoPath, string>,
  parsers: Parsers,
  { words, failures = '' }: { words: string; failures?: string },
): Target[] {
  const known = [...files].flatMap(([path, text]) =>
    listVisible(parsers.parserFor(path)?.parse(text)?.declarations ?? [])
      .filter((declaration) => !isField(declaration))
      .map((declaration) => toKnown(path, declaration)),
  );
  if (
    takesAway(
      words,
      known.map(({ declaration }) => declaration.name),
    )
  )
    return [];
  const spoken = readNames(words);
  const added = findAdded([...files.keys()], known, spoken);
  // Beside something new, what stands in backticks is more often a key or a value than what must change.
  const heard = added.length > 0 ? { ...spoken, quoted: new Set<string>() } : spoken;
  const frames = readFrames(failures, [...files.keys()]);
  const meant = known.filter(
    (one) => isMeant(one, known, heard) || frames.some((frame) => holds(one, frame)),
  );
  const found = meant.filter(
    (one) =>
      !meant.some((other) => isInside(other, one) || (isOnlyQuoted(one, heard) && isParameter(one, other))),
  );
  const code = found.filter(({ declaration }) => declaration.kind !== 'value');
  return withoutCopies([...(added.length > 0 ? code : found), ...added]);
}

/** Declarations that other code can see, each followed by its members. */
function listVisible(declarations: readonly Declaration[]): Declaration[] {
  return declarations.flatMap((declaration) =>
    declaration.isLocal ? [] : [declaration, ...listVisible(declaration.members)],
  );
}

function toKnown(path: RepoPath, declaration: Declaration): Known {
  const { lines, scope, name } = declaration;
  return { path, name: [...scope, name].join('.'), lines: lines.to - lines.from + 1, declaration };
}

/** A field changes with the class around it. */
function isField({ kind, scope }: Declaration): boolean {
  return kind === 'value' && scope.length > 0;
}

function holds({ path, declaration: { lines } }: Known, frame: Frame): boolean {
  return path === frame.path && lines.from <= frame.line && frame.line <= lines.to;
}

function isMeant({ declaration }: Known, all: readonly Known[], spoken: SpokenNames): boolean {
  const { name, scope } = declaration;
  const around = scope.at(-1);
  if (around !== undefined && spoken.qualified.has(`${around}.${name}`)) return true;
  if (!spoken.clear.has(name) && !spoken.quoted.has(name)) return false;
  const namesakes = all.filter((other) => other.declaration.name === name);
  if (new Set(namesakes.map((other) => `${other.path} ${other.name}`)).size === 1) return true;
  const inSpoken = namesakes.filter((other) => spoken.words.has(other.declaration.scope.at(-1) ?? ''));
  return inSpoken.length === 1 && inSpoken[0]?.declaration === declaration;
}

function isOnlyQuoted({ declaration: { name, scope } }: Known, { clear, qualified }: SpokenNames): boolean {
  return !clear.has(name) && !qualified.has(`${scope.at(-1) ?? ''}.${name}`);
}

/** Whether `inner` is a member of `outer`: the smaller of the two is meant. */
function isInside(inner: Known, outer: Known): boolean {
  return inner.path === outer.path && inner.name.startsWith(`${outer.name}.`);
}

/** What has the name of a parameter of another one that is meant: "at most `limit` of them". */
function isParameter({ declaration }: Known, of: Known): boolean {
  const { signature, name } = of.declaration;
  const rest = signature.slice(signature.indexOf(name) + name.length);
  return declaration !== of.declaration && rest.split(/[^\p{ID_Continue}$]+/u).includes(declaration.name);
}

/** With several files nobody says into which one. */
function findAdded(paths: readonly RepoPath[], known: readonly Known[], { added }: SpokenNames): Target[] {
  const [path, second] = paths;
  if (path === undefined || second !== undefined) return [];
  const isThere = (name: string): boolean => known.some(({ declaration }) => declaration.name === name);
  return [...added].filter((name) => !isThere(name)).map((name) => ({ path, name, lines: 0 }));
}

/** Overloads share a name. */
function withoutCopies(targets: readonly Target[]): Target[] {
  const byKey = new Map<string, Target>();
  for (const target of targets) {
    const key = `${target.path}\n${target.name}`;
    const other = byKey.get(key);
    byKey.set(key, { ...target, lines: target.lines + (other?.lines ?? 0) });
  }
  return [...byKey.values()];
}
