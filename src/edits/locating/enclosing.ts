import type { FileIndex } from './file-index.js';
import { indentOf } from './indentation.js';

/** Lines above a place in which the head of its declaration is looked for. */
const LONGEST_DECLARATION = 3000;

/**
 * Whether one of the lines `heads` heads what the line `at` stands in, as indentation shows it: the lines above it that
 * are less and less deep. A head may go on for several lines before its block begins.
 */
export function isInside(index: FileIndex, at: number, heads: ReadonlySet<number>): boolean {
  let depth = Infinity;
  for (let line = at; line >= 0 && at - line < LONGEST_DECLARATION; line -= 1) {
    const text = index.lines[line] ?? '';
    if (text.trim() === '') continue;
    const width = indentOf(text).length;
    if (width > depth) continue;
    if (line < at && heads.has(line)) return true;
    // A bracket or a clause on a line of its own belongs to the head above it, which is as deep.
    depth =
      /^\s*(?:[{()}\]]|where\b|throws\b|implements\b|extends\b|->)/.test(text) && line < at
        ? width
        : width - 1;
    if (depth < 0) return false;
  }
  return false;
}

const DECLARING =
  /^\s*(?:[\w<>[\],*&.:@]+\s+)*(?:function\*?|def|class|struct|interface|enum|trait|impl|fn|func|module|namespace|type|const|let|var|static)\s+(?:\([^)]*\)\s*)?$/;

/** Whether a line heads a declaration of a name: a keyword before it, or its parameters and a block behind it. */
export function declares(line: string, name: string): boolean {
  const at = line.indexOf(name);
  if (at < 0 || line.length > 500) return false;
  const before = line.slice(0, at);
  const behind = line.slice(at + name.length);
  if (/[\w$]$/.test(before) || /^[\w$]/.test(behind)) return false;
  if (DECLARING.test(before)) return true;
  return (
    /^\s*(?:[\w<>[\],*&.:#]+\s+)*#?$/.test(before) &&
    /^\s*(?:<[^>]*>)?\(.*[{:]\s*$/.test(behind) &&
    !/^\s*(?:if|for|while|return|switch|catch)\b/.test(line)
  );
}

/** git cuts the `@@` text at 80 characters, models write just a name. */
export function linesWith(index: FileIndex, text: string): number[] {
  const found: number[] = [];
  if (text.replace(/\W/g, '').length < 4) return found;
  for (const [at, line] of index.lines.entries()) if (line.includes(text)) found.push(at);
  return found;
}
