import type { Language } from './languages.js';
import { makeCase, type Case } from './make-case.js';
import { Random } from './random.js';
import type { Row } from './rows.js';
import type { Source } from './source.js';

/**
 * The cases of a row: the same ones for the same seed. Languages and formats take turns; where one has no place for the
 * damages the others make up for it. Fewer than the row wants when none has.
 */
export function* generateRow(
  row: Row,
  sources: ReadonlyMap<Language, readonly Source[]>,
  seed: string,
): Generator<Case, void, boolean> {
  const turns = row.formats.flatMap((format) =>
    [...sources.keys()].map((language) => ({ format, language })),
  );
  let made = 0;
  let barren = 0;
  for (let turn = 0; made < row.cases && barren < turns.length * 4; turn += 1) {
    const { format, language } = turns[turn % turns.length] ?? turns[0] ?? never();
    const id = `${row.name}#${turn}`;
    const random = new Random(`${seed}/${id}`);
    const one = makeCase(id, sources.get(language) ?? [], format, row.damages, random);
    if (one === undefined) {
      barren += 1;
      continue;
    }
    barren = 0;
    // One that turns out to be unsound does not count: another takes its place.
    if (yield one) made += 1;
  }
}

function never(): never {
  throw new Error('a row without formats or languages');
}
