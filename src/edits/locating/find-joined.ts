import type { EditLine, Replacement } from '../reading/edit.js';
import type { FileIndex } from './file-index.js';
import { anchor, spanOf, type Placement } from './match.js';

type FindPiece = (piece: Replacement) => Placement[];

/** Context lines between two changes at which a hunk may be parted, and parts that it may have. */
const MOST_SPLITS = 12;
const MOST_PARTS = 6;

/**
 * A hunk that goes on at another place without a new `@@`: it is parted between two changes, where each part then has
 * one place, the first above the second. If it can be parted in ways that end differently, it has none.
 */
export function findJoined(
  index: FileIndex,
  replacement: Replacement,
  findPiece: FindPiece,
): Placement | undefined {
  const gaps = listGaps(replacement.lines);
  if (gaps.length === 0 || gaps.length >= MOST_PARTS) return undefined;
  const found = new Map<string, Placement>();
  for (const gap of gaps) {
    if (gap.to - gap.from > MOST_SPLITS) continue;
    for (let at = gap.from; at <= gap.to; at += 1) {
      const joined = findParted(index, replacement, at, findPiece);
      if (joined !== undefined) found.set(describeChanges(joined), joined);
    }
  }
  const [only] = found.values();
  return found.size === 1 ? only : undefined;
}

function findParted(
  index: FileIndex,
  replacement: Replacement,
  at: number,
  findPiece: FindPiece,
): Placement | undefined {
  const { lines } = replacement;
  const [head, second] = findPiece({ lines: lines.slice(0, at) });
  if (head === undefined || second !== undefined) return undefined;
  const rest = { ...replacement, lines: lines.slice(at) };
  const [tail, other] = findPiece(rest);
  const found = tail !== undefined && other === undefined ? tail : findJoined(index, rest, findPiece);
  if (found === undefined || spanOf(head).last >= spanOf(found).first) return undefined;
  const placed = anchor(index, found);
  return {
    pass: 'context',
    lines: [...head.lines, ...placed.lines],
    at: [...head.at, ...placed.at],
    finalNewline: placed.finalNewline,
  };
}

/** Where context stands between two changes: a hunk may be parted before each of its lines and after the last. */
function listGaps(lines: readonly EditLine[]): { from: number; to: number }[] {
  const gaps: { from: number; to: number }[] = [];
  let from = -1;
  for (const [at, line] of lines.entries()) {
    if (line.op !== ' ') {
      if (from > 0 && lines[from - 1]?.op !== ' ') gaps.push({ from, to: at });
      from = at + 1;
    }
  }
  return gaps.filter((gap) => gap.from > 0 && gap.to > gap.from);
}

function describeChanges(placement: Placement): string {
  let gap = 0;
  return placement.lines
    .flatMap((line, order) => {
      const at = placement.at[order] ?? -1;
      if (at >= 0) gap = at + 1;
      return line.op === ' ' ? [] : [`${line.op}${gap}:${line.text}`];
    })
    .join('\n');
}
