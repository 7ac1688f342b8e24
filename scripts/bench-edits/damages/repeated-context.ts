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
  const places = new Map<string, number[]>();
  for (let at = 0; at + size <= lines.length; at += 1) {
    const text = lines.slice(at, at + size).join('\n');
    const before = places.get(text) ?? [];
    // Apart from each other, so that they are different places.
    if (at >= (before.at(-1) ?? -size) + size) places.set(text, [...before, at]);
  }
  const repeated = [...places].filter(
    ([text, all]) =>
      all.length >= 2 &&
      /\w{3}/.test(text) &&
      all.some((at) =>
        lines.slice(at, at + size).some((_, index) => facts[at + index]?.isStatement === true),
      ),
  );
  const chosen = random.maybe(repeated);
  if (chosen === undefined) return undefined;
  const from = random.pick(chosen[1]);
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
