import type { EditLine } from '../reading/edit.js';
import type { FileIndex } from './file-index.js';

/** What a hunk may have that the file has not. */
export interface Allowed {
  /** New lines without their `+`: those that the file has nowhere, or lines of mere signs behind such as well. */
  pluses: 'none' | 'unknown' | 'signs';
  /** Wrong lines at its edges. */
  context: boolean;
}

/** Context lines that are dropped at most at each side of a hunk. */
const MOST_DROPPED = 8;
/** Alignments after which the search from one position ends: what fits so often fits nowhere. */
const MOST_ALIGNMENTS = 16;

/** A compared old line: its place among the replacement's lines, and its number in the file's keys. */
export interface Item {
  order: number;
  id: number;
  isRemoved: boolean;
  /** The file has it nowhere, whatever its white space and typography. */
  isUnknown: boolean;
}

/** Which items stand where in the file's keys; the others are new lines without a sign, or dropped context. */
export interface Alignment {
  /** For each item its position in the keys, -1 for a new line, -2 for dropped context. */
  positions: number[];
  /**
   * How much is taken for something that it need not be: lines that are new although the file has them somewhere, context
   * that is dropped, which counts twice if the file has it.
   */
  guesses: number;
}

/** What {@link Alignment.positions} has for a line that has none. */
export const NEW = -1;
export const DROPPED = -2;

/** Walks the items along the file from one position on, in all ways that are allowed. */
export class Search {
  readonly #index: FileIndex;
  readonly #lines: readonly EditLine[];
  readonly #items: readonly Item[];
  readonly #ids: Int32Array;
  readonly #lastChange: number;
  readonly #allowed: Allowed;
  #found: Alignment[] = [];
  #dead = new Set<string>();

  constructor(
    index: FileIndex,
    lines: readonly EditLine[],
    items: readonly Item[],
    ids: Int32Array,
    lastChange: number,
    allowed: Allowed,
  ) {
    this.#index = index;
    this.#lines = lines;
    this.#items = items;
    this.#ids = ids;
    this.#lastChange = lastChange;
    this.#allowed = allowed;
  }

  /** All alignments in which the item `anchor` stands at `position`. */
  from(anchor: number, position: number): Alignment[] {
    let first = anchor;
    while (first > 0 && this.#items[first - 1]?.id === this.#ids[position - (anchor - first) - 1]) first -= 1;
    if (first > 0 && (!this.#allowed.context || first > MOST_DROPPED)) return [];
    const positions = Array.from<number>({ length: this.#items.length }).fill(DROPPED);
    const guesses = this.#countDropped(0, first);
    for (let at = first; at <= anchor; at += 1) positions[at] = position - (anchor - at);
    this.#found = [];
    if (this.#dead.size > 0) this.#dead = new Set();
    this.#walk(anchor + 1, position + 1, positions, guesses);
    return this.#found;
  }

  /** Whether any way from here on led to an end. */
  #walk(at: number, position: number, positions: number[], guesses: number): boolean {
    if (this.#found.length >= MOST_ALIGNMENTS || !this.#index.spend(1)) return false;
    const item = this.#items[at];
    if (item === undefined) {
      // At the edge of a hunk such a line may as well be context that the model made up.
      if (positions[at - 1] === NEW) return false;
      this.#found.push({ positions: [...positions], guesses });
      return true;
    }
    const wasNew = positions[at - 1] === NEW;
    const state = this.#allowed.pluses === 'none' ? '' : `${at} ${position} ${wasNew}`;
    if (this.#dead.has(state)) return false;
    let ended = false;
    const matches = item.id >= 0 && item.id === this.#ids[position];
    if (matches) {
      positions[at] = position;
      ended = this.#walk(at + 1, position + 1, positions, guesses);
    }
    if (this.#mayBeNew(at, item, wasNew)) {
      positions[at] = NEW;
      ended = this.#walk(at + 1, position, positions, guesses + (item.isUnknown ? 0 : 1)) || ended;
    }
    positions[at] = DROPPED;
    if (!matches && this.#mayEndAt(at, wasNew)) {
      this.#found.push({
        positions: positions.fill(DROPPED, at).slice(),
        guesses: guesses + this.#countDropped(at, this.#items.length),
      });
      ended = true;
    }
    if (!ended && state !== '') this.#dead.add(state);
    return ended;
  }

  #countDropped(from: number, to: number): number {
    let guesses = 0;
    for (let at = from; at < to; at += 1) {
      const item = this.#items[at];
      const isKnown = item?.isUnknown === false && this.#lines[item.order]?.text.trim() !== '';
      guesses += isKnown ? 2 : 1;
    }
    return guesses;
  }

  /**
   * Whether a line may be new without its sign. What the file has somewhere is new only right behind a change or another
   * new line: a blank line among new ones, and signs alone, which are in every file.
   */
  #mayBeNew(at: number, item: Item, wasNew: boolean): boolean {
    if (this.#allowed.pluses === 'none' || item.isRemoved) return false;
    if (item.isUnknown) return true;
    const isBehind = wasNew || (item.order > 0 && this.#lines[item.order - 1]?.op !== ' ');
    const text = this.#lines[item.order]?.text ?? '';
    if (!isBehind || /\w/.test(text)) return false;
    if (text.trim() !== '') return this.#allowed.pluses === 'signs';
    const next = this.#items[at + 1];
    const isMarked = this.#lines[item.order + 1]?.op === '+';
    return isMarked || (next !== undefined && next.order === item.order + 1 && next.isUnknown);
  }

  /** Whether the rest from `at` on may be dropped: context, of which the line beside the change stands in the file. */
  #mayEndAt(at: number, wasNew: boolean): boolean {
    const previous = this.#items[at - 1];
    if (!this.#allowed.context || wasNew || previous === undefined) return false;
    return previous.order > this.#lastChange && this.#items.length - at <= MOST_DROPPED;
  }
}
