import type { Declaration, SourceParser } from '../../syntax/types.js';
import type { FileNames } from './file-names.js';
import { isContainer } from './piece.js';
import { inScope } from './in-scope.js';
import { isInOneScope, isSameScope, plainSignature } from './scopes.js';
import { explainApart, explainNone, refuseAmong, refuseOverload, type Refusal } from './refuse-target.js';
import { canOverload, isDefinedOutside, isOtherOverload, isSameSort } from './same-sort.js';

/** The declaration of the file that a declaration of a reply stands for. */
export type Target =
  /** `as` is put before the reply's declaration where the file gives its name another way: `exports.f = `. */
  { kind: 'found'; declaration: Declaration; as?: string } | { kind: 'new' } | Refusal;

/** Languages that announce a function apart from its definition. */
const PROTOTYPING = /^C(?:\+\+)?$/;
/** No file that a person wrote has a name more often; each of a reply's declarations looks at all of them. */
const MOST_OF_A_NAME = 1000;
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
