import type { EditFormat } from '../types.js';
import { closesBeginPatch, opensBeginPatch, readBeginPatch } from './begin-patch.js';
import type { Edit } from './edit.js';
import { findFencedBlocks, type FencedBlock } from './fences.js';
import { pathInSentence, pathOfComment, pathOfInfo, pathOfLine } from './path-hints.js';
import { readSearchReplace } from './read-search-replace.js';
import { splitReply } from './reply-lines.js';
import { findSearchReplaceBlocks, type SearchReplaceBlock } from './search-replace.js';
import { readUnifiedDiff } from './unified-diff.js';

export interface ReadOptions {
  /** The reply is still being written. */
  open: boolean;
  /** Read this format only. */
  format: EditFormat | undefined;
  /** Whether a path as written names a file that exists: what a sentence mentions counts only then. */
  isKnown: (written: string) => boolean;
}

type Part =
  | { kind: 'search-replace'; from: number; block: SearchReplaceBlock; fence: FencedBlock | undefined }
  | { kind: 'fence'; from: number; fence: FencedBlock }
  | { kind: 'prose'; from: number; lines: string[] };

/** Lines above a block that are looked at for its path. */
const LINES_ABOVE = 3;

/** Marker lines of all formats that a reply may have: a model that writes more has fallen into a loop. */
const MOST_MARKERS = 5000;
const MARKER = /^\s{0,3}(?:`{3}|~{3}|<{5}|-{5}|@@|--- |\*\*\* |diff --git )/;

/** Reads all edits of a reply, in the reply's order, whatever formats they are written in. */
export function readReply(reply: string, options: ReadOptions): Edit[] {
  const { lines } = splitReply(reply, options.open);
  if (countMarkers(lines) > MOST_MARKERS) return [refuseEndless()];
  const wants = (format: EditFormat) => options.format === undefined || options.format === format;
  const blocks = wants('search-replace') ? findSearchReplaceBlocks(lines) : [];
  const taken = new Uint8Array(lines.length);
  for (const block of blocks) taken.fill(1, block.from, block.to);
  const fences = findFencedBlocks(
    lines,
    (at) => taken[at] === 1,
    (at) => pathAbove(lines, at, taken, options) !== undefined,
  );
  for (const fence of fences) taken.fill(1, fence.from, fence.to);
  const edits: Edit[] = [];
  const unsettled = options.open ? fences.find((fence) => !fence.final) : undefined;
  for (const part of listParts(lines, blocks, fences, taken)) {
    // What comes after a block that may still grow may turn out to be inside it.
    if (part.kind !== 'search-replace' && part.from > (unsettled?.from ?? Infinity)) continue;
    const carried = edits.at(-1)?.path;
    edits.push(...readPart(part, lines, taken, options, carried));
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
  lines: readonly string[],
  blocks: readonly SearchReplaceBlock[],
  fences: readonly FencedBlock[],
  taken: Uint8Array,
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
  for (let at = 0; at < lines.length;) {
    let end = at;
    while (end < lines.length && taken[end] === 0) end += 1;
    if (end > at) parts.push({ kind: 'prose', from: at, lines: lines.slice(at, end) });
    at = end === at ? at + 1 : end;
  }
  return parts.sort((one, other) => one.from - other.from);
}

function readPart(
  part: Part,
  lines: readonly string[],
  taken: Uint8Array,
  options: ReadOptions,
  carried: string | undefined,
): Edit[] {
  if (part.kind === 'prose') return readProse(part.lines, options.open && endsReply(part, lines));
  if (part.kind === 'fence') return readFence(part.fence, lines, taken, options, carried);
  const { block, fence } = part;
  const behind = pathOfLine(block.behind);
  const own = behind ?? pathOfBlock(block, fence, lines, taken, options);
  return [readSearchReplace(block, own ?? carried, own === undefined && carried !== undefined, options.open)];
}

function endsReply(part: Part & { kind: 'prose' }, lines: readonly string[]): boolean {
  return part.from + part.lines.length >= lines.length;
}

/** The path of a search/replace block: in the lines between its fence and it, on the fence, or above the fence. */
function pathOfBlock(
  block: SearchReplaceBlock,
  fence: FencedBlock | undefined,
  lines: readonly string[],
  taken: Uint8Array,
  options: ReadOptions,
): string | undefined {
  if (fence === undefined) return pathAbove(lines, block.from, taken, options);
  for (let at = block.from - 1; at > fence.from && at >= block.from - LINES_ABOVE; at -= 1) {
    const line = lines[at] ?? '';
    if (/^\s*[>+<-]{5,9} ?(?:REPLACE|UPDATED)/i.test(line)) return undefined;
    const path = pathOfLine(line) ?? pathOfComment(line);
    if (path !== undefined) return path;
  }
  return pathOfInfo(fence.info).path ?? pathAbove(lines, fence.from, taken, options);
}

/** The path in the nearest lines of prose above `from`: a line that is a path, or one that mentions a known file. */
function pathAbove(
  lines: readonly string[],
  from: number,
  taken: Uint8Array,
  options: ReadOptions,
): string | undefined {
  let seen = 0;
  for (let at = from - 1; at >= 0 && at >= from - 2 * LINES_ABOVE && seen < LINES_ABOVE; at -= 1) {
    const line = lines[at] ?? '';
    if (taken[at] === 1) return undefined;
    if (line.trim() === '') continue;
    const path = pathOfLine(line);
    if (path !== undefined) return path;
    const mentioned = pathInSentence(line);
    if (mentioned !== undefined && options.isKnown(mentioned)) return mentioned;
    seen += 1;
  }
  return undefined;
}

function readFence(
  fence: FencedBlock,
  lines: readonly string[],
  taken: Uint8Array,
  options: ReadOptions,
  carried: string | undefined,
): Edit[] {
  const { path: infoPath, tag } = pathOfInfo(fence.info);
  const complete = fence.final || !options.open;
  const first = fence.body.find((line) => line.trim() !== '') ?? '';
  const above = infoPath ?? pathAbove(lines, fence.from, taken, options);
  if (options.format !== 'whole-file') {
    if (fence.body.slice(0, 5).some(opensBeginPatch)) return readBeginPatch(fence.body, complete);
    if (isDiff(tag, first, fence.body)) {
      const edits = readUnifiedDiff(fence.body, above ?? carried, complete);
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
  options: ReadOptions,
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
    pathInFirstLine: comment !== undefined,
  };
}

/** The path that the first line of a file consists of, if it is the file's own and not a heading of its text. */
function pathOfFirstLine(
  first: string,
  above: string | undefined,
  tag: string,
  options: ReadOptions,
): string | undefined {
  const isMarkdown =
    /^(?:md|mdx|markdown|rst|txt|text)$/.test(tag) || /\.(?:md|mdx|markdown)$/i.test(above ?? '');
  const bare = pathOfLine(first);
  const path =
    first.startsWith('#') && isMarkdown
      ? undefined
      : (pathOfComment(first) ?? (bare !== undefined && options.isKnown(bare) ? bare : undefined));
  if (path === undefined || above === undefined) return path;
  return above.endsWith(path) || path.endsWith(above) ? path : undefined;
}

function leadOf(lines: readonly string[], from: number, taken: Uint8Array): string {
  for (let at = from - 1; at >= 0 && at >= from - LINES_ABOVE; at -= 1) {
    if (taken[at] === 1) return '';
    const line = (lines[at] ?? '').trim();
    if (line !== '') return line.slice(0, 300);
  }
  return '';
}

/** Diffs and patches that stand in the reply without a fence. */
function readProse(lines: readonly string[], open: boolean): Edit[] {
  const edits: Edit[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? '';
    if (opensBeginPatch(line)) {
      let end = at + 1;
      while (end < lines.length && !closesBeginPatch(lines[end - 1] ?? '')) end += 1;
      const closed = closesBeginPatch(lines[end - 1] ?? '');
      edits.push(...readBeginPatch(lines.slice(at, end), closed || !open));
      at = end;
    } else if (
      line.startsWith('diff --git ') ||
      (/^--- \S/.test(line) && /^\+\+\+ \S/.test(lines[at + 1] ?? ''))
    ) {
      let end = at + 1;
      while (end < lines.length && isDiffLine(lines[end] ?? '')) end += 1;
      edits.push(...readUnifiedDiff(lines.slice(at, end), undefined, end < lines.length || !open));
      at = end;
    } else at += 1;
  }
  return edits;
}

function isDiffLine(line: string): boolean {
  return (
    line === '' ||
    /^[ +\-\\@]/.test(line) ||
    /^(?:diff --git |index |old mode |new mode |new file |deleted file |similarity |dissimilarity |rename )/.test(
      line,
    )
  );
}
