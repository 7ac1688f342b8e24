/*
 * File names, task texts and everything that a model wrote may hold control characters: escape sequences that repaint
 * the terminal, line ends that fake a line of the report, marks that turn the reading direction.
 */

/** Controls, line and paragraph separators, format characters (zero-width, bidirectional), lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** One line of text for a terminal: nothing in it can move the cursor, end the line or turn its direction. */
export function printableLine(text: string): string {
  return text.replaceAll(UNSAFE, escapeCharacter);
}

/** Text of several lines for a terminal; line ends stay, tabs become blanks. */
export function printableLines(text: string): string[] {
  const lines = text.replaceAll('\t', '    ').split(/\r\n|\n|\r/);
  while (lines.at(-1)?.trim() === '') lines.pop();
  return lines.map((line) => printableLine(line).trimEnd());
}

function escapeCharacter(character: string): string {
  if (character === '\n') return String.raw`\n`;
  if (character === '\r') return String.raw`\r`;
  if (character === '\t') return String.raw`\t`;
  const code = character.codePointAt(0) ?? 0;
  return code < 0x100
    ? String.raw`\x` + code.toString(16).padStart(2, '0')
    : String.raw`\u{` + code.toString(16) + '}';
}
