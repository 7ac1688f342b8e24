import type { MatchPass } from '../types.js';

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

function relaxation(pass: MatchPass, ...overlooks: (keyof Omit<Relaxation, 'pass'>)[]): Relaxation {
  const has = (name: keyof Omit<Relaxation, 'pass'>) => overlooks.includes(name);
  return {
    pass,
    trailing: has('trailing'),
    indentation: has('indentation'),
    blanks: has('blanks'),
    comments: has('comments'),
    typography: has('typography'),
  };
}

/** All passes by increasing looseness. The first that finds any place decides: one place is it, several are refused. */
export const RELAXATIONS: readonly Relaxation[] = [
  relaxation('exact'),
  relaxation('trailing-space', 'trailing'),
  relaxation('indentation', 'trailing', 'indentation'),
  relaxation('blank-lines', 'trailing', 'blanks'),
  relaxation('blank-lines', 'trailing', 'blanks', 'indentation'),
  relaxation('comments', 'trailing', 'blanks', 'comments'),
  relaxation('comments', 'trailing', 'blanks', 'comments', 'indentation'),
  relaxation('typography', 'trailing', 'typography'),
  relaxation('typography', 'trailing', 'typography', 'indentation'),
  relaxation('typography', 'trailing', 'typography', 'indentation', 'blanks', 'comments'),
];

/** The passes that may recognise an edit as done already: nothing but white space at line ends and starts overlooked. */
export const STRICT_RELAXATIONS: readonly Relaxation[] = RELAXATIONS.slice(0, 3);

const DASHES = /[\u2010-\u2015\u2212]/g;
const SINGLE_QUOTES = /[\u2018-\u201B\u2032]/g;
const DOUBLE_QUOTES = /[\u201C-\u201F\u2033]/g;
const SPACES = /[\u00A0\u2002-\u200A\u202F\u205F\u3000]/g;
const ANY_TYPOGRAPHY =
  /[\u00A0\u2002-\u200A\u2010-\u2015\u2018-\u201F\u2026\u202F\u2032\u2033\u205F\u2212\u3000]/;

/** Typographic quotes, dashes, dots and spaces as the characters that code has. (Map: Codex apply-patch, plus `…`.) */
export function foldTypography(text: string): string {
  if (!ANY_TYPOGRAPHY.test(text)) return text;
  return text
    .replace(DASHES, '-')
    .replace(SINGLE_QUOTES, "'")
    .replace(DOUBLE_QUOTES, '"')
    .replace(SPACES, ' ')
    .replace(/\u2026/g, '...');
}

export function hasTypography(text: string): boolean {
  return ANY_TYPOGRAPHY.test(text);
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
