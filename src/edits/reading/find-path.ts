import type { FencedBlock } from './fences.js';
import {
  isSourceName,
  pathInSentence,
  pathOfComment,
  pathOfInfo,
  pathOfLine,
  stripDecoration,
} from './path-hints.js';
import type { SearchReplaceBlock } from './search-replace.js';

/**
 * Tells whether a path as written names a file that exists, one that must not be changed too: what a sentence mentions
 * counts only then.
 */
export interface KnownPaths {
  isKnown: (written: string) => boolean;
}

/** Lines above a block that are looked at for its path. */
const LINES_ABOVE = 3;

/** The path of a search/replace block: in the lines between its fence and it, on the fence, or above the fence. */
export function pathOfBlock(
  block: SearchReplaceBlock,
  fence: FencedBlock | undefined,
  lines: readonly string[],
  taken: Uint8Array,
  known: KnownPaths,
): string | undefined {
  if (fence === undefined) return pathAbove(lines, block.from, taken, known);
  for (let at = block.from - 1; at > fence.from && at >= block.from - LINES_ABOVE; at -= 1) {
    const line = lines[at] ?? '';
    if (/^\s*[>+<-]{5,9} ?(?:REPLACE|UPDATED)/i.test(line)) return undefined;
    const path = pathOfLine(line) ?? pathOfComment(line);
    if (path !== undefined) return path;
  }
  return pathOfInfo(fence.info).path ?? pathAbove(lines, fence.from, taken, known);
}

/** The path in the nearest lines of prose above `from`: a line that is a path, or one that mentions a known file. */
export function pathAbove(
  lines: readonly string[],
  from: number,
  taken: Uint8Array,
  known: KnownPaths,
): string | undefined {
  let seen = 0;
  for (let at = from - 1; at >= 0 && at >= from - 2 * LINES_ABOVE && seen < LINES_ABOVE; at -= 1) {
    const line = lines[at] ?? '';
    if (taken[at] === 1) return undefined;
    if (line.trim() === '') continue;
    const path = pathOfLine(line) ?? knownName(line, known);
    if (path !== undefined) return path;
    const mentioned = pathInSentence(line);
    if (mentioned !== undefined) {
      if (known.isKnown(mentioned) || makesFile(line, mentioned)) return mentioned;
      if (seen === 0 && introduces(line, mentioned)) return mentioned;
    }
    const bare = seen === 0 ? knownWord(line, known) : undefined;
    if (bare !== undefined) return bare;
    seen += 1;
  }
  return undefined;
}

/** A line that is nothing but the name of a file that is there, whatever it looks like (`tool`, `my file.js`). */
function knownName(line: string, known: KnownPaths): string | undefined {
  const name = line.length > 300 ? '' : stripDecoration(line);
  return name !== '' && known.isKnown(name) ? name : undefined;
}

/** "Create a new file `src/helper.js`:" names a file that is not there yet; other sentences mention all kinds of things. */
function makesFile(line: string, path: string): boolean {
  return /\b(?:creat\w*|add(?:ing|ed)?|new)\b/i.test(line) && isSourceName(path);
}

/** "Here is the change to `src/haelper.js`:" right above a block names its file, though there may be none. */
function introduces(line: string, path: string): boolean {
  return /[:：]\s*$/.test(line) && path.includes('/') && isSourceName(path);
}

/** The one file that a sentence names without quotes ("Now update b.js:"), if it is there. */
function knownWord(line: string, known: KnownPaths): string | undefined {
  if (line.length > 300) return undefined;
  const words = line.split(/[\s,;()"']+/).map((word) => word.replace(/[.:!?]+$/, ''));
  const found = new Set(words.filter((word) => isSourceName(word) && known.isKnown(word)));
  const [only] = found;
  return found.size === 1 ? only : undefined;
}

const PROSE = /\.(?:md|mdx|markdown|rst|txt)$/i;

/** The path that the first line of a file consists of, if it is the file's own and not a heading of its text. */
export function pathOfFirstLine(
  first: string,
  above: string | undefined,
  tag: string,
  known: KnownPaths,
): string | undefined {
  const isMarkdown =
    /^(?:md|mdx|markdown|rst|txt|text)$/.test(tag) || /\.(?:md|mdx|markdown)$/i.test(above ?? '');
  const bare = pathOfLine(first);
  // A block of "text" may well be code: no heading names a source file that is there.
  const isCode = /^te?xt$/.test(tag) && bare !== undefined && known.isKnown(bare) && !PROSE.test(bare);
  const path =
    first.startsWith('#') && isMarkdown && !isCode
      ? undefined
      : (pathOfComment(first) ?? (bare !== undefined && known.isKnown(bare) ? bare : undefined));
  if (path === undefined || above === undefined) return path;
  return above.endsWith(path) || path.endsWith(above) ? path : undefined;
}

/** The nearest line of prose above `from`, or the empty string. */
export function leadOf(lines: readonly string[], from: number, taken: Uint8Array): string {
  for (let at = from - 1; at >= 0 && at >= from - LINES_ABOVE; at -= 1) {
    if (taken[at] === 1) return '';
    const line = (lines[at] ?? '').trim();
    if (line !== '') return line.slice(0, 300);
  }
  return '';
}
