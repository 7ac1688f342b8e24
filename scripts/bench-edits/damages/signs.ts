import type { Draft, HunkLine } from '../draft.js';
import { indentOf } from '../edit.js';
import { WITH_SIGNS, isPlainContext, type Damage } from './damage.js';

/** What happens to the first column of diffs and to the lines that open their hunks. */
export const SIGN_DAMAGES: readonly Damage[] = [
  {
    name: 'plus-missing',
    what: 'new lines between others of the hunk lack their +',
    formats: WITH_SIGNS,
    phase: 'signs',
    parts: ['signs'],
    apply(draft, random) {
      const chosen = random.maybe(listUnmarkable(draft));
      if (chosen === undefined) return false;
      const prefix = random.pick([' ', ''] as const);
      for (const line of chosen) {
        // Without any sign a text at the margin shows what it is; one that starts with a sign would show another.
        if (prefix === '' && /^[+\-\\@ ]?$|^[+\-\\@]/.test(line.text)) return false;
      }
      for (const line of chosen) line.prefix = prefix;
      return true;
    },
  },
  {
    name: 'space-missing',
    what: 'unchanged lines lack the space in front',
    formats: WITH_SIGNS,
    phase: 'signs',
    parts: ['signs'],
    apply(draft, random) {
      const hunks = draft.targets.flatMap((target) => target.hunks);
      const chosen = random.chance(0.5) ? hunks : [random.pick(hunks)];
      const lines = chosen
        .flatMap((hunk) => hunk.lines)
        .filter((line) => line.op === ' ' && line.prefix === undefined && line.text !== '');
      if (lines.length === 0 || lines.some((line) => /^[+\-\\@*]/.test(line.text))) return false;
      for (const line of lines) line.prefix = '';
      return true;
    },
  },
  {
    name: 'blank-without-space',
    what: 'blank unchanged lines lack the space in front',
    formats: WITH_SIGNS,
    phase: 'signs',
    parts: ['blank-sign'],
    needsWideContext: true,
    context: 4,
    apply(draft) {
      const lines = draft.targets
        .flatMap((target) => target.hunks.flatMap((hunk) => hunk.lines.slice(0, -1)))
        .filter((line) => line.op === ' ' && line.text === '');
      for (const line of lines) line.prefix = '';
      return lines.length > 0;
    },
  },
  {
    name: 'numbers-wrong',
    what: 'line numbers of hunks are off',
    formats: ['unified-diff'],
    phase: 'places',
    parts: ['start'],
    apply(draft, random) {
      for (const hunk of draft.targets.flatMap((target) => target.hunks)) {
        const first = (hunk.lines.find((line) => line.at !== undefined)?.at ?? 0) + 1;
        const shift = random.chance(0.5) ? random.whole(1, 8) : random.whole(9, 200);
        hunk.shift = first - shift >= 1 && random.chance(0.5) ? -shift : shift;
      }
      return true;
    },
  },
  {
    name: 'counts-wrong',
    what: 'line counts of hunks are off',
    formats: ['unified-diff'],
    phase: 'places',
    parts: ['count'],
    apply(draft, random) {
      for (const hunk of draft.targets.flatMap((target) => target.hunks)) {
        hunk.miscount = random.pick([
          [1, 0],
          [0, 1],
          [-1, -1],
          [2, 2],
          [0, -1],
          [3, 1],
        ] as [number, number][]);
      }
      return true;
    },
  },
  {
    name: 'hunks-bare',
    what: '`@@`, `@@ ... @@` or `@@ def name` without numbers',
    formats: ['unified-diff'],
    phase: 'places',
    parts: ['start', 'count', 'header'],
    apply(draft, random) {
      const kind = random.pick(['bare', 'dots', 'section'] as const);
      for (const hunk of draft.targets.flatMap((target) => target.hunks)) {
        if (kind === 'section' && hunk.section === '') return false;
        hunk.header = kind;
      }
      return true;
    },
  },
  {
    name: 'hunk-header-missing',
    what: 'no `@@` line at all',
    formats: WITH_SIGNS,
    phase: 'places',
    parts: ['start', 'count', 'header'],
    apply(draft) {
      const hunks = draft.targets.flatMap((target) => target.hunks);
      if (hunks.length !== draft.targets.length) return false;
      for (const hunk of hunks) hunk.header = 'missing';
      return true;
    },
  },
  {
    name: 'file-header-missing',
    what: 'no `---` and `+++` lines: the path stands above',
    formats: ['unified-diff'],
    phase: 'places',
    parts: ['file-header'],
    apply(draft) {
      draft.hasFileHeaders = false;
      return true;
    },
  },
];

/**
 * Runs of new lines that a careful reader would know as new without their `+`: each has a word and stands nowhere in the
 * file, so it cannot be context; before and after it in the hunk there is a line that keeps its sign or stands in the
 * file, so it is not at the edge, where it could be context that the model made up; and a neighbour of the same run is
 * marked, or it follows a removed line. Its indentation is a whole number of steps, so that a lost first column shows.
 */
function listUnmarkable(draft: Draft): HunkLine[][] {
  const found: HunkLine[][] = [];
  for (const { file, hunks } of draft.targets) {
    const known = new Set(file.lines.map((line) => line.trim()));
    const { unit } = file.source;
    const isNew = (line: HunkLine | undefined): line is HunkLine =>
      line !== undefined &&
      line.op === '+' &&
      /\w{2}/.test(line.text) &&
      !known.has(line.text.trim()) &&
      indentOf(line.text).length % unit.length === 0;
    for (const { lines } of hunks) {
      for (const [at, line] of lines.entries()) {
        if (!isNew(line)) continue;
        const before = lines[at - 1];
        const after = lines[at + 1];
        if (before === undefined || after === undefined) continue;
        const hasMarked = before.op === '-' || before.op === '+' || after.op === '+';
        const hasEdges =
          lines.slice(0, at).some((one) => isPlainContext(one) || one.op === '-') &&
          lines.slice(at + 1).some(isPlainContext);
        if (hasMarked && hasEdges) found.push([line]);
        // All of a run but its first line.
        if (before.op !== '+' || lines[at - 2]?.op === '+') continue;
        let end = at;
        while (isNew(lines[end])) end += 1;
        if (end > at + 1 && isPlainContext(lines[end])) {
          found.push(lines.slice(at, end));
        }
      }
    }
  }
  return found;
}
