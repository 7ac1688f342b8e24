import type { PlaceHint, ReplaceEdit } from '../reading/edit.js';
import type { FileIndex } from './file-index.js';
import type { FileRange } from './locate.js';
import { addsAtEdge } from './evidence.js';
import { declares, isInside, linesWith } from './enclosing.js';
import { spanOf, type Placement } from './match.js';

/** Signals that must agree before they decide between equal places: one alone is a guess. */
const SIGNALS_NEEDED = 2;
/** How many times as far as the nearest place the next one must be. */
const CLEARLY_NEARER = 8;

/** Whether more than the order of the edits can speak for one of several places: with it, they may yet be told apart. */
export function hasSignal({ hint, readings }: Pick<ReplaceEdit, 'hint' | 'readings'>): boolean {
  const text = (readings[0]?.lines ?? []).filter((line) => line.text.trim() !== '');
  return Object.keys(hint).length > 0 || text[0]?.op === '+' || text.at(-1)?.op === '+';
}

/**
 * Decides between places that fit equally well. The line number, the text behind `@@`, an edge of the file, the
 * declaration that the prose names and the order of the edits each name one place or none; at least two must name the same and no other one a different place.
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
    byNames(index, placements, hint.names),
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

/** The only place that stands inside a declaration of a name that the prose above speaks of. */
function byNames(
  index: FileIndex,
  placements: readonly Placement[],
  names: readonly string[] | undefined,
): Placement | undefined {
  if (names === undefined || names.length === 0) return undefined;
  const heads = new Set<number>();
  for (const [at, line] of index.lines.entries()) {
    if (names.some((name) => declares(line, name))) heads.add(at);
  }
  const inside = placements.filter((placement) => isInside(index, spanOf(placement).first, heads));
  return inside.length === 1 ? inside[0] : undefined;
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
