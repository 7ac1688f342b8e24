import { isDotsLine } from '../guards/elision.js';
import type { EditLine, Replacement } from '../reading/edit.js';
import { adaptAddedLines } from './adapt-lines.js';
import { addsAtEdge, countEvidence, LEAST_EVIDENCE } from './evidence.js';
import type { FileIndex } from './file-index.js';
import { anchor, spanOf, type Placement } from './match.js';
import { LOOSEST } from './relaxation.js';

/** Finds the places of a piece of a replacement; all that there can be when it changes nothing. */
type FindPiece = (piece: Replacement, changes: boolean) => Placement[];

/** Pieces that are looked at: what has more gaps says nothing. */
const MOST_PIECES = 12;

/**
 * `...` lines on both sides of an edit stand for text that stays. The pieces between them must fit in the file's order in
 * one way only; a piece that changes nothing may fit several places.
 */
export function findAroundDots(
  index: FileIndex,
  replacement: Replacement,
  findPiece: FindPiece,
): Placement | undefined {
  const { lines } = replacement;
  if (!lines.some((line) => line.op === ' ' && isDotsLine(line.text))) return undefined;
  if (lines.some((line) => line.op !== ' ' && isDotsLine(line.text))) return undefined;
  const split = splitAtDots(lines);
  if (split.length > MOST_PIECES) return undefined;
  const pieces = split.map((piece) => {
    const changes = piece.some((line) => line.op !== ' ');
    return { changes, placements: findPiece({ lines: piece }, changes) };
  });
  if (pieces.some(({ placements }) => placements.length === 0)) return undefined;
  const chosen = chooseInOrder(pieces.map(({ placements }) => placements));
  const unclear = pieces.some(({ changes }, at) => changes && chosen?.[at] === undefined);
  const found = (chosen ?? [])
    .filter((placement) => placement !== undefined)
    .map((placement) => anchor(index, placement));
  const laid = found.flatMap((placement) => placement.lines);
  const at = found.flatMap((placement) => placement.at);
  if (unclear || found.length === 0 || holdsDots(index, lines, found)) return undefined;
  if (countEvidence(split.flat()) < LEAST_EVIDENCE && !addsAtEdge(index, laid, at)) return undefined;
  const adapted = adaptTogether(index, found, pieces);
  if (adapted === undefined) return undefined;
  return { pass: 'ellipsis', lines: adapted, at, finalNewline: replacement.finalNewline };
}

/** Whether the dots stand in the file itself between the pieces, so that they may mean themselves. */
function holdsDots(index: FileIndex, lines: readonly EditLine[], found: readonly Placement[]): boolean {
  const first = Math.min(...found.map((placement) => spanOf(placement).first));
  const last = Math.max(...found.map((placement) => spanOf(placement).last));
  return lines.some(
    ({ op, text }) =>
      op === ' ' && isDotsLine(text) && index.linesLike(text).some((line) => first <= line && line <= last),
  );
}

/**
 * The lines of all pieces, the added ones adapted by what all of them tell: a piece alone may show no indentation. Pieces
 * that fit several places tell it, too.
 */
function adaptTogether(
  index: FileIndex,
  found: readonly Placement[],
  pieces: readonly { placements: Placement[] }[],
): readonly EditLine[] | undefined {
  const unclear = pieces.flatMap(({ placements }) => (placements.length === 1 ? [] : placements.slice(0, 1)));
  const all = [...unclear, ...found];
  const lines = all.flatMap((placement) => placement.stated ?? placement.lines);
  const at = all.flatMap((placement) => placement.at);
  const adapted = adaptAddedLines(index, { lines, at }, LOOSEST);
  const skipped = unclear.reduce((sum, placement) => sum + placement.at.length, 0);
  return adapted === 'unclear' ? undefined : adapted?.slice(skipped);
}

/**
 * For each piece the only place that it can have while all pieces follow each other, undefined where there are several;
 * undefined when they cannot.
 */
function chooseInOrder(pieces: readonly Placement[][]): (Placement | undefined)[] | undefined {
  const spans = pieces.map((placements) => placements.map(spanOf));
  let after = -1;
  const possible = pieces.map((placements, at) => {
    const rest = placements.filter((_, number) => (spans[at]?.[number]?.first ?? 0) > after);
    after = Math.min(...rest.map((placement) => spanOf(placement).last));
    return rest;
  });
  let before = Infinity;
  for (let at = pieces.length - 1; at >= 0; at -= 1) {
    const rest = (possible[at] ?? []).filter((placement) => spanOf(placement).last < before);
    if (rest.length === 0) return undefined;
    possible[at] = rest;
    before = Math.max(...rest.map((placement) => spanOf(placement).first));
  }
  return possible.map((placements) => (placements.length === 1 ? placements[0] : undefined));
}

function splitAtDots(lines: readonly EditLine[]): EditLine[][] {
  const pieces: EditLine[][] = [[]];
  for (const line of lines) {
    if (line.op === ' ' && isDotsLine(line.text)) pieces.push([]);
    else pieces.at(-1)?.push(line);
  }
  return pieces.filter((piece) => piece.some((line) => line.text.trim() !== '' || line.op !== ' '));
}
