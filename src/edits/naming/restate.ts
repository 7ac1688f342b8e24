import type { Declaration, SourceParser } from '../../syntax/types.js';
import { indentOf } from '../locating/indentation.js';
import { spanOf, type Placement } from '../locating/match.js';
import type { OpenFile } from '../open-file.js';
import { newLinesOf, oldLinesOf, type Replacement } from '../reading/edit.js';
import { countUnnamed } from './beside.js';
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
  const restated = readBoth(file, replacement);
  return restated === undefined || !isWhole(restated) ? undefined : place(file, restated);
}

/**
 * The place of an edit whose old lines stand in the file, but are only the beginning of a block that ends where its
 * indentation does (Python), while its new side is the whole of it, down to the same last line: put in place of the
 * beginning, it would leave the end there twice. Undefined when it is no such edit.
 */
export function placeWholeBlock(
  file: OpenFile,
  replacement: Replacement,
  found: Placement,
): Placement | undefined {
  if (file.parser?.byIndentation !== true) return undefined;
  if (!/^\s*(?:@|(?:async\s+)?def\b|class\b)/.test(oldLinesOf(replacement)[0] ?? '')) return undefined;
  const restated = readBoth(file, replacement);
  if (restated === undefined || isWhole(restated)) return undefined;
  const { target, lines, fresh } = restated;
  const { first, last } = spanOf(found);
  const isBeginning = first >= target.lines.from && first <= target.head.line && last < target.lines.to;
  return isBeginning && endsAlike(lines, target, fresh) ? place(file, restated) : undefined;
}

/** The declaration of the file that both sides of an edit are about. */
interface Restated {
  old: One;
  fresh: One;
  target: Declaration;
  as: string | undefined;
  lines: readonly string[];
  parser: SourceParser;
}

function readBoth(file: OpenFile, replacement: Replacement): Restated | undefined {
  const { parser } = file;
  const old = readOne(oldLinesOf(replacement), file);
  const fresh = old === undefined ? undefined : readOne(newLinesOf(replacement), file);
  if (parser === undefined || old === undefined || fresh === undefined) return undefined;
  if (old.wanted.name !== fresh.wanted.name || !isSame(old.wanted.scope, fresh.wanted.scope))
    return undefined;
  const parsed = file.parsed();
  const target = parsed === undefined ? undefined : findTarget(namesOf(parsed), old.wanted, parser);
  if (target?.kind !== 'found' || !showsAll(old, target.declaration, file)) return undefined;
  const { declaration, as } = target;
  return { old, fresh, target: declaration, as, lines: file.source.lines, parser };
}

function place(file: OpenFile, { fresh, target, as, lines, parser }: Restated): Placement | undefined {
  const parsed = file.parsed();
  if (parsed === undefined) return undefined;
  const visibility = as ?? visibilityIn(parsed, lines, parser)(fresh.wanted, target);
  const change = replaceDeclaration(lines, target, fresh.piece, fresh.wanted, visibility);
  return placeChanges(lines, [change], 'restated');
}

/**
 * Whether the old side is all of a declaration. Where blocks end by indentation the first lines of a function look like a
 * function: it must end as the file's does, and have at least half of its lines.
 */
function isWhole({ old, target, lines, parser }: Restated): boolean {
  if (!parser.byIndentation) return true;
  const count = (text: readonly string[]) => text.filter((line) => line.trim() !== '').length;
  const isLong = count(slice(old.piece.lines, old.wanted.lines)) * 2 >= count(slice(lines, target.lines));
  return isLong && endsAlike(lines, target, old);
}

/** Whether the old side of an edit is one declaration that the file has, so that its new side decides. */
export function mayRestate(file: OpenFile, replacement: Replacement): boolean {
  const old = readOne(oldLinesOf(replacement), file);
  const parsed = file.parsed();
  if (old === undefined || parsed === undefined || file.parser === undefined) return false;
  const target = findTarget(namesOf(parsed), old.wanted, file.parser);
  return target.kind === 'found' && showsAll(old, target.declaration, file);
}

/** An old side that lacks members of a class, or blocks among them that have no name, is a part of it, and so is the new. */
function showsAll({ piece, wanted }: One, target: Declaration, { source, parser }: OpenFile): boolean {
  const has = new Set(membersOf(wanted).map(({ name }) => name));
  if (!membersOf(target).every(({ name }) => has.has(name))) return false;
  const isByIndentation = parser?.byIndentation === true;
  const shown = countUnnamed(piece.lines, wanted, isByIndentation);
  return shown >= countUnnamed(source.lines, target, isByIndentation);
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

/** Whether a side ends with the line that the file's declaration ends with, at the outermost of its body or as far in. */
function endsAlike(fileLines: readonly string[], target: Declaration, { piece, wanted }: One): boolean {
  const [one, other] = [endOf(fileLines, target), endOf(piece.lines, wanted)];
  return one.text === other.text && (one.isOuter ? other.isOuter : one.depth === other.depth);
}

function endOf(
  lines: readonly string[],
  { lines: span, head }: Declaration,
): { text: string; depth: number; isOuter: boolean } {
  const start = indentOf(lines[head.line] ?? '').length;
  const body = slice(lines, { from: head.line + 1, to: span.to }).filter((line) => line.trim() !== '');
  const depths = body.map((line) => indentOf(line).length - start);
  const depth = depths.at(-1) ?? 0;
  return { text: (body.at(-1) ?? '').trim(), depth, isOuter: depths.every((other) => other >= depth) };
}
