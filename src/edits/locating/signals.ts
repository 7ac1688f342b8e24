import type { PlaceHint } from '../reading/edit.js';
import type { FileIndex } from './file-index.js';
import type { FileRange } from './locate.js';
import { spanOf, type Placement } from './match.js';

/** Signals that must agree before they decide between equal places: one alone is a guess. */
const SIGNALS_NEEDED = 2;

/**
 * Decides between places that fit equally well. The line number, the text behind `@@`, the end of the file and the
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
    hint.atEnd === true ? byEnd(index, placements) : undefined,
    byOrder(placements, order),
  ].filter((placement) => placement !== undefined);
  const [first] = named;
  if (first === undefined || named.length < SIGNALS_NEEDED) return undefined;
  return named.every((placement) => placement === first) ? first : undefined;
}

/** The place nearest to the stated line, if it is less than half as far away as the next. */
function byLine(placements: readonly Placement[], line: number | undefined): Placement | undefined {
  if (line === undefined) return undefined;
  const byDistance = placements
    .map((placement) => ({ placement, distance: Math.abs(spanOf(placement).first + 1 - line) }))
    .sort((one, other) => one.distance - other.distance);
  const [nearest, second] = byDistance;
  if (nearest === undefined || second === undefined) return nearest?.placement;
  return nearest.distance * 2 < second.distance ? nearest.placement : undefined;
}

/** The first place below the only line that the `@@` text names. */
function bySections(
  index: FileIndex,
  placements: readonly Placement[],
  sections: readonly string[] | undefined,
): Placement | undefined {
  const text = sections?.at(-1)?.trim();
  if (text === undefined || text === '') return undefined;
  let lines: readonly number[] = index.linesLike(text);
  if (lines.length === 0) lines = linesWith(index, text);
  const [line] = lines;
  if (line === undefined || lines.length > 1) return undefined;
  return placements
    .filter((placement) => spanOf(placement).last >= line)
    .sort((one, other) => spanOf(one).first - spanOf(other).first)
    .at(0);
}

/** git cuts the `@@` text at 80 characters, models write just a name. */
function linesWith(index: FileIndex, text: string): number[] {
  const found: number[] = [];
  if (text.replace(/\W/g, '').length < 4) return found;
  for (const [at, line] of index.lines.entries()) if (line.includes(text)) found.push(at);
  return found;
}

function byEnd(index: FileIndex, placements: readonly Placement[]): Placement | undefined {
  return placements.find((placement) => spanOf(placement).last === index.lines.length - 1);
}

function byOrder(placements: readonly Placement[], order: FileRange | undefined): Placement | undefined {
  if (order === undefined) return undefined;
  const inside = placements.filter((placement) => {
    const { first, last } = spanOf(placement);
    return first > order.after && last < order.before;
  });
  return inside.length === 1 ? inside[0] : undefined;
}
