import { explainPlace, mentionPlace } from './explain-place.js';
import { emptyResult, noteEdit, rejectEdit, type FileResult, type SettledEdit } from './file-result.js';
import { locateEdit } from './locate-edit.js';
import type { Located } from './locating/locate.js';
import { spanOf, type Placement } from './locating/match.js';
import { findOverlap, placeChanges } from './naming/change.js';
import type { NamedPlaces } from './naming/placing.js';
import type { OpenFile } from './open-file.js';
import { hasOldLines, type ReplaceEdit } from './reading/edit.js';
import { joinLines } from './source-text.js';
import { spliceEdits } from './splice.js';
import type { MatchPass, Rejection } from './types.js';

type Replacement = SettledEdit<ReplaceEdit>;

/** Rejections that come with an excerpt of the file: a model cannot use more, and looking for each takes time. */
const MOST_EXPLAINED = 20;

/** Fills a file that is new or empty, or locates all replacements of one that has text and applies them together. */
export function replaceInFile(
  all: readonly [Replacement, ...Replacement[]],
  file: OpenFile | undefined,
  usesCrlf: boolean,
): FileResult {
  if (file === undefined || file.text.trim() === '')
    return fillEmpty(all[0], withoutRepeats(all).length, file);
  return editFile(all, undefined, file, usesCrlf);
}

/** Applies replacements and named declarations together to the original text of a file. */
export function editFile(
  all: readonly Replacement[],
  named: NamedPlaces | undefined,
  file: OpenFile,
  usesCrlf: boolean,
): FileResult {
  const edits = withoutRepeats(all);
  const result = emptyResult(file.path);
  if (named !== undefined) {
    result.edits.push(...named.notes);
    result.rejections.push(...named.rejections);
  }
  const located = locateAll(edits, file);
  const placed: { settled: Replacement; placement: Placement }[] = [];
  edits.forEach((settled, at) => {
    const found = located[at];
    if (found === undefined) return;
    if (found.kind === 'at') {
      placed.push({ settled, placement: found.placement });
      result.edits.push(
        noteEdit(settled, passOf(found.placement, file, usesCrlf), spanOf(found.placement).first + 1),
      );
    } else if (found.kind === 'already') {
      result.edits.push(noteEdit(settled, 'already', found.line + 1));
    } else {
      const detailed = result.rejections.length < MOST_EXPLAINED;
      result.rejections.push(detailed ? explainPlace(settled, found, file) : mentionPlace(settled, found));
    }
  });
  if (named !== undefined && findOverlap(named.changes) !== undefined)
    result.rejections.push(refuseTangle(file));
  if (result.rejections.length > 0) return result;
  const placements = placed.map(({ placement }) => placement);
  if (named !== undefined && named.changes.length > 0) {
    placements.push(placeChanges(file.source.lines, named.changes, 'declaration'));
  }
  const text = spliceEdits(file.source, placements);
  if (typeof text !== 'string') {
    // What stands behind the replacements are the declarations, all as one.
    const [one, other] = [placed[text.one]?.settled, placed[text.other]?.settled];
    const settled = other ?? one;
    if (settled === undefined) return { ...result, rejections: [refuseTangle(file)] };
    const what =
      one === undefined || other === undefined ? 'a declaration of the answer' : `edit ${one.number}`;
    const why = `It changes lines that ${what} changes too.`;
    result.rejections.push(rejectEdit(settled, 'overlap', why, 'Put both changes into one edit.'));
    return result;
  }
  const added = placements.flatMap((placement) => placement.lines.filter((line) => line.op === '+'));
  return { ...result, newText: text, added: added.map((line) => line.text) };
}

function refuseTangle({ path }: OpenFile): Rejection {
  const message = `Two declarations of the reply change the same lines of ${path}.`;
  return { code: 'overlap', path, message, feedback: `${message} Send a class or its methods, not both.` };
}

/** An exact place whose lines end in another way than the reply's was found by overlooking that. */
function passOf(placement: Placement, file: OpenFile, usesCrlf: boolean): MatchPass {
  if (placement.pass !== 'exact') return placement.pass;
  const other = usesCrlf ? '\n' : '\r\n';
  return placement.at.some((at) => file.source.ends[at] === other) ? 'line-ends' : 'exact';
}

/** First each edit alone; what fits several places is then looked at between its located neighbours. */
function locateAll(edits: readonly Replacement[], file: OpenFile): Located[] {
  const located = edits.map(({ edit }) => locateEdit(edit, file, undefined));
  return located.map((found, at) => {
    const edit = edits[at]?.edit;
    if (found.kind !== 'ambiguous' || edit === undefined) return found;
    const before = located.slice(0, at).findLast((other) => other.kind === 'at');
    const after = located.slice(at + 1).find((other) => other.kind === 'at');
    if (before === undefined && after === undefined) return found;
    return locateEdit(edit, file, {
      after: before === undefined ? -1 : spanOf(before.placement).last,
      before: after === undefined ? Infinity : spanOf(after.placement).first,
    });
  });
}

/** A replacement without old lines fills a file that is new or empty. */
function fillEmpty(first: Replacement, count: number, file: OpenFile | undefined): FileResult {
  const result = emptyResult(first.path);
  const [reading] = first.edit.readings;
  if (count > 1 || hasOldLines(first.edit) || reading === undefined) {
    const what = file === undefined ? 'There is no such file' : 'The file is empty';
    const why = `${what}, but the edit has old lines.`;
    return { ...result, rejections: [rejectEdit(first, 'not-found', why, 'Send the whole file.')] };
  }
  const lines = reading.lines.map((line) => line.text);
  const text = reading.finalNewline === false ? lines.join('\n') : joinLines(lines);
  const newText = (file?.source.bom ?? '') + text;
  return { ...result, newText, added: lines, edits: [noteEdit(first, 'new', 0)] };
}

/** An edit that the reply repeats word for word counts once: small models do that. */
function withoutRepeats(edits: readonly Replacement[]): Replacement[] {
  const seen = new Set<string>();
  return edits.filter(({ edit }) => {
    const key = JSON.stringify([edit.readings[0], { ...edit.hint, names: undefined }]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
