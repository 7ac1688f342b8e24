import { addedLinesOf } from './feedback.js';
import type { Edit } from './reading/edit.js';
import { oldLinesOf } from './reading/edit.js';

/** Letters and digits that lines must have in all before repeating them is no accident. */
const LEAST_SAID = 6;

/**
 * Whether an edit is the example of the format rules, word for word: all its lines stand there. (Seen with a real 1.5B
 * model: seven of seven replies in the unified diff format.)
 */
export function repeatsExample(edit: Edit, example: string | undefined): boolean {
  if (example === undefined || example.trim() === '') return false;
  const old = edit.kind === 'replace' && edit.readings[0] !== undefined ? oldLinesOf(edit.readings[0]) : [];
  const lines = [...old, ...addedLinesOf(edit)].map((line) => line.trim()).filter((line) => line !== '');
  if (lines.join('').replace(/\W/g, '').length < LEAST_SAID) return false;
  const known = new Set<string>();
  for (const line of example.split('\n')) {
    known.add(line.trim());
    known.add(line.replace(/^[+\- ]/, '').trim());
  }
  return lines.every((line) => known.has(line));
}
