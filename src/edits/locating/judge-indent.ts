import type { EditLine } from '../reading/edit.js';
import type { FileIndex } from './file-index.js';
import { indentOf } from './indentation.js';

/** A line after which the next one is deeper. */
const OPENS = /(?:[{([:]|=>|\bthen|\bdo|\belse)\s*(?:\/\/.*|#.*)?$/;
const CLOSES = /^\s*(?:[})\]]|<\/|end\b|else\b|elif\b|except\b|finally\b|catch\b|case\b|default\b)/;
/** A line that goes on in the next one, which may then be indented in any way. */
const GOES_ON = /(?:[,+*/&|=?.\\<-]|\b(?:and|or|not|return))\s*$/;
const CONTINUES = /^\s*(?:[.?:&|+*=-]|(?:and|or)\b)/;

/** A line of a block comment, which stands a space deeper than the code around it. */
const INSIDE_COMMENT = /^\s*\*(?:\s|\/|$)/;

/**
 * How many lines of a result stand as no program would: deeper than the one before without reason, not deeper where it
 * opens a block, off the file's step. Tells only between ways to indent the same lines, never where to write.
 */
export function countOddities(index: FileIndex, lines: readonly EditLine[], at: readonly number[]): number {
  const known = at.filter((line) => line >= 0);
  const texts = lines.flatMap((line, order) => {
    if (line.op === '-') return [];
    const file = index.lines[at[order] ?? -1];
    return line.op === '+' ? [{ text: line.text, isNew: true }] : [{ text: file ?? '', isNew: false }];
  });
  const before = lastText(index, Math.min(...known) - 1, -1);
  const after = lastText(index, Math.max(...known) + 1, 1);
  const all = [{ text: before, isNew: false }, ...texts, { text: after, isNew: false }].filter(
    ({ text }) => text.trim() !== '',
  );
  let oddities = 0;
  for (const [order, { text, isNew }] of all.entries()) {
    const previous = all[order - 1] ?? { text: '', isNew: false };
    if (!isNew && !previous.isNew) continue;
    if (previous.text !== '' && isMisplaced(index, previous.text, text)) oddities += 1;
    if (isNew && isOffStep(index, previous.text, text)) oddities += 1;
  }
  return oddities;
}

/**
 * Which of two spellings of a new line, one with a space more in front, the file's indentation allows: that of a
 * neighbour, or a whole number of steps. Undefined when both or none.
 */
export function settleIndent(
  index: FileIndex,
  one: string,
  other: string,
  neighbours: readonly string[],
): string | undefined {
  if (one === other) return one;
  const fits = [one, other].filter((text) => {
    const indent = indentOf(text);
    return neighbours.some(
      (neighbour) =>
        indentOf(neighbour) === indent && (INSIDE_COMMENT.test(text) || !INSIDE_COMMENT.test(neighbour)),
    );
  });
  if (fits.length === 1) return fits[0];
  const unit = index.indentUnit;
  // A file of tabs has no lines with a space or two.
  if (unit < 2) return [one, other].find((text) => !indentOf(text).includes(' '));
  const steps = [one, other].filter((text) => {
    const indent = indentOf(text);
    return !indent.includes('\t') && indent.length % unit === 0;
  });
  return steps.length === 1 ? steps[0] : undefined;
}

/** The nearest line of text from `start` on, in steps of `step`; the empty string past the file's end. */
function lastText(index: FileIndex, start: number, step: 1 | -1): string {
  for (let line = start; line >= 0 && line < index.lines.length; line += step) {
    const text = index.lines[line] ?? '';
    if (text.trim() !== '') return text;
  }
  return '';
}

/** Whether a line is deeper or less deep than the one before without a reason. */
function isMisplaced(index: FileIndex, previous: string, text: string): boolean {
  const unit = index.indentUnit;
  const before = indentOf(previous);
  const indent = indentOf(text);
  if (indent === before) return OPENS.test(previous) && !CLOSES.test(text);
  if (GOES_ON.test(previous) || CONTINUES.test(text)) return false;
  if (OPENS.test(previous)) {
    const deeper = before.includes('\t') || unit === 0 ? `${before}\t` : before + ' '.repeat(unit);
    return indent !== deeper && !CLOSES.test(text);
  }
  return indent.startsWith(before) || !before.startsWith(indent);
}

/** Whether a line is a part of a step deeper or less deep than the one before. */
function isOffStep(index: FileIndex, previous: string, text: string): boolean {
  const indent = indentOf(text);
  const unit = index.indentUnit;
  if (indent === indentOf(previous) || indent.includes('\t')) return false;
  return unit > 1 ? indent.length % unit !== 0 : indent !== '';
}
