import type { Declaration, SourceParser } from '../../syntax/types.js';

/** Languages in which a name means one thing in its scope, whatever kind of thing it is. */
const ONE_NAMESPACE = /^(?:JavaScript|TypeScript|TSX|Python|Go)$/;
/** Languages in which one scope may hold several functions of a name that differ in their parameters' types. */
const OVERLOADING = /^(?:Java|C\+\+|C#)$/;
const MACRO = /^(?:#\s*define|macro_rules!)/;
const OUTSIDE = /[\w>]::~?[\w=+*/<>[\]()!-]+\s*\(/;

/**
 * Whether one declaration can stand for another of its name. In Java a field and a method share a name, in C a struct and a
 * function, in Rust a macro and a function: neither takes the other's place. A class is nowhere its own constructor.
 */
export function isSameSort(candidate: Declaration, wanted: Declaration, parser: SourceParser): boolean {
  const [one, other] = [sortOf(candidate), sortOf(wanted)];
  if (one === other) return true;
  if (!ONE_NAMESPACE.test(parser.language)) return false;
  const isMember = candidate.kind === 'method' || wanted.kind === 'method';
  return !isMember || (one !== 'type' && other !== 'type');
}

function sortOf({ kind, signature }: Declaration): 'function' | 'type' | 'value' | 'macro' {
  if (MACRO.test(signature)) return 'macro';
  if (kind === 'function' || kind === 'method') return 'function';
  return kind === 'class' || kind === 'type' || kind === 'namespace' ? 'type' : 'value';
}

export function canOverload(parser: SourceParser): boolean {
  return OVERLOADING.test(parser.language);
}

/** Whether a C++ member is defined outside its class, as `Shape::area`. */
export function isDefinedOutside({ signature }: Declaration, parser: SourceParser): boolean {
  return parser.language === 'C++' && OUTSIDE.test(signature);
}

/** Whether two functions of a name take as many parameters, but of other types: then they are two overloads. */
export function isOtherOverload(one: Declaration, other: Declaration, parser: SourceParser): boolean {
  if (!canOverload(parser) || one.arity === undefined || one.arity !== other.arity) return false;
  const types = typesOf(one);
  return types !== undefined && typesOf(other) !== undefined && types !== typesOf(other);
}

/** The types of the parameters, without their names; undefined where the signature shows them in no simple list. */
function typesOf({ signature }: Declaration): string | undefined {
  const list = /\(([^()]*)\)[^()]*$/.exec(signature)?.[1];
  return list
    ?.split(',')
    .map((parameter) =>
      parameter
        .replace(/@\w+\s+|\bfinal\s+|\bconst\b|=.*$/g, '')
        .replace(/\b\w+\s*$/, (name, at: number) => (at === 0 ? name : ''))
        .replace(/\s+/g, ''),
    )
    .join();
}
