import { canPair, DAMAGES } from './damages/index.js';
import type { Damage } from './damages/damage.js';
import { FORMATS, type Format } from './draft.js';

/** A row of the tables: cases with the same damages, in turn in each format that can have them. */
export interface Row {
  name: string;
  damages: readonly Damage[];
  formats: readonly Format[];
  /** How many cases it is to have at least. */
  cases: number;
}

/** Rows whose cases can have an answer get more of them, so that those without stay below 15 % of all. */
const MORE_WITH_ANSWER = 1.28;

/** All rows: undamaged replies, each damage alone in each of its formats, each pair that can occur together. */
export function listRows(cases: number, formats: readonly Format[] = FORMATS): Row[] {
  const has = (format: Format) => formats.includes(format);
  const rows: Row[] = [{ name: 'none', damages: [], formats, cases: cases * 2 * formats.length }];
  for (const damage of DAMAGES) {
    const own = damage.formats.filter(has);
    rows.push({
      name: damage.name,
      damages: [damage],
      formats: own,
      cases: damage.isFatal === true ? cases : cases * own.length,
    });
  }
  for (const [at, one] of DAMAGES.entries()) {
    for (const other of DAMAGES.slice(at + 1)) {
      const shared = one.formats.filter((format) => other.formats.includes(format) && has(format));
      if (shared.length === 0 || !canPair(one, other)) continue;
      const isFatal = one.isFatal === true || other.isFatal === true;
      rows.push({
        name: `${one.name} + ${other.name}`,
        damages: [one, other],
        formats: shared,
        cases: isFatal ? cases : Math.ceil(cases * MORE_WITH_ANSWER),
      });
    }
  }
  return rows.filter((row) => row.formats.length > 0);
}
