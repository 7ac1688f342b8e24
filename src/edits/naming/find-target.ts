import type { Declaration, ParsedText, SourceParser } from '../../syntax/types.js';
import { isContainer } from './piece.js';

/** The declaration of the file that a declaration of a reply stands for. */
export type Target =
  | { kind: 'found'; declaration: Declaration }
  | { kind: 'new' }
  /** Named, but not to be told apart or not to be replaced; `why` completes "`f` …" for people and model. */
  | { kind: 'refused'; code: 'ambiguous' | 'not-found'; why: string; lines: readonly number[] };

/** Languages in which one scope may hold several functions of a name that differ in their parameters' types. */
const OVERLOADING = /^(?:Java|C\+\+|C#)$/;
/** A method by its first parameter (Python, Rust). */
export const TAKES_SELF = /\(\s*(?:&\s*(?:'\w+\s+)?)?(?:mut\s+)?(?:self|cls)\b/;

/** All declarations of a file, members and local ones too. */
export function flatten(declarations: readonly Declaration[]): Declaration[] {
  return declarations.flatMap((declaration) => [declaration, ...flatten(declaration.members)]);
}

/**
 * Finds what `wanted` replaces by its name and scope. A scope that the reply leaves out (a method without its class) is
 * filled in only if one scope has such a member; of several with the same name the signature decides. A similar name is
 * never taken for another.
 */
export function findTarget(file: ParsedText, wanted: Declaration, parser: SourceParser): Target {
  const all = [...file.declarations, ...file.statements.flatMap(({ members }) => members)];
  const named = flatten(all).filter((candidate) => candidate.name === wanted.name);
  const seen = named.filter((candidate) => !candidate.isLocal && fits(candidate, wanted));
  if (seen.length === 0) return explainNone(file, named, wanted);
  const scoped = inScope(seen, wanted);
  if (scoped.length === 0) return { kind: 'new' };
  const family = scoped.filter((candidate) => familyOf(candidate) === familyOf(wanted));
  const candidates = family.length > 0 ? family : scoped;
  const [only, second] = candidates;
  if (only !== undefined && second === undefined) return found(only);
  const same = decide(candidates, wanted, parser);
  if (same !== undefined) return found(same);
  const lines = candidates.map((candidate) => candidate.head.line);
  return { kind: 'refused', code: 'ambiguous', why: 'is declared several times in the file', lines };
}

function found(declaration: Declaration): Target {
  if (declaration.hasOwnLines) return { kind: 'found', declaration };
  return {
    kind: 'refused',
    code: 'ambiguous',
    why: 'shares its line with other code',
    lines: [declaration.head.line],
  };
}

/** A statement cannot stand in a class, nor a method at the top of a file. */
function fits(candidate: Declaration, wanted: Declaration): boolean {
  if (candidate.place === 'either' || wanted.place === 'either') return true;
  return candidate.place === wanted.place;
}

function inScope(candidates: readonly Declaration[], wanted: Declaration): readonly Declaration[] {
  const exact = candidates.filter((candidate) => isSameScope(candidate.scope, wanted.scope));
  if (wanted.scope.length > 0) {
    // The reply may show the inner class without the outer one.
    const inner = candidates.filter((candidate) => endsWith(candidate.scope, wanted.scope));
    return exact.length > 0 ? exact : inner;
  }
  if (wanted.place === 'statement') return exact.length > 0 ? exact : candidates;
  if (wanted.place === 'member') return candidates;
  const takesSelf = TAKES_SELF.test(wanted.signature);
  const alike = candidates.filter((candidate) => TAKES_SELF.test(candidate.signature) === takesSelf);
  return alike.length > 0 ? alike : candidates;
}

function isSameScope(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, at) => name === other[at]);
}

function endsWith(scope: readonly string[], end: readonly string[]): boolean {
  return isSameScope(scope.slice(-end.length), end);
}

/** Types and values are worlds apart: an interface and a constant may share a name. */
function familyOf(declaration: Declaration): string {
  if (declaration.kind === 'type' || declaration.kind === 'namespace') return declaration.kind;
  return declaration.kind === 'class' && isContainer(declaration) ? 'class' : 'value';
}

/** Which of several the signature names; undefined when it names none or several. */
function decide(
  candidates: readonly Declaration[],
  wanted: Declaration,
  parser: SourceParser,
): Declaration | undefined {
  const only = (list: readonly Declaration[]) => (list.length === 1 ? list[0] : undefined);
  const exact = only(candidates.filter((candidate) => candidate.signature === wanted.signature));
  if (exact !== undefined) return exact;
  const alike = candidates.filter((candidate) => candidate.hasBody === wanted.hasBody);
  if (alike.length < candidates.length && alike.length === 1) return alike[0];
  if (OVERLOADING.test(parser.language)) return undefined;
  return only(alike.filter((candidate) => candidate.arity === wanted.arity));
}

function explainNone(file: ParsedText, named: readonly Declaration[], wanted: Declaration): Target {
  const local = named.find((candidate) => candidate.isLocal);
  const refuse = (why: string, line: number): Target => ({
    kind: 'refused',
    code: 'not-found',
    why,
    lines: [line],
  });
  if (local !== undefined) {
    return refuse(`stands inside ${local.scope.join('.')}, which must be sent as a whole`, local.head.line);
  }
  const [other] = named;
  if (other !== undefined && wanted.scope.length === 0) {
    const place = other.scope.length > 0 ? `a member of ${other.scope.join('.')}` : 'no member of a class';
    return refuse(`is ${place} in the file and must be sent as such`, other.head.line);
  }
  // `exports.f = …` is another way to declare `f`: two of them would be one too many.
  const plain = wanted.name.replace(/^(?:module\.)?exports\./, '');
  const twin = file.declarations.find(
    (candidate) =>
      candidate.name !== wanted.name && candidate.name.replace(/^(?:module\.)?exports\./, '') === plain,
  );
  if (twin !== undefined && plain !== 'module.exports' && plain !== 'exports') {
    return refuse(`is written as \`${twin.name}\` in the file`, twin.head.line);
  }
  return { kind: 'new' };
}
