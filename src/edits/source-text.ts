/**
 * A file's text as lines that each keep their own terminator, so that a line no edit touches is written back byte for
 * byte: byte order mark, mixed line ends and a missing final newline included.
 */
export interface SourceText {
  readonly bom: string;
  /** The lines without their ends. A final newline does not start another line. */
  readonly lines: readonly string[];
  /** For each line `\n`, `\r\n`, or the empty string for a last line that has none. */
  readonly ends: readonly string[];
}

const BOM = '\uFEFF';

/** Splits `text` at `\n` and `\r\n`; a lone `\r` is part of its line, as git and editors on every system have it. */
export function parseSource(text: string): SourceText {
  const bom = text.startsWith(BOM) ? BOM : '';
  const lines: string[] = [];
  const ends: string[] = [];
  let from = bom.length;
  while (from < text.length) {
    const at = text.indexOf('\n', from);
    if (at < 0) {
      lines.push(text.slice(from));
      ends.push('');
      break;
    }
    const crlf = at > from && text.charCodeAt(at - 1) === 13;
    lines.push(text.slice(from, crlf ? at - 1 : at));
    ends.push(crlf ? '\r\n' : '\n');
    from = at + 1;
  }
  return { bom, lines, ends };
}

/** The line end that most lines have; `\n` where there is none to count. */
function dominantEnd(source: SourceText): '\n' | '\r\n' {
  let crlf = 0;
  let lf = 0;
  for (const end of source.ends) {
    if (end === '\r\n') crlf += 1;
    else if (end === '\n') lf += 1;
  }
  return crlf > lf ? '\r\n' : '\n';
}

/** Whether the text ends without a newline; an empty text has nothing to end. */
export function lacksFinalNewline(source: SourceText): boolean {
  return source.ends.at(-1) === '';
}

/**
 * A file's lines as they will be written. `end: undefined` asks for the end that fits the place: the one of the
 * neighbour before it.
 */
export interface OutputLine {
  text: string;
  end: string | undefined;
}

/** Joins lines to a file; only new lines (without an end of their own) are given one. */
export function renderSource(
  original: SourceText,
  output: readonly OutputLine[],
  finalNewline: boolean,
): string {
  const fallback = dominantEnd(original);
  const parts: string[] = [original.bom];
  let last = '';
  output.forEach((line, at) => {
    const isLast = at === output.length - 1;
    let end = line.end ?? (last === '' ? fallback : last);
    if (isLast && line.end === undefined && !finalNewline) end = '';
    if (!isLast && end === '') end = last === '' ? fallback : last;
    parts.push(line.text, end);
    last = end;
  });
  return parts.join('');
}

/** Lines that stand in no file yet, as a file with `\n` ends. */
export function joinLines(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}
