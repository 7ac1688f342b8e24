import { readFileSync } from 'node:fs';

/** One content of a file, for as long as it stood. Times in ms of `performance.now()`. */
export interface Stood {
  /** Undefined: there was no file. */
  text: string | undefined;
  /** The earliest moment at which it can have been there. */
  from: number;
  /** The latest; Infinity: it still is. */
  until: number;
}

/** Takes down what a file says and when, as long as every change of it is made in a step. */
export interface DiskLog {
  readonly stood: readonly Stood[];
  step<T>(act: () => T): T;
}

export function createDiskLog(file: string): DiskLog {
  const stood: Stood[] = [{ text: read(file), from: -Infinity, until: Infinity }];
  return {
    stood,
    step(act) {
      const from = performance.now();
      try {
        return act();
      } finally {
        const text = read(file);
        const last = stood.at(-1);
        if (last !== undefined && last.text !== text) {
          last.until = performance.now();
          stood.push({ text, from, until: Infinity });
        }
      }
    },
  };
}

/** Line ends and a byte order mark say nothing. */
function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
      .replace(/^\uFEFF/, '')
      .replaceAll('\r\n', '\n');
  } catch {
    return undefined;
  }
}

/** What comes and goes within this time, ms, need not be noticed: the content before and after it is one. */
const UNNOTICED_MS = 250;

/** The same, with the times of equal contents joined that only something short was between. */
export function joinStood(stood: readonly Stood[]): Stood[] {
  const joined: Stood[] = [];
  for (const one of stood) {
    const before = joined.findLast(({ text }) => text === one.text);
    if (before !== undefined && one.from - before.until <= UNNOTICED_MS) before.until = one.until;
    else joined.push({ ...one });
  }
  return joined;
}
