import type { MatchPass } from '../types.js';
import { foldTypography } from './typography.js';

/** What a pass overlooks when it compares a reply's old lines with the file's. */
export interface Relaxation {
  /** The name that is reported: the loosest thing that was overlooked. */
  pass: MatchPass;
  trailing: boolean;
  indentation: boolean;
  blanks: boolean;
  comments: boolean;
  typography: boolean;
}

type Overlooked = 'trailing' | 'indentation' | 'blanks' | 'comments' | 'typography';

function relaxation(pass: MatchPass, ...overlooks: Overlooked[]): Relaxation {
  const has = (name: Overlooked) => overlooks.includes(name);
  return {
    pass,
    trailing: has('trailing'),
    indentation: has('indentation'),
    blanks: has('blanks'),
    comments: has('comments'),
    typography: has('typography'),
  };
}

/** Overlooks nothing at all. */
export const EXACT = relaxation('exact');
/** Overlooks nothing but white space behind lines, which nobody sees. */
export const TRAILING_SPACE = relaxation('trailing-space', 'trailing');

/** Overlooks all that any pass does. */
export const LOOSEST = relaxation(
  'typography',
  'trailing',
  'typography',
  'blanks',
  'comments',
  'indentation',
);

/** All passes by increasing looseness. The first that finds any place decides: one place is it, several are refused. */
const RELAXATIONS: readonly Relaxation[] = [
  EXACT,
  TRAILING_SPACE,
  relaxation('indentation', 'trailing', 'indentation'),
  relaxation('blank-lines', 'trailing', 'blanks'),
  relaxation('blank-lines', 'trailing', 'blanks', 'indentation'),
  relaxation('comments', 'trailing', 'blanks', 'comments'),
  relaxation('comments', 'trailing', 'blanks', 'comments', 'indentation'),
  relaxation('typography', 'trailing', 'typography'),
  relaxation('typography', 'trailing', 'typography', 'indentation'),
  relaxation('typography', 'trailing', 'typography', 'blanks'),
  relaxation('typography', 'trailing', 'typography', 'blanks', 'indentation'),
  relaxation('typography', 'trailing', 'typography', 'blanks', 'comments'),
  LOOSEST,
];

/** The passes that can find more than stricter ones, where file and reply have, or have not, what they overlook. */
export function passesFor(has: { typography: boolean; comments: boolean }): readonly Relaxation[] {
  return RELAXATIONS.filter(
    (relaxed) => (has.typography || !relaxed.typography) && (has.comments || !relaxed.comments),
  );
}

/** A line that holds nothing but a comment, in any of the languages that the engine meets. */
export function isCommentLine(line: string): boolean {
  return /^\s*(?:\/\/|#(?![![])|--(?!>?$)|;|%%?|\/\*|\*\/|\*(?:\s|$)|<!--|-->|\{\/\*|REM\b)/.test(line);
}

/** What stands for a line in comparisons; undefined when the pass leaves the line out. */
export function keyOf(line: string, relaxed: Relaxation): string | undefined {
  if (relaxed.comments && isCommentLine(line)) return undefined;
  const folded = relaxed.typography ? foldTypography(line) : line;
  const key = relaxed.indentation ? folded.trim() : relaxed.trailing ? folded.trimEnd() : folded;
  if (relaxed.blanks && key.trim() === '') return undefined;
  return key;
}
