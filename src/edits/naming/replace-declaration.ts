import type { Declaration, LineSpan } from '../../syntax/types.js';
import { findShift, indentOf } from '../locating/indentation.js';
import { isCommentLine } from '../locating/relaxation.js';
import { alignLines } from '../reading/align.js';
import type { Change } from './change.js';
import { slice, type Piece } from './piece.js';
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
  const from = Math.min(target.lines.from, old.doc?.from ?? target.lines.from);
  const region = { from, to: target.lines.to };
  const fresh = adaptedParts(fileLines, region, target, piece, wanted, visibility);
  const doc = joinDocs(old.doc === undefined ? [] : slice(fileLines, old.doc), fresh.doc);
  const decorators =
    fresh.decorators.length > 0 || old.decorators === undefined
      ? fresh.decorators
      : slice(fileLines, old.decorators);
  const proper = endAsFile(fresh.proper, fileLines[target.lines.to] ?? '');
  return { ...region, lines: alignLines(slice(fileLines, region), [...doc, ...decorators, ...proper]) };
}

/** A new declaration's lines as they go into the file: at `indent`, with its doc comment and decorators. */
export function renderNew(piece: Piece, wanted: Declaration, indent: string, visibility: string): string[] {
  const { doc, decorators, proper } = partsOf(wanted);
  const spans = [doc, decorators, proper].filter((span) => span !== undefined);
  const shift = shiftBetween(indentOf(headLine(piece, wanted)), indent, []);
  return spans.flatMap((span) => shiftLines(piece, wanted, span, visibility, shift));
}

function partsOf(declaration: Declaration): Parts {
  const { lines, decorators, doc } = declaration;
  const from = decorators === undefined ? lines.from : decorators.to + 1;
  return { doc, decorators, proper: { from, to: lines.to } };
}

function adaptedParts(
  fileLines: readonly string[],
  region: LineSpan,
  target: Declaration,
  piece: Piece,
  wanted: Declaration,
  visibility: string,
): { doc: string[]; decorators: string[]; proper: string[] } {
  const { doc, decorators, proper } = partsOf(wanted);
  const fileIndent = indentOf(fileLines[target.head.line] ?? '');
  const pairs = pairLines(slice(fileLines, region), slice(piece.lines, proper));
  const shift = shiftBetween(indentOf(headLine(piece, wanted)), fileIndent, pairs);
  const adapt = (span: LineSpan | undefined) =>
    span === undefined ? [] : shiftLines(piece, wanted, span, visibility, shift);
  return { doc: adapt(doc), decorators: adapt(decorators), proper: adapt(proper) };
}

function headLine(piece: Piece, wanted: Declaration): string {
  return piece.lines[wanted.head.line] ?? '';
}

/** Lines that both sides have, white space aside: they show how the reply's indentation maps to the file's. */
function pairLines(old: readonly string[], fresh: readonly string[]): { file: string; reply: string }[] {
  const trim = (line: string) => line.trim();
  const aligned = alignLines(old.map(trim), fresh.map(trim));
  const pairs: { file: string; reply: string }[] = [];
  let [at, freshAt] = [0, 0];
  for (const { op, text } of aligned) {
    if (op === ' ' && text !== '') pairs.push({ file: old[at] ?? '', reply: fresh[freshAt] ?? '' });
    if (op !== '+') at += 1;
    if (op !== '-') freshAt += 1;
  }
  return pairs;
}

type Shift = (line: string) => string;

/** How lines move from the reply's indentation to the file's: by the lines both have, else by the first line alone. */
function shiftBetween(from: string, to: string, pairs: readonly { file: string; reply: string }[]): Shift {
  const head = { file: `${to}x`, reply: `${from}x` };
  const all = [head, ...pairs];
  if (all.every(({ file, reply }) => indentOf(file) === indentOf(reply))) return (line) => line;
  const shift = findShift(all) ?? (from === to ? undefined : findShift([head]));
  return shift === undefined ? (line) => line : (line) => shift(line) ?? line;
}

function shiftLines(
  piece: Piece,
  wanted: Declaration,
  span: LineSpan,
  visibility: string,
  shift: Shift,
): string[] {
  return slice(piece.lines, span).map((line, at) => {
    const number = span.from + at;
    const introduced = number === wanted.head.line ? introduce(line, wanted, visibility) : line;
    return piece.parsed.inString.has(number) ? introduced : shift(introduced);
  });
}

/** A remark of the reply above its code does not take the place of a documentation block. */
function joinDocs(old: readonly string[], fresh: readonly string[]): readonly string[] {
  if (fresh.length === 0 || old.length === 0) return fresh.length === 0 ? old : fresh;
  const isBlock = (lines: readonly string[]) => /^\s*(?:\/\*|\*|"""|''')/.test(lines[0] ?? '');
  if (isBlock(old) === isBlock(fresh) || isBlock(fresh)) return fresh;
  return [...old, ...fresh];
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
