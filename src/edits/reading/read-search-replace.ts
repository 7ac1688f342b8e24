import { alignLines } from './align.js';
import { cutOff, type Edit, type Replacement } from './edit.js';
import type { SearchReplaceBlock } from './search-replace.js';

const FENCE = /^\s*(?:`{3,}|~{3,})/;
const DIVIDER = /^\s*={5,9}\s*$/;

/** One block as an edit. `open` says that the reply may still grow behind it. */
export function readSearchReplace(
  block: SearchReplaceBlock,
  path: string | undefined,
  inherited: boolean,
  open: boolean,
): Edit {
  // A fence ends a block only if no closing marker follows, which an open reply cannot know.
  const mayGrow = open && block.end !== 'marker' && block.end !== 'next';
  const base = { format: 'search-replace' as const, path, inherited, complete: !mayGrow };
  if (block.dividers.length === 0) {
    return {
      ...base,
      kind: 'broken',
      problem: 'The block has no ======= line between its old and its new lines.',
      advice: 'Write <<<<<<< SEARCH, the old lines, =======, the new lines, >>>>>>> REPLACE.',
    };
  }
  if (block.end === 'next') {
    return {
      ...base,
      kind: 'broken',
      problem: 'The block does not end with >>>>>>> REPLACE before the next one starts.',
      advice: 'End each block with a line >>>>>>> REPLACE.',
    };
  }
  if (block.end === 'reply' && !open) {
    return cutOff(base);
  }
  const splits = splitBody(block);
  const first = splits.at(-1);
  if (first !== undefined && first.old.every((line) => line.trim() === '')) {
    return { ...base, kind: 'create', lines: unwrap(first.fresh) ?? first.fresh, finalNewline: true };
  }
  const readings: Replacement[] = [];
  for (const { old, fresh } of splits) {
    readings.push({ lines: alignLines(old, fresh) });
    const inner = unwrap(old);
    if (inner !== undefined) readings.push({ lines: alignLines(inner, unwrap(fresh) ?? fresh) });
  }
  return { ...base, kind: 'replace', readings, hint: {}, oldIsComplete: block.dividers.length > 0 };
}

/**
 * The ways to part a body at its dividers. A second one right at the end stands for the closing marker (seen with
 * models that copy the wrong line); elsewhere lines of `=` may be text, a heading in Markdown for one, and the file
 * decides which of them parts old from new.
 */
function splitBody(block: SearchReplaceBlock): { old: string[]; fresh: string[] }[] {
  let body = block.body;
  let dividers = block.dividers.slice(0, 8);
  while (body.length > 0 && body.at(-1)?.trim() === '' && (block.end === 'fence' || block.end === 'reply'))
    body = body.slice(0, -1);
  const last = dividers.at(-1);
  if (dividers.length > 1 && last === body.length - 1 && DIVIDER.test(body.at(-1) ?? '')) {
    body = body.slice(0, -1);
    dividers = dividers.slice(0, -1);
  }
  // The longest old side first: if the file really has it, lines of `=` included, it is what was meant.
  return dividers.map((at) => ({ old: body.slice(0, at), fresh: body.slice(at + 1) })).reverse();
}

/** The lines inside a fence that wraps them all, or undefined. */
function unwrap(lines: readonly string[]): string[] | undefined {
  const first = lines.findIndex((line) => line.trim() !== '');
  const last = lines.findLastIndex((line) => line.trim() !== '');
  if (first < 0 || last <= first) return undefined;
  if (!FENCE.test(lines[first] ?? '') || !/^\s*(?:`{3,}|~{3,})\s*$/.test(lines[last] ?? '')) return undefined;
  return lines.slice(first + 1, last);
}
