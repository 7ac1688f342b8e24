import { distance } from 'fastest-levenshtein';
import { LEAST_EVIDENCE, LEAST_OF_ALL_LINES } from './evidence.js';
import type { FileIndex } from './file-index.js';

/** The part of a file that is most like what a model looked for. Lines count from 0, `to` is the first after it. */
export interface Excerpt {
  from: number;
  to: number;
  /** The first wanted line that is not in the file at its place (from 0), or undefined when white space alone differs. */
  differs: number | undefined;
  space?: Space;
}

/** What is different where all text is the same. */
export interface Space {
  differs: 'blank-lines' | 'in-lines' | 'nothing';
  /** The lines say too little to overlook that. */
  isShort: boolean;
}

/** A line that stands more often than this says little about where the reply looked. */
const COMMON = 40;
/** Wanted lines that are looked for. */
const MOST_WANTED = 400;
/** Lines of a file and characters of a line that a comparison by similarity looks at. */
const MOST_LINES = 4000;
const MOST_CHARACTERS = 120;
/** Letters, digits and the like from which on a line says where the reply looked. */
const TELLING = 3;
/** Below this share of equal characters two lines have nothing to do with each other. (aider: 0.6) */
const LEAST_LIKENESS = 0.5;

/**
 * Where a model probably looked: for feedback only, it never decides where to write. That is where all its lines stand
 * but for white space; else lines that do stand in the file vote for the place they imply, short ones only where there
 * are no others; without any the most similar single line is taken.
 */
export function findNearest(index: FileIndex, wanted: readonly string[]): Excerpt | undefined {
  const spaced = findSpaced(index, wanted);
  if (spaced !== undefined) return spaced;
  const start =
    voteForStart(index, wanted, weighTelling) ??
    findSimilarStart(index, wanted, weighTelling) ??
    voteForStart(index, wanted, weighAny) ??
    findSimilarStart(index, wanted, weighAny);
  if (start === undefined) return undefined;
  const from = Math.max(0, Math.min(start, index.lines.length - 1));
  const to = Math.min(index.lines.length, Math.max(from + 1, start + wanted.length));
  const differs = wanted.findIndex((line, at) => line.trim() !== (index.lines[start + at] ?? '').trim());
  return { from, to, differs: differs < 0 ? undefined : differs };
}

/** Where all wanted lines follow each other in the file, white space and blank lines aside. */
function findSpaced(index: FileIndex, wanted: readonly string[]): Excerpt | undefined {
  const text = wanted.filter(isText);
  const [first] = text;
  if (first === undefined || text.length > MOST_WANTED) return undefined;
  for (const from of index.linesLike(first).slice(0, COMMON)) {
    const to = endOfSpaced(index, text, from);
    if (to !== undefined)
      return { from, to, differs: undefined, space: compareSpace(index, wanted, from, to) };
  }
  return undefined;
}

function isText(line: string): boolean {
  return line.trim() !== '';
}

/** The line after all of `text`, which begins at `from`; undefined where the file has other text. */
function endOfSpaced(index: FileIndex, text: readonly string[], from: number): number | undefined {
  let next = from;
  for (const line of text) {
    while (next < index.lines.length && !isText(index.lines[next] ?? '')) next += 1;
    if (index.lines[next]?.trim() !== line.trim()) return undefined;
    next += 1;
  }
  return next;
}

function compareSpace(index: FileIndex, wanted: readonly string[], from: number, to: number): Space {
  const fileLines = index.lines.slice(from, to);
  const hasSameBlanks =
    wanted.length === fileLines.length && wanted.every((line, at) => line.trim() === fileLines[at]?.trim());
  const said = wanted.join('').replace(/\s/g, '').length;
  if (!hasSameBlanks) return { differs: 'blank-lines', isShort: said < LEAST_EVIDENCE };
  const isSame = wanted.every((line, at) => line === fileLines[at]);
  return { differs: isSame ? 'nothing' : 'in-lines', isShort: said < LEAST_OF_ALL_LINES };
}

type Weigh = (line: string) => number;

/** How much a line says of a place; 0 where it is as good as nothing. */
function weighTelling(line: string): number {
  const letters = line.replace(/\W/g, '').length;
  return letters < TELLING ? 0 : Math.min(20, letters);
}

/** The same where no line says much. */
function weighAny(line: string): number {
  return Math.min(20, line.replace(/\s/g, '').length);
}

function voteForStart(index: FileIndex, wanted: readonly string[], weigh: Weigh): number | undefined {
  const votes = new Map<number, number>();
  for (const [at, line] of wanted.slice(0, MOST_WANTED).entries()) {
    const weight = weigh(line);
    if (weight === 0) continue;
    const all = index.linesLike(line);
    if (all.length > COMMON && weigh === weighTelling) continue;
    const lines = all.slice(0, COMMON);
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

function findSimilarStart(index: FileIndex, wanted: readonly string[], weigh: Weigh): number | undefined {
  const at = wanted.findIndex((line) => weigh(line) > 0);
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
