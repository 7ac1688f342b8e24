import { stripVTControlCharacters } from 'node:util';

/*
 * Replies, file names, diffs and branch names are written by others. A terminal obeys what is in them (move the
 * cursor, set the title, write the clipboard), so nothing reaches it but letters, line ends, tabs and our own colours.
 */

/** The colour codes that `style.ts` can produce, behind any control character; only those behind ESC are kept. */
const OWN_COLOURS = /(\p{Cc}\[(?:1|2|22|31|32|33|36|39)m)/u;
const ESC = '\u001B';

/** C0 and C1 controls and DEL, without tab and line feed. */
const CONTROLS = /[^\P{Cc}\t\n]/gu;

/** Bidirectional controls reorder what a reader sees ("Trojan Source", CVE-2021-42574): they are shown, not obeyed. */
const BIDI = /[\u202A-\u202E\u2066-\u2069]/gu;

/** What at least one of the steps below would change. */
const SUSPICIOUS = /[^\P{Cc}\t\n]|[\u2028-\u202E\u2066-\u2069]/u;

/** `text` without any control sequence or control character but tab and line feed; colours go as well. */
export function cleanText(text: string): string {
  // Almost every text is harmless, and a table of a thousand tasks has many.
  if (!SUSPICIOUS.test(text)) return text;
  return stripVTControlCharacters(text.replaceAll('\r\n', '\n'))
    .replace(CONTROLS, '')
    .replace(/[\u2028\u2029]/gu, ' ')
    .replace(BIDI, showCodePoint);
}

/** As `cleanText`, on one line and without tabs: for names, titles and reasons inside a line of ours. */
export function cleanLine(text: string): string {
  return cleanText(text.replaceAll(/[\t\r\n]+/gu, ' '));
}

/** As `cleanText`, but the colours that `style.ts` makes stay. */
export function cleanStyled(text: string): string {
  return text
    .split(OWN_COLOURS)
    .map((part, index) => (index % 2 === 1 && part.startsWith(ESC) ? part : cleanText(part)))
    .join('');
}

/** A copy of plain data in which every string went through `cleanText`; keys are ours and stay. */
export function cleanDeep<T>(value: T): T;
export function cleanDeep(value: unknown): unknown {
  if (typeof value === 'string') return cleanText(value);
  if (Array.isArray(value)) return value.map((item: unknown) => cleanDeep(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cleanDeep(item as unknown)]));
}

function showCodePoint(character: string): string {
  return `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}>`;
}
