/** Text that is kept up to a cap: its beginning and its end, and in place of the middle a line that says how much is gone. */
export class BoundedOutput {
  readonly #half: number;
  #head = '';
  #tail = '';
  #dropped = 0;

  /** @param cap characters kept, the note in the middle not counted */
  constructor(cap: number) {
    this.#half = Math.max(1, Math.floor(cap / 2));
  }

  append(text: string): void {
    const room = this.#half - this.#head.length;
    if (room > 0) this.#head += text.slice(0, room);
    this.#tail += room > 0 ? text.slice(room) : text;
    // Cut at twice the size only: cutting at every chunk would copy the tail each time.
    if (this.#tail.length > 2 * this.#half) this.#cutTail();
  }

  toString(): string {
    this.#cutTail();
    if (this.#dropped === 0) return this.#head + this.#tail;
    return `${this.#head}\n[… ${this.#dropped} characters of output left out …]\n${this.#tail}`;
  }

  #cutTail(): void {
    const excess = this.#tail.length - this.#half;
    if (excess <= 0) return;
    this.#tail = this.#tail.slice(excess);
    this.#dropped += excess;
  }
}
