/** One `<<<<<<< SEARCH … ======= … >>>>>>> REPLACE` block; positions are reply line numbers from 0. */
export interface SearchReplaceBlock {
  /** The opening marker's line. */
  from: number;
  /** The first line after the block. */
  to: number;
  /** What stood behind the word SEARCH: a path, with some models. */
  behind: string;
  /** The lines between the markers. */
  body: string[];
  /** Where in `body` a divider stands; more than one when the text itself has lines of `=`. */
  dividers: number[];
  /** How the block ended: at its marker, at a divider instead, at the fence around it, with the reply, at the next block. */
  end: 'marker' | 'divider' | 'fence' | 'reply' | 'next';
}

const OPENING = /^\s{0,3}(?:<{5,9}|-{5,9}) ?(?:SEARCH|ORIGINAL)\b>?:?(.*)$/i;
const DIVIDER = /^\s{0,3}={5,9}\s*$/;
const CLOSING = /^\s{0,3}[>+<-]{5,9} ?(?:REPLACE|UPDATED)\b>?\s*$/i;
const FENCE = /^\s{0,3}(?:`{3,}|~{3,})\s*$/;

/** Length of `<<<<<SEARCH`: shorter lines need no closer look. */
const SHORTEST_OPENING = 11;

/**
 * Finds all search/replace blocks. Markers may have 5 to 9 characters, be fenced or not, and the last one may be
 * missing when a fence or the end of the reply follows. (Spellings seen: aider, Cline; cline #5157.)
 */
export function findSearchReplaceBlocks(lines: readonly string[]): SearchReplaceBlock[] {
  const blocks: SearchReplaceBlock[] = [];
  let fence: string | undefined;
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const opening = matchOpening(line);
    if (opening === undefined) {
      fence = fenceAfter(line, fence);
      at += 1;
      continue;
    }
    const block = readBlock(lines, at, opening, fence);
    blocks.push(block);
    at = block.to;
  }
  return blocks;
}

/** What stands behind an opening marker, or undefined when the line is none. */
function matchOpening(line: string): string | undefined {
  if (line.length < SHORTEST_OPENING || line.length > 400) return undefined;
  return OPENING.exec(line)?.[1]?.trim();
}

/** The mark of the fence that is open behind a line: opened by it, closed by it, or as before it. */
function fenceAfter(line: string, open: string | undefined): string | undefined {
  const match = line.length < 3 || line.length > 400 ? null : /^[ \t]{0,40}(`{3,}|~{3,})([^`]*)$/.exec(line);
  const [, mark = '', info = ''] = match ?? [];
  if (mark === '') return open;
  if (open === undefined) return mark;
  return mark.startsWith(open) && info.trim() === '' ? undefined : open;
}

/** `fence` is the mark of the fence around the block: no other can end it. */
function readBlock(
  lines: readonly string[],
  from: number,
  behind: string,
  fence: string | undefined,
): SearchReplaceBlock {
  const block: SearchReplaceBlock = { from, to: lines.length, behind, body: [], dividers: [], end: 'reply' };
  let closed: boolean | undefined;
  for (let at = from + 1; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line.length < 200) {
      if (CLOSING.test(line)) return { ...block, to: at + 1, end: 'marker' };
      if (matchOpening(line) !== undefined) return endAtDivider(block) ?? { ...block, to: at, end: 'next' };
      if (DIVIDER.test(line)) block.dividers.push(block.body.length);
      if (block.dividers.length > 0 && FENCE.test(line) && line.trim() === fence) {
        closed ??= hasClosing(lines, at);
        if (!closed) return { ...block, to: at, end: 'fence' };
      }
    }
    block.body.push(line);
  }
  return endAtDivider(block) ?? block;
}

/**
 * A block without its closing marker that ends at a second divider, which stands for it: what follows is blank or a fence
 * and then belongs to the reply. Undefined where the divider may be a line of text, such as that below a heading.
 */
function endAtDivider(block: SearchReplaceBlock): SearchReplaceBlock | undefined {
  const last = block.dividers.at(-1);
  if (last === undefined || block.dividers.length < 2) return undefined;
  const above = (block.body[last - 1] ?? '').trim();
  const below = block.body[last + 1] ?? '';
  const isUnderline =
    /^\w[\w ]*$/.test(above) && Math.abs(above.length - (block.body[last] ?? '').trim().length) < 3;
  if (isUnderline || (below.trim() !== '' && !FENCE.test(below))) return undefined;
  return {
    ...block,
    to: block.from + 2 + last,
    body: block.body.slice(0, last),
    dividers: block.dividers.slice(0, -1),
    end: 'divider',
  };
}

/** Whether a closing marker comes before the next block; if not, a fence ended the block. */
function hasClosing(lines: readonly string[], from: number): boolean {
  for (let at = from; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line.length >= 200) continue;
    if (CLOSING.test(line)) return true;
    if (matchOpening(line) !== undefined) return false;
  }
  return false;
}
