import { spanOf, type Placement } from './locating/match.js';
import { lacksFinalNewline, renderSource, type OutputLine, type SourceText } from './source-text.js';

/** New lines that go before file line `gap`, written by the placement with this number. */
interface Insertion {
  by: number;
  lines: OutputLine[];
}

/** Two placements, by number, that want the same lines. */
export interface Overlap {
  one: number;
  other: number;
}

/**
 * Applies placed edits to a file, all against its original text. Only lines that an edit takes out disappear, only
 * lines that it adds are new; every other line keeps its bytes. Returns the first overlap instead when two edits take
 * out the same line, or put lines at one point in an order that nothing tells.
 */
export function spliceEdits(source: SourceText, placements: readonly Placement[]): string | Overlap {
  const removedBy = new Int32Array(source.lines.length).fill(-1);
  const gaps = new Map<number, Insertion[]>();
  let finalNewline: boolean | undefined;
  for (const [by, placement] of placements.entries()) {
    const overlap = removeLines(source, placement, by, removedBy);
    if (overlap !== undefined) return overlap;
    insertLines(source, placement, by, gaps);
    if (placement.finalNewline !== undefined && reachesEnd(source, placement))
      finalNewline = placement.finalNewline;
  }
  for (const [gap, insertions] of gaps) {
    const overlap = orderInsertions(insertions, placements, gap) ?? insideRemoved(insertions, gap, removedBy);
    if (overlap !== undefined) return overlap;
  }
  return render(source, removedBy, gaps, finalNewline);
}

function removeLines(
  source: SourceText,
  placement: Placement,
  by: number,
  removedBy: Int32Array,
): Overlap | undefined {
  let previous = -1;
  for (const [order, line] of placement.lines.entries()) {
    const at = placement.at[order] ?? -1;
    if (at < 0) continue;
    if (line.op === '-') {
      const other = removedBy[at] ?? -1;
      if (other >= 0) return { one: other, other: by };
      removedBy[at] = by;
      removeBlanksBetween(source, previous, at, by, removedBy);
      previous = at;
    } else if (line.op === ' ') previous = -1;
  }
  return undefined;
}

/** Only blank lines between two lines that go, left out by the reply, go with them; comments and all else stay. */
function removeBlanksBetween(
  source: SourceText,
  previous: number,
  at: number,
  by: number,
  removedBy: Int32Array,
): void {
  if (previous < 0) return;
  const isBlank = (line: number) => (source.lines[line] ?? '').trim() === '';
  for (let line = previous + 1; line < at; line += 1) if (!isBlank(line)) return;
  for (let line = previous + 1; line < at; line += 1) if ((removedBy[line] ?? -1) < 0) removedBy[line] = by;
}

function insertLines(
  source: SourceText,
  placement: Placement,
  by: number,
  gaps: Map<number, Insertion[]>,
): void {
  let gap = spanOf(placement).first;
  let replaced: number[] = [];
  for (const [order, line] of placement.lines.entries()) {
    const at = placement.at[order] ?? -1;
    if (line.op !== '+') {
      if (line.op === ' ') replaced = [];
      if (at >= 0) {
        if (line.op === '-') replaced.push(at);
        gap = at + 1;
      }
    } else {
      const end = endFor(source, replaced.shift());
      const known = gaps.get(gap) ?? [];
      let own = known.at(-1);
      if (own?.by !== by) {
        own = { by, lines: [] };
        known.push(own);
      }
      own.lines.push({ text: line.text, end });
      gaps.set(gap, known);
    }
  }
}

/** A line that takes another's place takes its end; a missing one is left to the neighbours. */
function endFor(source: SourceText, replaced: number | undefined): string | undefined {
  const end = replaced === undefined ? undefined : source.ends[replaced];
  return end === '' ? undefined : end;
}

function reachesEnd(source: SourceText, placement: Placement): boolean {
  return spanOf(placement).last >= source.lines.length - 1;
}

/** Puts what two edits insert at one point into the order of their places; undefined when that tells the order. */
function orderInsertions(
  insertions: Insertion[],
  placements: readonly Placement[],
  gap: number,
): Overlap | undefined {
  const [one, other, third] = insertions;
  if (one === undefined || other === undefined) return undefined;
  if (third !== undefined) return { one: one.by, other: third.by };
  const isBefore = (insertion: Insertion) => spanOfNumber(placements, insertion.by).last < gap;
  const isAfter = (insertion: Insertion) => spanOfNumber(placements, insertion.by).first >= gap;
  if (isBefore(one) && isAfter(other)) return undefined;
  if (isBefore(other) && isAfter(one)) {
    insertions.reverse();
    return undefined;
  }
  return { one: one.by, other: other.by };
}

function spanOfNumber(placements: readonly Placement[], by: number): { first: number; last: number } {
  const placement = placements[by];
  return placement === undefined ? { first: 0, last: -1 } : spanOf(placement);
}

function insideRemoved(
  insertions: readonly Insertion[],
  gap: number,
  removedBy: Int32Array,
): Overlap | undefined {
  const before = removedBy[gap - 1] ?? -1;
  const after = removedBy[gap] ?? -1;
  const stranger = insertions.find((insertion) => insertion.by !== before);
  if (before >= 0 && before === after && stranger !== undefined) return { one: before, other: stranger.by };
  return undefined;
}

function render(
  source: SourceText,
  removedBy: Int32Array,
  gaps: ReadonlyMap<number, readonly Insertion[]>,
  finalNewline: boolean | undefined,
): string {
  const output: OutputLine[] = [];
  for (let at = 0; at <= source.lines.length; at += 1) {
    for (const insertion of gaps.get(at) ?? []) for (const line of insertion.lines) output.push(line);
    const text = source.lines[at];
    if (text !== undefined && (removedBy[at] ?? -1) < 0) output.push({ text, end: source.ends[at] ?? '' });
  }
  const last = output.at(-1);
  if (finalNewline !== undefined && last !== undefined) {
    if (finalNewline && last.end === '') last.end = undefined;
    if (!finalNewline) last.end = '';
  } else if (last !== undefined && isNew(source, output, gaps) && lacksFinalNewline(source)) {
    last.end = '';
  }
  return renderSource(source, output, true);
}

/** Whether the output's last line is one that an edit put behind all of the original's. */
function isNew(
  source: SourceText,
  output: readonly OutputLine[],
  gaps: ReadonlyMap<number, readonly Insertion[]>,
): boolean {
  const last = output.at(-1);
  return (gaps.get(source.lines.length) ?? []).some((insertion) => insertion.lines.includes(last ?? NOTHING));
}

const NOTHING: OutputLine = { text: '', end: '' };
