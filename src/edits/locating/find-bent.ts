import { isDotsLine } from '../guards/elision.js';
import type { EditLine, Replacement } from '../reading/edit.js';
import type { EditFormat } from '../types.js';
import type { FileIndex } from './file-index.js';
import { countEvidence, findFirst, LEAST_EVIDENCE, rename } from './find-first.js';
import { findWithPluses } from './find-with-pluses.js';
import { spanOf, type Placement } from './match.js';
import { RELAXATIONS, STRICT_RELAXATIONS } from './relaxation.js';

/** Context lines that are dropped at most at each side of a hunk. */
const MOST_DROPPED = 8;
/** File lines around a hunk in which a dropped context line may stand after all. */
const NEIGHBOURHOOD = 12;

/**
 * The places of a replacement whose lines do not all stand in the file: with `...` for unchanged text, with a `+` that
 * was forgotten, with wrong lines at the edge of a hunk. Each way counts only where the rest leaves no doubt.
 */
export function findBent(index: FileIndex, replacement: Replacement, format: EditFormat): Placement[] {
  const dotted = findAroundDots(index, replacement);
  if (dotted !== undefined || format === 'search-replace') return dotted === undefined ? [] : [dotted];
  const completed = findWithPluses(index, replacement);
  return completed.length > 0 ? completed : findWithLessContext(index, replacement);
}

/**
 * `...` lines on both sides of an edit stand for text that stays. Each piece between them must fit exactly one place,
 * and their order must be that of the file; a piece that changes nothing may fit several.
 */
function findAroundDots(index: FileIndex, replacement: Replacement): Placement | undefined {
  const { lines } = replacement;
  if (!lines.some((line) => line.op === ' ' && isDotsLine(line.text))) return undefined;
  if (lines.some((line) => line.op !== ' ' && isDotsLine(line.text))) return undefined;
  const found: Placement[] = [];
  for (const piece of splitAtDots(lines)) {
    const changes = piece.some((line) => line.op !== ' ');
    const placements = findFirst(index, { lines: piece }, RELAXATIONS);
    const [only] = placements;
    if (only === undefined) return undefined;
    if (placements.length === 1) found.push(only);
    else if (changes) return undefined;
  }
  const inOrder = found.every((piece, at) => {
    const previous = found[at - 1];
    return previous === undefined || spanOf(previous).last < spanOf(piece).first;
  });
  if (
    found.length === 0 ||
    !inOrder ||
    countEvidence(found.flatMap((piece) => piece.lines)) < LEAST_EVIDENCE
  ) {
    return undefined;
  }
  return {
    pass: 'ellipsis',
    lines: found.flatMap((piece) => piece.lines),
    at: found.flatMap((piece) => piece.at),
    finalNewline: undefined,
  };
}

function splitAtDots(lines: readonly EditLine[]): EditLine[][] {
  const pieces: EditLine[][] = [[]];
  for (const line of lines) {
    if (line.op === ' ' && isDotsLine(line.text)) pieces.push([]);
    else pieces.at(-1)?.push(line);
  }
  return pieces.filter((piece) => piece.some((line) => line.text.trim() !== '' || line.op !== ' '));
}

/**
 * The hunk without some of its outermost context, as little as possible. Context that stands elsewhere in the file
 * speaks for another place, and then there is none.
 */
function findWithLessContext(index: FileIndex, replacement: Replacement): Placement[] {
  const { lines } = replacement;
  const head = lines.findIndex((line) => line.op !== ' ');
  const tail = lines.length - 1 - lines.findLastIndex((line) => line.op !== ' ');
  if (head < 0) return [];
  // The line next to a change stays: without it new lines could land inside text that the reply took for context.
  const mostFront = Math.min(Math.max(0, head - 1), MOST_DROPPED);
  const mostBack = Math.min(Math.max(0, tail - 1), MOST_DROPPED);
  for (let dropped = 1; dropped <= mostFront + mostBack; dropped += 1) {
    const found = new Map<string, Placement>();
    for (let front = Math.max(0, dropped - mostBack); front <= Math.min(mostFront, dropped); front += 1) {
      const back = dropped - front;
      const kept = lines.slice(front, lines.length - back);
      if (countEvidence(kept) < LEAST_EVIDENCE) continue;
      for (const placement of findFirst(index, { ...replacement, lines: kept }, STRICT_RELAXATIONS)) {
        const { first, last } = spanOf(placement);
        const above = { from: first - NEIGHBOURHOOD, to: first };
        const below = { from: last + 1, to: last + 1 + NEIGHBOURHOOD };
        const agrees =
          lines.slice(0, front).every((line) => speaksFor(index, line.text, above)) &&
          lines.slice(lines.length - back).every((line) => speaksFor(index, line.text, below));
        if (!agrees) return [];
        found.set(`${first}:${last}`, placement);
      }
    }
    if (found.size > 0) return rename([...found.values()], 'context');
  }
  return [];
}

/** Whether a line that was set aside stands in these file lines, or nowhere in the file. */
function speaksFor(index: FileIndex, text: string, range: { from: number; to: number }): boolean {
  if (text.replace(/\W/g, '').length < 4) return true;
  const lines = index.linesLike(text);
  return lines.length === 0 || lines.some((line) => line >= range.from && line < range.to);
}
