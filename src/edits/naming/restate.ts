import type { Declaration } from '../../syntax/types.js';
import type { Placement } from '../locating/match.js';
import type { OpenFile } from '../open-file.js';
import { newLinesOf, oldLinesOf, type Replacement } from '../reading/edit.js';
import { placeChanges } from './change.js';
import { namesOf } from './file-names.js';
import { findTarget } from './find-target.js';
import { membersOf, readPiece, slice, type Piece } from './piece.js';
import { replaceDeclaration } from './replace-declaration.js';
import { visibilityIn } from './visibility.js';

/**
 * The place of an edit whose old lines stand nowhere, but whose old and new side are each one whole declaration of the
 * same name: it is that declaration, whatever its old side says. (Measured on Qwen2.5-Coder 1.5B: every search part
 * without a place had respelled `const f = (x) => {` as `function f(x) {`.) Undefined when it is no such edit.
 */
export function placeRestated(file: OpenFile, replacement: Replacement): Placement | undefined {
  const { parser } = file;
  if (parser === undefined) return undefined;
  const old = readOne(oldLinesOf(replacement), file);
  const fresh = readOne(newLinesOf(replacement), file);
  if (old === undefined || fresh === undefined) return undefined;
  if (old.wanted.name !== fresh.wanted.name || !isSame(old.wanted.scope, fresh.wanted.scope))
    return undefined;
  const parsed = file.parsed();
  if (parsed === undefined) return undefined;
  const target = findTarget(namesOf(parsed), old.wanted, parser);
  if (target.kind !== 'found' || !showsAll(old.wanted, target.declaration)) return undefined;
  const { lines } = file.source;
  if (parser.byIndentation && !endsAlike(slice(lines, target.declaration.lines), old)) return undefined;
  const visibility = visibilityIn(parsed, lines, parser)(fresh.wanted, target.declaration);
  const change = replaceDeclaration(lines, target.declaration, fresh.piece, fresh.wanted, visibility);
  return placeChanges(lines, [change], 'restated');
}

/** Whether the old side of an edit is one declaration that the file has, so that its new side decides. */
export function mayRestate(file: OpenFile, replacement: Replacement): boolean {
  const old = readOne(oldLinesOf(replacement), file);
  const parsed = file.parsed();
  if (old === undefined || parsed === undefined || file.parser === undefined) return false;
  const target = findTarget(namesOf(parsed), old.wanted, file.parser);
  return target.kind === 'found' && showsAll(old.wanted, target.declaration);
}

/** An old side that lacks members of a class is a part of it, and so is the new one. */
function showsAll(old: Declaration, target: Declaration): boolean {
  const has = new Set(membersOf(old).map(({ name }) => name));
  return membersOf(target).every(({ name }) => has.has(name));
}

interface One {
  piece: Piece;
  wanted: Declaration;
}

/** The only declaration of a text that has nothing else. */
function readOne(lines: readonly string[], { parser, index }: OpenFile): One | undefined {
  const isKnown = (line: string) => index.linesLike(line).length > 0;
  const piece = parser === undefined ? undefined : readPiece(lines, parser, isKnown);
  if (piece === undefined || piece.parsed.faults.length > 0 || piece.elided.length > 0) return undefined;
  const { declarations, imports, statements } = piece.parsed;
  const [wanted, second] = declarations;
  const isAlone = second === undefined && imports.length === 0 && statements.length === 0;
  return wanted !== undefined && isAlone && wanted.hasBody ? { piece, wanted } : undefined;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, at) => name === other[at]);
}

/**
 * Where blocks end by indentation the first lines of a function look like a function: only if both end alike the old
 * side has all of it.
 */
function endsAlike(fileLines: readonly string[], { piece, wanted }: One): boolean {
  const last = (lines: readonly string[]) => lines.findLast((line) => line.trim() !== '')?.trim();
  return last(fileLines) === last(slice(piece.lines, wanted.lines));
}
