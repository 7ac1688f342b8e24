import type { Replacement } from '../reading/edit.js';
import { measureUnit } from './indentation.js';
import { isCommentLine, keyOf, type Relaxation } from './relaxation.js';
import { foldTypography } from './typography.js';

/** A file's lines as numbers: equal keys have equal numbers, lines that the pass leaves out are missing. */
export interface Keys {
  ids: Int32Array;
  /** For each id the file line it stands for. */
  lineOf: Int32Array;
  /** The positions in `ids` of one id are `positions[starts[id]]` to `positions[starts[id + 1] - 1]`. */
  starts: Int32Array;
  positions: Int32Array;
  dictionary: ReadonlyMap<string, number>;
  /** The starts of the runs that were looked for, by their numbers. */
  runs: Map<string, number[]>;
}

/** Old lines under one pass: `compared` are their positions among themselves, `ids` their numbers, -1 for what the file lacks. */
export interface Encoded {
  compared: number[];
  /** The same positions among all lines of the replacement. */
  orders: number[];
  ids: number[];
  /** The file has all of them. */
  isKnown: boolean;
}

/** What lines may have that a pass overlooks. */
export interface Traits {
  typography: boolean;
  comments: boolean;
}

export function traitsOf(lines: readonly string[]): Traits {
  return {
    typography: lines.some((line) => foldTypography(line) !== line),
    comments: lines.some(isCommentLine),
  };
}

/** Places and lines that are looked at for one edit under one pass; what fits more often is ambiguous anyway. */
const MOST_PLACES = 1000;
const MOST_LINES = 200_000;

/** Steps that the searches for bent edits of one reply take together: hostile ones end soon, others never get there. */
const MOST_STEPS = 1_000_000;

/** `compared` are the positions in the old lines; each place has one file line (from 0) for each of them. */
export interface Found {
  compared: number[];
  places: number[][];
  capped: boolean;
}

/** Finds runs of lines in one file, in linear time whatever the lines; keys are built once for each pass. */
export class FileIndex {
  readonly lines: readonly string[];
  readonly #keys = new Map<Relaxation, Keys>();
  #trimmed: Map<string, number[]> | undefined;
  #unit: number | undefined;
  #traits: Traits | undefined;
  #steps = MOST_STEPS;
  readonly #encoded = new WeakMap<Replacement, Map<Relaxation, Encoded>>();

  constructor(lines: readonly string[]) {
    this.lines = lines;
  }

  /**
   * All places where the old lines of `replacement` stand under `relaxed`, each as the file lines of those that the pass
   * compares. An empty list when nothing is left to compare; `capped` when there are more places than listed.
   */
  find(replacement: Replacement, relaxed: Relaxation): Found {
    const keys = this.keysFor(relaxed);
    const { compared, ids, isKnown } = this.encode(replacement, relaxed);
    if (!isKnown) return { compared, places: [], capped: false };
    const most = Math.max(2, Math.min(MOST_PLACES, Math.floor(MOST_LINES / Math.max(1, ids.length))));
    const pattern = ids.join(' ');
    // Hunks of a reply that repeats itself have the same old lines.
    const runs = keys.runs.get(pattern) ?? findRuns(keys, ids, most);
    keys.runs.set(pattern, runs);
    const places = runs.map((start) => ids.map((_, at) => keys.lineOf[start + at] ?? 0));
    return { compared, places, capped: runs.length === most };
  }

  /** A comment that stands nowhere in the file was not copied from it: it is compared even where comments are not. */
  encode(replacement: Replacement, relaxed: Relaxation): Encoded {
    const byRelaxation = this.#encoded.get(replacement) ?? new Map<Relaxation, Encoded>();
    this.#encoded.set(replacement, byRelaxation);
    const known = byRelaxation.get(relaxed);
    if (known !== undefined) return known;
    const { dictionary } = this.keysFor(relaxed);
    const encoded: Encoded = { compared: [], orders: [], ids: [], isKnown: true };
    let at = -1;
    for (const [order, { op, text }] of replacement.lines.entries()) {
      if (op === '+') continue;
      at += 1;
      const key = keyOf(text, relaxed);
      const isInvented = key === undefined && text.trim() !== '' && this.linesLike(text).length === 0;
      if (key === undefined && !isInvented) continue;
      const id = key === undefined ? -1 : (dictionary.get(key) ?? -1);
      encoded.compared.push(at);
      encoded.orders.push(order);
      encoded.ids.push(id);
      if (id < 0) encoded.isKnown = false;
    }
    byRelaxation.set(relaxed, encoded);
    return encoded;
  }

  /** Takes steps off what all searches for bent edits of one reply may take together; false when there are none left. */
  spend(steps: number): boolean {
    this.#steps -= steps;
    return this.#steps > 0;
  }

  /** Whether any line has a typographic character, and whether any is a comment. */
  get traits(): Traits {
    this.#traits ??= traitsOf(this.lines);
    return this.#traits;
  }

  /** The file lines that equal `line`, white space around it and typography aside. */
  linesLike(line: string): readonly number[] {
    if (this.#trimmed === undefined) {
      this.#trimmed = new Map();
      for (const [at, text] of this.lines.entries()) {
        const key = foldTypography(text).trim();
        const known = this.#trimmed.get(key);
        if (known === undefined) this.#trimmed.set(key, [at]);
        else known.push(at);
      }
    }
    return this.#trimmed.get(foldTypography(line).trim()) ?? [];
  }

  /** The step of the file's indentation in spaces: the one by which most lines are deeper than the one before. */
  get indentUnit(): number {
    this.#unit ??= measureUnit(this.lines);
    return this.#unit;
  }

  keysFor(relaxed: Relaxation): Keys {
    const known = this.#keys.get(relaxed);
    if (known !== undefined) return known;
    const dictionary = new Map<string, number>();
    const ids = new Int32Array(this.lines.length);
    const lineOf = new Int32Array(this.lines.length);
    let count = 0;
    for (const [at, line] of this.lines.entries()) {
      const key = keyOf(line, relaxed);
      if (key === undefined) continue;
      let id = dictionary.get(key);
      if (id === undefined) {
        id = dictionary.size;
        dictionary.set(key, id);
      }
      ids[count] = id;
      lineOf[count] = at;
      count += 1;
    }
    const kept = ids.subarray(0, count);
    const keys = { ids: kept, lineOf, dictionary, runs: new Map(), ...listPositions(kept, dictionary.size) };
    this.#keys.set(relaxed, keys);
    return keys;
  }
}

/** Sorts the positions of all ids by id, in linear time. */
function listPositions(ids: Int32Array, kinds: number): { starts: Int32Array; positions: Int32Array } {
  const starts = new Int32Array(kinds + 1);
  for (const id of ids) starts[id + 1] = (starts[id + 1] ?? 0) + 1;
  for (let id = 0; id < kinds; id += 1) starts[id + 1] = (starts[id + 1] ?? 0) + (starts[id] ?? 0);
  const next = starts.slice();
  const positions = new Int32Array(ids.length);
  for (const [at, id] of ids.entries()) {
    positions[next[id] ?? 0] = at;
    next[id] = (next[id] ?? 0) + 1;
  }
  return { starts, positions };
}

/** The positions in a file's keys of one id, in order. */
export function positionsOf(keys: Keys, id: number): Int32Array {
  return id < 0
    ? keys.positions.subarray(0, 0)
    : keys.positions.subarray(keys.starts[id], keys.starts[id + 1]);
}

/** All starts of a run: from its rarest line, unless that is so common that looking at each place might take long. */
function findRuns(keys: Keys, pattern: readonly number[], most: number): number[] {
  let rarest = 0;
  for (const [at, id] of pattern.entries()) {
    if (countOf(keys, id) < countOf(keys, pattern[rarest] ?? -1)) rarest = at;
  }
  const id = pattern[rarest];
  if (id === undefined || pattern.length > keys.ids.length) return [];
  if (countOf(keys, id) * pattern.length > keys.ids.length + pattern.length) {
    return searchRuns(keys.ids, pattern, most);
  }
  const found: number[] = [];
  for (const position of positionsOf(keys, id)) {
    const start = position - rarest;
    if (found.length < most && start >= 0 && pattern.every((other, at) => keys.ids[start + at] === other))
      found.push(start);
  }
  return found;
}

function countOf(keys: Keys, id: number): number {
  return (keys.starts[id + 1] ?? 0) - (keys.starts[id] ?? 0);
}

/** Knuth-Morris-Pratt: a search that 100,000 equal lines cannot slow down. */
function searchRuns(text: Int32Array, pattern: readonly number[], most: number): number[] {
  const found: number[] = [];
  const failure = new Int32Array(pattern.length);
  for (let at = 1, length = 0; at < pattern.length;) {
    if (pattern[at] === pattern[length]) failure[at++] = ++length;
    else if (length > 0) length = failure[length - 1] ?? 0;
    else failure[at++] = 0;
  }
  for (let at = 0, matched = 0; at < text.length && found.length < most;) {
    if (text[at] === pattern[matched]) {
      at += 1;
      matched += 1;
      if (matched === pattern.length) {
        found.push(at - matched);
        matched = failure[matched - 1] ?? 0;
      }
    } else if (matched > 0) matched = failure[matched - 1] ?? 0;
    else at += 1;
  }
  return found;
}
