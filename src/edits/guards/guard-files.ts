import { distance } from 'fastest-levenshtein';
import type { ParsedText } from '../../syntax/types.js';
import type { FileResult } from '../file-result.js';
import type { OpenFiles } from '../open-file.js';
import type { ApplyInput, Rejection, RejectionCode, RepoPath } from '../types.js';
import { guardSyntax } from './guard-syntax.js';
import { guardAddedLines, guardWholeFile, type Objection, type WholeFileContext } from './guard-change.js';

/** Files that are meant to have nothing in them. */
const MAY_BE_EMPTY = /(?:^|\/)(?:__init__\.py|py\.typed|\.gitkeep|\.keep|\.nojekyll|\.npmignore)$/;
/** Share of a new file's lines that stand in an offered file of nearly the same name: then that one was meant. */
const COPIED_SHARE = 0.7;
const LEAST_COPIED = 5;
/** Letters left out, added or swapped (which counts as two) by which a name is still the same name misspelt. */
const MOST_SLIPS = 2;

/** Looks at what all files would become; every objection is a rejection. */
export function guardFiles(results: readonly FileResult[], input: ApplyInput, files: OpenFiles): Rejection[] {
  const isOff = (code: RejectionCode) => input.rules?.without?.includes(code) === true;
  return results.flatMap((result) => {
    const file = files.open(result.path);
    const oldText = file?.text;
    const { newText } = result;
    if (typeof newText !== 'string' || newText === oldText) return [];
    let parsedNew: { text: ParsedText | undefined } | undefined;
    const parseNew = () => {
      parsedNew ??= { text: files.parserFor(result.path)?.parse(newText.replace(/^\uFEFF/, '')) };
      return parsedNew.text;
    };
    const objection =
      (isOff('empty') ? undefined : guardEmpty(result, oldText)) ??
      guardAddedLines(result.added, oldText ?? '', isOff) ??
      (oldText === undefined
        ? guardCopy(result, newText, results, input, files)
        : result.isWhole
          ? guardWholeFile({
              path: result.path,
              oldText,
              newText,
              otherTexts: results.filter((other) => other !== result).map((other) => other.newText ?? ''),
              mentioned: input.rules?.mentioned ?? '',
              isAskedWhole: (input.asked ?? input.format) === 'whole-file',
              imports: importsOf(file?.parsed(), parseNew),
              isOff,
            })
          : undefined) ??
      (isOff('new-syntax-errors') ? undefined : guardSyntax(result.path, newText, files, parseNew));
    return objection === undefined || isOff(objection.code) ? [] : [{ ...objection, path: result.path }];
  });
}

function importsOf(
  old: ParsedText | undefined,
  parseNew: () => ParsedText | undefined,
): WholeFileContext['imports'] {
  if (old === undefined || old.imports.length === 0) return undefined;
  const fresh = parseNew();
  return fresh === undefined ? undefined : { old: old.imports, fresh: fresh.imports };
}

function guardEmpty(result: FileResult, oldText: string | undefined): Objection | undefined {
  if (typeof result.newText !== 'string' || result.newText.trim() !== '') return undefined;
  if (MAY_BE_EMPTY.test(result.path) || oldText?.trim() === '') return undefined;
  return {
    code: 'empty',
    message: `${result.path} would be empty.`,
    feedback: `Your edit leaves nothing in ${result.path}. Send its new content in full.`,
  };
}

/** A new file that is a copy of an offered one under nearly its name: the model misspelt the path. */
function guardCopy(
  result: FileResult,
  newText: string,
  results: readonly FileResult[],
  input: ApplyInput,
  files: OpenFiles,
): Objection | undefined {
  if (input.offered.includes(result.path)) return undefined;
  const lines = newText.split('\n').filter((line) => line.trim() !== '');
  if (lines.length < LEAST_COPIED) return undefined;
  const original = input.offered.find((path) => {
    if (!isSimilarName(path, result.path) || results.some((other) => other.path === path)) return false;
    const index = files.open(path)?.index;
    if (index === undefined) return false;
    const known = lines.filter((line) => index.linesLike(line).length > 0).length;
    return known >= lines.length * COPIED_SHARE;
  });
  if (original === undefined) return undefined;
  return {
    code: 'unknown-path',
    message: `${result.path} would be a copy of ${original}, which was probably meant.`,
    feedback: `There is no file ${result.path}. If you mean ${original}, write that path.`,
  };
}

function isSimilarName(one: RepoPath, other: RepoPath): boolean {
  const stem = (path: string) => (path.split('/').at(-1) ?? '').replace(/\..*$/, '').toLowerCase();
  const short = stem(one);
  const long = stem(other);
  return (
    short.startsWith(long) ||
    long.startsWith(short) ||
    short.slice(0, 4) === long.slice(0, 4) ||
    distance(short, long) <= MOST_SLIPS
  );
}
