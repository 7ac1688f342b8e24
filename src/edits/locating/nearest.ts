import { distance } from 'fastest-levenshtein';
import type { FileIndex } from './file-index.js';

/** The part of a file that is most like what a model looked for. Lines count from 0, `to` is the first after it. */
export interface Excerpt {
  from: number;
  to: number;
  /** The first wanted line that is not in the file at its place (from 0), or undefined when only their order differs. */
  differs: number | undefined;
}

/** A line that stands more often than this says little about where the reply looked. */
const COMMON = 40;
/** Lines of a file and characters of a line that a comparison by similarity looks at. */
const MOST_LINES = 4000;
const MOST_CHARACTERS = 120;
/** Below this share of equal characters two lines have nothing to do with each other. (aider: 0.6) */
const LEAST_LIKENESS = 0.5;

/**
 * Where a model probably looked: for feedback only, it never decides where to write. Lines that do stand in the file
 * vote for the place they imply; without any the most similar single line is taken.
 */
export function findNearest(index: FileIndex, wanted: readonly string[]): Excerpt | undefined {
  const start = voteForStart(index, wanted) ?? findSimilarStart(index, wanted);
  if (start === undefined) return undefined;
  const from = Math.max(0, Math.min(start, index.lines.length - 1));
  const to = Math.min(index.lines.length, Math.max(from + 1, start + wanted.length));
  const differs = wanted.findIndex((line, at) => line.trim() !== (index.lines[start + at] ?? '').trim());
  return { from, to, differs: differs < 0 ? undefined : differs };
}

function voteForStart(index: FileIndex, wanted: readonly string[]): number | undefined {
  const votes = new Map<number, number>();
  for (const [at, line] of wanted.slice(0, 400).entries()) {
    const weight = Math.min(20, line.replace(/\W/g, '').length);
    if (weight < 3) continue;
    const lines = index.linesLike(line);
    if (lines.length > COMMON) continue;
    for (const found of lines) votes.set(found - at, (votes.get(found - at) ?? 0) + weight / lines.length);
  }
  let best: number | undefined;
  let most = 0;
  for (const [start, weight] of votes) {
    if (weight > most) {
      best = start;
      most = weight;
    }
  }
  return best;
}

function findSimilarStart(index: FileIndex, wanted: readonly string[]): number | undefined {
  const at = wanted.findIndex((line) => line.replace(/\W/g, '').length >= 3);
  const line = (wanted[at] ?? '').trim().slice(0, MOST_CHARACTERS);
  if (line === '') return undefined;
  let best: number | undefined;
  let most = LEAST_LIKENESS;
  for (const [number, candidate] of index.lines.slice(0, MOST_LINES).entries()) {
    const other = candidate.trim().slice(0, MOST_CHARACTERS);
    const longer = Math.max(line.length, other.length);
    if (Math.min(line.length, other.length) < longer * most) continue;
    const likeness = 1 - distance(line, other) / longer;
    if (likeness > most) {
      most = likeness;
      best = number - at;
    }
  }
  return best;
}
