import type { Declaration } from '../../syntax/types.js';
import { endsWith, isMemberByItself, isSameScope, isTest, plainSignature, takesSelf } from './scopes.js';
import { refuseMismatch, type Refusal } from './refuse-target.js';

/** A module of tests: what has the same name there is another thing. */
const IS_TESTS = /^tests?$/;

/** The candidates where `wanted` can stand by the scope that it names; a refusal where leaving it out misleads. */
export function inScope(candidates: readonly Declaration[], wanted: Declaration): Declaration[] | Refusal {
  if (isTest(wanted) && wanted.scope.length === 0) return amongTests(candidates);
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

/** A test often has the name of the function that it is about. */
function amongTests(candidates: readonly Declaration[]): Declaration[] | Refusal {
  const tests = candidates.filter(isTest);
  if (tests.length > 0) return tests;
  const lines = candidates.map(({ head }) => head.line);
  const why = 'is no test in the file, but one in your answer';
  const advice = 'Send it inside the module of tests, or give it another name.';
  return { kind: 'refused', code: 'ambiguous', why, advice, lines };
}

function asMember(candidates: readonly Declaration[], wanted: Declaration): Declaration[] | Refusal {
  const alike = candidates.filter((candidate) => takesSelf(candidate) === takesSelf(wanted));
  if (alike.length > 0) return alike;
  const members = candidates.filter(({ scope }) => scope.length > 0);
  return members.length > 0
    ? members
    : refuseMismatch(candidates, 'is no method in the file, but one in your answer');
}

/** What shows no sign of a class is declared at the top, unless it is a member's very copy. */
function asStatement(
  candidates: readonly Declaration[],
  exact: Declaration[],
  wanted: Declaration,
): Declaration[] | Refusal {
  if (exact.length > 0) return besideExact(candidates, wanted);
  const alike = candidates.filter((candidate) => {
    const { kind, scope } = candidate;
    if (kind === 'method') return plainSignature(candidate) === plainSignature(wanted);
    return kind !== 'value' && !IS_TESTS.test(scope[0] ?? '');
  });
  return alike.length > 0
    ? alike
    : refuseMismatch(candidates, 'is a method in the file, but none in your answer');
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
