import type { Placement } from '../locating/match.js';
import type { EditLine } from '../reading/edit.js';
import type { MatchPass } from '../types.js';

/**
 * Lines of a file that become other lines. `lines` holds the file lines from `from` to `to` in their order, kept or
 * removed, with the new ones between; an insertion has `to = from - 1` and stands before the file line `from`.
 */
export interface Change {
  from: number;
  to: number;
  lines: readonly EditLine[];
}

export function insertion(before: number, lines: readonly string[]): Change {
  return { from: before, to: before - 1, lines: lines.map((text) => ({ op: '+', text })) };
}

/** The first two changes that want the same lines, by their position in `changes`; insertions at one point do not. */
export function findOverlap(changes: readonly Change[]): { one: number; other: number } | undefined {
  const order = changes.map((change, at) => ({ change, at })).sort((a, b) => compare(a.change, b.change));
  let last: { change: Change; at: number } | undefined;
  for (const next of order) {
    if (last !== undefined && next.change.from <= last.change.to)
      return { one: Math.min(last.at, next.at), other: Math.max(last.at, next.at) };
    if (last === undefined || next.change.to > last.change.to) last = next;
  }
  return undefined;
}

/** Lays changes that do not overlap over the file as one placement; those at one point keep their order. */
export function placeChanges(
  fileLines: readonly string[],
  changes: readonly Change[],
  pass: MatchPass,
): Placement {
  const lines: EditLine[] = [];
  const at: number[] = [];
  let next = -1;
  const keep = (line: number) => {
    lines.push({ op: ' ', text: fileLines[line] ?? '' });
    at.push(line);
    next = line + 1;
  };
  const opensFile = changes.some(({ from, to }) => from === 0 && to < 0) && fileLines.length > 0;
  const first: Change = { from: 0, to: 0, lines: [{ op: ' ', text: fileLines[0] ?? '' }] };
  // What goes above all lines holds on to the first of them.
  const anchored =
    opensFile && !changes.some(({ from, to }) => from === 0 && to >= 0) ? [...changes, first] : changes;
  for (const change of anchored.toSorted(compare)) {
    // A new line goes behind the file line before it: that one has to be there to hold on to. And a line that is kept
    // between two changes keeps the blank lines there from going with what both take out.
    if (next !== change.from && change.from > 0) keep(change.from - 1);
    let line = change.from;
    for (const edited of change.lines) {
      lines.push(edited);
      at.push(edited.op === '+' ? -1 : line++);
    }
    next = change.to + 1;
  }
  if (!at.some((line) => line >= 0) && fileLines.length > 0) keep(0);
  return { pass, lines, at, finalNewline: undefined };
}

function compare(one: Change, other: Change): number {
  return one.from - other.from || one.to - other.to;
}
