import type { Declaration, SourceParser } from '../../syntax/types.js';
import type { FileNames } from './file-names.js';
import { isContainer } from './piece.js';
import { canOverload, isDefinedOutside, isOtherOverload, isSameSort } from './same-sort.js';

/** The declaration of the file that a declaration of a reply stands for. */
export type Target = { kind: 'found'; declaration: Declaration } | { kind: 'new' } | Refusal;

/** Named, but not to be told apart or not to be replaced; `why` completes "`f` …" for people and model. */
interface Refusal {
  kind: 'refused';
  code: 'ambiguous' | 'not-found';
  why: string;
  advice: string;
  lines: readonly number[];
}

/** Languages that announce a function apart from its definition. */
const PROTOTYPING = /^C(?:\+\+)?$/;
/** A method by its first parameter (Python, Rust). */
const TAKES_SELF = /\(\s*(?:&\s*(?:'\w+\s+)?)?(?:mut\s+)?(?:self|cls)\b/;
/** A member without that parameter, by its decorator or by what it gives back. */
const IS_STATIC = /^@(?:staticmethod|classmethod)\b|\bSelf\b/;

/** No file that a person wrote has a name more often; each of a reply's declarations looks at all of them. */
const MOST_OF_A_NAME = 1000;
/** A module of tests: what has the same name there is another thing. */
const IS_TESTS = /^tests?$/;

const WITH_CLASS = 'Send it inside its class, which may stand there without its other members.';

/**
 * Finds what `wanted` replaces by its name and scope. A scope that the reply leaves out (a method without its class) is
 * filled in only if one scope has such a member; of several with the same name the signature decides. A similar name is
 * never taken for another.
 */
export function findTarget(file: FileNames, wanted: Declaration, parser: SourceParser): Target {
  const all = file.named(wanted.name);
  if (all.length > MOST_OF_A_NAME) return refuseAmong(all.slice(0, 2));
  const named = all.filter((candidate) => isSameSort(candidate, wanted, parser));
  const outside = findOutside(named, wanted, parser);
  if (outside !== undefined) return outside;
  const seen = named.filter((candidate) => !candidate.isLocal && fits(candidate, wanted));
  if (seen.length === 0) return explainNone(file, named, wanted);
  const scoped = inScope(seen, wanted);
  if (!Array.isArray(scoped)) return scoped;
  const related = withBodies(scoped, wanted, parser);
  if (related.length === 0) return explainApart(named, wanted);
  const family = related.filter((candidate) => familyOf(candidate) === familyOf(wanted));
  const candidates = family.length > 0 ? family : related;
  const [only, second] = candidates;
  if (only !== undefined && second === undefined) {
    return isOtherOverload(only, wanted, parser) ? refuseOverload(only) : found(only, wanted);
  }
  const same = decide(candidates, wanted, parser);
  return same === undefined ? refuseAmong(candidates) : found(same, wanted);
}

function refuseAmong(candidates: readonly Declaration[]): Refusal {
  return {
    kind: 'refused',
    code: 'ambiguous',
    why: 'is declared several times in the file',
    advice: adviseAmong(candidates),
    lines: candidates.map((candidate) => candidate.head.line),
  };
}

/** A C++ member that is defined outside its class, sent as if it stood there, or as a function of its own. */
function findOutside(
  named: readonly Declaration[],
  wanted: Declaration,
  parser: SourceParser,
): Target | undefined {
  if (!wanted.hasBody || isDefinedOutside(wanted, parser)) return undefined;
  const isHere = ({ scope }: Declaration) => isSameScope(scope, wanted.scope);
  const rivals = named.filter((candidate) => isDefinedOutside(candidate, parser));
  const outside = rivals.find((candidate) => wanted.scope.length === 0 || isHere(candidate));
  const inside = named.some(
    (candidate) => candidate.hasBody && !rivals.includes(candidate) && isHere(candidate),
  );
  if (outside === undefined || inside) return undefined;
  const name = [...outside.scope, outside.name].join('::');
  const why = `is defined as \`${name}\` in the file`;
  return {
    kind: 'refused',
    code: 'ambiguous',
    why,
    advice: `Send it as \`${name}\`.`,
    lines: [outside.head.line],
  };
}

function refuseOverload({ head }: Declaration): Target {
  return {
    kind: 'refused',
    code: 'ambiguous',
    why: 'takes other types in the file: it may be meant as another overload',
    advice: 'Send old lines and new lines instead, so that it is clear which lines go.',
    lines: [head.line],
  };
}

/** A prototype beside a definition, or the other way round; elsewhere it could be meant for that. */
function explainApart(named: readonly Declaration[], wanted: Declaration): Target {
  const other = named.find(({ isLocal, scope }) => !isLocal && !isSameScope(scope, wanted.scope));
  if (other === undefined || wanted.scope.length > 0) return { kind: 'new' };
  const why = `is declared in \`${other.scope.join('.')}\` in the file`;
  return { kind: 'refused', code: 'ambiguous', why, advice: WITH_CLASS, lines: [other.head.line] };
}

function adviseAmong(candidates: readonly Declaration[]): string {
  if (!isInOneScope(candidates)) return WITH_CLASS;
  const signatures = new Set(candidates.map(({ signature }) => signature));
  return signatures.size > 1
    ? 'Send it with the parameters of the one that you mean.'
    : 'Send old lines and new lines instead, with a few lines around it.';
}

function found(declaration: Declaration, wanted: Declaration): Target {
  const refuse = (why: string, advice: string): Target => ({
    kind: 'refused',
    code: 'ambiguous',
    why,
    advice,
    lines: [declaration.head.line],
  });
  if (isTypeOnly(declaration) !== isTypeOnly(wanted) && !isClass(declaration) && !isClass(wanted)) {
    return isTypeOnly(declaration)
      ? refuse(
          'is a type in the file, but none in your answer',
          'Give the new declaration a name of its own.',
        )
      : refuse('is no type in the file, but one in your answer', 'Give the new type a name of its own.');
  }
  const isObject = declaration.kind === 'value' && declaration.members.some(({ isLocal }) => !isLocal);
  if (isObject && wanted.kind !== 'value') {
    return refuse('has functions of its own in the file', 'Send it with them, or give yours another name.');
  }
  if (declaration.hasOwnLines) return { kind: 'found', declaration };
  return refuse(
    'shares its line with other code',
    'Change it with the lines around it, as search and replace.',
  );
}

/** A statement cannot stand in a class, nor a method at the top of a file. */
function fits(candidate: Declaration, wanted: Declaration): boolean {
  if (candidate.place === 'either' || wanted.place === 'either') return true;
  return candidate.place === wanted.place;
}

/** The candidates where `wanted` can stand by the scope that it names; a refusal where leaving it out misleads. */
function inScope(candidates: readonly Declaration[], wanted: Declaration): Declaration[] | Target {
  const exact = candidates.filter((candidate) => isSameScope(candidate.scope, wanted.scope));
  if (wanted.scope.length > 0) {
    // The reply may show the inner class without the outer one.
    const inner = candidates.filter((candidate) => endsWith(candidate.scope, wanted.scope));
    return exact.length > 0 ? exact : inner;
  }
  if (wanted.place === 'statement')
    return exact.length > 0 ? besideExact(candidates, wanted) : [...candidates];
  if (wanted.place === 'member') return [...candidates];
  if (wanted.head.column > 0 && candidates.some(({ scope }) => scope.length > 0)) {
    // Indented as in a class, or all of the block is: with both in the file nothing tells.
    return exact.length > 0 && !isMemberByItself(wanted) ? [...candidates] : asMember(candidates, wanted);
  }
  return isMemberByItself(wanted) ? asMember(candidates, wanted) : asStatement(candidates, exact, wanted);
}

function asMember(candidates: readonly Declaration[], wanted: Declaration): Declaration[] | Target {
  const alike = candidates.filter((candidate) => takesSelf(candidate) === takesSelf(wanted));
  if (alike.length > 0) return alike;
  const members = candidates.filter(({ scope }) => scope.length > 0);
  return members.length > 0
    ? members
    : mismatch(candidates, 'is no method in the file, but one in your answer');
}

/** What shows no sign of a class is declared at the top, unless it is a member's very copy. */
function asStatement(
  candidates: readonly Declaration[],
  exact: Declaration[],
  wanted: Declaration,
): Declaration[] | Target {
  if (exact.length > 0) return besideExact(candidates, wanted);
  const alike = candidates.filter((candidate) => {
    const { kind, scope } = candidate;
    if (kind === 'method') return plainSignature(candidate) === plainSignature(wanted);
    return kind !== 'value' && !IS_TESTS.test(scope[0] ?? '');
  });
  return alike.length > 0 ? alike : mismatch(candidates, 'is a method in the file, but none in your answer');
}

/**
 * What is at the top, and what has the same name in a namespace: a reply may have left that out. A method would show that
 * it is one; a constant or a class looks the same in a class.
 */
function besideExact(candidates: readonly Declaration[], { kind }: Declaration): Declaration[] {
  if (kind !== 'function' && kind !== 'method') return [...candidates];
  return candidates.filter(
    (candidate) =>
      candidate.scope.length === 0 ||
      (candidate.kind !== 'method' && !IS_TESTS.test(candidate.scope[0] ?? '')),
  );
}

function mismatch(candidates: readonly Declaration[], why: string): Target {
  const lines = candidates.map((candidate) => candidate.head.line);
  const advice = 'Send it inside its class if that one is meant, else give it another name.';
  return { kind: 'refused', code: 'ambiguous', why, advice, lines };
}

/** Whether a declaration that is sent without its class can only be a member of one. */
export function isMemberByItself(wanted: Declaration): boolean {
  return wanted.place === 'member' || takesSelf(wanted) || IS_STATIC.test(wanted.signature);
}

function takesSelf({ signature }: Declaration): boolean {
  return TAKES_SELF.test(signature);
}

/** A signature without decorators. */
function plainSignature({ signature }: Declaration): string {
  return signature.replace(/^(?:@[\w.]+(?:\([^()]*\))? )+|^(?:#\[[^\]]*\] )+/, '');
}

function isSameScope(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, at) => name === other[at]);
}

function endsWith(scope: readonly string[], end: readonly string[]): boolean {
  return isSameScope(scope.slice(-end.length), end);
}

function isInOneScope([first, ...others]: readonly Declaration[]): boolean {
  return first !== undefined && others.every(({ scope }) => isSameScope(scope, first.scope));
}

/** An announcement without a body and the definition stand side by side: neither takes the other's place. */
function withBodies(
  candidates: readonly Declaration[],
  wanted: Declaration,
  parser: SourceParser,
): readonly Declaration[] {
  if (wanted.kind !== 'function' && wanted.kind !== 'method') return candidates;
  const alike = candidates.filter((candidate) => candidate.hasBody === wanted.hasBody);
  if (alike.length > 0) return alike;
  const areApart = !wanted.hasBody || (PROTOTYPING.test(parser.language) && wanted.place !== 'member');
  return areApart && candidates.every(({ place }) => place !== 'member') ? [] : candidates;
}

/** Types and values are worlds apart: an interface and a constant may share a name. */
function familyOf(declaration: Declaration): string {
  if (isTypeOnly(declaration)) return declaration.kind;
  return isClass(declaration) && isContainer(declaration) ? 'class' : 'value';
}

function isTypeOnly({ kind }: Declaration): boolean {
  return kind === 'type' || kind === 'namespace';
}

function isClass({ kind }: Declaration): boolean {
  return kind === 'class';
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
  const plain = candidates.filter((candidate) => plainSignature(candidate) === plainSignature(wanted));
  if (plain.length === 1) return plain[0];
  // The number of parameters tells a getter from a setter, but nothing of two classes or two overloads.
  if (canOverload(parser) || !isInOneScope(candidates)) return undefined;
  return only(candidates.filter((candidate) => candidate.arity === wanted.arity));
}

function explainNone(file: FileNames, named: readonly Declaration[], wanted: Declaration): Target {
  const refuse = (
    why: string,
    advice: string,
    line: number,
    code: Refusal['code'] = 'not-found',
  ): Target => ({
    kind: 'refused',
    code,
    why,
    advice,
    lines: [line],
  });
  if (wanted.scope.length > 0) return { kind: 'new' };
  const local = named.find((candidate) => candidate.isLocal);
  if (local !== undefined) {
    const around = local.scope.join('.');
    return refuse(`stands inside \`${around}\``, `Send \`${around}\` whole.`, local.head.line);
  }
  const [other] = named;
  if (other !== undefined) {
    return other.scope.length > 0
      ? refuse(`is a member of \`${other.scope.join('.')}\` in the file`, WITH_CLASS, other.head.line)
      : refuse('is no member of a class in the file', 'Send it as it stands there.', other.head.line);
  }
  if (isMemberByItself(wanted)) return { kind: 'new' };
  // `exports.f = …` is another way to declare `f`: two of them would be one too many.
  const twin = isBareExport(wanted) ? undefined : file.twinOf(wanted.name);
  if (twin !== undefined) {
    return refuse(`is written as \`${twin.name}\` in the file`, 'Send it so.', twin.head.line);
  }
  const imported = file.importOf(wanted.name);
  if (imported !== undefined) {
    const { from } = imported.statement.lines;
    const advice = 'Use the imported one, or give yours another name.';
    return refuse('is imported in the file', advice, from, 'ambiguous');
  }
  return { kind: 'new' };
}

/** `exports.f = f` declares nothing again. */
function isBareExport({ name, arity, members }: Declaration): boolean {
  return /^(?:module\.)?exports\./.test(name) && arity === undefined && members.length === 0;
}
