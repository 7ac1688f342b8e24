import type { EditLine } from '../reading/edit.js';
import type { Laid } from './adapt-lines.js';
import type { FileIndex } from './file-index.js';
import { isSkippable } from './settle-insertions.js';

interface Entry {
  line: EditLine;
  at: number;
}

/** What the file has between two removed lines, and how many of the new lines belong before it. */
interface Gap {
  /** The removed lines before it. */
  removed: number;
  added: number;
  /** File lines: the first, and the one after the last. */
  from: number;
  to: number;
}

/**
 * With blank lines and comments that the reply left out between lines that change as lines that stay, each between the
 * new lines that take the place of those around it. That is clear where the reply has its new lines on both sides of a
 * removed one, and where there are as many new lines as old ones. Undefined where it is not, and the new lines have no
 * blank one of their own; a single new line, or none, has nothing that could stand between.
 */
export function keepGaps(index: FileIndex, { lines, at }: Laid): Laid | undefined {
  const kept: Entry[] = [];
  for (let from = 0; from < lines.length;) {
    let to = from;
    while (to < lines.length && lines[to]?.op !== ' ') to += 1;
    const group = lines.slice(from, to).map((line, order) => ({ line, at: at[from + order] ?? -1 }));
    const settled = settleGroup(index, group);
    if (settled === undefined) return undefined;
    kept.push(...settled);
    const next = lines[to];
    if (next !== undefined) kept.push({ line: next, at: at[to] ?? -1 });
    from = to + 1;
  }
  return { lines: kept.map(({ line }) => line), at: kept.map((entry) => entry.at) };
}

function settleGroup(index: FileIndex, group: readonly Entry[]): readonly Entry[] | undefined {
  const removed = group.filter(({ line }) => line.op === '-');
  const added = group.filter(({ line }) => line.op === '+');
  if (removed.length < 2 || added.filter(isText).length < 2) return group;
  const gaps = findGaps(index, group);
  if (gaps === 'unclear') return added.every(isText) ? undefined : group;
  if (gaps.length === 0) return group;
  const settled: Entry[] = [];
  let [removedFrom, addedFrom] = [0, 0];
  for (const gap of gaps) {
    settled.push(...removed.slice(removedFrom, gap.removed), ...added.slice(addedFrom, gap.added));
    [removedFrom, addedFrom] = [gap.removed, gap.added];
    for (let line = gap.from; line < gap.to; line += 1) {
      const text = index.lines[line] ?? '';
      // The new lines have it too.
      if (added[addedFrom]?.line.text.trim() === text.trim()) addedFrom += 1;
      settled.push({ line: { op: ' ', text }, at: line });
    }
  }
  return [...settled, ...removed.slice(removedFrom), ...added.slice(addedFrom)];
}

/** The gaps that can be kept; `unclear` if it can't be told where one of them goes. */
function findGaps(index: FileIndex, group: readonly Entry[]): Gap[] | 'unclear' {
  const texts = (op: EditLine['op']) => group.filter((one) => one.line.op === op && isText(one)).length;
  const isOneToOne = texts('-') === texts('+');
  const gaps: Gap[] = [];
  let [removed, removedTexts, added] = [0, 0, 0];
  let last: Entry | undefined;
  let isDivided = false;
  for (const entry of group) {
    if (entry.line.op === '+') {
      added += 1;
      isDivided = true;
      continue;
    }
    if (last !== undefined && entry.at >= 0) {
      const [from, to] = [last.at + 1, entry.at];
      if (from < to && index.lines.slice(from, to).every(isSkippable)) {
        if (!isDivided && !isOneToOne) return 'unclear';
        const before = isDivided ? added : positionAfter(group, removedTexts);
        gaps.push({ removed, added: Math.max(before, gaps.at(-1)?.added ?? 0), from, to });
      }
    }
    removed += 1;
    if (isText(entry)) removedTexts += 1;
    if (entry.at >= 0) last = entry;
    isDivided = false;
  }
  return gaps;
}

/** How many added lines there are up to the one that is the `count`th with text. */
function positionAfter(group: readonly Entry[], count: number): number {
  const added = group.filter(({ line }) => line.op === '+');
  let texts = 0;
  for (const [at, entry] of added.entries()) {
    if (isText(entry)) texts += 1;
    if (texts === count) return at + 1;
  }
  return added.length;
}

function isText({ line }: Entry): boolean {
  return line.text.trim() !== '';
}
