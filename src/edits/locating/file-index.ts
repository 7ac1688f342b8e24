import { keyOf, type Relaxation } from './relaxation.js';

/** A file's lines as numbers: equal keys have equal numbers, lines that the pass leaves out are missing. */
interface Keys {
  ids: Int32Array;
  /** For each id the file line it stands for. */
  lineOf: Int32Array;
  dictionary: Map<string, number>;
}

/** Lines that are looked at for one edit under one pass; what fits in more places than that is ambiguous anyway. */
const MOST_LINES = 200_000;

/** `compared` are the positions in the wanted lines; each place has one file line (from 0) for each of them. */
export interface Found {
  compared: number[];
  places: number[][];
  capped: boolean;
}

/** Finds runs of lines in one file, in linear time whatever the lines; keys are built once for each pass. */
export class FileIndex {
  readonly lines: readonly string[];
  readonly #keys = new Map<string, Keys>();
  #trimmed: Map<string, number[]> | undefined;

  constructor(lines: readonly string[]) {
    this.lines = lines;
  }

  /**
   * All places where `wanted` stands under `relaxed`, each as the file lines of those wanted lines that the pass
   * compares. An empty list when nothing is left to compare; `capped` when there are more places than listed.
   */
  find(wanted: readonly string[], relaxed: Relaxation): Found {
    const keys = this.#keysFor(relaxed);
    const compared: number[] = [];
    const pattern: number[] = [];
    for (const [at, line] of wanted.entries()) {
      const key = keyOf(line, relaxed);
      if (key === undefined) continue;
      const id = keys.dictionary.get(key);
      if (id === undefined) return { compared, places: [], capped: false };
      compared.push(at);
      pattern.push(id);
    }
    const most = Math.max(2, Math.floor(MOST_LINES / Math.max(1, pattern.length)));
    const starts = findRuns(keys.ids, pattern, most);
    const places = starts.map((start) => pattern.map((_, at) => keys.lineOf[start + at] ?? 0));
    return { compared, places, capped: starts.length === most };
  }

  /** The file lines that equal `line`, white space around it aside. */
  linesLike(line: string): readonly number[] {
    if (this.#trimmed === undefined) {
      this.#trimmed = new Map();
      for (const [at, text] of this.lines.entries()) {
        const known = this.#trimmed.get(text.trim());
        if (known === undefined) this.#trimmed.set(text.trim(), [at]);
        else known.push(at);
      }
    }
    return this.#trimmed.get(line.trim()) ?? [];
  }

  #keysFor(relaxed: Relaxation): Keys {
    const name = [
      relaxed.trailing,
      relaxed.indentation,
      relaxed.blanks,
      relaxed.comments,
      relaxed.typography,
    ].join();
    const known = this.#keys.get(name);
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
    const keys = { ids: ids.subarray(0, count), lineOf: lineOf.subarray(0, count), dictionary };
    this.#keys.set(name, keys);
    return keys;
  }
}

/** Knuth-Morris-Pratt: a search that 100,000 equal lines cannot slow down. */
function findRuns(text: Int32Array, pattern: readonly number[], most: number): number[] {
  const found: number[] = [];
  if (pattern.length === 0 || pattern.length > text.length) return found;
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
