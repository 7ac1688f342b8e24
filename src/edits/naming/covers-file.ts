import type { Declaration, ParsedText } from '../../syntax/types.js';
import { mentions } from '../guards/declarations.js';
import type { OpenFile } from '../open-file.js';
import type { EditFormat, RejectionCode } from '../types.js';
import { slice, type Piece } from './piece.js';

/** What decides between the two meanings of a block without markers. */
export interface NamingContext {
  /** The format that was asked for. */
  asked: EditFormat | undefined;
  /** What the task says: a declaration that it names may be meant to go. */
  mentioned: string;
  /** What the reply puts into other files: a declaration may have moved there. */
  elsewhere: () => string;
  /** Guards that are switched off by name. */
  isOff: (code: RejectionCode) => boolean;
}

/** Words without which nothing is taken away just because a reply lacks it. */
const REMOVES = /\b(?:remov|delet|drop|get rid|eliminat|unused|obsolete)/i;

/** A declaration by the names around it and its own. */
interface Lacking {
  path: string;
  name: string;
  isMember: boolean;
}

/**
 * Whether a block can stand for the whole file. It cannot when it lacks declarations that nobody asked to drop, nor when
 * all that it lacks are other lines which a model leaves out because it thinks of functions: imports, a call at the end
 * of a script, the licence. Where declarations were asked for, only a block that shows such other lines too and has one
 * that is new is the file: as declarations it could not be applied.
 */
export function coversFile(piece: Piece, file: ParsedText, open: OpenFile, context: NamingContext): boolean {
  if (listLacking(piece, file, context).length > 0) return false;
  const statements = new Set(piece.parsed.statements.map(({ text }) => text));
  const kept = file.statements.filter(({ text }) => statements.has(text)).length;
  const hasImports = piece.parsed.imports.length > 0 || file.imports.length === 0;
  const isLoose = hasLoose(piece, file);
  if (context.asked === 'named-declaration') {
    if (!isLoose || !hasImports || piece.parsed.statements.length < file.statements.length) return false;
    return (
      kept > 0 || (piece.parsed.imports.length > 0 && file.imports.length > 0) || keepsComment(piece, open)
    );
  }
  if (!isLoose && kept < file.statements.length && !REMOVES.test(context.mentioned)) return false;
  if (!isLoose && losesImports(piece, file)) return false;
  if (context.asked === 'whole-file') {
    return hasImports || piece.parsed.statements.length > 0 || piece.parsed.comments.length > 0;
  }
  if (!hasImports && kept === 0) return false;
  return isLoose || keepsOpening(piece, open);
}

/** The declarations of a file that a block lacks and that nobody asked to take away, members of classes too. */
export function listLacking(piece: Piece, file: ParsedText, context: NamingContext): string[] {
  const has = new Map<string, number>();
  for (const { path } of listPaths(piece.parsed.declarations)) has.set(path, (has.get(path) ?? 0) + 1);
  const lacking: string[] = [];
  for (const { path, name, isMember } of listPaths(file.declarations)) {
    const left = has.get(path) ?? 0;
    if (left > 0) has.set(path, left - 1);
    else if (!(isMember ? isToGo(name, context) : isSpokenOf(name, context))) lacking.push(name);
  }
  return lacking;
}

/**
 * Whether a block was written as the whole file, whatever it lacks: it has most of the declarations
 * and something of what stands around them, or half or none of them and all that stands around. What it leaves out is then gone
 * or forgotten, and nobody can tell which.
 */
export function claimsFile(piece: Piece, file: ParsedText): boolean {
  const { declarations, imports } = piece.parsed;
  const statements = new Set(piece.parsed.statements.map(({ text }) => text));
  const kept = file.statements.filter(({ text }) => statements.has(text)).length;
  if (imports.length === 0 && file.imports.length > 0) return false;
  if (kept === 0 && file.statements.length > 0) return false;
  const known = new Set(listPaths(file.declarations).map(({ path }) => path));
  const shown = new Set(listPaths(declarations).flatMap(({ path }) => (known.has(path) ? [path] : [])));
  const hasAll = kept === file.statements.length && imports.length >= file.imports.length;
  return shown.size * 2 > known.size || (hasAll && (shown.size === 0 || shown.size * 2 === known.size));
}

/** Whether a block still uses what the file imports and the block does not: a file of its own would not run. */
function losesImports({ lines, parsed }: Piece, file: ParsedText): boolean {
  const names = parsed.imports.flatMap((statement) => statement.names);
  const keys = new Set(names.map(({ key }) => key));
  const known = new Set([...names.map(({ local }) => local), ...parsed.declarations.map(({ name }) => name)]);
  const text = lines.join('\n');
  return file.imports
    .flatMap((statement) => statement.names)
    .some(({ key, local }) => {
      if (keys.has(key) || known.has(local)) return false;
      return local !== '' && mentions(text, local);
    });
}

function listPaths(declarations: readonly Declaration[], around = '', depth = 0): Lacking[] {
  return declarations
    .filter(({ isLocal }) => !isLocal)
    .flatMap((declaration) => {
      const { name } = declaration;
      const path = `${around}\0${name}`;
      return [{ path, name, isMember: depth > 0 }, ...listPaths(declaration.members, path, depth + 1)];
    });
}

function isSpokenOf(name: string, { asked, mentioned, elsewhere }: NamingContext): boolean {
  return asked !== 'named-declaration' && (mentions(mentioned, name) || mentions(elsewhere(), name));
}

/** Whether the task takes a member away; to name it is not enough: a method that changes is named as well. */
export function isToGo(name: string, { asked, mentioned }: NamingContext): boolean {
  return asked !== 'named-declaration' && REMOVES.test(mentioned) && mentions(mentioned, name);
}

/** Whether a block has a statement at its top that the file lacks. */
function hasLoose(piece: Piece, file: ParsedText): boolean {
  const known = new Set(file.statements.map(({ text }) => text));
  return piece.parsed.statements.some(({ text }) => !known.has(text));
}

/** Whether a block shows a comment of the file that belongs to no declaration. */
function keepsComment(piece: Piece, { source }: OpenFile): boolean {
  const known = new Set(source.lines.map((line) => line.trim()));
  return piece.parsed.comments.some((span) =>
    slice(piece.lines, span).every((line) => known.has(line.trim())),
  );
}

/** Whether a block begins with what a file has above all else: a licence, a remark on the file. */
function keepsOpening(piece: Piece, open: OpenFile): boolean {
  const [first] = open.parsed()?.comments ?? [];
  if (first === undefined || open.source.lines.slice(0, first.from).some((line) => line.trim() !== ''))
    return true;
  return piece.lines.some((line) => line.trim() === (open.source.lines[first.from] ?? '').trim());
}
