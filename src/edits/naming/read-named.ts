import type { ParsedText } from '../../syntax/types.js';
import { rejectEdit, type SettledEdit } from '../file-result.js';
import { listDeclarations, mentions } from '../guards/declarations.js';
import { isElision } from '../guards/elision.js';
import type { OpenFile } from '../open-file.js';
import type { WholeEdit } from '../reading/edit.js';
import type { EditFormat, Rejection } from '../types.js';
import { flatten } from './find-target.js';
import { linesOfBlock, readPiece, type Piece } from './piece.js';

/** What decides between the two meanings of a block without markers. */
export interface NamingContext {
  /** The format that was asked for. */
  asked: EditFormat | undefined;
  /** What the task says: a declaration that it names may be meant to go. */
  mentioned: string;
  /** What the reply puts into other files: a declaration may have moved there. */
  elsewhere: () => string;
}

/** A block of a reply that holds some declarations of a file. */
export interface NamedBlock {
  settled: SettledEdit<WholeEdit>;
  piece: Piece;
}

export type Reading =
  | { kind: 'whole' }
  | { kind: 'named'; blocks: readonly NamedBlock[] }
  | { kind: 'refused'; rejection: Rejection };

/**
 * Whether blocks for an existing file hold all of it or just some of its declarations. They are a part when they lack
 * declarations of the file that nobody asked to drop, or are several; a block that has everything is the file.
 */
export function readNamed(
  edits: readonly SettledEdit<WholeEdit>[],
  file: OpenFile,
  context: NamingContext,
): Reading {
  const { parser } = file;
  const parsed = file.parsed();
  if (parser === undefined || parsed === undefined || parsed.declarations.length === 0)
    return { kind: 'whole' };
  const blocks: NamedBlock[] = [];
  for (const settled of edits) {
    const piece = readPiece(linesOfBlock(settled.edit), parser);
    if (piece === undefined) return { kind: 'whole' };
    blocks.push({ settled, piece });
  }
  const isAsked = context.asked === 'named-declaration';
  const isPart = blocks.every(({ piece }) => !coversFile(piece, parsed, file, context));
  if (!isPart) return { kind: 'whole' };
  const hasFaults = parsed.faults.length > 0;
  const broken = blocks.find(
    ({ piece }) => piece.parsed.faults.length > 0 && !(hasFaults && isRecovered(piece)),
  );
  if (broken !== undefined) {
    const refuse = !hasFaults && (isAsked || isShort(broken, file));
    return refuse ? { kind: 'refused', rejection: refuseBroken(broken) } : { kind: 'whole' };
  }
  const loose = findLoose(blocks, parsed);
  if (loose === undefined) {
    return blocks.some(({ piece }) => piece.parsed.declarations.length > 0)
      ? { kind: 'named', blocks }
      : { kind: 'whole' };
  }
  return isAsked ? { kind: 'refused', rejection: loose } : { kind: 'whole' };
}

/** Whether a block can stand for the whole file: what it lacks of it may be meant to go. */
function coversFile(piece: Piece, file: ParsedText, open: OpenFile, context: NamingContext): boolean {
  if (piece.parsed.faults.length > 0 && !isRecovered(piece)) return coversByPattern(piece, open);
  const has = new Set(piece.parsed.declarations.map(({ name }) => name));
  const lacking = file.declarations.filter(({ name }) => !has.has(name));
  if (context.asked === 'named-declaration') {
    if (lacking.length > 0) return false;
  } else if (lacking.some(({ name }) => !isSpokenOf(name, context))) return false;
  if (leavesStatementsOut(piece, file, context)) return false;
  if (context.asked === 'whole-file' || piece.parsed.statements.length > 0) return true;
  return piece.parsed.imports.length > 0 || file.imports.length === 0;
}

function isSpokenOf(name: string, { mentioned, elsewhere }: NamingContext): boolean {
  return mentions(mentioned, name) || mentions(elsewhere(), name);
}

/** Words without which nothing is taken away just because a reply lacks it. */
export const REMOVES = /\b(?:remov|delet|drop|get rid|eliminat|unused|obsolete)/i;

/**
 * Whether a block lacks statements of the file and has no other in their place: a call at the end of a script, a route.
 * Models leave such lines out when they think of functions; only a task that takes something away can mean it.
 */
function leavesStatementsOut(piece: Piece, file: ParsedText, { mentioned }: NamingContext): boolean {
  const has = new Set(piece.parsed.statements.map(({ text }) => text));
  const known = new Set(file.statements.map(({ text }) => text));
  const lacks = file.statements.some(({ text }) => !has.has(text));
  return lacks && [...has].every((text) => known.has(text)) && !REMOVES.test(mentioned);
}

/**
 * Whether a parser made out the declarations of a text in spite of its faults. For files that have faults themselves: the
 * reply mends them, or repeats what the parser does not know of the language.
 */
function isRecovered({ lines, parsed }: Piece): boolean {
  const known = [...parsed.declarations, ...parsed.imports].map((part) => part.lines);
  const spans = [...known, ...parsed.comments, ...parsed.declarations.flatMap(({ doc }) => doc ?? [])];
  const isIn = (at: number) => spans.some(({ from, to }) => from <= at && at <= to);
  return parsed.declarations.length > 0 && lines.every((line, at) => line.trim() === '' || isIn(at));
}

/** The same question for a block that the parser does not understand. */
function coversByPattern(piece: Piece, file: OpenFile): boolean {
  const has = listDeclarations(file.path, piece.lines.join('\n'));
  return [...listDeclarations(file.path, file.text)].every((name) => has.has(name));
}

/** A broken block of a fraction of the file was never meant as all of it. */
function isShort({ piece }: NamedBlock, file: OpenFile): boolean {
  const count = (lines: readonly string[]) => lines.filter((line) => line.trim() !== '').length;
  return count(piece.lines) < count(file.source.lines) / 2;
}

function refuseBroken({ settled, piece }: NamedBlock): Rejection {
  const elided = piece.lines.find((line) => isElision(line));
  if (elided !== undefined) {
    const shown = elided.trim().slice(0, 80);
    return rejectEdit(
      settled,
      'elided',
      `It leaves code out: "${shown}".`,
      'Send each function or class that changes whole, and nothing in place of what does not change.',
    );
  }
  const [fault] = piece.parsed.faults;
  const what = fault?.missing === undefined ? 'is not valid code' : `lacks ${fault.missing}`;
  return rejectEdit(
    settled,
    'new-syntax-errors',
    `Its line ${(fault?.line ?? 0) + 1} ${what}.`,
    'Send each function or class that changes whole, from its first line to its last.',
  );
}

/** Code of a block that is no declaration and that the file does not have. */
function findLoose(blocks: readonly NamedBlock[], file: ParsedText): Rejection | undefined {
  const known = new Set(file.statements.map(({ text }) => text));
  for (const { settled, piece } of blocks) {
    const loose = piece.parsed.statements.find(({ text }) => !known.has(text));
    if (loose === undefined) continue;
    const shown = (piece.lines[loose.lines.from] ?? '').trim().slice(0, 80);
    return rejectEdit(
      settled,
      'malformed',
      `"${shown}" is outside of any function or class, and the file has no such line.`,
      'Send only the functions, classes and constants that change, with the imports that they newly need.',
    );
  }
  return undefined;
}

/** Whether a block names a declaration of the file, so that it can be meant for it. */
export function holdsDeclarations(edit: WholeEdit, file: OpenFile): boolean {
  if (file.parser === undefined) return false;
  const piece = readPiece(linesOfBlock(edit), file.parser);
  if (piece === undefined || piece.parsed.faults.length > 0) return false;
  const { declarations } = piece.parsed;
  if (!declarations.some(({ name }) => file.text.includes(name))) return false;
  const names = new Set(flatten(file.parsed()?.declarations ?? []).map(({ name }) => name));
  return declarations.some(({ name }) => names.has(name));
}
