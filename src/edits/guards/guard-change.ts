import type { RejectionCode, RepoPath } from '../types.js';
import type { ImportStatement } from '../../syntax/types.js';
import { listDeclarations, listImports, mentions } from './declarations.js';
import { isElision } from './elision.js';
import { isConflictMarker, specialTokenIn } from './suspicious-lines.js';
import { listUnnamedParts } from './unnamed-parts.js';

/** What a guard has against a change; both sentences are complete. */
export interface Objection {
  code: RejectionCode;
  message: string;
  feedback: string;
}

/** Below this share of its old lines a file that was sent as a whole counts as shrunk … */
const SMALLEST_SHARE = 0.6;
/** … if it also lost at least this many lines: a file of twelve lines may well become one of five. */
const LEAST_LOST = 10;

/** Looks at lines that an edit adds; lines that stand in the old text word for word are never held against it. */
export function guardAddedLines(
  added: readonly string[],
  oldText: string,
  isOff: (code: RejectionCode) => boolean,
): Objection | undefined {
  let known: Set<string> | undefined;
  const isKnown = (line: string) => {
    known ??= new Set(oldText.split('\n').map((old) => old.trim()));
    return known.has(line.trim());
  };
  for (const line of added) {
    const token = specialTokenIn(line);
    if (token !== undefined && !isOff('special-tokens') && !oldText.includes(token)) {
      return {
        code: 'special-tokens',
        message: `The new text holds ${token}, a marker of a chat template.`,
        feedback: `Your answer holds ${token}, which is no code. Send the edit again without it.`,
      };
    }
    if (isConflictMarker(line) && !isOff('conflict-markers') && !isKnown(line)) {
      return {
        code: 'conflict-markers',
        message: 'The new text holds a conflict marker.',
        feedback:
          'The new lines hold a conflict marker (<<<<<<< or >>>>>>>). Send them again without markers.',
      };
    }
    if (isElision(line) && !isOff('elided') && !isKnown(line)) {
      const shown = line.trim().slice(0, 80);
      return {
        code: 'elided',
        message: `The new text leaves code out: "${shown}".`,
        feedback: `"${shown}" is not code: nothing fills it in. Write every line in full, or send a smaller edit.`,
      };
    }
  }
  return undefined;
}

/** What a whole new text is compared with. */
export interface WholeFileContext {
  path: RepoPath;
  oldText: string;
  newText: string;
  /** What the other files of the reply newly have. */
  otherTexts: readonly string[];
  /** What the task says. */
  mentioned: string;
  /** A whole file was asked for: what such an answer leaves out of data or prose may be meant to go. */
  isAskedWhole: boolean;
  /** What old and new text import, where a parser knows. */
  imports: { old: readonly ImportStatement[]; fresh: readonly ImportStatement[] } | undefined;
  isOff: (code: RejectionCode) => boolean;
}

/** A file sent as a whole must not lose what nobody asked to lose. */
export function guardWholeFile(context: WholeFileContext): Objection | undefined {
  const { path } = context;
  const kept = listDeclarations(path, context.newText);
  const dropped = listDropped(context, kept);
  if (dropped.length > 0 && !context.isOff('dropped-declarations')) return objectToDropped(path, dropped);
  const gone = listGoneParts(context);
  if (gone.length > 0 && !context.isOff('dropped-declarations')) {
    const names = joinNames(gone.map((part) => `"${part.slice(0, 60)}"`));
    return {
      code: 'dropped-declarations',
      message: `The new ${path} no longer has ${names}, and the task does not speak of it.`,
      feedback: `Your new ${path} drops ${names}. Send the whole file again, with everything that does not change.`,
    };
  }
  const lost = listLostImports(context, kept);
  if (lost.length > 0 && !context.isOff('dropped-declarations')) {
    const names = joinNames(lost);
    return {
      code: 'dropped-declarations',
      message: `The new ${path} uses ${names} but no longer imports it.`,
      feedback: `Your new ${path} uses ${names} without the import that the file has. Send the whole file again, imports included.`,
    };
  }
  const before = countLines(context.oldText);
  const after = countLines(context.newText);
  if (after < before * SMALLEST_SHARE && before - after >= LEAST_LOST && !context.isOff('shrunk')) {
    const limit = Math.ceil(before * SMALLEST_SHARE);
    return {
      code: 'shrunk',
      message: `${path} would shrink from ${before} to ${after} lines that are not blank; a whole file must keep at least ${limit} (${SMALLEST_SHARE * 100} %).`,
      feedback: `Your new ${path} has ${after} lines, the file has ${before}. Send the whole file, with everything that does not change, or an edit of just the lines that do.`,
    };
  }
  return undefined;
}

/** Against a whole file that lacks declarations of the old one. */
export function objectToDropped(path: RepoPath, dropped: readonly string[]): Objection {
  const names = joinNames(dropped);
  return {
    code: 'dropped-declarations',
    message: `The new ${path} no longer declares ${names}, and neither the task nor another file of the reply speaks of it.`,
    feedback: `Your new ${path} drops ${names}. Send the whole file again, with everything that does not change.`,
  };
}

function joinNames(names: readonly string[]): string {
  return names.slice(0, 6).join(', ') + (names.length > 6 ? ` and ${names.length - 6} more` : '');
}

function listDropped(context: WholeFileContext, kept: ReadonlySet<string>): string[] {
  return [...listDeclarations(context.path, context.oldText)].filter(
    (name) =>
      !kept.has(name) &&
      !mentions(context.mentioned, name) &&
      !context.otherTexts.some((text) => mentions(text, name)),
  );
}

/** Tests, routes, keys and the like that are gone, if there are fewer than before: one may have another title now. */
function listGoneParts({
  path,
  oldText,
  newText,
  mentioned,
  isAskedWhole,
  isOff,
}: WholeFileContext): string[] {
  if (isOff('dropped-declarations')) return [];
  const before = listUnnamedParts(path, oldText, !isAskedWhole);
  const after = listUnnamedParts(path, newText, !isAskedWhole);
  if (after.length >= before.length) return [];
  const kept = new Set(after);
  return [...new Set(before)].filter((part) => !kept.has(part) && !mentioned.includes(part));
}

/** Names whose import is gone while the new text still uses them: the reply holds a part of the file only. */
function listLostImports(context: WholeFileContext, declared: ReadonlySet<string>): string[] {
  if (context.imports !== undefined) return listLostStatements(context, context.imports, declared);
  const kept = listImports(context.newText);
  return [...listImports(context.oldText)].filter(
    (name) => !kept.has(name) && !declared.has(name) && mentions(context.newText, name),
  );
}

/** The same by what the parser read: lists over several lines, groups, and what is imported for its effects. */
function listLostStatements(
  { newText, mentioned }: WholeFileContext,
  { old, fresh }: NonNullable<WholeFileContext['imports']>,
  declared: ReadonlySet<string>,
): string[] {
  const names = (statements: readonly ImportStatement[]) =>
    statements.flatMap((statement) => statement.names);
  const keys = new Set(names(fresh).map(({ key }) => key));
  const locals = new Set(names(fresh).map(({ local }) => local));
  return names(old).flatMap(({ key, local, text }) => {
    if (keys.has(key)) return [];
    if (local === '')
      return mentioned.includes(text) || /\b(?:import|include)/i.test(mentioned) ? [] : [text];
    const isLost = !locals.has(local) && !declared.has(local) && mentions(newText, local);
    return isLost ? [local] : [];
  });
}

function countLines(text: string): number {
  return text.split('\n').filter((line) => line.trim() !== '').length;
}
