/*
 * Words of models and people inside a document whose facts come from the program. They must not be able to forge its
 * headings, swallow what follows in an open fence, bring HTML or load an image.
 */

/** Text as one line that opens no Markdown structure; pairs of backticks stay code. */
export function inline(text: string): string {
  return escapeLine(printable(text).replaceAll(/\s+/g, ' ').trim());
}

/** Text of several lines in which lists, emphasis and closed code fences work, but a line can't become a heading. */
export function block(text: string): string {
  return renderLines(text, (hashes, words) => `\\${hashes} ${escapeText(words)}`);
}

/** A whole Markdown document under a heading of level `level - 1`: its own headings begin at `level`. */
export function nest(text: string, level: number): string {
  return renderLines(
    text,
    (hashes, words) => `${'#'.repeat(Math.min(6, hashes.length + level - 1))} ${escapeText(words)}`,
  );
}

/** Text of several lines as a quotation. */
export function quote(text: string): string {
  return block(text)
    .split('\n')
    .map((line) => (line === '' ? '>' : `> ${line}`))
    .join('\n');
}

/** Text as a code span, whatever backticks it holds. */
export function code(text: string): string {
  const plain = printable(text).replaceAll('\n', ' ');
  const longest = (plain.match(/`+/g) ?? []).reduce((length, run) => Math.max(length, run.length), 0);
  if (longest === 0) return `\`${plain}\``;
  const ticks = '`'.repeat(longest + 1);
  return `${ticks} ${plain} ${ticks}`;
}

/**
 * Fences are written anew at the first column: one that was indented belongs to a list item and would end with it, so
 * that its last line opened another one (CommonMark §4.5, §5.2).
 */
function renderLines(text: string, renderHeading: (hashes: string, words: string) => string): string {
  const lines: string[] = [];
  let fence: string | undefined;
  for (const line of printable(text).trim().split('\n')) {
    const [, run = '', rest = ''] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
    if (fence !== undefined) {
      const closes = run.startsWith(fence) && rest.trim() === '';
      lines.push(closes ? fence : line);
      if (closes) fence = undefined;
    } else if (run !== '' && !rest.includes('`')) {
      fence = run;
      lines.push(run + (/^[\w+#.-]*/.exec(rest.trim())?.[0] ?? ''));
    } else {
      const [, hashes, words = ''] = /^ {0,3}(#{1,6})(?:[ \t]+(.*))?$/.exec(line) ?? [];
      lines.push(hashes === undefined ? escapeLine(line) : renderHeading(hashes, words));
    }
  }
  if (fence !== undefined) lines.push(fence);
  return lines.join('\n');
}

/** What stands before the text of a line in lists and quotations. */
const LEAD = String.raw`^([\s>*+\-\d.)]*)`;
const HEADING = new RegExp(`${LEAD}(#{1,6})(?=\\s|$)`);
const UNDERLINE = /^([\s>]*)(=+|-+)\s*$/;
const DEFINITION = new RegExp(`${LEAD}\\[([^\\]]*)\\]:`);
const TILDES = new RegExp(`${LEAD}(~{3,})`);

function escapeLine(line: string): string {
  return escapeText(line)
    .replace(HEADING, String.raw`$1\$2`)
    .replace(UNDERLINE, String.raw`$1\$2`)
    .replace(DEFINITION, String.raw`$1\[$2]:`)
    .replace(TILDES, String.raw`$1\$2`);
}

/**
 * Escapes HTML, links and images outside code spans. A run of backticks without a partner on the same line is escaped
 * too, so that it can't find one on another line and turn code into text there.
 */
function escapeText(line: string): string {
  const runs = [...line.matchAll(/`+/g)];
  let result = '';
  let from = 0;
  for (const run of runs) {
    if (run.index < from) continue;
    const partner = runs.find((other) => other.index > run.index && other[0].length === run[0].length);
    result += escapePlain(line.slice(from, run.index));
    from = (partner ?? run).index + run[0].length;
    result += partner === undefined ? run[0].replaceAll('`', '\\`') : line.slice(run.index, from);
  }
  return result + escapePlain(line.slice(from));
}

function escapePlain(text: string): string {
  const escaped = text
    .replaceAll(/<(?=[A-Za-z/!?])/g, '&lt;')
    .replaceAll('![', '!\\[')
    .replaceAll('](', ']\\(');
  // A lone backslash at the end would escape the backtick that follows.
  const [backslashes = ''] = /\\*$/.exec(escaped) ?? [];
  return backslashes.length % 2 === 1 ? `${escaped}\\` : escaped;
}

/** Without control characters, and without what reorders or hides text. */
function printable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]|[\p{Bidi_Control}\p{Zl}\p{Zp}\p{Surrogate}\u200B\uFEFF]/gu, '');
}
