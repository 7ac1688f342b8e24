import type { Declaration, LineSpan } from '../../syntax/types.js';
import { isCommentLine } from '../locating/relaxation.js';
import type { Change } from './change.js';
import { slice, type Piece } from './piece.js';

const LISTS = /^(?:module\.exports|exports|__all__)$/;
const LIST = /^[^=]*=\s*(?:\{([^{}]*)\}|\[([^[\]]*)\]|\(([^()]*)\))\s*;?\s*$/;
/** A name, in quotes for Python, or a name with what it stands for. */
const NAME = /^(?:[\w$]+|(['"])[\w$]+\1)(?:\s*:\s*[\w$.]+)?$/;

/**
 * Merges a list of exports (`module.exports = { a, b }`, `__all__ = […]`) that a reply repeats: models list just what
 * they sent. Names that the file's list has stay; what is new is added to it. Undefined when it is no such list, `kept`
 * when nothing is to be done, `refused` when the lists hold more than names and the reply's lacks some of it.
 */
export function mergeExports(
  fileLines: readonly string[],
  target: Declaration,
  piece: Piece,
  wanted: Declaration,
): Change | 'kept' | 'refused' | undefined {
  if (!LISTS.test(wanted.name)) return undefined;
  const oldLines = slice(fileLines, target.lines);
  const freshLines = slice(piece.lines, wanted.lines);
  const old = namesOf(oldLines);
  const fresh = namesOf(freshLines);
  if (old === undefined || fresh === undefined) {
    const isPlain = ![...oldLines, ...freshLines].some((line) => /[{[]/.test(line));
    return isPlain || holdsAll(listEntries(freshLines), listEntries(oldLines)) ? undefined : 'refused';
  }
  const keys = new Map(old.map((entry) => [keyOf(entry), valueOf(entry)]));
  if (fresh.some((entry) => (keys.get(keyOf(entry)) ?? valueOf(entry)) !== valueOf(entry))) return 'refused';
  const missing = fresh.filter((entry) => !keys.has(keyOf(entry)));
  if (missing.length === 0) return 'kept';
  return extendNames(fileLines, target.lines, missing, old.length > 0) ?? 'refused';
}

function namesOf(lines: readonly string[]): string[] | undefined {
  const match = LIST.exec(lines.join(' '));
  const list = match?.[1] ?? match?.[2] ?? match?.[3];
  if (list === undefined) return undefined;
  const names = list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return names.every((name) => NAME.test(name)) ? names : undefined;
}

function keyOf(entry: string): string {
  return entry.replace(/\s*:.*$/, '').replace(/^(['"])(.*)\1$/, '$2');
}

function valueOf(entry: string): string {
  return /:\s*(.*)$/.exec(entry)?.[1] ?? keyOf(entry);
}

/** What an object holds, by the first words of the lines that are the least further in; a line alone as it is. */
function listEntries(lines: readonly string[]): string[] {
  const inner = lines.slice(1, -1).filter((line) => line.trim() !== '' && !isCommentLine(line));
  if (inner.length === 0) return lines.map((line) => line.trim());
  const depth = (line: string) => /^\s*/.exec(line)?.[0].length ?? 0;
  const least = Math.min(...inner.map(depth));
  return inner
    .filter((line) => depth(line) === least)
    .flatMap((line) => /^(?:async |get |set |\*)*(['"]?\.*[\w$[\].]+)/.exec(line.trim())?.[1] ?? []);
}

function holdsAll(fresh: readonly string[], old: readonly string[]): boolean {
  const has = new Set(fresh);
  return old.every((entry) => has.has(entry));
}

/**
 * Adds names behind the last one of the bracketed list that ends on the last line of `span`, on lines of their own if it
 * is laid out so. Undefined where a comment stands in the way.
 */
export function extendNames(
  fileLines: readonly string[],
  span: LineSpan,
  missing: readonly string[],
  hasNames: boolean,
): Change | undefined {
  const line = span.to;
  const text = fileLines[line] ?? '';
  const column = /[}\])]\s*;?\s*$/.exec(text)?.index;
  if (column === undefined) return undefined;
  const isOwnLine = line > span.from && text.slice(0, column).trim() === '';
  return isOwnLine
    ? extendLines(fileLines, span, missing)
    : extendLine(text, line, column, missing, hasNames);
}

function extendLine(
  text: string,
  line: number,
  column: number,
  missing: readonly string[],
  hasNames: boolean,
): Change {
  const before = text.slice(0, column).replace(/,?(\s*)$/, '$1');
  const space =
    hasNames || /\s$/.test(before) || !/[{]\s*$/.test(before) ? (/\s*$/.exec(before)?.[0] ?? '') : ' ';
  const joint = hasNames ? ', ' : /[{]\s*$/.test(before) ? ' ' : '';
  const list = before.trimEnd() + joint + missing.join(', ') + space;
  return {
    from: line,
    to: line,
    lines: [
      { op: '-', text },
      { op: '+', text: list + text.slice(column) },
    ],
  };
}

function extendLines(
  fileLines: readonly string[],
  { from, to }: LineSpan,
  missing: readonly string[],
): Change | undefined {
  const last = fileLines[to - 1] ?? '';
  const isFirst = to - 1 === from;
  if (/\/\/|\/\*|#/.test(last)) return undefined;
  const indent = isFirst ? `${/^\s*/.exec(last)?.[0] ?? ''}  ` : (/^\s*/.exec(last)?.[0] ?? '');
  const hasComma = isFirst || last.trimEnd().endsWith(',');
  const kept = hasComma
    ? [{ op: ' ' as const, text: last }]
    : [
        { op: '-' as const, text: last },
        { op: '+' as const, text: `${last.trimEnd()},` },
      ];
  const added = missing.map((name, at) => ({
    op: '+' as const,
    text: `${indent}${name}${hasComma || at < missing.length - 1 ? ',' : ''}`,
  }));
  return { from: to - 1, to: to - 1, lines: [...kept, ...added] };
}
