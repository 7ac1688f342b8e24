import type { Config } from '../config/schema.js';
import type { EditFormat, FileContent, RepoPath } from '../edits/types.js';
import type { TokenBudget } from '../models/budget.js';

/** Lines up to which a file is asked for whole: small models are near 100 % well-formed there (aider's figures for 0.5B–14B). */
const WHOLE_FILE_LINES = 150;

/**
 * The format to ask for: whole files while all that change are small or new and fit the answer twice, search/replace
 * above.
 */
export function chooseFormat(
  wanted: Config['coder']['format'],
  files: ReadonlyMap<RepoPath, FileContent>,
  budget: TokenBudget,
): EditFormat {
  if (wanted !== 'auto') return wanted;
  const texts = [...files].flatMap(([path, content]) =>
    content.kind === 'text' ? [{ path, text: content.text }] : [],
  );
  const tokens = texts.reduce((sum, { path, text }) => sum + budget.estimate(text, path), 0);
  const small = texts.every(({ text }) => text.trimEnd().split('\n').length <= WHOLE_FILE_LINES);
  return small && tokens * 2 <= budget.answerTokens ? 'whole-file' : 'search-replace';
}
