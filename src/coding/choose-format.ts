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

/** What a calibration saw of one format: edits that were asked for and that came out right, tokens of all answers. */
export interface FormatFigures {
  asked: number;
  right: number;
  tokens: number;
}

export type MeasuredFormats = ReadonlyMap<EditFormat, FormatFigures>;

/** With fewer edits than a calibration has, chance decides. */
const LEAST_ASKED = 12;
/**
 * More edits right, of a dozen, before a measured format takes the place of the usual one. Of two formats that are equally
 * good one gets 3 edits that the other fails, and none the other way round, once in eight times; 2 once in four. The usual
 * order has larger measurements behind it (docs/formats.md).
 */
const LEAST_LEAD = { right: 3, asked: 12 };

interface Size {
  path: RepoPath;
  lines: number;
  tokens: number;
}

/**
 * The format to ask for: whole files while all that may change are new or small and fit the answer twice; above that
 * named declarations where they are known in every file and are a part of it, search/replace otherwise. Where a file has
 * no parser no declaration is found by its name: then named declarations are not asked for, whatever is wanted. With `auto`
 * another format that suits the files takes its place when it was clearly more often right on this very model.
 */
export function chooseFormat(
  wanted: Config['coder']['format'],
  change: ExpectedChange,
  budget: TokenBudget,
  measured: MeasuredFormats = new Map(),
): EditFormat {
  const sizes = measure(change, budget);
  if (wanted === 'named-declaration' && hasParsers(sizes, change)) return wanted;
  if (wanted !== 'auto' && wanted !== 'named-declaration') return wanted;
  const tokens = sizes.reduce((sum, size) => sum + size.tokens, 0);
  const small = sizes.every(({ lines }) => lines <= WHOLE_LINES) && tokens * 2 <= budget.answerTokens;
  const known = areKnown(sizes, change, budget);
  const usual = small ? 'whole-file' : known ? 'named-declaration' : 'search-replace';
  // Nothing was measured of files that are to be made.
  const isNew = sizes.length < change.offered.length;
  if (wanted !== 'auto' || isNew) return usual;
  const suited: EditFormat[] = ['search-replace', 'unified-diff'];
  if (known) suited.unshift('named-declaration');
  if (small) suited.unshift('whole-file');
  return preferMeasured(usual, suited, measured);
}

/**
 * The usual format, or among `suited` the one that was most often right, if that was right clearly more often; of two the
 * one that took fewer tokens.
 */
export function preferMeasured(
  usual: EditFormat,
  suited: readonly EditFormat[],
  measured: MeasuredFormats,
): EditFormat {
  const known = measured.get(usual);
  if (known === undefined || known.asked < LEAST_ASKED) return usual;
  const better = suited.flatMap((format) => {
    const figures = measured.get(format);
    if (figures === undefined || figures.asked < LEAST_ASKED) return [];
    return leads(figures, known) ? [{ format, figures }] : [];
  });
  const [best] = better.toSorted(
    (a, b) => rateOf(b.figures) - rateOf(a.figures) || costOf(a.figures) - costOf(b.figures),
  );
  return best?.format ?? usual;
}

/** In whole numbers: of fractions a lead of exactly so much would be a little less. */
function leads(one: FormatFigures, other: FormatFigures): boolean {
  const lead = one.right * other.asked - other.right * one.asked;
  return lead * LEAST_LEAD.asked >= LEAST_LEAD.right * one.asked * other.asked;
}

function rateOf({ right, asked }: FormatFigures): number {
  return right / asked;
}

function costOf({ tokens, asked }: FormatFigures): number {
  return tokens / asked;
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
