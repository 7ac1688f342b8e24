import type { PlaceHint } from '../reading/edit.js';
import type { FileIndex } from './file-index.js';
import type { FileRange } from './locate.js';
import { addsAtEdge } from './evidence.js';
import { indentOf } from './indentation.js';
import { spanOf, type Placement } from './match.js';

/** Signals that must agree before they decide between equal places: one alone is a guess. */
const SIGNALS_NEEDED = 2;
/** How many times as far as the nearest place the next one must be. */
const CLEARLY_NEARER = 8;

/**
 * Decides between places that fit equally well. The line number, the text behind `@@`, an edge of the file and the
 * order of the edits each name one place or none; at least two must name the same and no other one a different place.
 */
export function choosePlace(
  index: FileIndex,
  placements: readonly Placement[],
  hint: PlaceHint,
  order: FileRange | undefined,
): Placement | undefined {
  const named = [
    byLine(placements, hint.line),
    bySections(index, placements, hint.sections),
    byEdge(index, placements, hint.atEnd === true),
    byOrder(placements, order),
  ].filter((placement) => placement !== undefined);
  const [first] = named;
  if (first === undefined || named.length < SIGNALS_NEEDED) return undefined;
  return named.every((placement) => placement === first) ? first : undefined;
}

/** The place nearest to the stated line, if it is clearly nearer than the next: a number that was guessed is near none. */
function byLine(placements: readonly Placement[], line: number | undefined): Placement | undefined {
  if (line === undefined) return undefined;
  const byDistance = placements
    .map((placement) => {
      const start = spanOf(placement).first - (placement.above ?? 0) + 1;
      return { placement, distance: Math.abs(start - line) };
    })
    .sort((one, other) => one.distance - other.distance);
  const [nearest, second] = byDistance;
  if (nearest === undefined || second === undefined) return nearest?.placement;
  return nearest.distance * CLEARLY_NEARER < second.distance ? nearest.placement : undefined;
}

/** The only place that stands inside what the `@@` text heads, or the first below the only line that has that text. */
function bySections(
  index: FileIndex,
  placements: readonly Placement[],
  sections: readonly string[] | undefined,
): Placement | undefined {
  const text = sections?.at(-1)?.trim();
  if (text === undefined || text === '') return undefined;
  let lines: readonly number[] = index.linesLike(text);
  if (lines.length === 0) lines = linesWith(index, text);
  const heads = new Set(lines);
  const inside = placements.filter((placement) => isInside(index, spanOf(placement).first, heads));
  if (inside.length > 0) return inside.length === 1 ? inside[0] : undefined;
  const [line] = lines;
  if (line === undefined || lines.length > 1) return undefined;
  return placements
    .filter((placement) => spanOf(placement).last >= line)
    .sort((one, other) => spanOf(one).first - spanOf(other).first)
    .at(0);
}

/**
 * Whether one of the lines `heads` heads what the line `at` stands in, as indentation shows it: the lines above it that
 * are less and less deep. A head may go on for several lines before its block begins.
 */
function isInside(index: FileIndex, at: number, heads: ReadonlySet<number>): boolean {
  let depth = Infinity;
  for (let line = at; line >= 0; line -= 1) {
    const text = index.lines[line] ?? '';
    if (text.trim() === '') continue;
    const width = indentOf(text).length;
    if (width > depth) continue;
    if (line < at && heads.has(line)) return true;
    // A bracket or a clause on a line of its own belongs to the head above it, which is as deep.
    depth =
      /^\s*(?:[{()}\]]|where\b|throws\b|implements\b|extends\b|->)/.test(text) && line < at
        ? width
        : width - 1;
    if (depth < 0) return false;
  }
  return false;
}

/** git cuts the `@@` text at 80 characters, models write just a name. */
function linesWith(index: FileIndex, text: string): number[] {
  const found: number[] = [];
  if (text.replace(/\W/g, '').length < 4) return found;
  for (const [at, line] of index.lines.entries()) if (line.includes(text)) found.push(at);
  return found;
}

/** The place at the file's end, where the edit says so or shows nothing behind its new lines; likewise at the start. */
function byEdge(index: FileIndex, placements: readonly Placement[], atEnd: boolean): Placement | undefined {
  const atEdge = placements.filter((placement) =>
    atEnd
      ? spanOf(placement).last === index.lines.length - 1
      : addsAtEdge(index, placement.lines, placement.at),
  );
  return atEdge.length === 1 ? atEdge[0] : undefined;
}

function byOrder(placements: readonly Placement[], order: FileRange | undefined): Placement | undefined {
  if (order === undefined) return undefined;
  const inside = placements.filter((placement) => {
    const { first, last } = spanOf(placement);
    return first > order.after && last < order.before;
  });
  return inside.length === 1 ? inside[0] : undefined;
}
