import type { EditLine } from '../reading/edit.js';
import type { Laid } from './adapt-lines.js';
import { hasText } from './evidence.js';
import type { FileIndex } from './file-index.js';
import { isCommentLine } from './relaxation.js';
import { foldTypography } from './typography.js';

/** File lines between two matched ones in which a comment or blank line of the reply is looked for. */
export const LONGEST_GAP = 200;

/** A blank line or a comment, which a pass may leave out. */
export function isSkippable(line: string | undefined): boolean {
  return line !== undefined && (line.trim() === '' || isCommentLine(line));
}

export function isSameLine(line: string | undefined, other: string): boolean {
  return line !== undefined && foldTypography(line).trim() === foldTypography(other).trim();
}

/**
 * With added comments and blank lines that stand in the file where they are added as lines that stay: the reply left
 * them out of its old lines only. A blank line counts as left out where the old lines have none at that place.
 */
export function keepDoubles(index: FileIndex, { lines, at }: Laid): Laid {
  const kept: Laid & { lines: EditLine[]; at: number[] } = { lines: [], at: [] };
  const taken = new Map(at.map((line, order) => [line, lines[order]?.op]));
  const spaced = listSpacedGaps(lines);
  let gap = at.find((line) => line >= 0) ?? 0;
  let number = 0;
  let isBehindNew = false;
  for (const [order, line] of lines.entries()) {
    const fileLine = at[order] ?? -1;
    if (line.op === ' ' && fileLine >= 0) gap = fileLine + 1;
    if (line.op !== '+' && line.text.trim() !== '') number += 1;
    // Behind the first new line that takes the place of others it could be any of those between these.
    if (line.op === ' ') isBehindNew = false;
    if (line.op === '+' && line.text.trim() !== '' && lines[order - 1]?.op === '-') isBehindNew = true;
    const isBlank = line.text.trim() === '';
    const isDouble =
      line.op === '+' && isSkippable(line.text) && !(isBlank && (isBehindNew || spaced.has(number)));
    const double = isDouble ? findDouble(index, gap, line.text, taken) : undefined;
    if (double === undefined) {
      kept.lines.push(line);
      kept.at.push(fileLine);
      continue;
    }
    keepDouble(kept, { op: ' ', text: index.lines[double] ?? '' }, double);
    gap = double + 1;
  }
  return kept;
}

/** It stays where it stands: above what is taken out behind it, and behind the new lines that come before it. */
function keepDouble(kept: { lines: EditLine[]; at: number[] }, line: EditLine, double: number): void {
  const from = kept.lines.findLastIndex(({ op }) => op === ' ') + 1;
  const changed = kept.lines.splice(from).map((one, order) => ({ one, at: kept.at[from + order] ?? -1 }));
  kept.at.length = from;
  const above = changed.filter(({ at }) => at < double);
  const below = changed.filter(({ at }) => at > double);
  for (const { one, at } of [...above, { one: line, at: double }, ...below]) {
    kept.lines.push(one);
    kept.at.push(at);
  }
}

/** The file line from `gap` on that a comment or blank line repeats, among others and text that is taken out. */
function findDouble(
  index: FileIndex,
  gap: number,
  text: string,
  taken: ReadonlyMap<number, EditLine['op'] | undefined>,
): number | undefined {
  for (let line = gap; line - gap < LONGEST_GAP && line < index.lines.length; line += 1) {
    if (taken.has(line)) {
      if (taken.get(line) !== '-' || isSkippable(index.lines[line])) return undefined;
      continue;
    }
    if (!isSkippable(index.lines[line])) return undefined;
    if (isSameLine(index.lines[line], text)) return line;
  }
  return undefined;
}

/** The gaps between old lines of text, by number, in which the old lines have a blank one. */
function listSpacedGaps(lines: readonly EditLine[]): Set<number> {
  const spaced = new Set<number>();
  let number = 0;
  for (const line of lines) {
    if (line.op === '+') continue;
    if (line.text.trim() === '') spaced.add(number);
    else number += 1;
  }
  return spaced;
}

/**
 * New lines between two lines that have text between them in the file, which the reply left out, may belong before that
 * text or after it. It is clear behind a removed line, and where the same new text can be told from lines that do touch
 * in the file: with the blank line before it as its last one, or the one behind as its first. Undefined when unclear.
 */
export function settleInsertions(index: FileIndex, laid: Laid): Laid | undefined {
  const lines = [...laid.lines];
  const at = [...laid.at];
  for (let from = 0; from < lines.length; from += 1) {
    if (lines[from]?.op !== '+') continue;
    let to = from;
    while (lines[to + 1]?.op === '+') to += 1;
    if (!isOpen(index, { lines, at }, from, to)) {
      from = to;
      continue;
    }
    const slid = [slide({ lines, at }, from, to, -1), slide({ lines, at }, from, to, 1)].filter(
      (one) => one !== undefined && !isOpen(index, one.laid, one.from, one.to),
    );
    const [only] = slid;
    if (only === undefined || slid.length > 1) return undefined;
    lines.splice(0, lines.length, ...only.laid.lines);
    at.splice(0, at.length, ...only.laid.at);
    from = Math.max(to, only.to);
  }
  return { lines, at };
}

/** Whether the file has text between the lines before and after the new ones. */
function isOpen(index: FileIndex, { lines, at }: Laid, from: number, to: number): boolean {
  if (lines[from - 1]?.op !== ' ') return false;
  let above = from - 1;
  while (above >= 0 && (at[above] ?? -1) < 0) above -= 1;
  let below = to + 1;
  while (below < at.length && (at[below] ?? -1) < 0) below += 1;
  const previous = at[above];
  const next = at[below];
  return previous !== undefined && next !== undefined && hasText(index, previous + 1, next);
}

/** The same text with the new lines one line further up or down; undefined where the text would change. */
function slide(
  { lines, at }: Laid,
  from: number,
  to: number,
  step: 1 | -1,
): { laid: Laid; from: number; to: number } | undefined {
  const outside = step === 1 ? to + 1 : from - 1;
  const inside = step === 1 ? from : to;
  const kept = lines[outside];
  const fresh = lines[inside];
  if (kept?.op !== ' ' || fresh === undefined || !isSameLine(kept.text, fresh.text)) return undefined;
  const slid = { lines: [...lines], at: [...at] };
  slid.lines[inside] = kept;
  slid.at[inside] = at[outside] ?? -1;
  slid.lines[outside] = fresh;
  slid.at[outside] = -1;
  return { laid: slid, from: from + step, to: to + step };
}
