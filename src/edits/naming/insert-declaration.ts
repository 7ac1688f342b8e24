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
const COMES_LAST = /^(?:(?:module\.)?exports(?:\..*)?|__all__)$/;

/** A new declaration, with the block that it comes from. */
export interface Fresh {
  piece: Piece;
  wanted: Declaration;
  visibility: string;
}

/** Where new declarations go. */
export interface Spot {
  /** The members of their scope in the file. */
  siblings: readonly Declaration[];
  near: Neighbours;
  /** Blank lines between declarations where the file does not show how many. */
  blanks: number;
  /** Between members of an object stand commas. */
  isInObject: boolean;
}

/**
 * Puts new declarations of a reply, which follow one another there, after the sibling that they follow, else before the
 * one that follows them, else at the end of their scope. Undefined where no line of its own is beside them.
 */
export function insertDeclarations(
  fileLines: readonly string[],
  file: ParsedText,
  fresh: readonly Fresh[],
  spot: Spot,
): Change | undefined {
  const { siblings, near } = spot;
  const { after, before } = near;
  const anchor = after ?? before ?? lastOf(siblings, fresh);
  const indent = anchor === undefined ? '' : indentOf(fileLines[anchor.head.line] ?? '');
  const bodies = fresh.map(({ piece, wanted, visibility }) => {
    const lines = renderNew(fileLines, piece, wanted, indent, visibility);
    return spot.isInObject ? endInComma(lines) : lines;
  });
  const isClose = isOneLiners(bodies, anchor) || areSignatures(fresh, anchor);
  const blanks = isClose ? 0 : blanksBetween(fileLines, siblings, spot.blanks);
  const gap = Array.from<string>({ length: blanks }).fill('');
  const joined = bodies.flatMap((body, at) => (at === 0 ? body : [...gap, ...body]));
  if (anchor === undefined) {
    const end = endOfFile(fileLines, file);
    return insertion(end, end === 0 ? joined : [...gap, ...joined]);
  }
  if (!anchor.hasOwnLines || countsByPlace(fileLines, anchor)) return undefined;
  if (after === undefined && before !== undefined) {
    return insertion(before.doc?.from ?? before.lines.from, [...joined, ...gap]);
  }
  if (spot.isInObject && !/,\s*(?:\/\/.*|\/\*.*\*\/\s*)?$/.test(fileLines[anchor.lines.to] ?? ''))
    return undefined;
  const next = fileLines[anchor.lines.to + 1] ?? '';
  const isTight = next.trim() !== '' && !/^\s*[}\])]/.test(next);
  return insertion(anchor.lines.to + 1, [...gap, ...joined, ...(isTight ? gap : [])]);
}

/** Go numbers the constants of a group with `iota` by their place: one more would change those behind it. */
export function countsByPlace(fileLines: readonly string[], { kind, lines, head }: Declaration): boolean {
  if (kind !== 'value' || head.column === 0) return false;
  const opens = fileLines.slice(0, lines.from).findLastIndex((line) => /^const\s*\(/.test(line));
  const closes = fileLines.findIndex((line, at) => at >= lines.from && line.startsWith(')'));
  return opens >= 0 && closes > 0 && fileLines.slice(opens, closes).some((line) => /\biota\b/.test(line));
}

function endInComma(lines: readonly string[]): string[] {
  const last = (lines.at(-1) ?? '').trimEnd();
  return [...lines.slice(0, -1), last.endsWith(',') ? last : `${last},`];
}

/** The last declaration that is not one of those that close a file; exports go behind the last of their kind. */
function lastOf(siblings: readonly Declaration[], fresh: readonly Fresh[]): Declaration | undefined {
  const isExport = fresh.every(({ wanted }) => closesFile(wanted));
  const last = isExport ? siblings.findLast((sibling) => closesFile(sibling)) : undefined;
  return last ?? siblings.findLast((sibling) => !closesFile(sibling));
}

/** Whether a declaration stands at the end of a file by custom: exports and tests come last. */
export function closesFile({ name, scope, kind }: Declaration): boolean {
  return scope.length === 0 && (COMES_LAST.test(name) || (kind === 'namespace' && /^tests?$/.test(name)));
}

/** Signatures of one function stand close together, and to it. */
function areSignatures(fresh: readonly Fresh[], anchor: Declaration | undefined): boolean {
  return fresh.every(({ wanted }) => !wanted.hasBody && wanted.name === anchor?.name);
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
function blanksBetween(
  fileLines: readonly string[],
  siblings: readonly Declaration[],
  byDefault: number,
): number {
  const counts = new Map<number, number>();
  siblings.forEach((sibling, at) => {
    const next = siblings[at + 1];
    if (next === undefined || sibling.lines.from === sibling.lines.to) return;
    const between = fileLines.slice(sibling.lines.to + 1, next.doc?.from ?? next.lines.from);
    if (between.some((line) => line.trim() !== '')) return;
    counts.set(between.length, (counts.get(between.length) ?? 0) + 1);
  });
  const [most] = [...counts].sort((one, other) => other[1] - one[1]);
  return Math.min(2, most?.[0] ?? byDefault);
}

/** Behind the imports of a file that declares nothing, or behind all that it has. */
function endOfFile(fileLines: readonly string[], file: ParsedText): number {
  const last = file.imports.at(-1);
  if (last !== undefined && file.statements.every((statement) => statement.lines.to < last.lines.to)) {
    return last.lines.to + 1;
  }
  return fileLines.findLastIndex((line) => line.trim() !== '') + 1;
}
