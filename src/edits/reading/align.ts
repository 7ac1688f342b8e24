import { diffArrays } from 'diff';
import type { EditLine } from './edit.js';

/** Edits between two sides beyond which their middle counts as rewritten: keeps the diff far from quadratic. */
const MOST_EDITS = 400;

/**
 * Old and new lines as one list of kept, removed and added lines, so that a line which stays is never written anew and
 * keeps the bytes it has in the file.
 */
export function alignLines(old: readonly string[], fresh: readonly string[]): EditLine[] {
  let head = 0;
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head += 1;
  let tail = 0;
  const most = Math.min(old.length, fresh.length) - head;
  while (tail < most && old[old.length - 1 - tail] === fresh[fresh.length - 1 - tail]) tail += 1;
  const middle = alignMiddle(old.slice(head, old.length - tail), fresh.slice(head, fresh.length - tail));
  return [...toLines(' ', old.slice(0, head)), ...middle, ...toLines(' ', old.slice(old.length - tail))];
}

function alignMiddle(old: string[], fresh: string[]): EditLine[] {
  const parts =
    old.length === 0 || fresh.length === 0
      ? undefined
      : diffArrays(old, fresh, { maxEditLength: MOST_EDITS });
  if (parts === undefined) return [...toLines('-', old), ...toLines('+', fresh)];
  return parts.flatMap((part) => toLines(part.added ? '+' : part.removed ? '-' : ' ', part.value));
}

function toLines(op: EditLine['op'], lines: readonly string[]): EditLine[] {
  return lines.map((text) => ({ op, text }));
}
