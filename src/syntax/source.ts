import type { Node } from 'web-tree-sitter';

import type { LineSpan, Position } from './types.js';

/** A comment, from its first character to its last without a line end. */
export interface Comment {
  start: number;
  end: number;
  lines: LineSpan;
  /** How it is marked: `//`, `///`, `/**`, `#`. Only comments of the same style make one block. */
  style: string;
  /** Nothing but white space stands around it. */
  alone: boolean;
}

/** A text, its lines and its comments in the order of the text. Indexes are UTF-16 code units. */
export interface Source {
  text: string;
  /** Where each line begins. */
  starts: readonly number[];
  comments: readonly Comment[];
}

/** Where the lines of `text` begin; only `\n` ends a line, as in the trees. */
export function findLineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The line that holds the character at `index`. */
export function lineAt(starts: readonly number[], index: number): number {
  return countUpTo(starts, index) - 1;
}

/** How many of the ascending `numbers` are at most `limit`. */
export function countUpTo(numbers: readonly number[], limit: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((numbers[middle] ?? Infinity) <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function positionAt(source: Source, index: number): Position {
  const line = lineAt(source.starts, index);
  return { line, column: index - (source.starts[line] ?? 0) };
}

/** The lines from `start` to the last character before `end`. */
export function linesOf(source: Source, start: number, end: number): LineSpan {
  return { from: lineAt(source.starts, start), to: lineAt(source.starts, Math.max(start, end - 1)) };
}

/** Where `node` ends, the white space and line end aside that some grammars count in. */
export function endOf(text: string, node: Node): number {
  let end = node.endIndex;
  while (end > node.startIndex && isSpace(text.charCodeAt(end - 1))) end -= 1;
  return end;
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/** Whether only white space stands before `start` on its line. */
export function beginsLine(source: Source, start: number): boolean {
  const lineStart = source.starts[lineAt(source.starts, start)] ?? 0;
  return source.text.slice(lineStart, start).trim() === '';
}

/** Whether only white space, `,`, `;` and comments that end there stand behind `end` on its line. */
export function endsLine(source: Source, end: number): boolean {
  const line = lineAt(source.starts, Math.max(0, end - 1));
  const lineEnd = source.starts[line + 1] ?? source.text.length;
  let at = end;
  for (const comment of commentsFrom(source, end)) {
    if (comment.start >= lineEnd) break;
    if (!isFiller(source.text.slice(at, comment.start)) || comment.lines.to > line) return false;
    at = comment.end;
  }
  return isFiller(source.text.slice(at, lineEnd));
}

function isFiller(text: string): boolean {
  return /^[\s,;]*$/u.test(text);
}

/** The text from `start` to `end` without its comments, in one line, spaces only where they part words. */
export function squeeze(source: Source, start: number, end: number): string {
  let kept = '';
  let at = start;
  for (const comment of commentsFrom(source, start)) {
    if (comment.start >= end) break;
    kept += `${source.text.slice(at, comment.start)} `;
    at = comment.end;
  }
  kept += source.text.slice(at, Math.max(at, end));
  return squeezeText(kept);
}

/** `text` in one line, spaces only where they part words. */
export function squeezeText(text: string): string {
  return text
    .replace(/\s+/gu, ' ')
    .replace(/([([{<]) /gu, '$1')
    .replace(/,? ([)\]},;])/gu, '$1')
    .replace(/,([)\]}])/gu, '$1')
    .trim();
}

function* commentsFrom(source: Source, index: number): Generator<Comment> {
  let low = 0;
  let high = source.comments.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((source.comments[middle]?.start ?? Infinity) < index) low = middle + 1;
    else high = middle;
  }
  for (let at = low; at < source.comments.length; at += 1) {
    const comment = source.comments[at];
    if (comment !== undefined) yield comment;
  }
}
