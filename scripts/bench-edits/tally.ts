import type { Case } from './make-case.js';
import type { Outcome } from './run-engine.js';

/** What a tool made of some cases. Refusing a case without an answer is right, and counted by itself. */
export interface Tally {
  /** Cases that have one answer. */
  one: number;
  right: number;
  /** Of those with one answer. */
  refused: number;
  /** Anything else was produced, or something for a case without an answer. */
  wrong: number;
  /** Of the wrong ones those that are right but for line ends and the newline at the end of the file. */
  ends: number;
  /** Cases that have no answer. */
  none: number;
}

export function startTally(): Tally {
  return { one: 0, right: 0, refused: 0, wrong: 0, ends: 0, none: 0 };
}

export function count(tally: Tally, one: Case, outcome: Outcome): void {
  if (one.answer === 'none') tally.none += 1;
  else tally.one += 1;
  if (outcome === 'wrong') tally.wrong += 1;
  else if (one.answer === 'one') tally[outcome] += 1;
}

export function addTally(sum: Tally, more: Tally): void {
  sum.one += more.one;
  sum.right += more.right;
  sum.refused += more.refused;
  sum.wrong += more.wrong;
  sum.ends += more.ends;
  sum.none += more.none;
}
