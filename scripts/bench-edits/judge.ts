import type { Damage } from './damages/damage.js';
import { splitAtGaps } from './damages/lines.js';
import type { Draft, Hunk, Target } from './draft.js';
import { sectionAbove } from './hunks.js';
import { findPlaces } from './oracle.js';

/**
 * Whether a careful reader who has only the files and the reply would know what is meant: `one` result, or `none`.
 * `unclear` is what such readers would argue about; such cases are not used.
 */
export function judge(draft: Draft, damages: readonly Damage[]): 'one' | 'none' | 'unclear' {
  const isRepeated = damages.some((damage) => damage.repeatsContext === true);
  let answer: 'one' | 'none' | 'unclear' = 'one';
  for (const target of draft.targets) {
    for (const hunk of target.hunks) {
      const places = listPlaces(draft, target, hunk);
      if (places === 'several') {
        if (!isRepeated) answer = 'unclear';
        else if (hasNumber(draft, hunk)) answer = hasSection(draft, target, hunk) ? answer : 'unclear';
        else answer = answer === 'unclear' ? answer : 'none';
      }
      if (places === 'unclear') answer = 'unclear';
    }
    if (draft.pathPlace === 'none' && draft.format !== 'unified-diff' && fitsAnother(draft, target))
      answer = 'unclear';
  }
  // Without a path a whole file or a lone declaration of several files names none of them.
  if (draft.pathPlace === 'none' && draft.format === 'whole-file' && draft.others.length > 0)
    answer = 'unclear';
  return draft.hasNoAnswer ? 'none' : answer;
}

function listPlaces(draft: Draft, target: Target, hunk: Hunk): 'one' | 'several' | 'unclear' {
  const pieces = splitAtGaps(hunk.lines);
  let answer: 'one' | 'several' | 'unclear' = 'one';
  for (const piece of pieces) {
    const old = piece.filter((line) => line.op !== '+' && line.isInvented !== true);
    const changes = piece.some((line) => line.op !== ' ');
    const places = findPlaces(
      target.file,
      old.map((line) => line.text),
      draft.folds,
    );
    if (places.length === 0) {
      // Nothing is left of the piece but what a reader looks past.
      if (changes || old.some((line) => line.text.trim() !== '')) answer = 'unclear';
    } else if (places.length > 1 && changes) answer = answer === 'unclear' ? answer : 'several';
    else if (changes && !old.some((line) => line.at === places[0])) {
      throw new Error(
        `the oracle finds ${target.file.source.path} line ${(places[0] ?? 0) + 1}, not the place of the edit`,
      );
    }
  }
  return answer;
}

/**
 * The line number is right: then the text behind `@@` is the second signal where it names the same place alone. Where it
 * does not, some readers would go by the number and others would not.
 */
function hasNumber(draft: Draft, hunk: Hunk): boolean {
  return draft.format === 'unified-diff' && hunk.header === 'numbers' && hunk.shift === 0;
}

function hasSection(draft: Draft, target: Target, hunk: Hunk): boolean {
  if (hunk.section === '') return false;
  const old = hunk.lines.filter((line) => line.op !== '+').map((line) => line.text);
  const places = findPlaces(target.file, old, draft.folds);
  const intended = hunk.lines.find((line) => line.at !== undefined)?.at;
  const named = places.filter((place) => sectionAbove(target.file.source, place) === hunk.section);
  return named.length === 1 && named[0] === intended;
}

/** Whether the edits fit another offered file as well. */
function fitsAnother(draft: Draft, target: Target): boolean {
  return draft.others.some((source) => {
    const file = { ...target.file, source, lines: source.lines };
    return target.hunks.every((hunk) => {
      const old = hunk.lines.filter(
        (line) => line.op !== '+' && line.isInvented !== true && line.isGap !== true,
      );
      return (
        findPlaces(
          file,
          old.map((line) => line.text),
          draft.folds,
        ).length > 0
      );
    });
  });
}
