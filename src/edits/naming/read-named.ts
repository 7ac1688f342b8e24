import type { ParsedText } from '../../syntax/types.js';
import { tellLines } from '../feedback.js';
import { rejectEdit, type SettledEdit } from '../file-result.js';
import { listDeclarations } from '../guards/declarations.js';
import { objectToDropped } from '../guards/guard-change.js';
import { isElision } from '../guards/elision.js';
import type { OpenFile } from '../open-file.js';
import type { WholeEdit } from '../reading/edit.js';
import type { Rejection } from '../types.js';
import { objectToAskedFile } from './asked-file.js';
import type { NamedBlock } from './named-block.js';
import { coversFile, listLacking, type NamingContext } from './covers-file.js';
import { isExportList } from './export-lists.js';
import { flatten, namesOf } from './file-names.js';
import { hasOddCharacters, readBlock, slice, type Piece } from './piece.js';

export type Reading =
  | { kind: 'whole' }
  | { kind: 'named'; blocks: readonly NamedBlock[] }
  | { kind: 'refused'; rejection: Rejection };

const WHOLE: Reading = { kind: 'whole' };
/** Without a parser a block that has a smaller share of a file's lines than this is a part of it. */
const SMALLEST_SHARE = 0.6;

/**
 * Whether blocks for an existing file hold all of it or just some of its declarations (see covers-file.ts). A part that
 * cannot be told apart by names is refused: it must never take the place of the file.
 */
export function readNamed(
  edits: readonly SettledEdit<WholeEdit>[],
  file: OpenFile,
  context: NamingContext,
): Reading {
  const parsed = file.parsed();
  const isAsked = context.asked === 'named-declaration';
  if (file.parser === undefined || parsed === undefined) return isAsked ? readUnparsed(edits, file) : WHOLE;
  if (file.text.trim() === '' || (declaresNothing(parsed) && !isAsked)) return WHOLE;
  const blocks: NamedBlock[] = [];
  for (const settled of withoutQuotedFile(edits, file)) {
    if (isAsked && hasOddCharacters(settled.edit, file)) {
      const why =
        'Its quotes, dashes or spaces are typographic, and the file has plain ones as well as such.';
      const rejection = rejectEdit(
        settled,
        'malformed',
        why,
        'Send the code with the plain characters of code.',
      );
      return { kind: 'refused', rejection };
    }
    const piece = readBlock(settled.edit, file, file.parser);
    if (piece === undefined) return isAsked ? readUnparsed(edits, file) : WHOLE;
    blocks.push({ settled, piece });
  }
  const broken = blocks.find(({ piece }) => !isReadable(piece, parsed));
  if (broken !== undefined) {
    if (isAsked || isShort(broken, file))
      return { kind: 'refused', rejection: refuseBroken(broken, file, parsed) };
    return WHOLE;
  }
  if (blocks.some(({ piece }) => coversFile(piece, parsed, file, context))) return WHOLE;
  const rejection = objectToAskedFile(blocks, parsed, file, context);
  if (rejection !== undefined) return { kind: 'refused', rejection };
  const loose = findLoose(blocks, parsed, file, context);
  if (loose !== undefined) return { kind: 'refused', rejection: loose };
  const [first] = blocks;
  if (blocks.some(({ piece }) => holdsSome(piece.parsed))) return { kind: 'named', blocks };
  return isAsked && first !== undefined ? { kind: 'refused', rejection: refuseNothing(first) } : WHOLE;
}

function declaresNothing({ declarations, statements }: ParsedText): boolean {
  return (
    declarations.length === 0 && statements.every(({ members }) => members.every(({ isLocal }) => isLocal))
  );
}

function holdsSome({ declarations, imports, statements }: ParsedText): boolean {
  return declarations.length > 0 || imports.length > 0 || statements.some(({ text }) => isExportList(text));
}

/** A block that shows the file as it is, beside others that change it, was only quoted. */
function withoutQuotedFile(
  edits: readonly SettledEdit<WholeEdit>[],
  file: OpenFile,
): readonly SettledEdit<WholeEdit>[] {
  const squeeze = (lines: readonly string[]) =>
    lines
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .join('\n');
  if (edits.length < 2) return edits;
  const text = squeeze(file.source.lines);
  const others = edits.filter(({ edit }) => squeeze(edit.lines) !== text);
  return others.length > 0 ? others : edits.slice(0, 1);
}

/** Whether a parser made out what a block declares; in spite of its faults if the file has some that it repeats. */
function isReadable(piece: Piece, file: ParsedText): boolean {
  return piece.parsed.faults.length === 0 || (file.faults.length > 0 && isRecovered(piece));
}

/**
 * Whether a parser made out the declarations of a text in spite of its faults. For files that have faults themselves: the
 * reply mends them, or repeats what the parser does not know of the language.
 */
function isRecovered({ lines, parsed }: Piece): boolean {
  const known = [...parsed.declarations, ...parsed.imports].map((part) => part.lines);
  const spans = [...known, ...parsed.comments, ...parsed.declarations.flatMap(({ doc }) => doc ?? [])];
  const covered = new Uint8Array(lines.length);
  for (const { from, to } of spans) covered.fill(1, from, to + 1);
  return parsed.declarations.length > 0 && lines.every((line, at) => line.trim() === '' || covered[at] === 1);
}

/** Declarations were asked for, but the file's language has no parser or the file is too large for it. */
function readUnparsed(edits: readonly SettledEdit<WholeEdit>[], file: OpenFile): Reading {
  const count = (lines: readonly string[]) => lines.filter((line) => line.trim() !== '').length;
  const part = edits.find(({ edit }) => count(edit.lines) < count(file.source.lines) * SMALLEST_SHARE);
  if (part === undefined) return WHOLE;
  const why = `No declaration of ${file.path} can be found by its name: its language or size does not allow it.`;
  const rejection = rejectEdit(part, 'malformed', why, 'Send old lines and new lines, or the whole file.');
  return { kind: 'refused', rejection };
}

/** A broken block of a fraction of the file was never meant as all of it. */
function isShort({ piece }: NamedBlock, file: OpenFile): boolean {
  const count = (lines: readonly string[]) => lines.filter((line) => line.trim() !== '').length;
  return count(piece.lines) < count(file.source.lines) / 2;
}

function refuseBroken({ settled, piece }: NamedBlock, file: OpenFile, parsed: ParsedText): Rejection {
  const [fault] = piece.parsed.faults;
  const at = Math.min(fault?.line ?? 0, piece.lines.length - 1);
  const name = nameAround(piece, at, file.path);
  const where = name === undefined ? '' : ` in \`${name}\``;
  const elided = piece.lines
    .find((line) => isElision(line))
    ?.trim()
    .slice(0, 80);
  const what = fault?.missing === undefined ? 'is not valid code' : `lacks ${fault.missing}`;
  const [code, why, advice] =
    elided === undefined
      ? ([
          'new-syntax-errors',
          `Line ${at + 1} of its code${where} ${what}.`,
          'Send each function or class that changes whole, from its first line to its last, with every bracket closed.',
        ] as const)
      : ([
          'elided',
          `It leaves code out${where}: "${elided}".`,
          'Send each function or class that changes whole, and nothing in place of what does not change.',
        ] as const);
  const rejection = rejectEdit(settled, code, why, '');
  const lines =
    name === undefined
      ? []
      : namesOf(parsed)
          .named(name)
          .map(({ head }) => head.line);
  return { ...rejection, feedback: tellLines(rejection.feedback, file.source.lines, lines, advice) };
}

/** The declaration in which a block is broken, by the parser or else by the looks of its lines. */
function nameAround({ parsed, lines }: Piece, line: number, path: string): string | undefined {
  const around = flatten(parsed.declarations).findLast(({ lines: { from } }) => from <= line);
  return around?.name ?? [...listDeclarations(path, lines.slice(0, line + 1).join('\n'))].at(-1);
}

/** Code of a block that is no declaration and that the file does not have. */
function findLoose(
  blocks: readonly NamedBlock[],
  parsed: ParsedText,
  file: OpenFile,
  context: NamingContext,
): Rejection | undefined {
  const known = new Set(parsed.statements.map(({ text }) => text));
  for (const { settled, piece } of blocks) {
    const loose = piece.parsed.statements.find(({ text }) => !known.has(text) && !isExportList(text));
    if (loose === undefined) continue;
    const shown = showNew(slice(piece.lines, loose.lines), file);
    const why = `"${shown}" is outside of any function or class, and the file has no such line.`;
    const lacking = listLacking(piece, parsed, context);
    const isAsked = context.asked === 'named-declaration';
    if (isAsked || lacking.length === 0) {
      const advice =
        'Send only the functions, classes and constants that change, with the imports that they newly need.';
      return rejectEdit(settled, 'malformed', why, advice);
    }
    if (context.asked === 'whole-file') return { ...objectToDropped(file.path, lacking), path: file.path };
    const names =
      lacking.slice(0, 4).join(', ') + (lacking.length > 4 ? ` and ${lacking.length - 4} more` : '');
    const advice = 'Send the whole file, or only the functions and classes that change.';
    return rejectEdit(settled, 'dropped-declarations', `It lacks ${names}, and ${why}`, advice);
  }
  return undefined;
}

/** The first line that the file lacks, else the first. */
function showNew(lines: readonly string[], { index }: OpenFile): string {
  const fresh = lines.find((line) => line.trim() !== '' && index.linesLike(line).length === 0);
  return (fresh ?? lines[0] ?? '').trim().slice(0, 80);
}

function refuseNothing({ settled }: NamedBlock): Rejection {
  return rejectEdit(
    settled,
    'malformed',
    'Its code block declares nothing.',
    'Send each function, class or constant that changes, whole, from its first line to its last.',
  );
}

/** Whether a block names a declaration of the file, so that it can be meant for it. */
export function holdsDeclarations(edit: WholeEdit, file: OpenFile): boolean {
  if (file.parser === undefined) return false;
  const piece = readBlock(edit, file, file.parser);
  if (piece === undefined || piece.parsed.faults.length > 0) return false;
  const { declarations } = piece.parsed;
  if (!declarations.some(({ name }) => file.text.includes(name))) return false;
  const parsed = file.parsed();
  return parsed !== undefined && declarations.some(({ name }) => namesOf(parsed).named(name).length > 0);
}
