import { closest, distance } from 'fastest-levenshtein';

/** The candidate that somebody who wrote `word` most likely meant, or undefined when none is near. */
export function suggestNearest(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0 || word.length > 200) return undefined;
  const lowered = word.toLowerCase();
  const nearest = closest(lowered, candidates);
  // A third of the letters, at least two: `dependson` and `depend_on` find `depends_on`, `foo` finds nothing.
  const allowed = Math.min(nearest.length - 1, Math.max(2, Math.floor(nearest.length / 3)));
  return distance(lowered, nearest) <= allowed ? nearest : undefined;
}

/** `'word'`, cut and without control characters, so that hostile input cannot write to the terminal. */
export function quoteInput(text: string): string {
  const clean = text.replaceAll(/[\p{Cc}\u2028-\u202E\u2066-\u2069]+/gu, ' ').trim();
  return `'${clean.length > 60 ? `${clean.slice(0, 57)}…` : clean}'`;
}
