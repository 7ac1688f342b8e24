import type { Declaration, LineSpan, ParsedText, SourceParser } from '../../syntax/types.js';
import { isElision } from '../guards/elision.js';
import type { WholeEdit } from '../reading/edit.js';

/** A block of a reply as its language reads it: some declarations of a file, and the imports that they need. */
export interface Piece {
  lines: readonly string[];
  parsed: ParsedText;
}

/**
 * Reads lines as a piece of a file. Lines that only stand for left-out declarations ("// ... other methods") are blanked:
 * what a piece leaves out stays as it is. Undefined when the parser does not take the text at all.
 */
export function readPiece(lines: readonly string[], parser: SourceParser): Piece | undefined {
  const parsed = parser.parsePiece(lines.join('\n'));
  if (parsed === undefined) return undefined;
  const elisions = lines.flatMap((line, at) => (isElision(line) ? [at] : []));
  const outside = elisions.filter((at) => !isInsideBody(parsed.declarations, at));
  if (outside.length === 0) return { lines, parsed };
  const blanked = lines.map((line, at) => (outside.includes(at) ? '' : line));
  const again = parser.parsePiece(blanked.join('\n'));
  return again === undefined ? undefined : { lines: blanked, parsed: again };
}

/** The lines of a block without the comment that only names its path. */
export function linesOfBlock(edit: WholeEdit): readonly string[] {
  if (!edit.pathInFirstLine) return edit.lines;
  const first = edit.lines.findIndex((line) => line.trim() !== '');
  return edit.lines.map((line, at) => (at === first ? '' : line));
}

/** Whether a line is part of what a function does: there nothing may be left out. */
function isInsideBody(declarations: readonly Declaration[], line: number): boolean {
  return declarations.some((declaration) => {
    if (!holds(declaration.lines, line)) return false;
    return isContainer(declaration) ? isInsideBody(declaration.members, line) : true;
  });
}

function holds(span: LineSpan, line: number): boolean {
  return span.from <= line && line <= span.to;
}

/** What is made of members that can be replaced one by one. */
export function isContainer(declaration: Declaration): boolean {
  return (
    (declaration.kind === 'class' || declaration.kind === 'namespace') &&
    declaration.members.some((member) => !member.isLocal)
  );
}

/** The part of `lines` that a span covers. */
export function slice(lines: readonly string[], span: LineSpan): readonly string[] {
  return lines.slice(span.from, span.to + 1);
}
