import { emptyResult, noteEdit, rejectEdit, type FileResult, type SettledEdit } from './file-result.js';
import type { OpenFile } from './open-file.js';
import type { CreateEdit, DeleteEdit, Edit, WholeEdit } from './reading/edit.js';
import { placeNamed } from './naming/place-named.js';
import type { NamingContext } from './naming/covers-file.js';
import type { NamedBlock } from './naming/named-block.js';
import { readNamed } from './naming/read-named.js';
import { editFile, replaceInFile } from './replace-in-file.js';
import { joinLines, parseSource } from './source-text.js';
import type { RepoPath } from './types.js';
import { refuseLostEnd, renderWholeFile } from './whole-file.js';

/** What is the same for all files of a reply. */
export interface ChangeContext extends NamingContext {
  /** How the reply's own lines end: only to report what was overlooked. */
  usesCrlf: boolean;
}

type Some<Kind extends Edit> = readonly [SettledEdit<Kind>, ...SettledEdit<Kind>[]];

/**
 * Applies all edits of one file, in the reply's order, to its original text (`file` undefined: the path is new).
 */
export function changeFile(
  path: RepoPath,
  edits: readonly SettledEdit[],
  file: OpenFile | undefined,
  context: ChangeContext,
): FileResult {
  const result = changeContent(path, edits, file, context);
  const [rename, second] = selectKind(edits, 'rename');
  if (rename !== undefined) {
    result.renamedTo = rename.edit.path;
    result.edits.push(noteEdit(rename, 'whole', 0));
  }
  if (second !== undefined) {
    result.rejections.push(rejectEdit(second, 'overlap', 'The file is renamed twice.', 'Rename it once.'));
  }
  if (result.rejections.length > 0) result.newText = undefined;
  return result;
}

function changeContent(
  path: RepoPath,
  edits: readonly SettledEdit[],
  file: OpenFile | undefined,
  context: ChangeContext,
): FileResult {
  const wholes = selectKind(edits, 'whole');
  const creations = selectKind(edits, 'create');
  const deletions = selectKind(edits, 'delete');
  const replacements = selectKind(edits, 'replace');
  const reading =
    isSome(wholes) && file !== undefined ? readNamed(wholes, file, context) : { kind: 'whole' as const };
  if (reading.kind === 'refused') return { ...emptyResult(path), rejections: [reading.rejection] };
  const isNamed = reading.kind === 'named';
  const inside = isNamed ? [...wholes, ...replacements] : replacements;
  const groups = [isNamed ? [] : wholes, creations, deletions, inside].filter((group) => group.length > 0);
  const second = groups[1]?.[0];
  if (second !== undefined) {
    const why = 'The reply changes this file in two ways at once.';
    const rejection = rejectEdit(second, 'overlap', why, 'Use one format for each file.');
    return { ...emptyResult(path), rejections: [rejection] };
  }
  if (isNamed && file !== undefined) return editNamed(reading.blocks, replacements, file, context);
  if (isSome(wholes)) return replaceAll(wholes, file);
  if (isSome(creations)) return create(creations, file);
  if (isSome(deletions)) return remove(deletions, file);
  if (isSome(replacements)) return replaceInFile(replacements, file, context.usesCrlf);
  return { ...emptyResult(path), newText: file?.text };
}

/** Declarations of a reply by their names, and whatever it changes besides by old lines. */
function editNamed(
  blocks: readonly NamedBlock[],
  replacements: readonly SettledEdit<OfKind<'replace'>>[],
  file: OpenFile,
  context: ChangeContext,
): FileResult {
  const parsed = file.parsed();
  const named =
    parsed === undefined || file.parser === undefined
      ? undefined
      : placeNamed(blocks, file, parsed, file.parser, context);
  const result = editFile(replacements, named, file, context.usesCrlf);
  const elided = blocks.find(({ piece }) => piece.elided.length > 0);
  const isIdle = result.newText === file.text && result.rejections.length === 0;
  if (elided === undefined || !isIdle || context.isOff('elided')) return result;
  const why =
    'It leaves code out, and what it shows is in the file already: the change must be in what is missing.';
  return { ...result, rejections: [rejectEdit(elided.settled, 'elided', why, 'Send what changes in full.')] };
}

type OfKind<Kind extends Edit['kind']> = Extract<Edit, { kind: Kind }>;

function selectKind<Kind extends Edit['kind']>(
  edits: readonly SettledEdit[],
  kind: Kind,
): SettledEdit<OfKind<Kind>>[] {
  const isOfKind = (settled: SettledEdit): settled is SettledEdit<OfKind<Kind>> => settled.edit.kind === kind;
  return edits.filter(isOfKind);
}

function isSome<Kind extends Edit>(edits: readonly SettledEdit<Kind>[]): edits is Some<Kind> {
  return edits.length > 0;
}

function replaceAll(edits: Some<WholeEdit>, file: OpenFile | undefined): FileResult {
  const [first, second] = edits;
  const result = emptyResult(first.path);
  const cut = file === undefined ? undefined : refuseLostEnd(first, file.source);
  if (cut !== undefined) return { ...result, rejections: [cut] };
  const text = renderWholeFile(first.edit, file?.source);
  if (second !== undefined && edits.some(({ edit }) => renderWholeFile(edit, file?.source) !== text)) {
    const why = 'The reply holds this file twice, with different content.';
    return { ...result, rejections: [rejectEdit(second, 'overlap', why, 'Send it once.')] };
  }
  const pass = file === undefined ? 'new' : text === file.text ? 'already' : 'whole';
  return {
    ...result,
    newText: text,
    added: parseSource(text).lines,
    isWhole: file !== undefined,
    edits: [noteEdit(first, pass, 0)],
  };
}

function create(edits: Some<CreateEdit>, file: OpenFile | undefined): FileResult {
  const [first, second] = edits;
  const result = emptyResult(first.path);
  const text = renderCreation(first.edit);
  if (second !== undefined && edits.some(({ edit }) => renderCreation(edit) !== text)) {
    const why = 'The reply makes this file twice, with different content.';
    return { ...result, rejections: [rejectEdit(second, 'overlap', why, 'Send it once.')] };
  }
  if (file !== undefined && file.text.trim() !== '') {
    if (file.text.trim() === text.trim())
      return { ...result, newText: file.text, edits: [noteEdit(first, 'already', 0)] };
    const why = 'It makes a new file, but this file exists already.';
    const advice = 'To change it, give the old lines that the new ones replace.';
    return { ...result, rejections: [rejectEdit(first, 'exists', why, advice)] };
  }
  return { ...result, newText: text, added: first.edit.lines, edits: [noteEdit(first, 'new', 0)] };
}

function renderCreation(edit: CreateEdit): string {
  return edit.finalNewline ? joinLines(edit.lines) : edit.lines.join('\n');
}

function remove(edits: Some<DeleteEdit>, file: OpenFile | undefined): FileResult {
  const [first] = edits;
  const stated = first.edit.lines;
  if (stated !== undefined && squeeze(stated) !== squeeze(file?.source.lines ?? [])) {
    const why = 'It deletes the file, but its lines are not those of the file.';
    const advice = 'To delete the file, send only its header lines with +++ /dev/null.';
    return { ...emptyResult(first.path), rejections: [rejectEdit(first, 'not-found', why, advice)] };
  }
  return { ...emptyResult(first.path), newText: null, edits: [noteEdit(first, 'whole', 0)] };
}

function squeeze(lines: readonly string[]): string {
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}
