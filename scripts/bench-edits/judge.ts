import type { Damage } from './damages/damage.js';
import { splitAtGaps } from './damages/lines.js';
import type { Draft, Hunk, Target } from './draft.js';
import { sectionAbove } from './hunks.js';
import { countName, findScope, signatureOf } from './named.js';
import { findPlaces } from './oracle.js';

/**
 * Whether a careful reader who has only the files and the reply would know what is meant: `one` result, or `none`.
 * `unclear` is what such readers would argue about; such cases are not used.
 */
export function judge(draft: Draft, damages: readonly Damage[]): 'one' | 'none' | 'unclear' {
  const isRepeated = damages.some((damage) => damage.repeatsContext === true);
  let answer: 'one' | 'none' | 'unclear' = 'one';
  for (const target of draft.targets) {
    if (draft.format === 'named-declaration') {
      if (answer === 'one') answer = judgeNames(draft, target);
      continue;
    }
    for (const hunk of target.hunks) {
      const places = listPlaces(draft, target, hunk);
      if (places === 'several') {
        const repeated = isRepeated ? judgeRepeated(draft, target, hunk) : 'unclear';
        if (answer === 'one' || repeated === 'unclear') answer = repeated;
      }
      if (places === 'unclear') answer = 'unclear';
    }
    if (draft.pathPlace === 'none' && draft.format !== 'unified-diff' && fitsAnother(draft, target))
      answer = 'unclear';
  }
  // Without a path a whole file or a lone declaration of several files names none of them.
  if (draft.pathPlace === 'none' && draft.format === 'whole-file' && draft.others.length > 0)
    answer = 'unclear';
  if (damages.some((damage) => damage.isFatal === true)) return 'none';
  return mayBeCut(draft) ? 'unclear' : answer;
}

/**
 * A function whose name the file has once is meant by that name. Of several of that name a class around it tells which,
 * and the head does where the others have another; without either there is no answer.
 */
function judgeNames(draft: Draft, target: Target): 'one' | 'none' | 'unclear' {
  const { source } = target.file;
  let answer: 'one' | 'none' = 'one';
  for (const { span, scope } of target.pieces) {
    if (draft.pathPlace === 'none') {
      const word = new RegExp(`(?<![\\w$])${span.name.replace(/\$/g, '\\$')}(?![\\w$])`);
      if (draft.others.some((other) => other.lines.some((line) => word.test(line)))) return 'unclear';
    }
    if (countName(source, span) === 1) continue;
    const namesakes = source.functions.filter((one) => one.name === span.name);
    // What else has the name is no function that can be told from this one by its head.
    if (countName(source, span) !== namesakes.length) return 'unclear';
    const signature = signatureOf(source, span);
    const sameHead = namesakes.filter((one) => signatureOf(source, one) === signature).length;
    const sameScope = namesakes.filter((one) => findScope(source, one)?.head === scope?.head).length;
    if (sameHead === 1 || (scope !== undefined && sameScope === 1)) continue;
    answer = 'none';
  }
  return answer;
}

/**
 * Fewer lines than the last hunk is said to have, and nothing behind them, no fence either: as a reply looks that was cut.
 * (At first only replies with an open fence were left out, but one without any fence looks the same.)
 */
function mayBeCut(draft: Draft): boolean {
  const last = draft.targets.at(-1)?.hunks.at(-1);
  return (
    draft.format === 'unified-diff' &&
    !(draft.fence.isOpened && draft.fence.isClosed) &&
    draft.after.length === 0 &&
    last?.header === 'numbers' &&
    last.miscount.some((more) => more > 0)
  );
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
 * The old lines stand at several places. Two signals that the damage left right decide, the line number and the text
 * behind `@@`, where that names the same place alone; no signal or two that speak for different places leave no answer.
 * A right number alone, and a wrong one that is still nearest to what the text names, are for readers to argue about.
 */
function judgeRepeated(draft: Draft, target: Target, hunk: Hunk): 'one' | 'none' | 'unclear' {
  const old = hunk.lines.filter((line) => line.op !== '+').map((line) => line.text);
  // Word for word it stands at one place only, which the damage made it, or left it.
  if (findPlaces(target.file, old, new Set()).length === 1) return 'unclear';
  if (draft.format !== 'unified-diff' || hunk.header !== 'numbers') return 'none';
  const places = findPlaces(target.file, old, draft.folds);
  const intended = hunk.lines.find((line) => line.at !== undefined)?.at ?? 0;
  const named = places.filter((place) => sectionAbove(target.file.source, place) === hunk.section);
  const isNamed = hunk.section !== '' && named.length === 1 && named[0] === intended;
  if (hunk.shift === 0) return isNamed ? 'one' : 'unclear';
  const stated = intended + hunk.shift;
  const nearest = Math.min(...places.map((place) => Math.abs(place - stated)));
  return isNamed && Math.abs(hunk.shift) === nearest ? 'unclear' : 'none';
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
