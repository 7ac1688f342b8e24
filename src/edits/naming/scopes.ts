import type { Declaration } from '../../syntax/types.js';

/** A method by its first parameter (Python, Rust). */
const TAKES_SELF = /\(\s*(?:&\s*(?:'\w+\s+)?)?(?:mut\s+)?(?:self|cls)\b/;
/** A member without that parameter, by its decorator or by what it gives back. */
const IS_STATIC = /^@(?:staticmethod|classmethod)\b|\bSelf\b/;
/** `#[test]`, `#[tokio::test]`, among other attributes (Rust). */
const IS_TEST = /^(?:#\[[^\]]*\] )*#\[(?:\w+::)*test(?:\([^)]*\))?\] /;

/** Whether a declaration that is sent without its class can only be a member of one. */
export function isMemberByItself(wanted: Declaration): boolean {
  return wanted.place === 'member' || takesSelf(wanted) || IS_STATIC.test(wanted.signature);
}

export function takesSelf({ signature }: Declaration): boolean {
  return TAKES_SELF.test(signature);
}

export function isTest({ signature }: Declaration): boolean {
  return IS_TEST.test(signature);
}

/** A signature without decorators. */
export function plainSignature({ signature }: Declaration): string {
  return signature.replace(/^(?:@[\w.]+(?:\([^()]*\))? )+|^(?:#\[[^\]]*\] )+/, '');
}

export function isSameScope(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, at) => name === other[at]);
}

export function endsWith(scope: readonly string[], end: readonly string[]): boolean {
  return isSameScope(scope.slice(-end.length), end);
}

export function isInOneScope([first, ...others]: readonly Declaration[]): boolean {
  return first !== undefined && others.every(({ scope }) => isSameScope(scope, first.scope));
}
