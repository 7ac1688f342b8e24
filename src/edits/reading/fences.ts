/** A fenced block of a reply; positions are reply line numbers from 0. */
export interface FencedBlock {
  /** What stands behind the opening fence. */
  info: string;
  /** The opening fence's line. */
  from: number;
  /** The first line after the closing fence. */
  to: number;
  body: string[];
  /** False when the reply ended inside. */
  closed: boolean;
  /** No later line can move the block's end: it is closed, and its text is none that may hold fences itself. */
  final: boolean;
  /** Where the block ends is a guess: fences pair in two ways, or one is missing before another block. */
  unclear: boolean;
}

interface FenceLine {
  at: number;
  mark: string;
  length: number;
  indent: number;
  info: string;
}

const FENCE = /^([ \t]{0,40})(`{3,20}|~{3,20})[ \t]*([^`]*)$/;
/** Kinds of text in which fences are ordinary content. */
const HOLDS_FENCES = /(?:^|[./\s:"'=])(?:md|mdx|markdown|rst|txt|text|adoc|qmd|rmd)(?:$|[\s"'])/i;

/**
 * Finds the fenced blocks among the lines that `isTaken` leaves (lines of search/replace blocks are taken: their text
 * may hold fences). Fences may have any length, tag and indentation, stay unclosed, and hold shorter or, in Markdown,
 * equal ones. `leadNamesPath` says whether the line above a fence names a file, so that it opens a block of its own.
 */
export function findFencedBlocks(
  lines: readonly string[],
  isTaken: (at: number) => boolean,
  leadNamesPath: (at: number) => boolean,
): FencedBlock[] {
  const fences = dropPathFences(findFenceLines(lines, isTaken), leadNamesPath);
  const partners = pairCodeFences(lines, fences);
  const nextWithPath = Array.from<number>({ length: fences.length });
  let withPath = fences.length;
  for (let at = fences.length - 1; at >= 0; at -= 1) {
    const fence = fences[at];
    if (fence !== undefined && fence.info !== '' && leadNamesPath(fence.at)) withPath = at;
    nextWithPath[at] = withPath;
  }
  const surplus = new Surplus(fences);
  const blocks: FencedBlock[] = [];
  let next = 0;
  while (next < fences.length) {
    const open = fences[next];
    if (open === undefined) break;
    const holdsFences = HOLDS_FENCES.test(open.info) || (open.info === '' && leadIsMarkdown(lines, open.at));
    const end = holdsFences
      ? closeAroundFences(fences, next, nextWithPath, surplus)
      : closeAroundCode(partners, fences, next);
    const close = end.close === undefined ? undefined : fences[end.close];
    const bodyTo = close?.at ?? fences[end.next]?.at ?? lines.length;
    blocks.push({
      info: open.info,
      from: open.at,
      to: close === undefined ? bodyTo : bodyTo + 1,
      body: lines.slice(open.at + 1, bodyTo).map((line) => dedent(line, open.indent)),
      closed: close !== undefined,
      final: close !== undefined && !holdsFences,
      unclear: end.unclear,
    });
    next = end.next;
  }
  return blocks;
}

/**
 * Without the fences that only stand before a path: small models open a block, write the path, and open the block with
 * the code, which they close once (seen on Qwen2.5-Coder 1.5B). Only a fence with a tag follows such a path: it cannot
 * be what closes the first one.
 */
function dropPathFences(fences: readonly FenceLine[], leadNamesPath: (at: number) => boolean): FenceLine[] {
  let isOpen = false;
  return fences.filter((fence, index) => {
    const next = fences[index + 1];
    const beforePath =
      fence.info === '' && next?.at === fence.at + 2 && next.info !== '' && leadNamesPath(next.at);
    if (!isOpen && beforePath) return false;
    isOpen = !isOpen || fence.info !== '';
    return true;
  });
}

function findFenceLines(lines: readonly string[], isTaken: (at: number) => boolean): FenceLine[] {
  const fences: FenceLine[] = [];
  lines.forEach((line, at) => {
    if (line.length < 3 || line.length > 400 || isTaken(at)) return;
    const match = FENCE.exec(line);
    if (match === null) return;
    const [, indent = '', mark = '', info = ''] = match;
    fences.push({ at, mark: mark.charAt(0), length: mark.length, indent: indent.length, info: info.trim() });
  });
  return fences;
}

interface BlockEnd {
  /** Index of the closing fence among the fence lines. */
  close: number | undefined;
  /** Index of the first fence line after the block. */
  next: number;
  unclear: boolean;
}

/** Whether `fence` may close `open`: same mark, not shorter, nothing behind it, not indented into the content. */
function mayClose(open: FenceLine, fence: FenceLine): boolean {
  return (
    fence.info === '' &&
    fence.mark === open.mark &&
    fence.length >= open.length &&
    fence.indent <= open.indent + 3
  );
}

function mayNest(open: FenceLine, fence: FenceLine): boolean {
  return fence.info !== '' && fence.mark === open.mark && fence.length >= open.length;
}

/**
 * For each fence that opens a block of code the one that closes it: the first that may. A fence with a tag in between
 * belongs to the code (a doc string) if every fence then finds its partner; otherwise the block was left open.
 */
function pairCodeFences(lines: readonly string[], fences: readonly FenceLine[]): Map<number, number> {
  const partners = new Map<number, number>();
  const opened: { at: number; fence: FenceLine; isDiff: boolean }[] = [];
  fences.forEach((fence, at) => {
    const top = opened.at(-1);
    if (top !== undefined) {
      // In a diff a fence that belongs to the text has a space, `+` or `-` in front.
      if (top.isDiff && fence.indent !== top.fence.indent) return;
      if (mayClose(top.fence, fence)) {
        partners.set(top.at, at);
        opened.pop();
        return;
      }
      if (!mayNest(top.fence, fence) || fence.indent > top.fence.indent + 3) return;
    }
    opened.push({ at, fence, isDiff: looksLikeDiff(fence.info, lines[fence.at + 1] ?? '') });
  });
  return partners;
}

function closeAroundCode(
  partners: ReadonlyMap<number, number>,
  fences: readonly FenceLine[],
  start: number,
): BlockEnd {
  const close = partners.get(start);
  if (close !== undefined) return { close, next: close + 1, unclear: false };
  // An open end is clear only at the end of the reply: else there may be prose between it and the next block.
  let next = start + 1;
  while (next < fences.length && fences[next]?.mark !== fences[start]?.mark) next += 1;
  return { close, next, unclear: next < fences.length };
}

/**
 * The end of a Markdown file that holds fences as long as its own. A bare fence inside either closes the file or opens
 * an example: it closes if no bare fence is left over after it. Blocks that another path introduces are not its own.
 */
function closeAroundFences(
  fences: readonly FenceLine[],
  start: number,
  nextWithPath: readonly number[],
  surplus: Surplus,
): BlockEnd {
  const open = fences[start];
  if (open === undefined) return { close: undefined, next: start + 1, unclear: false };
  const limit = nextWithPath[start + 1] ?? fences.length;
  let depth = 1;
  let unclear = false;
  for (let at = start + 1; at < limit; at += 1) {
    const fence = fences[at];
    if (fence === undefined) break;
    if (mayNest(open, fence)) depth += 1;
    else if (!mayClose(open, fence)) continue;
    else if (depth > 1) depth -= 1;
    else if (surplus.between(open, at + 1, limit) <= 0) return { close: at, next: at + 1, unclear };
    else {
      depth += 1;
      unclear = true;
    }
  }
  return { close: undefined, next: limit, unclear: unclear || limit < fences.length };
}

/** How many more bare fences than tagged ones stand in a range: counted once for each kind of outer fence. */
class Surplus {
  readonly #fences: readonly FenceLine[];
  readonly #sums = new Map<string, Int32Array>();

  constructor(fences: readonly FenceLine[]) {
    this.#fences = fences;
  }

  between(open: FenceLine, from: number, to: number): number {
    const key = `${open.mark}${open.length}`;
    let sums = this.#sums.get(key);
    if (sums === undefined) {
      sums = new Int32Array(this.#fences.length + 1);
      for (const [at, fence] of this.#fences.entries()) {
        const counts = fence.mark === open.mark && fence.length >= open.length;
        const step = !counts ? 0 : fence.info === '' ? 1 : -1;
        sums[at + 1] = (sums[at] ?? 0) + step;
      }
      this.#sums.set(key, sums);
    }
    return (sums[to] ?? 0) - (sums[from] ?? 0);
  }
}

function looksLikeDiff(info: string, firstLine: string): boolean {
  return (
    /^(?:diff|udiff|patch)\b/i.test(info) || /^(?:diff --git|--- |\*\*\* Begin Patch|@@)/.test(firstLine)
  );
}

function leadIsMarkdown(lines: readonly string[], at: number): boolean {
  const lead = lines[at - 1] ?? '';
  return lead.length < 300 && /\.(?:md|mdx|markdown|rst)\b/i.test(lead);
}

function dedent(line: string, indent: number): string {
  if (indent === 0) return line;
  let cut = 0;
  while (cut < indent && (line.charAt(cut) === ' ' || line.charAt(cut) === '\t')) cut += 1;
  return line.slice(cut);
}
