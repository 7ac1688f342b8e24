import type { EditLine } from '../reading/edit.js';
import type { FileIndex } from './file-index.js';

/** Letters and signs that must remain to be compared after lines were set aside. (aider, Gemini CLI: 10) */
export const LEAST_EVIDENCE = 10;
/** The same where no line was set aside, and only white space in lines is overlooked. */
export const LEAST_OF_ALL_LINES = 4;

/** Letters and signs of the lines that must stand in the file. */
export function countEvidence(lines: readonly EditLine[]): number {
  return lines.reduce((sum, line) => sum + (line.op === '+' ? 0 : line.text.replace(/\s/g, '').length), 0);
}

/** Whether an edit adds where the file begins or ends and shows no line beyond: no other place would do. */
export function addsAtEdge(index: FileIndex, lines: readonly EditLine[], at: readonly number[]): boolean {
  const known = at.filter((line) => line >= 0);
  if (known.length === 0) return false;
  const text = lines.filter((line) => line.text.trim() !== '');
  const addsBelow = text.at(-1)?.op === '+' && text.findLast((line) => line.op !== '+')?.op === ' ';
  const addsAbove = text[0]?.op === '+' && text.find((line) => line.op !== '+')?.op === ' ';
  return (
    (addsBelow && !hasText(index, Math.max(...known) + 1, index.lines.length)) ||
    (addsAbove && !hasText(index, 0, Math.min(...known)))
  );
}

/** Whether any of these file lines has text. */
export function hasText(index: FileIndex, from: number, to: number): boolean {
  for (let line = from; line < to; line += 1) if ((index.lines[line] ?? '').trim() !== '') return true;
  return false;
}
