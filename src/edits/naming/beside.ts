import type { Declaration } from '../../syntax/types.js';
import { indentOf } from '../locating/indentation.js';
import { membersOf, slice } from './piece.js';

const IS_BRACKET = /^[{}()[\];,]+$/;
/** Comments, brackets, `pass`, dots and a plain string. */
const IS_NOTHING = /^(?:\/\/|\/\*|\*|#(?!\[)|[{}()[\];,]+$|pass$|\.\.\.$|(["']).*\1$)/;
/** What goes on with a statement of Python, or ends it. */
const GOES_ON = /^(?:[}\])]|(?:else|elif|except|finally|case)\b)/;
/** What runs when a class is loaded or one of it is made. */
const OPENS_BLOCK = /^(?:static\s*)?\{|^static$/;
const BLOCKS_ON_A_LINE = /[{};]\s*(?:static\s*)?\{/g;

/**
 * Lines of a class that belong to none of its members: code alone, which is more than a word for "nothing", or comments
 * and the doc string too. With their indentation.
 */
export function listBeside(lines: readonly string[], declaration: Declaration, isAll: boolean): string[] {
  const beside: string[] = [];
  let quote: string | undefined;
  for (const line of listUntaken(lines, declaration)) {
    const text = line.trim();
    if (isAll) {
      if (!IS_BRACKET.test(text)) beside.push(line);
      continue;
    }
    if (quote !== undefined) {
      if (text.includes(quote)) quote = undefined;
      continue;
    }
    const opened = /^[rRuU]?("""|''')/.exec(text)?.[1];
    if (opened !== undefined) {
      if (text.lastIndexOf(opened) <= text.indexOf(opened)) quote = opened;
      continue;
    }
    if (!IS_NOTHING.test(text)) beside.push(line);
  }
  return beside;
}

/**
 * How many parts without a name a class has that do something: static blocks, initialisers, the statements of a Python
 * class. Lists of fields and constants (structs, enums) are laid out in too many ways to be counted.
 */
export function countUnnamed(
  lines: readonly string[],
  declaration: Declaration,
  byIndentation: boolean,
): number {
  if (declaration.kind !== 'class') return 0;
  const isOnOneLine = declaration.lines.to === declaration.head.line;
  if (isOnOneLine || membersOf(declaration).some(({ hasOwnLines }) => !hasOwnLines)) {
    return (slice(lines, declaration.lines).join(' ').match(BLOCKS_ON_A_LINE) ?? []).length;
  }
  const depthOf = (line: string) => indentOf(line).length;
  const own = depthOf(lines[declaration.head.line] ?? '');
  const parts = byIndentation
    ? listBeside(lines, declaration, false)
    : listUntaken(lines, declaration).filter((line) => depthOf(line) > own && isCode(line.trim()));
  const least = Math.min(...parts.map(depthOf));
  return parts.filter((line, at) => {
    const text = line.trim();
    if (depthOf(line) > least) return false;
    if (byIndentation) return !GOES_ON.test(text);
    return OPENS_BLOCK.test(text) && !(text === '{' && parts[at - 1]?.trim() === 'static');
  }).length;
}

/** The lines behind the head of a class that no member holds, blank ones left out. */
function listUntaken(lines: readonly string[], declaration: Declaration): string[] {
  const { head, lines: span } = declaration;
  const taken = new Uint8Array(lines.length);
  for (const member of membersOf(declaration))
    taken.fill(1, Math.min(member.doc?.from ?? Infinity, member.lines.from), member.lines.to + 1);
  const from = head.line + 1;
  return slice(lines, { from, to: span.to }).filter(
    (line, at) => taken[from + at] !== 1 && line.trim() !== '',
  );
}

function isCode(text: string): boolean {
  return !IS_NOTHING.test(text) || OPENS_BLOCK.test(text);
}
