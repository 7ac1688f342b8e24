import type { Declaration } from '../../syntax/types.js';
import type { Change } from './change.js';
import { slice, type Piece } from './piece.js';

const LISTS = /^(?:module\.exports|exports|__all__)$/;
const LIST = /^[^=]*=\s*(?:\{([^{}]*)\}|\[([^[\]]*)\]|\(([^()]*)\))\s*;?\s*$/;
const NAME = /^(?:[\w$]+|(['"])[\w$]+\1)$/;

/**
 * Merges a list of exports (`module.exports = { a, b }`, `__all__ = […]`) that a reply repeats: models list just what
 * they sent. Names that the file's list has stay; what is new is added to it. Undefined when it is no such list, `kept`
 * when nothing is to be done, `refused` when the lists hold more than names.
 */
export function mergeExports(
  fileLines: readonly string[],
  target: Declaration,
  piece: Piece,
  wanted: Declaration,
): Change | 'kept' | 'refused' | undefined {
  if (!LISTS.test(wanted.name)) return undefined;
  const old = namesOf(slice(fileLines, target.lines));
  const fresh = namesOf(slice(piece.lines, wanted.lines));
  if (old === undefined || fresh === undefined) return old === fresh ? undefined : 'refused';
  const missing = fresh.filter((name) => !old.includes(name));
  if (missing.length === 0) return 'kept';
  const close = findClose(fileLines, target);
  if (close === undefined) return 'refused';
  return extend(fileLines, close, missing, old.length > 0);
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

/** The line with the closing bracket of a list, and its column. */
function findClose(
  fileLines: readonly string[],
  target: Declaration,
): { line: number; column: number; first: number } | undefined {
  const line = target.lines.to;
  const column = /[}\])]\s*;?\s*$/.exec(fileLines[line] ?? '')?.index;
  return column === undefined ? undefined : { line, column, first: target.lines.from };
}

function extend(
  fileLines: readonly string[],
  { line, column, first }: { line: number; column: number; first: number },
  missing: readonly string[],
  hasNames: boolean,
): Change {
  const text = fileLines[line] ?? '';
  if (line > first && text.slice(0, column).trim() === '') {
    const last = fileLines[line - 1] ?? '';
    const indent = /^\s*/.exec(last)?.[0] ?? '';
    const closed = last.trimEnd().endsWith(',') || line - 1 === first ? last : `${last.trimEnd()},`;
    return {
      from: line - 1,
      to: line - 1,
      lines: [
        ...(closed === last
          ? [{ op: ' ' as const, text: last }]
          : [
              { op: '-' as const, text: last },
              { op: '+' as const, text: closed },
            ]),
        ...missing.map((name) => ({ op: '+' as const, text: `${indent}${name},` })),
      ],
    };
  }
  const before = text.slice(0, column).replace(/,?(\s*)$/, '$1');
  const space = /\s*$/.exec(before)?.[0] ?? '';
  const list = before.trimEnd() + (hasNames ? ', ' : ' ') + missing.join(', ') + space;
  return {
    from: line,
    to: line,
    lines: [
      { op: '-', text },
      { op: '+', text: list + text.slice(column) },
    ],
  };
}
