import type { EditLine, Replacement } from './edit.js';

/** A longer hunk is none that a model wrote for one place; reading it in other ways as well would cost too much. */
const LONGEST_REREAD = 20_000;
const NO_NEWLINE = /^\\ ?No newline/i;

/**
 * Reads the lines under a `@@` in the ways they can be meant, the most literal first: as written; with context whose
 * leading space was forgotten; with a space set after each `+` and `-`. Which one holds is decided by the file.
 */
export function readHunkLines(raw: readonly string[]): Replacement[] {
  const lines = withoutTrailingBlank(raw);
  const literal = interpret(lines, 0);
  const readings: Replacement[] = [literal.replacement];
  if (lines.length > LONGEST_REREAD) return readings;
  if (literal.hasSpacedContext) readings.push({ ...interpret(lines, 1).replacement, isReindented: true });
  if (setsSpaceAfterSign(lines)) readings.push({ ...interpret(lines, 2).replacement, isReindented: true });
  return readings;
}

/** Blank lines at a hunk's end separate it from what follows; a blank context line there would have its space. */
function withoutTrailingBlank(raw: readonly string[]): readonly string[] {
  let end = raw.length;
  while (end > 0 && raw[end - 1] === '') end -= 1;
  return raw.slice(0, end);
}

/** `way` 0: literal; 1: context keeps its first space; 2: signs lose the space behind them. */
function interpret(
  raw: readonly string[],
  way: 0 | 1 | 2,
): { replacement: Replacement; hasSpacedContext: boolean } {
  const lines: EditLine[] = [];
  let finalNewline: boolean | undefined;
  let lastMarked = false;
  let hasSpacedContext = false;
  for (const line of raw) {
    if (NO_NEWLINE.test(line)) {
      const op = lines.at(-1)?.op;
      if (op === '+' || op === ' ') finalNewline = false;
      else if (op === '-') finalNewline = true;
      lastMarked = true;
      continue;
    }
    if (lastMarked && finalNewline === false && !line.startsWith('+')) finalNewline = undefined;
    lastMarked = false;
    const sign = line.charAt(0);
    if (sign === '+' || sign === '-') {
      lines.push({ op: sign, text: way === 2 ? line.slice(1).replace(/^ /, '') : line.slice(1) });
    } else if (sign === ' ') {
      hasSpacedContext ||= line.trim() !== '';
      lines.push(readSpaced(line, way));
    } else {
      lines.push({ op: ' ', text: line });
    }
  }
  const replacement: Replacement = finalNewline === undefined ? { lines } : { lines, finalNewline };
  return { replacement, hasSpacedContext };
}

/** Whether every changed line has a space behind its sign, some of them old lines that the file can confirm. */
function setsSpaceAfterSign(raw: readonly string[]): boolean {
  const changed = raw.filter((line) => /^[+-]/.test(line) && line.length > 1);
  return changed.some((line) => line.startsWith('-')) && changed.every((line) => line.charAt(1) === ' ');
}

/** Whether a hunk changes anything at all. */
export function changesSomething(replacement: Replacement): boolean {
  return replacement.lines.some((line) => line.op !== ' ') || replacement.finalNewline !== undefined;
}

/** A line that begins with a space: its sign as a kept line, unless signs were left off there. */
function readSpaced(line: string, way: 0 | 1 | 2): EditLine {
  const text = line.slice(1);
  if (line.trim() === '' || way === 2) return { op: ' ', text: way === 1 ? line : text };
  return way === 0 ? { op: ' ', text, other: line } : { op: ' ', text: line, other: text };
}
