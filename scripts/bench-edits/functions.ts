import type { Language } from './languages.js';

/** A function or method that stands on lines of its own; lines count from 0 and both ends belong to it. */
export interface FunctionSpan {
  name: string;
  from: number;
  to: number;
  /** First line behind the head. */
  bodyFrom: number;
  indent: string;
  head: string;
}

const NAME = '([A-Za-z_$][\\w$]*)';
const HEADS: Record<Language, readonly RegExp[]> = {
  javascript: [
    new RegExp(`^(?:export )?(?:default )?(?:async )?function\\s*\\*?\\s*${NAME}\\s*\\(`),
    new RegExp(`^(?:static )?(?:async )?\\*?${NAME}\\([^;=]*\\)\\s*\\{$`),
    new RegExp(`^(?:export )?(?:const|let|var) ${NAME} = (?:async )?(?:function|\\([\\w, ]*\\) =>)`),
  ],
  typescript: [
    new RegExp(`^(?:export )?(?:default )?(?:async )?function\\s*\\*?\\s*${NAME}\\s*[(<]`),
    new RegExp(
      `^(?:(?:public|private|protected|static|async|override|get|set|readonly) )*${NAME}(?:<[^(]*>)?\\([^;=]*\\)(?:: [^;=]+)?\\s*\\{$`,
    ),
    new RegExp(`^(?:export )?(?:const|let) ${NAME} = (?:async )?\\([\\w, :]*\\)(?:: \\w+)? => \\{$`),
  ],
  python: [new RegExp(`^(?:async )?def ${NAME}\\s*\\(`)],
  go: [new RegExp(`^func (?:\\([^)]*\\) )?${NAME}[(\\[]`)],
  rust: [
    new RegExp(
      `^(?:pub(?:\\([a-z: ]+\\))? )?(?:default |const |async |unsafe |extern "C" )*fn ${NAME}\\s*[(<]`,
    ),
  ],
  java: [
    new RegExp(
      `^(?:(?:public|private|protected|static|final|synchronized|abstract|default) )+(?:[\\w<>\\[\\]?&, .]* )?${NAME}\\([^;=]*\\)(?: throws [\\w., ]+)? \\{$`,
    ),
  ],
};
const NO_NAMES = new Set([
  'if',
  'for',
  'while',
  'switch',
  'catch',
  'function',
  'return',
  'else',
  'with',
  'do',
]);

/**
 * Finds functions by their layout, which is that of a formatter in all sources: the head at some indentation, the next
 * line that is not deeper ends it. Not a parser: what does not have that layout is not found.
 */
export function findFunctions(language: Language, lines: readonly string[]): FunctionSpan[] {
  const inString = findStringLines(language, lines);
  const found: FunctionSpan[] = [];
  for (const [from, line] of lines.entries()) {
    if (inString.has(from)) continue;
    const indent = /^[ \t]*/.exec(line)?.[0] ?? '';
    const head = line.slice(indent.length);
    const name = HEADS[language].map((pattern) => pattern.exec(head)?.[1]).find((one) => one !== undefined);
    if (name === undefined || NO_NAMES.has(name)) continue;
    const span =
      language === 'python'
        ? endByIndentation(lines, from, indent, inString)
        : endByBrace(lines, from, indent, inString);
    if (span === undefined) continue;
    found.push({ name, from, indent, head, ...span });
  }
  return found;
}

/** The span of a body in braces, at least one line long. */
function endByBrace(
  lines: readonly string[],
  from: number,
  indent: string,
  inString: ReadonlySet<number>,
): { to: number; bodyFrom: number } | undefined {
  let open = from;
  while (open < lines.length && !(lines[open] ?? '').endsWith('{')) {
    const line = lines[open] ?? '';
    // A declaration without a body, or one on a line.
    if (line.endsWith(';') || line.endsWith('}') || line.trim() === '' || open - from > 12) return undefined;
    open += 1;
  }
  for (let at = open + 1; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line.trim() === '' || inString.has(at)) continue;
    if (!line.startsWith(indent)) return undefined;
    if (/^[ \t]/.test(line.slice(indent.length))) continue;
    const rest = line.slice(indent.length);
    if (/^\}[;,]?$/.test(rest) && at > open + 1) return { to: at, bodyFrom: open + 1 };
    // `) {` of a head over several lines; preprocessor-like or label lines are not expected.
    return undefined;
  }
  return undefined;
}

function endByIndentation(
  lines: readonly string[],
  from: number,
  indent: string,
  inString: ReadonlySet<number>,
): { to: number; bodyFrom: number } | undefined {
  let open = from;
  while (open < lines.length && !/:(?:\s*#.*)?$/.test(lines[open] ?? '')) {
    if (open - from > 20 || (lines[open] ?? '').trim() === '') return undefined;
    open += 1;
  }
  let to = open;
  for (let at = open + 1; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line.trim() === '') continue;
    if (!inString.has(at) && !(line.startsWith(indent) && /^[ \t]/.test(line.slice(indent.length)))) break;
    to = at;
  }
  return to > open ? { to, bodyFrom: open + 1 } : undefined;
}

/** Lines that begin inside a string of several lines, as far as quotes that are alone of their kind tell. */
export function findStringLines(language: Language, lines: readonly string[]): ReadonlySet<number> {
  const found = new Set<number>();
  const quotes =
    language === 'python'
      ? ['"""', "'''"]
      : language === 'rust'
        ? ['"']
        : language === 'java'
          ? ['"""']
          : ['`'];
  let open: string | undefined;
  for (const [at, line] of lines.entries()) {
    if (open !== undefined) found.add(at);
    for (let column = 0; column < line.length;) {
      const here = column;
      if (line[here] === '\\') {
        column += 2;
        continue;
      }
      const comment = language === 'python' ? '#' : '//';
      if (open === undefined && line.startsWith(comment, here)) break;
      const quote = quotes.find((one) => line.startsWith(one, here));
      if (open === undefined && quote !== undefined) open = quote;
      else if (open !== undefined && quote === open) open = undefined;
      else if (open === undefined && (line[here] === '"' || line[here] === "'") && language !== 'rust') {
        // A string on one line: what looks like a quote or comment inside it is none.
        const end = endOfString(line, here);
        if (end === undefined) break;
        column = end;
        continue;
      } else if (open === undefined && language === 'rust' && /^'(?:\\.|[^\\'])'/.test(line.slice(here))) {
        column += line.slice(here).indexOf("'", 2) + 1;
        continue;
      }
      column += quote?.length ?? 1;
    }
  }
  return found;
}

function endOfString(line: string, from: number): number | undefined {
  for (let at = from + 1; at < line.length; at += 1) {
    if (line[at] === '\\') at += 1;
    else if (line[at] === line[from]) return at + 1;
  }
  return undefined;
}
