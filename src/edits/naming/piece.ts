import type { Declaration, LineSpan, ParsedText, SourceParser } from '../../syntax/types.js';
import { isElision } from '../guards/elision.js';
import type { WholeEdit } from '../reading/edit.js';

/** A block of a reply as its language reads it: some declarations of a file, and the imports that they need. */
export interface Piece {
  lines: readonly string[];
  parsed: ParsedText;
  /** Lines that stood for left-out declarations; they are blank in `lines`. */
  elided: readonly number[];
}

/**
 * Reads lines as a piece of a file. Lines that only stand for left-out declarations ("// ... other methods") are blanked:
 * what a piece leaves out stays as it is. Undefined when the parser does not take the text at all.
 */
export function readPiece(lines: readonly string[], parser: SourceParser): Piece | undefined {
  const parsed = parser.parsePiece(lines.join('\n'));
  if (parsed === undefined) return undefined;
  const elided = lines.flatMap((line, at) => (isLeftOut(line, at, parsed) ? [at] : []));
  if (elided.length === 0) return { lines, parsed, elided };
  const gone = new Set(elided);
  const blanked = lines.map((line, at) => (gone.has(at) ? '' : line));
  const again = parser.parsePiece(blanked.join('\n'));
  return again === undefined ? undefined : { lines: blanked, parsed: again, elided };
}

const read = new WeakMap<WholeEdit, { parser: SourceParser; piece: Piece | undefined }>();

/** A block of a reply as a piece, without the comment that only names its path; read once for each block. */
export function readBlock(edit: WholeEdit, parser: SourceParser): Piece | undefined {
  const known = read.get(edit);
  if (known?.parser === parser) return known.piece;
  const piece = readPiece(linesOfBlock(edit), parser);
  read.set(edit, { parser, piece });
  return piece;
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
