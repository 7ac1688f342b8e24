import { writeStatement, indentOf, mutate, type Change } from '../edit.js';
import { factsOf } from '../line-facts.js';
import type { Random } from '../random.js';
import type { Source } from '../source.js';
import { WITH_OLD_LINES, type Damage } from './damage.js';

/**
 * The old lines stand more than once. The answer is then the one that two signals name which the reply got right, the
 * line number and the text behind `@@`; else there is none. The edit is made by {@link makeRepeatedEdit}.
 */
export const REPEATED_CONTEXT: Damage = {
  name: 'context-repeated',
  what: 'the old lines stand more than once in the file',
  formats: WITH_OLD_LINES,
  phase: 'file',
  parts: ['context'],
  repeatsContext: true,
  oneFile: true,
  apply: () => true,
};

/** A change among `from` to `to` (not included), lines that all stand at another place, too. */
export interface RepeatedEdit {
  change: Change;
  from: number;
  to: number;
}

export function makeRepeatedEdit(source: Source, random: Random): RepeatedEdit | undefined {
  const { lines } = source;
  const facts = factsOf(source);
  const size = random.whole(2, 4);
  const repeated = listRepeated(source)[size] ?? [];
  const chosen = random.maybe(repeated);
  if (chosen === undefined) return undefined;
  const from = random.pick(chosen);
  const statements = Array.from({ length: size }, (_, index) => from + index).filter(
    (at) => facts[at]?.isStatement === true,
  );
  const at = random.maybe(statements);
  if (at === undefined) return undefined;
  const line = lines[at] ?? '';
  const changed = random.chance(0.5) ? mutate(source.language, line, random) : undefined;
  if (changed !== undefined) return { change: { at, removed: 1, added: [changed] }, from, to: from + size };
  // New lines at the edge of the old ones would leave open on which side they go.
  if (at + 1 === from + size) return undefined;
  const added = writeStatement(source, indentOf(line), random);
  return { change: { at: at + 1, removed: 0, added }, from, to: from + size };
}

const known = new WeakMap<Source, number[][][]>();

/** For each number of lines the runs of so many that stand more than once and hold a statement: where each stands. */
function listRepeated(source: Source): number[][][] {
  const before = known.get(source);
  if (before !== undefined) return before;
  const { lines } = source;
  const facts = factsOf(source);
  const listOf = (size: number): number[][] => {
    const places = new Map<string, number[]>();
    for (let at = 0; at + size <= lines.length; at += 1) {
      const text = lines.slice(at, at + size).join('\n');
      const all = places.get(text);
      if (all === undefined) places.set(text, [at]);
      // Apart from each other, so that they are different places.
      else if (at >= (all.at(-1) ?? 0) + size) all.push(at);
    }
    const hasStatement = (at: number) =>
      lines.slice(at, at + size).some((_, index) => facts[at + index]?.isStatement === true);
    return [...places]
      .filter(([text, all]) => all.length >= 2 && /\w{3}/.test(text) && all.some(hasStatement))
      .map(([, all]) => all);
  };
  const found = [0, 1, 2, 3, 4].map((size) => (size < 2 ? [] : listOf(size)));
  known.set(source, found);
  return found;
}
