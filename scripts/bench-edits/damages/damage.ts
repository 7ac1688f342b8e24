import type { Draft, Format, Hunk, HunkLine } from '../draft.js';
import type { NamedKind } from '../named.js';
import type { Fold } from '../oracle.js';
import type { Random } from '../random.js';

/** One way in which replies of models are off, from the list in docs/bench-edits.md. */
export interface Damage {
  name: string;
  /** For the table: what it does to a reply. */
  what: string;
  formats: readonly Format[];
  /** Damages of a pair are done in this order. */
  phase: (typeof PHASES)[number];
  /** Two damages that share a part of the reply cannot occur together. */
  parts: readonly string[];
  /** It happens to unchanged lines away from the changes, which repeated context has none of. */
  needsWideContext?: boolean;
  /** Makes an edit of its own, at a place with little context that stands more than once. */
  repeatsContext?: boolean;
  /** What a reader must look past afterwards. */
  folds?: readonly Fold[];
  /** Unchanged lines around a change that it needs at least. */
  context?: number;
  /** Makes an edit of its own: which functions it sends by name. */
  named?: NamedKind;
  /** Nobody can know the result after it. */
  isFatal?: boolean;
  /** Only in replies that change one file. */
  oneFile?: boolean;
  /** False when this draft has nothing that can be damaged so, and is as it was. */
  apply: (draft: Draft, random: Random) => boolean;
}

/** Spelling comes after what takes lines away: the old lines that are left must show how it was. */
export const PHASES = ['file', 'lines', 'signs', 'spelling', 'places', 'wrapping', 'ending'] as const;

/** Formats that say which old lines give way to which new ones. */
export const WITH_OLD_LINES: readonly Format[] = ['search-replace', 'unified-diff', 'begin-patch'];
export const WITH_LINES: readonly Format[] = [...WITH_OLD_LINES, 'named-declaration'];
export const WITH_SIGNS: readonly Format[] = ['unified-diff', 'begin-patch'];
export const ALL: readonly Format[] = [
  'search-replace',
  'unified-diff',
  'begin-patch',
  'whole-file',
  'named-declaration',
];

export interface Spot {
  hunk: Hunk;
  at: number;
  line: HunkLine;
}

/** The lines of all hunks that `wanted` picks. */
export function listSpots(draft: Draft, wanted: (line: HunkLine, at: number, hunk: Hunk) => boolean): Spot[] {
  return draft.targets.flatMap(({ hunks }) =>
    hunks.flatMap((hunk) =>
      hunk.lines.flatMap((line, at) => (wanted(line, at, hunk) ? [{ hunk, at, line }] : [])),
    ),
  );
}

/** Whether the lines before and after are context that stands in the file: nothing new goes next to this one. */
export function isInside(hunk: Hunk, from: number, to = from): boolean {
  const before = hunk.lines[from - 1];
  const after = hunk.lines[to + 1];
  return isPlainContext(before) && isPlainContext(after);
}

/**
 * Whether both sides agree on this line without doubt. A diff says so; of the two parts of a search/replace block only
 * what stands before the first change or after the last is sure to be the same line: between changes lines that repeat
 * can be matched in more than one way.
 */
export function isAligned(draft: Draft, hunk: Hunk, at: number): boolean {
  if (draft.format !== 'search-replace') return true;
  const first = hunk.lines.findIndex((line) => line.op !== ' ');
  // A line that is taken out as well as kept: either may be the one that stays.
  const text = hunk.lines[at]?.text.trim();
  if (hunk.lines.some((line) => line.op === '-' && line.text.trim() === text)) return false;
  return at < first || at > hunk.lines.findLastIndex((line) => line.op !== ' ');
}

export function isPlainContext(line: HunkLine | undefined): boolean {
  return line?.op === ' ' && line.at !== undefined && line.prefix === undefined && line.isGap !== true;
}
