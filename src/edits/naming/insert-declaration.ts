import type { Declaration, ParsedText } from '../../syntax/types.js';
import { indentOf } from '../locating/indentation.js';
import { insertion, type Change } from './change.js';
import { renderNew } from './replace-declaration.js';
import type { Piece } from './piece.js';

/** Beside what a new declaration goes: a sibling of the file, or the end of what its scope holds. */
export interface Neighbours {
  /** The one before it in the reply. */
  after: Declaration | undefined;
  /** The one behind it in the reply. */
  before: Declaration | undefined;
}

/** Declarations that end a file by custom: exports and tests come last. */
const COMES_LAST = /^(?:module\.exports|exports|exports\..*|tests?|__all__)$/;

/**
 * Puts new declarations of a reply, which follow one another there, after the sibling that they follow, else before the
 * one that follows them, else at the end of their scope. `siblings` are the members of that scope in the file.
 */
export function insertDeclarations(
  fileLines: readonly string[],
  file: ParsedText,
  siblings: readonly Declaration[],
  piece: Piece,
  fresh: readonly { wanted: Declaration; visibility: string }[],
  { after, before }: Neighbours,
): Change | undefined {
  const anchor = after ?? before ?? lastOf(siblings);
  const blanks = blanksBetween(fileLines, siblings);
  const indent = anchor === undefined ? '' : indentOf(fileLines[anchor.head.line] ?? '');
  const bodies = fresh.map(({ wanted, visibility }) => renderNew(piece, wanted, indent, visibility));
  const gap = Array.from<string>({ length: isOneLiners(bodies, anchor) ? 0 : blanks }).fill('');
  const joined = bodies.flatMap((body, at) => (at === 0 ? body : [...gap, ...body]));
  if (anchor === undefined) {
    const end = endOfFile(fileLines, file);
    return insertion(end, end === 0 ? joined : [...gap, ...joined]);
  }
  if (!anchor.hasOwnLines) return undefined;
  if (after === undefined && before !== undefined) {
    return insertion(before.doc?.from ?? before.lines.from, [...joined, ...gap]);
  }
  return insertion(anchor.lines.to + 1, [...gap, ...joined]);
}

/** The last declaration that is not one of those that close a file. */
function lastOf(siblings: readonly Declaration[]): Declaration | undefined {
  return siblings.findLast((sibling) => !COMES_LAST.test(sibling.name)) ?? undefined;
}

/** Constants and type aliases stand close together. */
function isOneLiners(bodies: readonly (readonly string[])[], anchor: Declaration | undefined): boolean {
  return (
    bodies.every((body) => body.length === 1) &&
    anchor !== undefined &&
    anchor.lines.from === anchor.lines.to &&
    anchor.doc === undefined
  );
}

/** Blank lines that the file has between two declarations of more than a line, most often. */
function blanksBetween(fileLines: readonly string[], siblings: readonly Declaration[]): number {
  const counts = new Map<number, number>();
  siblings.forEach((sibling, at) => {
    const next = siblings[at + 1];
    if (next === undefined || sibling.lines.from === sibling.lines.to) return;
    const between = fileLines.slice(sibling.lines.to + 1, next.doc?.from ?? next.lines.from);
    const count = between.filter((line) => line.trim() === '').length;
    counts.set(count, (counts.get(count) ?? 0) + 1);
  });
  const [most] = [...counts].sort((one, other) => other[1] - one[1]);
  return Math.min(2, most?.[0] ?? 1);
}

/** Behind the imports of a file that declares nothing, or behind all that it has. */
function endOfFile(fileLines: readonly string[], file: ParsedText): number {
  const last = file.imports.at(-1);
  if (last !== undefined && file.statements.every((statement) => statement.lines.to < last.lines.to)) {
    return last.lines.to + 1;
  }
  return fileLines.findLastIndex((line) => line.trim() !== '') + 1;
}
