import type { DraftFile } from './draft.js';
import { SYNTAX } from './languages.js';

/*
 * Whether a reply has one answer is decided here, from the damage and the file alone, before any engine runs. Nothing of
 * this is shared with the engine: a reader who knows what the damage did to the lines (and not where they come from)
 * looks for every place in the file where they could stand. One place: one answer.
 */

/** What a reader must look past after a damage. */
export type Fold = 'trailing' | 'indent' | 'blank' | 'comment' | 'typography';

/** Characters that editors and chat windows put in the place of plain ones. */
const PLAIN: readonly [RegExp, string][] = [
  [/[\u2018\u2019\u201A\u201B]/g, "'"],
  [/[\u201C\u201D\u201E\u201F]/g, '"'],
  [/[\u2010-\u2015\u2212]/g, '-'],
  [/[\u00A0\u2002-\u200A\u202F\u205F\u3000]/g, ' '],
  [/\u2026/g, '...'],
];

function toPlain(text: string): string {
  return PLAIN.reduce((plain, [from, to]) => plain.replace(from, to), text);
}

/** What is compared of a line, or undefined when the line is looked past as a whole. */
function keyOf(line: string, file: DraftFile, folds: ReadonlySet<Fold>): string | undefined {
  if (folds.has('blank') && line.trim() === '') return undefined;
  if (folds.has('comment') && SYNTAX[file.source.language].isComment(line)) return undefined;
  let key = line;
  if (folds.has('typography')) key = toPlain(key);
  if (folds.has('indent')) key = key.trimStart();
  if (folds.has('trailing') || key.trim() === '') key = key.trimEnd();
  return key;
}

/** Keys of a file's lines, made once for each way of looking. */
const prepared = new WeakMap<readonly string[], Map<string, { keys: string[]; at: number[] }>>();

function prepare(file: DraftFile, folds: ReadonlySet<Fold>): { keys: string[]; at: number[] } {
  const byFolds = prepared.get(file.lines) ?? new Map<string, { keys: string[]; at: number[] }>();
  prepared.set(file.lines, byFolds);
  const name = [...folds].sort().join();
  const before = byFolds.get(name);
  if (before !== undefined) return before;
  const made: { keys: string[]; at: number[] } = { keys: [], at: [] };
  for (const [at, line] of file.lines.entries()) {
    const key = keyOf(line, file, folds);
    if (key === undefined) continue;
    made.keys.push(key);
    made.at.push(at);
  }
  byFolds.set(name, made);
  return made;
}

/** All lines (from 0) of the file at which `old` could begin. */
export function findPlaces(file: DraftFile, old: readonly string[], folds: ReadonlySet<Fold>): number[] {
  const { keys, at } = prepare(file, folds);
  const wanted = old.map((line) => keyOf(line, file, folds)).filter((key) => key !== undefined);
  const places: number[] = [];
  if (wanted.length === 0) return places;
  for (
    let start = keys.indexOf(wanted[0] ?? '');
    start >= 0;
    start = keys.indexOf(wanted[0] ?? '', start + 1)
  ) {
    if (wanted.every((key, index) => keys[start + index] === key)) places.push(at[start] ?? 0);
  }
  return places;
}
