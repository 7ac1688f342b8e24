import { explainPlace } from './explain-place.js';
import { addedLinesOf, limit } from './feedback.js';
import { guardAddedLines } from './guards/guard-change.js';
import { isDotsLine, isElision } from './guards/elision.js';
import { indentOf } from './locating/indentation.js';
import { hasSignal } from './locating/signals.js';
import { locateEdit } from './locate-edit.js';
import { readNamed } from './naming/read-named.js';
import { mayRestate } from './naming/restate.js';
import type { OpenFile, OpenFiles } from './open-file.js';
import type { Edit, ReplaceEdit, WholeEdit } from './reading/edit.js';
import { hasOldLines, oldLinesOf } from './reading/edit.js';
import { resolveFor, settleEdits, toRejection, withoutIllustrations } from './settle-edits.js';
import { isCandidate, isIllustration } from './settle-whole.js';
import type { SettledEdit } from './file-result.js';
import type { ApplyInput, Rejection, RejectionCode } from './types.js';

/** What no later line of a reply can mend. */
const FINAL: ReadonlySet<RejectionCode> = new Set([
  'path-not-allowed',
  'not-offered',
  'protected',
  'not-editable',
]);
const DIVIDER = /^\s{0,3}={5,9}\s*$/;

/**
 * The reason why a reply that is still being written cannot succeed any more, or undefined while it can. Only edits
 * that name their own path count, and only what is final: ending the request early must never lose a good reply.
 */
export function rejectEarly(
  edits: readonly Edit[],
  input: ApplyInput,
  files: OpenFiles,
): Rejection | undefined {
  const meant = withoutIllustrations(edits, input, files);
  const numbers = new Map(meant.map((edit, at) => [edit, at + 1]));
  const stated = meant.filter((edit) => isStated(edit, input, files));
  const { settled, rejections } = settleEdits(stated, input, files);
  const final = rejections.find((rejection) => FINAL.has(rejection.code) || rejection.code === 'malformed');
  if (final !== undefined) return final;
  const lost = findLostPath(stated, input);
  if (lost !== undefined) return lost;
  for (const one of settled) {
    const file = files.open(one.path);
    const numbered = { ...one, number: numbers.get(one.edit) ?? one.number, count: meant.length };
    const objection = objectTo(numbered, input, file) ?? objectToCopy(one, settled, input, file);
    if (objection !== undefined && input.rules?.without?.includes(objection.code) !== true) return objection;
  }
  return undefined;
}

/** Whether no later line changes which file an edit is for: it says so, or there is only one. */
function isStated(edit: Edit, input: ApplyInput, files: OpenFiles): boolean {
  if (edit.kind === 'broken') return edit.complete;
  if (edit.path !== undefined) return edit.inherited !== true;
  if (input.offered.length !== 1) return false;
  if (edit.kind !== 'whole') return edit.kind === 'replace';
  return !edit.isBare && isCandidate(edit, input, files) && !isIllustration(edit, [], input, files);
}

/** An edit of old lines in a file that there is none of. */
function findLostPath(edits: readonly Edit[], input: ApplyInput): Rejection | undefined {
  for (const edit of edits) {
    if (edit.kind !== 'replace' || edit.path === undefined || !hasOldLines(edit)) continue;
    const resolved = resolveFor(edit, edit.path, input);
    if (resolved.kind === 'refused' && resolved.code === 'unknown-path') return toRejection(resolved);
  }
  return undefined;
}

function objectTo(
  settled: SettledEdit,
  input: ApplyInput,
  file: OpenFile | undefined,
): Rejection | undefined {
  const { edit, path } = settled;
  if (file !== undefined && edit.kind === 'replace' && edit.oldIsComplete) {
    const lost = objectToPlace(edit, settled, file);
    if (lost !== undefined) return lost;
  }
  if (!readsOneWay(edit)) return undefined;
  const mayLeaveOut = mayBePart(edit, file) && !elidesBody(addedLinesOf(edit));
  const isOff = (code: RejectionCode) =>
    input.rules?.without?.includes(code) === true || (code === 'elided' && mayLeaveOut);
  const objection = guardAddedLines(addedLinesOf(edit), file?.text ?? '', isOff);
  return objection === undefined ? undefined : { ...objection, path };
}

/** Whether a block may hold just some declarations of its file: then it may be one of several. */
function mayBePart(edit: Edit, file: OpenFile | undefined): boolean {
  return edit.kind === 'whole' && file?.parser !== undefined;
}

/** What opens something whose members may be left out one by one. */
const CONTAINER =
  /\b(?:class|interface|impl|namespace|module|mod|struct|enum|record|trait|object|extern|describe)\b/;

/**
 * Whether a block leaves out a part of a function, which nothing fills in. Declarations that are left out at the top of a
 * file or in a class may be meant to stay.
 */
function elidesBody(lines: readonly string[]): boolean {
  /** The lines around the one that is looked at, each further in than the one before. */
  const around: { indent: number; line: string }[] = [];
  for (const line of lines) {
    if (line.trim() === '') continue;
    const indent = indentOf(line).length;
    while ((around.at(-1)?.indent ?? -1) >= indent) around.pop();
    const opener = around.at(-1)?.line;
    if (opener !== undefined && !CONTAINER.test(opener) && isElision(line)) return true;
    around.push({ indent, line });
  }
  return false;
}

/** Dots in the old lines may stand for unchanged text; several readings may yet drop what offends. */
function readsOneWay(edit: Edit): boolean {
  if (edit.kind !== 'replace') return true;
  const [reading, second] = edit.readings;
  return reading !== undefined && second === undefined && !oldLinesOf(reading).some(isDotsLine);
}

function objectToPlace(edit: ReplaceEdit, settled: SettledEdit, file: OpenFile): Rejection | undefined {
  if (file.source.lines.some((line) => DIVIDER.test(line))) return undefined;
  const found = locateEdit(edit, file, undefined);
  if (found.kind === 'at' || found.kind === 'already') return undefined;
  const isFinal =
    found.kind === 'missing'
      ? isFinallyMissing(edit, file)
      : edit.format === 'search-replace' && edit.complete && !hasSignal(edit);
  return isFinal ? explainPlace({ ...settled, edit }, found, file) : undefined;
}

/** While its new lines are being written an edit may turn out to be done already, if the file holds all of them. */
function isFinallyMissing(edit: ReplaceEdit, file: OpenFile): boolean {
  if (edit.complete) return true;
  // A declaration that the reply respells is found by its name, once its new side is there too.
  if (file.parser !== undefined && edit.readings.some((reading) => mayRestate(file, reading))) return false;
  if (edit.readings.some((reading) => oldLinesOf(reading).some(isDotsLine))) return false;
  return addedLinesOf(edit).some((line) => line.trim() !== '' && file.index.linesLike(line).length === 0);
}

/** A second copy of a whole file that goes another way than the first. */
function objectToCopy(
  settled: SettledEdit,
  all: readonly SettledEdit[],
  input: ApplyInput,
  file: OpenFile | undefined,
): Rejection | undefined {
  if (settled.edit.kind !== 'whole' || settled.edit.path === undefined) return undefined;
  const first = all.find((other) => other.edit.kind === 'whole' && other.path === settled.path);
  if (first === undefined || first === settled || first.edit.kind !== 'whole') return undefined;
  if (mayBePart(settled.edit, file) && !isAllOf(file, first.edit, first, input)) return undefined;
  const original = textOf(first.edit);
  const copy = textOf(settled.edit);
  if (settled.edit.complete ? original === copy : original.startsWith(copy)) return undefined;
  const why = `${settled.path} stands in the reply twice, with different content.`;
  return { code: 'overlap', path: settled.path, message: why, feedback: limit(`${why} Send it once.`) };
}

/** Whether a block is all of its file, and not just some declarations or the file as it is. */
function isAllOf(
  file: OpenFile | undefined,
  edit: WholeEdit,
  settled: SettledEdit,
  input: ApplyInput,
): boolean {
  if (file === undefined || !edit.complete || textOf(edit) === file.text.trim()) return false;
  const context = {
    asked: input.asked ?? input.format,
    mentioned: input.rules?.mentioned ?? '',
    elsewhere: () => '',
    isOff: (code: RejectionCode) => input.rules?.without?.includes(code) === true,
  };
  return readNamed([{ ...settled, edit }], file, context).kind === 'whole';
}

function textOf(edit: WholeEdit): string {
  return edit.lines.join('\n').trim();
}
