import type { Declaration, LineSpan } from '../../syntax/types.js';
import { indentOf } from '../locating/indentation.js';
import { isCommentLine } from '../locating/relaxation.js';
import { alignLines } from '../reading/align.js';
import { insertion, type Change } from './change.js';
import { slice, type Piece } from './piece.js';
import { shiftBetween, type LineShift } from './shift-declaration.js';
import { introduce } from './visibility.js';

/** The three parts of a declaration's lines; only `proper` is always there. */
interface Parts {
  doc: LineSpan | undefined;
  decorators: LineSpan | undefined;
  proper: LineSpan;
}

/**
 * The change that puts a declaration of a reply in the place of the file's: its lines exactly, its decorators and its
 * doc comment where the reply brings its own, with the file's indentation. Lines that are the same keep their bytes.
 */
export function replaceDeclaration(
  fileLines: readonly string[],
  target: Declaration,
  piece: Piece,
  wanted: Declaration,
  visibility: string,
): Change {
  const old = partsOf(target);
  const { doc, decorators, proper } = partsOf(wanted);
  const from = Math.min(target.lines.from, old.doc?.from ?? target.lines.from);
  const region = { from, to: target.lines.to };
  const shift = shiftBetween({
    fileLines,
    region: old.proper,
    indent: indentOf(fileLines[target.head.line] ?? ''),
    piece,
    span: proper,
    headLine: wanted.head.line,
  });
  const adapt = (span: LineSpan | undefined) =>
    span === undefined ? [] : shiftLines(piece, wanted, span, visibility, shift);
  const freshDoc = joinDocs(old.doc === undefined ? [] : slice(fileLines, old.doc), adapt(doc));
  const own = adapt(decorators);
  const kept = own.length > 0 || old.decorators === undefined ? own : slice(fileLines, old.decorators);
  const fileLast = fileLines[target.lines.to] ?? '';
  const written = adapt(proper);
  const body = endAsFile(visibility.endsWith('= ') ? endStatement(written, fileLast) : written, fileLast);
  return { ...region, lines: alignLines(slice(fileLines, region), [...freshDoc, ...kept, ...body]) };
}

/**
 * The change that gives a class of the file the documentation that the reply shows above a part of it; undefined where
 * it shows none or only a remark.
 */
export function replaceDoc(
  fileLines: readonly string[],
  target: Declaration,
  piece: Piece,
  wanted: Declaration,
): Change | undefined {
  if (wanted.doc === undefined) return undefined;
  const indent = indentOf(fileLines[target.head.line] ?? '');
  const span = wanted.doc;
  const shift = shiftBetween({
    fileLines,
    region: target.doc,
    indent,
    piece,
    span,
    headLine: wanted.head.line,
  });
  const fresh = slice(piece.lines, span).map((line, at) => shift(line, span.from + at));
  if (!isBlock(fresh)) return undefined;
  if (target.doc === undefined) return insertion(target.lines.from, fresh);
  const old = slice(fileLines, target.doc);
  return isBlock(old) ? { ...target.doc, lines: alignLines(old, fresh) } : undefined;
}

/** A new declaration's lines as they go into the file: at `indent`, with its doc comment and decorators. */
export function renderNew(
  fileLines: readonly string[],
  piece: Piece,
  wanted: Declaration,
  indent: string,
  visibility: string,
): string[] {
  const { doc, decorators, proper } = partsOf(wanted);
  const headLine = wanted.head.line;
  const shift = shiftBetween({ fileLines, region: undefined, indent, piece, span: proper, headLine });
  const spans = [doc, decorators, proper].filter((span) => span !== undefined);
  return spans.flatMap((span) => shiftLines(piece, wanted, span, visibility, shift));
}

function partsOf(declaration: Declaration): Parts {
  const { lines, decorators, doc } = declaration;
  const from = decorators === undefined ? lines.from : decorators.to + 1;
  return { doc, decorators, proper: { from, to: lines.to } };
}

function shiftLines(
  piece: Piece,
  wanted: Declaration,
  span: LineSpan,
  visibility: string,
  shift: LineShift,
): string[] {
  return slice(piece.lines, span).map((line, at) => {
    const number = span.from + at;
    const introduced = number === wanted.head.line ? introduce(line, wanted, visibility) : line;
    return shift(introduced, number);
  });
}

/** A remark of the reply above its code does not take the place of a documentation block. */
function joinDocs(old: readonly string[], fresh: readonly string[]): readonly string[] {
  if (fresh.length === 0 || old.length === 0) return fresh.length === 0 ? old : fresh;
  if (isBlock(old) !== isBlock(fresh) && !isBlock(fresh)) return [...old, ...fresh];
  if (old.some((line) => LICENCE.test(line)) && !fresh.some((line) => LICENCE.test(line))) {
    return [...old, ...fresh];
  }
  const known = new Set(fresh.map((line) => line.trim()));
  return [...fresh, ...old.filter((line) => DIRECTIVE.test(line) && !known.has(line.trim()))];
}

/** Comments that a tool obeys belong to the code below, not to what is said about it. */
const DIRECTIVE =
  /^\s*(?:\/\/go:|\/\/\s*@ts-|\/\/\s*eslint-|\/\/\s*(?:oxlint|biome|prettier)-|\/\/\s*(?:nolint|NOLINT)|#\s*(?:noqa|type:\s*ignore|pylint:|pragma\b))/;
const LICENCE = /\b(?:Copyright|SPDX-License-Identifier|Licensed under)\b/;

function isBlock(lines: readonly string[]): boolean {
  return /^\s*(?:\/\*|\*|\/\/[/!]|"""|''')/.test(lines[0] ?? '');
}

/** A function that becomes a value ends as the file's statement does. */
function endStatement(fresh: readonly string[], fileLast: string): readonly string[] {
  const last = fresh.at(-1) ?? '';
  const lacks = /;\s*$/.test(fileLast) && /\}\s*$/.test(last);
  return lacks ? [...fresh.slice(0, -1), `${last.trimEnd()};`] : fresh;
}

/** What the file has behind the declaration on its last line stays: the comma of a member, a comment. */
function endAsFile(fresh: readonly string[], fileLast: string): readonly string[] {
  const last = (fresh.at(-1) ?? '').trimEnd();
  const rest = fileLast.trimEnd();
  const bare = last.replace(/,$/, '');
  if (rest.startsWith(bare) && bare !== '') {
    const behind = rest.slice(bare.length);
    const isKept = behind === '' || behind === ',' || isCommentLine(behind.replace(/^[,;]/, ''));
    if (isKept) return [...fresh.slice(0, -1), rest];
  }
  if (/\},?$/.test(last) && /\},?$/.test(rest) && last.endsWith(',') !== rest.endsWith(',')) {
    return [...fresh.slice(0, -1), rest.endsWith(',') ? `${last},` : bare];
  }
  return fresh;
}
