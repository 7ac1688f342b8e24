import type { EditLine } from '../reading/edit.js';
import type { FileIndex } from './file-index.js';

/** What a hunk may have that the file has not: new lines without their `+`, wrong lines at its edges. */
export interface Allowed {
  pluses: boolean;
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
}

/** Which items stand where in the file's keys; the others are new lines without a sign, or dropped context. */
export interface Alignment {
  /** For each item its position in the keys, -1 for a new line, -2 for dropped context. */
  positions: number[];
  /** Context lines that are dropped, and lines that are new although the file has them somewhere: the fewer, the better. */
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
    for (let at = first; at <= anchor; at += 1) positions[at] = position - (anchor - at);
    this.#found = [];
    if (this.#dead.size > 0) this.#dead = new Set();
    this.#walk(anchor + 1, position + 1, positions, first);
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
    const state = this.#allowed.pluses ? `${at} ${position} ${wasNew}` : '';
    if (this.#dead.has(state)) return false;
    let ended = false;
    const matches = item.id >= 0 && item.id === this.#ids[position];
    if (matches) {
      positions[at] = position;
      ended = this.#walk(at + 1, position + 1, positions, guesses);
    }
    if (this.#allowed.pluses && !item.isRemoved && this.#mayBeNew(item, wasNew)) {
      positions[at] = NEW;
      const isGuess = item.id >= 0 && this.#lines[item.order]?.text.trim() !== '';
      ended = this.#walk(at + 1, position, positions, guesses + (isGuess ? 1 : 0)) || ended;
    }
    positions[at] = DROPPED;
    if (!matches && this.#mayEndAt(at, wasNew)) {
      this.#found.push({
        positions: positions.fill(DROPPED, at).slice(),
        guesses: guesses + this.#items.length - at,
      });
      ended = true;
    }
    if (!ended && this.#allowed.pluses) this.#dead.add(state);
    return ended;
  }

  /** A line that the file has somewhere is new only right behind a change or another new line. */
  #mayBeNew(item: Item, wasNew: boolean): boolean {
    if (item.id < 0 || wasNew) return true;
    return item.order > 0 && this.#lines[item.order - 1]?.op !== ' ';
  }

  /** Whether the rest from `at` on may be dropped: context, of which the line beside the change stands in the file. */
  #mayEndAt(at: number, wasNew: boolean): boolean {
    const previous = this.#items[at - 1];
    if (!this.#allowed.context || wasNew || previous === undefined) return false;
    return previous.order > this.#lastChange && this.#items.length - at <= MOST_DROPPED;
  }
}
