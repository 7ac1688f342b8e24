import { stripVTControlCharacters } from 'node:util';

import { withoutNoise } from './runner-noise.js';
import { withoutVolatile } from './volatile-text.js';

export interface TrimOptions {
  /** Longest result, in characters. */
  maxChars: number;
  /** Absolute folders whose paths become relative: the worktree, the checkout. */
  roots?: readonly string[];
}

/** A longer line is cut in its middle: minified code, a dumped object. */
const LONGEST_LINE = 400;
/** Of the room: for the end, where runners put their summary. The rest is for the first failure and what follows it. */
const TAIL_SHARE = 0.35;
/** Lines kept before the first failure. */
const LEAD_LINES = 2;

/**
 * The part of a failed check's output that a model can act on: plain text, no passed tests, repeated lines once, the
 * first failure and the summary when not all has room. The same check failing in the same way gives the same text.
 */
export function trimOutput(output: string, options: TrimOptions): string {
  const plain = withRelativePaths(plainText(output), options.roots ?? []);
  const lines = withoutNoise(plain.split('\n').map((line) => line.trimEnd()))
    .map(withoutVolatile)
    .filter((line) => line !== undefined)
    .map(shortenLine);
  return fit(trimBlank(collapseRepeats(lines)), options.maxChars);
}

/** No escape sequences; of a line that was overwritten in place (a progress bar) only what stood there last. */
function plainText(output: string): string {
  const text = stripVTControlCharacters(output).replace(/\r+\n/g, '\n').replace(/\r+$/, '');
  return text.replace(/[^\n]*\r/g, '').replace(/(?![\n\t])\p{Cc}/gu, '');
}

/** Not in the middle of a longer path; the `m` that ends a colour is no letter of one. */
const BEFORE_PATH = String.raw`(?:(?<![\w.-])|(?<=${'\u001B'}\[[\d;]*m))`;

/** Paths below these folders, in any spelling that programs use, made relative; the folder itself becomes `.`. */
export function withRelativePaths(text: string, roots: readonly string[]): string {
  // The longest first: one may be inside another.
  const spellings = roots.flatMap(spellingsOf).sort((a, b) => b.length - a.length);
  return spellings.reduce((rest, root) => {
    const below = new RegExp(
      String.raw`${BEFORE_PATH}(?:file:///?)?${escapePattern(root)}(?:[/\\]+|(?![\w.-]))`,
      'g',
    );
    return rest.replace(below, (match) => (/[/\\]$/.test(match) ? '' : '.'));
  }, text);
}

/** As programs write it: as it is, with slashes, escaped in a string, encoded in a URL, behind macOS's /private. */
function spellingsOf(root: string): string[] {
  const bare = root.replace(/[/\\]+$/, '');
  // The root of the file system is no folder that a path could be relative to.
  if (bare.length < 2) return [];
  const slashed = bare.replaceAll('\\', '/');
  const url = encodeURI(slashed);
  const all = [bare, slashed, bare.replaceAll('\\', '\\\\'), url, `/private${bare}`];
  return [...new Set(all)];
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function shortenLine(line: string): string {
  if (line.length <= LONGEST_LINE) return line;
  const cut = line.length - LONGEST_LINE;
  return `${line.slice(0, LONGEST_LINE * 0.75)} [… ${cut} characters …] ${line.slice(-LONGEST_LINE * 0.25)}`;
}

/** One of equal lines in a row, with their number; one of several blank ones, without. */
function collapseRepeats(lines: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? '';
    let end = at + 1;
    while (lines[end] === line) end += 1;
    const repeats = end - at - 1;
    kept.push(line);
    if (line !== '' && repeats === 1) kept.push(line);
    if (line !== '' && repeats > 1) kept.push(`[… the same line ${repeats} more times …]`);
    at = end;
  }
  return kept;
}

function trimBlank(lines: readonly string[]): string[] {
  const first = lines.findIndex((line) => line !== '');
  return first < 0 ? [] : lines.slice(first, lines.findLastIndex((line) => line !== '') + 1);
}

const FAILURE =
  /^\s*(?:not ok\b|[✖×✗] |FAIL\b|FAILED\b|--- FAIL|E {2,}|panic:|Traceback|error(?:\[|:|\b.*:))|\b(?:FAILED|ERROR|panicked at|AssertionError|[A-Z]\w*(?:Error|Exception)\b|error(?: TS\d+)?:)/;

/** All if it has room; else the first failure with what follows, and the end. Whole lines, a note in each gap. */
function fit(lines: readonly string[], maxChars: number): string {
  const all = lines.join('\n');
  if (all.length <= maxChars) return all;
  // Both notes, with their line breaks.
  const room = maxChars - 2 * `[… ${lines.length} lines left out …]\n`.length;
  if (room <= 0) return all.slice(0, Math.max(0, maxChars));
  const tailFrom = lines.length - countFitting(lines.toReversed(), room * TAIL_SHARE);
  const found = lines.findIndex((line) => FAILURE.test(line));
  // Without a failure that we know: the beginning. With one in the tail already: nothing before is more important.
  const from = found < 0 ? 0 : Math.min(Math.max(0, found - LEAD_LINES), tailFrom);
  const left = room - sizeOf(lines.slice(tailFrom));
  const to = Math.min(tailFrom, from + countFitting(lines.slice(from), left));
  const kept = [...gap(from), ...lines.slice(from, to), ...gap(tailFrom - to), ...lines.slice(tailFrom)];
  return kept.join('\n').slice(0, maxChars);
}

function gap(count: number): string[] {
  return count === 0 ? [] : [`[… ${count} lines left out …]`];
}

function sizeOf(lines: readonly string[]): number {
  return lines.reduce((size, line) => size + line.length + 1, 0);
}

/** How many of the first lines have room in so many characters. */
function countFitting(lines: readonly string[], room: number): number {
  let used = 0;
  for (const [count, line] of lines.entries()) {
    used += line.length + 1;
    if (used > room) return count;
  }
  return lines.length;
}
