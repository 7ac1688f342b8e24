import type { Declaration, LineSpan, ParsedText, SourceParser } from '../../syntax/types.js';
import { isElision } from '../guards/elision.js';
import type { FileIndex } from '../locating/file-index.js';
import { isCommentLine } from '../locating/relaxation.js';
import { settleBlock } from '../locating/typography.js';
import type { OpenFile } from '../open-file.js';
import type { WholeEdit } from '../reading/edit.js';

/** A block of a reply as its language reads it: some declarations of a file, and the imports that they need. */
export interface Piece {
  lines: readonly string[];
  parsed: ParsedText;
  /** Lines that stood for left-out declarations; they are blank in `lines`. */
  elided: readonly number[];
}

/** Whether the file that a piece is of has a line, white space around it aside. */
export type IsKnown = (line: string) => boolean;

/**
 * Reads lines as a piece of a file. Lines that only stand for left-out declarations ("// ... other methods") are blanked:
 * what a piece leaves out stays as it is. Undefined when the parser does not take the text at all.
 */
export function readPiece(
  lines: readonly string[],
  parser: SourceParser,
  isKnown: IsKnown,
): Piece | undefined {
  const parsed = parser.parsePiece(lines.join('\n'));
  if (parsed === undefined) return undefined;
  const elided = lines.flatMap((line, at) =>
    isLeftOut(line, at, parsed) && !isInComment(lines, at, isKnown) ? [at] : [],
  );
  if (elided.length === 0) return { lines, parsed, elided };
  const gone = new Set(elided);
  const blanked = lines.map((line, at) => (gone.has(at) ? '' : line));
  const again = parser.parsePiece(blanked.join('\n'));
  return again === undefined ? undefined : { lines: blanked, parsed: again, elided };
}

const read = new WeakMap<WholeEdit, Map<FileIndex, Piece | undefined>>();

/** A block of a reply as a piece of a file, without the comment that only names its path; read once for both. */
export function readBlock(
  edit: WholeEdit,
  { index }: Pick<OpenFile, 'index'>,
  parser: SourceParser,
): Piece | undefined {
  const known = read.get(edit) ?? new Map<FileIndex, Piece | undefined>();
  read.set(edit, known);
  if (known.has(index)) return known.get(index);
  const lines = linesOfBlock(edit);
  const piece = readPiece(
    settleBlock(lines, index) ?? lines,
    parser,
    (line) => index.linesLike(line).length > 0,
  );
  known.set(index, piece);
  return piece;
}

/** Whether a block has typographic characters of which nothing tells what the file would write. */
export function hasOddCharacters(edit: WholeEdit, { index }: Pick<OpenFile, 'index'>): boolean {
  return settleBlock(linesOfBlock(edit), index) === undefined;
}

function linesOfBlock(edit: WholeEdit): readonly string[] {
  if (!edit.pathInFirstLine) return edit.lines;
  const first = edit.lines.findIndex((line) => line.trim() !== '');
  return edit.lines.map((line, at) => (at === first ? '' : line));
}

function isLeftOut(line: string, at: number, parsed: ParsedText): boolean {
  if (parsed.inString.has(at)) return false;
  return isElision(line) && !isInsideBody(parsed.declarations, at);
}

/** Whether a line is one of several of a comment that the file has. */
function isInComment(lines: readonly string[], at: number, isKnown: IsKnown): boolean {
  const isRemark = (line = '') => isCommentLine(line) && !isElision(line);
  return (isRemark(lines[at - 1]) || isRemark(lines[at + 1])) && isKnown(lines[at] ?? '');
}

/** Whether a line is part of what a function does: there nothing may be left out. */
function isInsideBody(declarations: readonly Declaration[], line: number): boolean {
  return declarations.some((declaration) => {
    if (!holds(declaration.lines, line)) return false;
    return mayHoldMembers(declaration) ? isInsideBody(declaration.members, line) : true;
  });
}

function holds(span: LineSpan, line: number): boolean {
  return span.from <= line && line <= span.to;
}

/** A class may show no member at all. */
function mayHoldMembers(declaration: Declaration): boolean {
  return declaration.kind === 'class' || declaration.kind === 'namespace' || isContainer(declaration);
}

/** What is made of members that can be replaced one by one. */
export function isContainer(declaration: Declaration): boolean {
  return (
    (declaration.kind === 'class' || declaration.kind === 'namespace' || declaration.kind === 'type') &&
    membersOf(declaration).length > 0
  );
}

/** What other code can see of what a class or an object holds. */
export function membersOf(declaration: Declaration): readonly Declaration[] {
  return declaration.members.filter((member) => !member.isLocal);
}

/** The part of `lines` that a span covers. */
export function slice(lines: readonly string[], span: LineSpan): readonly string[] {
  return lines.slice(span.from, span.to + 1);
}
