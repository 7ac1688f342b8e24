import type { EditLine, Replacement } from '../reading/edit.js';
import { DROPPED, NEW, Search, type Alignment, type Allowed, type Item } from './align-items.js';
import { positionsOf, type FileIndex, type Keys } from './file-index.js';
import { addsAtEdge, countEvidence, LEAST_EVIDENCE } from './evidence.js';
import { layOver, spanOf, type Placement } from './match.js';
import type { Relaxation } from './relaxation.js';

/** Old lines of the longest hunk that is looked at in this way: none that a model wrote for one place is longer. */
const MOST_ITEMS = 2000;
/** Alignments from which on the lines fit so often that they fit nowhere. */
const MOST_PLACES = 200;
/** File lines around a hunk in which a dropped context line may stand after all. */
const NEIGHBOURHOOD = 12;
/** The places with the fewest guesses. */
export interface Aligned {
  placements: Placement[];
  guesses: number;
}

const NOWHERE: Aligned = { placements: [], guesses: Infinity };

/**
 * The places of a hunk of which not all lines stand in the file. Its lines must follow each other in the file without a
 * gap; what the file lacks there is new text if it touches a stated change, or is dropped at an edge, as little of it as
 * possible.
 */
export function alignHunk(
  index: FileIndex,
  replacement: Replacement,
  relaxed: Relaxation,
  allowed: Allowed,
): Aligned {
  const { lines } = replacement;
  const items = listItems(index, replacement, relaxed);
  const firstChange = lines.findIndex((line) => line.op !== ' ');
  const anchor = findAnchor(items, firstChange, allowed);
  if (anchor === undefined || items.length > MOST_ITEMS) return NOWHERE;
  if (items.some((item) => item.isRemoved && item.id < 0)) return NOWHERE;
  const keys = index.keysFor(relaxed);
  const lastChange = lines.findLastIndex((line) => line.op !== ' ');
  const search = new Search(index, lines, items, keys.ids, lastChange, allowed);
  const alignments: Alignment[] = [];
  for (const position of findStarts(index, keys, items, anchor, lastChange, allowed)) {
    alignments.push(...search.from(anchor, position));
    if (alignments.length > MOST_PLACES || !index.spend(1)) return NOWHERE;
  }
  return placeAlignments(index, replacement, relaxed, items, keys, alignments);
}

function listItems(index: FileIndex, replacement: Replacement, relaxed: Relaxation): Item[] {
  const { orders, ids } = index.encode(replacement, relaxed);
  return orders.map((order, at) => ({
    order,
    id: ids[at] ?? -1,
    isRemoved: replacement.lines[order]?.op === '-',
    isUnknown: (ids[at] ?? -1) < 0 && index.linesLike(replacement.lines[order]?.text ?? '').length === 0,
  }));
}

/**
 * The item that must stand in the file: the last context before the first change, or the first item where there is none.
 * Lines between it and the change that the file has not may be new.
 */
function findAnchor(items: readonly Item[], firstChange: number, allowed: Allowed): number | undefined {
  const before = items.findLastIndex((item) => item.order < firstChange);
  if (before < 0 || allowed.pluses === 'none') return items.length === 0 ? undefined : Math.max(0, before);
  const known = items.findLastIndex((item, at) => at <= before && item.id >= 0);
  return known < 0 ? undefined : known;
}

/** Where the anchor can stand: where all lines around it do that are neither new nor dropped, whatever is allowed. */
function* findStarts(
  index: FileIndex,
  keys: Keys,
  items: readonly Item[],
  anchor: number,
  lastChange: number,
  allowed: Allowed,
): Generator<number> {
  const from = allowed.context ? anchor : 0;
  let to = anchor + 1;
  while (
    to < items.length &&
    (allowed.pluses === 'none' ? (items[to]?.order ?? 0) < lastChange : items[to]?.isRemoved)
  )
    to += 1;
  const sure = items.slice(from, to);
  if (sure.some((item) => item.id < 0)) return;
  const counts = sure.map((item) => positionsOf(keys, item.id).length);
  const rarest = counts.indexOf(Math.min(...counts));
  for (const position of positionsOf(keys, sure[rarest]?.id ?? -1)) {
    const start = position - rarest;
    const matches = start >= 0 && sure.every((item, at) => keys.ids[start + at] === item.id);
    if (matches) yield start + anchor - from;
    else if (!index.spend(1)) return;
  }
}

function placeAlignments(
  index: FileIndex,
  replacement: Replacement,
  relaxed: Relaxation,
  items: readonly Item[],
  keys: Keys,
  alignments: readonly Alignment[],
): Aligned {
  const byGuesses = [...alignments].sort((one, other) => one.guesses - other.guesses);
  let most = Infinity;
  const found = new Map<string, Placement>();
  for (const alignment of byGuesses) {
    if (alignment.guesses > most) break;
    const placement = placeAlignment(index, replacement, relaxed, items, keys, alignment);
    if (placement === undefined) continue;
    if (placement.isUnclear === true) return NOWHERE;
    if (!agrees(index, replacement.lines, items, alignment, placement)) return NOWHERE;
    most = alignment.guesses;
    found.set(describeResult(index, placement), placement);
  }
  const [only] = found.values();
  if (only === undefined) return NOWHERE;
  const isCertain = countEvidence(only.lines) >= LEAST_EVIDENCE || addsAtEdge(index, only.lines, only.at);
  if (found.size === 1 && !isCertain) return NOWHERE;
  return { placements: [...found.values()], guesses: most };
}

function placeAlignment(
  index: FileIndex,
  replacement: Replacement,
  relaxed: Relaxation,
  items: readonly Item[],
  keys: Keys,
  { positions }: Alignment,
): Placement | undefined {
  const first = positions.findIndex((position) => position >= 0);
  const last = positions.findLastIndex((position) => position >= 0);
  // What the pass leaves out goes with the dropped lines that it stands behind.
  const from = (items[first - 1]?.order ?? -1) + 1;
  const to = (items[last + 1]?.order ?? Infinity) - 1;
  const isWhole = !positions.includes(DROPPED);
  const fresh = new Set(items.flatMap((item, at) => (positions[at] === NEW ? [item.order] : [])));
  const kept = replacement.lines.flatMap((line, order) => {
    if (!isWhole && line.op === ' ' && (order < from || order > to)) return [];
    return [{ line: fresh.has(order) ? { ...line, op: '+' as const } : line, order }];
  });
  const lines = addBlanksBetween(kept.map(({ line }) => line));
  const stated = kept.map(({ order }) => replacement.lines[order]?.op ?? ' ');
  if (!touchesStatedChange(stated, lines)) return undefined;
  const orders = new Map<number, number>();
  let count = 0;
  lines.forEach((line, at) => {
    if (line.op !== '+') orders.set(kept[at]?.order ?? -1, count++);
  });
  const matched = items.flatMap((item, number) => {
    const position = positions[number] ?? -1;
    return position < 0 ? [] : [{ at: orders.get(item.order) ?? 0, line: keys.lineOf[position] ?? 0 }];
  });
  const placement = layOver(
    index,
    { ...replacement, lines },
    matched.map(({ at }) => at),
    matched.map(({ line }) => line),
    relaxed,
  );
  if (placement === undefined || (!isWhole && bringsTabs(index, placement))) return undefined;
  const above = isWhole ? 0 : replacement.lines.slice(0, from).filter((line) => line.op !== '+').length;
  return { ...placement, pass: isWhole ? 'missing-plus' : 'context', above };
}

/** Whether new lines are indented by tabs in a file of spaces: the lines that would have told so were set aside. */
function bringsTabs(index: FileIndex, { lines }: Placement): boolean {
  const isTabbed = (text: string) => text.startsWith('\t');
  return lines.some(({ op, text }) => op === '+' && isTabbed(text)) && !index.lines.some(isTabbed);
}

/** Blank lines among new lines are new as well. */
function addBlanksBetween(lines: readonly EditLine[]): EditLine[] {
  const isText = (line: EditLine | undefined) => line !== undefined && line.text.trim() !== '';
  let previous: EditLine | undefined;
  const before = lines.map((line) => {
    const last = previous;
    if (isText(line)) previous = line;
    return last;
  });
  let next: EditLine | undefined;
  const result = [...lines];
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const line = lines[at];
    if (line === undefined) continue;
    if (isText(line)) next = line;
    else if (line.op === ' ' && before[at]?.op === '+' && next?.op === '+')
      result[at] = { op: '+', text: line.text };
  }
  return result;
}

/** Whether every run of added lines has one that the model marked itself, or touches a removed line. */
function touchesStatedChange(stated: readonly EditLine['op'][], lines: readonly EditLine[]): boolean {
  let touched = true;
  let inRun = false;
  for (const [at, line] of lines.entries()) {
    if (line.op === ' ') {
      if (inRun && !touched) return false;
      inRun = false;
      continue;
    }
    if (!inRun) touched = false;
    inRun = true;
    if (stated[at] !== ' ') touched = true;
  }
  return !inRun || touched;
}

/** Context that was dropped, but stands elsewhere in the file, speaks for another place. */
function agrees(
  index: FileIndex,
  lines: readonly EditLine[],
  items: readonly Item[],
  { positions }: Alignment,
  placement: Placement,
): boolean {
  const { first, last } = spanOf(placement);
  const start = positions.findIndex((position) => position >= 0);
  return items.every((item, at) => {
    if (positions[at] !== DROPPED) return true;
    const text = lines[item.order]?.text ?? '';
    return at < start
      ? speaksFor(index, text, first - NEIGHBOURHOOD, first)
      : speaksFor(index, text, last + 1, last + 1 + NEIGHBOURHOOD);
  });
}

/** Whether a line that was set aside stands in these file lines, or nowhere in the file. */
function speaksFor(index: FileIndex, text: string, from: number, to: number): boolean {
  if (text.replace(/\W/g, '').length < 4) return true;
  const lines = index.linesLike(text);
  return lines.length === 0 || lines.some((line) => line >= from && line < to);
}

/** Equal for placements that leave the same text, whichever of equal lines they take for the old one. */
function describeResult(index: FileIndex, placement: Placement): string {
  const { first, last } = spanOf(placement);
  const texts = placement.lines.flatMap((line, order) =>
    line.op === '-' ? [] : [line.op === '+' ? line.text : (index.lines[placement.at[order] ?? -1] ?? '')],
  );
  return `${first}:${last}:${texts.join('\n')}`;
}
