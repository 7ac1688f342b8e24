import type { Config } from '../config/schema.js';
import type { EditFormat, FileContent, RepoPath } from '../edits/types.js';
import type { TokenBudget } from '../models/budget.js';
import type { Parsers } from '../syntax/types.js';
import type { Target } from './find-targets.js';

/** Lines up to which a text is asked for whole: small models are near 100 % well-formed there (aider's figures for 0.5B–14B). */
const WHOLE_LINES = 150;

/** What is known of a change before it is asked for. */
export interface ExpectedChange {
  /** What may change, as it is now; a path that is not in it is a file to be made. */
  files: ReadonlyMap<RepoPath, FileContent>;
  offered: readonly RepoPath[];
  /** Declarations that must change or be added. */
  targets: readonly Target[];
  parsers: Parsers;
}

interface Size {
  path: RepoPath;
  lines: number;
  tokens: number;
}

/**
 * The format to ask for: whole files while all that may change are new or small and fit the answer twice; above that
 * named declarations where they are known in every file and are a part of it, search/replace otherwise. Where a file has
 * no parser no declaration is found by its name: then named declarations are not asked for, whatever is wanted.
 */
export function chooseFormat(
  wanted: Config['coder']['format'],
  change: ExpectedChange,
  budget: TokenBudget,
): EditFormat {
  const sizes = measure(change, budget);
  if (wanted === 'named-declaration' && hasParsers(sizes, change)) return wanted;
  if (wanted !== 'auto' && wanted !== 'named-declaration') return wanted;
  const tokens = sizes.reduce((sum, size) => sum + size.tokens, 0);
  const small = sizes.every(({ lines }) => lines <= WHOLE_LINES);
  if (small && tokens * 2 <= budget.answerTokens) return 'whole-file';
  return areKnown(sizes, change, budget) ? 'named-declaration' : 'search-replace';
}

function measure({ files, offered }: ExpectedChange, budget: TokenBudget): Size[] {
  return [...files].flatMap(([path, content]) => {
    if (content.kind !== 'text' || !offered.includes(path)) return [];
    const lines = content.text.trimEnd().split('\n').length;
    return [{ path, lines, tokens: budget.estimate(content.text, path) }];
  });
}

function hasParsers(sizes: readonly Size[], { parsers }: ExpectedChange): boolean {
  return sizes.length > 0 && sizes.every(({ path }) => parsers.parserFor(path) !== undefined);
}

function areKnown(sizes: readonly Size[], change: ExpectedChange, budget: TokenBudget): boolean {
  const { files, offered, targets } = change;
  if (!hasParsers(sizes, change) || !offered.every((path) => files.has(path))) return false;
  const parts = sizes.map((size) => {
    const inFile = targets.filter((target) => target.path === size.path);
    const lines = inFile.reduce((sum, target) => sum + target.lines, 0);
    return { ...size, known: inFile.length > 0, part: lines, written: (size.tokens * lines) / size.lines };
  });
  const written = parts.reduce((sum, { written: tokens }) => sum + tokens, 0);
  return (
    written * 2 <= budget.answerTokens &&
    parts.every(({ known, lines, part }) => known && part <= WHOLE_LINES && part * 2 <= lines)
  );
}
