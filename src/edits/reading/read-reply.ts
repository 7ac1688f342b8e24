import type { EditFormat } from '../types.js';
import { opensBeginPatch, readBeginPatch } from './begin-patch.js';
import type { BlockEnd, Edit } from './edit.js';
import { findFencedBlocks, type FencedBlock } from './fences.js';
import { leadOf, pathAbove, pathOfBlock, pathOfFirstLine, type KnownPaths } from './find-path.js';
import { hintNames, namesAbove } from './names-above.js';
import { pathOfInfo, pathOfLine } from './path-hints.js';
import { readSearchReplace } from './read-search-replace.js';
import { splitReply } from './reply-lines.js';
import { fenceTaggedFiles } from './tagged-files.js';
import { findSearchReplaceBlocks, type SearchReplaceBlock } from './search-replace.js';
import { findUnfencedDiffs, type UnfencedDiff } from './unfenced.js';
import { readUnifiedDiff } from './unified-diff.js';

export interface ReadOptions extends KnownPaths {
  /** The reply is still being written. */
  open: boolean;
  /** Read this format only. */
  format: EditFormat | undefined;
}

/** What reading a part needs; `openEnd` is how the reply ends for a block that nothing closes. */
interface PartOptions extends ReadOptions {
  openEnd: BlockEnd;
}

type Part =
  | { kind: 'search-replace'; from: number; block: SearchReplaceBlock; fence: FencedBlock | undefined }
  | { kind: 'fence'; from: number; fence: FencedBlock }
  | { kind: 'unfenced'; from: number; diff: UnfencedDiff };

/** Marker lines of all formats that a reply may have: a model that writes more has fallen into a loop. */
const MOST_MARKERS = 5000;
const MARKER = /^\s{0,3}(?:`{3}|~{3}|<{5}|-{5}|@@|--- |\*\*\* |diff --git )/;

/** Reads all edits of a reply, in the reply's order, whatever formats they are written in. */
export function readReply(reply: string, options: ReadOptions): Edit[] {
  const split = splitReply(reply, options.open);
  const lines = fenceTaggedFiles(split.lines);
  const openEnd = split.lastIsPartial ? 'partial' : 'open';
  if (countMarkers(lines) > MOST_MARKERS) return [refuseEndless()];
  const wants = (format: EditFormat) => options.format === undefined || options.format === format;
  const blocks = wants('search-replace') ? findSearchReplaceBlocks(lines) : [];
  const taken = new Uint8Array(lines.length);
  for (const block of blocks) taken.fill(1, block.from, block.to);
  const namesFile = (line: string) => {
    const path = pathOfLine(line);
    return path !== undefined && options.isKnown(path);
  };
  const unfenced =
    wants('unified-diff') || wants('begin-patch')
      ? findUnfencedDiffs(lines, (at) => taken[at] === 1, namesFile)
      : [];
  for (const diff of unfenced) taken.fill(1, diff.from, diff.to);
  const fences = findFencedBlocks(
    lines,
    (at) => taken[at] === 1,
    (at) => pathAbove(lines, at, taken, options) !== undefined,
  );
  for (const fence of fences) taken.fill(1, fence.from, fence.to);
  const edits: Edit[] = [];
  const unsettled = options.open ? fences.find((fence) => !fence.final) : undefined;
  for (const part of listParts(blocks, fences, unfenced)) {
    // What comes after a block that may still grow may turn out to be inside it.
    if (part.kind !== 'search-replace' && part.from > (unsettled?.from ?? Infinity)) continue;
    const carried = edits.at(-1)?.path;
    const own = readPart(part, lines, taken, { ...options, openEnd }, carried);
    edits.push(...hintNames(own, namesAbove(lines, startOf(part), taken)));
  }
  if (edits.length === 0 && options.format === 'whole-file' && !options.open) return [readBare(lines)];
  return edits.filter((edit) => wants(edit.format));
}

/** A reply of nothing but lines, asked for as a whole file: it may be just that. */
function readBare(lines: readonly string[]): Edit {
  return {
    kind: 'whole',
    format: 'whole-file',
    path: undefined,
    complete: true,
    lines,
    tag: '',
    lead: '',
    pathInFirstLine: false,
    isBare: true,
    end: 'closed',
  };
}

function countMarkers(lines: readonly string[]): number {
  let count = 0;
  for (const line of lines) if (line.length > 1 && MARKER.test(line)) count += 1;
  return count;
}

function refuseEndless(): Edit {
  return {
    kind: 'broken',
    format: 'search-replace',
    path: undefined,
    complete: true,
    problem: `The answer has more than ${MOST_MARKERS} marker lines, so it repeats itself without end.`,
    advice: 'Send each edit once.',
  };
}

function listParts(
  blocks: readonly SearchReplaceBlock[],
  fences: readonly FencedBlock[],
  unfenced: readonly UnfencedDiff[],
): Part[] {
  const parts: Part[] = [];
  let next = 0;
  for (const fence of fences) {
    while ((blocks[next]?.from ?? Infinity) < fence.from) next += 1;
    const inside = (blocks[next]?.from ?? Infinity) < fence.to;
    if (!inside) parts.push({ kind: 'fence', from: fence.from, fence });
  }
  let around = 0;
  for (const block of blocks) {
    while ((fences[around]?.to ?? Infinity) <= block.from) around += 1;
    const fence = fences[around];
    const isInside = fence !== undefined && fence.from < block.from;
    parts.push({ kind: 'search-replace', from: block.from, block, fence: isInside ? fence : undefined });
  }
  for (const diff of unfenced) parts.push({ kind: 'unfenced', from: diff.from, diff });
  return parts.sort((one, other) => one.from - other.from);
}

/** Where the prose above a part ends: a block that stands right behind a fence is introduced above that. */
function startOf(part: Part): number {
  if (part.kind !== 'search-replace' || part.fence === undefined) return part.from;
  return part.from - part.fence.from <= 3 ? part.fence.from : part.from;
}

function readPart(
  part: Part,
  lines: readonly string[],
  taken: Uint8Array,
  options: PartOptions,
  carried: string | undefined,
): Edit[] {
  if (part.kind === 'unfenced') return readUnfenced(part.diff, lines, taken, options, carried);
  if (part.kind === 'fence') return readFence(part.fence, lines, taken, options, carried);
  const { block, fence } = part;
  const behind = pathOfLine(block.behind);
  const own = behind ?? pathOfBlock(block, fence, lines, taken, options);
  return [readSearchReplace(block, own ?? carried, own === undefined && carried !== undefined, options.open)];
}

function readUnfenced(
  diff: UnfencedDiff,
  lines: readonly string[],
  taken: Uint8Array,
  options: PartOptions,
  carried: string | undefined,
): Edit[] {
  const body = lines.slice(diff.from, diff.to);
  const complete = diff.closed || !options.open;
  const end = diff.to < lines.length || options.openEnd === 'open' ? 'closed' : 'open';
  if (diff.kind === 'patch') return readBeginPatch(body, complete, end);
  const above = pathAbove(lines, diff.from, taken, options);
  const edits = readUnifiedDiff(body, above ?? carried, complete, end);
  return above === undefined ? edits : edits.map((edit) => ({ ...edit, inherited: false }));
}

function readFence(
  fence: FencedBlock,
  lines: readonly string[],
  taken: Uint8Array,
  options: PartOptions,
  carried: string | undefined,
): Edit[] {
  const { path: infoPath, tag } = pathOfInfo(fence.info);
  const complete = fence.final || !options.open;
  const end = fence.closed ? 'closed' : options.openEnd;
  const first = fence.body.find((line) => line.trim() !== '') ?? '';
  const above = infoPath ?? pathAbove(lines, fence.from, taken, options);
  if (options.format !== 'whole-file') {
    if (fence.body.slice(0, 5).some(opensBeginPatch)) return readBeginPatch(fence.body, complete, end);
    if (isDiff(tag, first, fence.body)) {
      const edits = readUnifiedDiff(fence.body, above ?? carried, complete, end);
      return above !== undefined ? edits.map((edit) => ({ ...edit, inherited: false })) : edits;
    }
  }
  return [readWhole(fence, above, tag, leadOf(lines, fence.from, taken), complete, options)];
}

function isDiff(tag: string, first: string, body: readonly string[]): boolean {
  if (/^(?:diff --git |@@ ?-|@@ ?$|@@ )/.test(first)) return true;
  if (/^(?:diff|udiff|patch)$/.test(tag)) return true;
  return /^--- \S/.test(first) && body.slice(0, 6).some((line) => /^(?:\+\+\+ \S|@@)/.test(line));
}

function readWhole(
  fence: FencedBlock,
  above: string | undefined,
  tag: string,
  lead: string,
  complete: boolean,
  options: PartOptions,
): Edit {
  const base = { format: 'whole-file' as const, complete, inherited: false };
  const at = fence.body.findIndex((line) => line.trim() !== '');
  const first = fence.body[at] ?? '';
  const comment = pathOfFirstLine(first, above, tag, options);
  const path = above ?? comment;
  if (fence.unclear && path !== undefined && !options.open) {
    return {
      ...base,
      path,
      kind: 'broken',
      problem: 'It is not clear which fence ends the file.',
      advice: 'Put the file between fences of four backticks (````), each closed.',
    };
  }
  return {
    ...base,
    kind: 'whole',
    path,
    lines: fence.body,
    tag,
    lead,
    isBare: false,
    end: fence.closed ? 'closed' : options.openEnd,
    pathInFirstLine: comment !== undefined,
  };
}
