import type { ParsedText } from '../../syntax/types.js';
import type { FileResult } from '../file-result.js';
import { linesBeyond } from '../lines-beyond.js';
import type { OpenFiles } from '../open-file.js';
import type { ApplyInput, Rejection, RejectionCode } from '../types.js';
import { guardNewFile } from './guard-new-file.js';
import { guardSyntax } from './guard-syntax.js';
import { guardTwins } from './lost-twins.js';
import { guardAddedLines, guardWholeFile, type Objection, type WholeFileContext } from './guard-change.js';

/** Files that are meant to have nothing in them. */
const MAY_BE_EMPTY = /(?:^|\/)(?:__init__\.py|py\.typed|\.gitkeep|\.keep|\.nojekyll|\.npmignore)$/;

/** Looks at what all files would become; every objection is a rejection. */
export function guardFiles(results: readonly FileResult[], input: ApplyInput, files: OpenFiles): Rejection[] {
  const isOff = (code: RejectionCode) => input.rules?.without?.includes(code) === true;
  const fresh = new Map<FileResult, string>();
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
        ? guardNewFile({ result, newText, results, input, files, parseNew })
        : result.isWhole
          ? guardWhole({
              path: result.path,
              oldText,
              newText,
              otherTexts: textsBeside(result, results, files, fresh),
              mentioned: input.rules?.mentioned ?? '',
              isAskedWhole: (input.asked ?? input.format) === 'whole-file',
              imports: importsOf(file?.parsed(), parseNew),
              isParsed: file?.parsed() !== undefined,
              isOff,
            })
          : undefined) ??
      (isOff('new-syntax-errors') ? undefined : guardSyntax(result.path, newText, files, parseNew));
    return objection === undefined || isOff(objection.code) ? [] : [{ ...objection, path: result.path }];
  });
}

/** Where no parser has told the declarations apart, those of one name are counted too. */
function guardWhole(context: WholeFileContext & { isParsed: boolean }): Objection | undefined {
  return guardWholeFile(context) ?? (context.isParsed ? undefined : guardTwins(context));
}

/** What the other files of a reply newly have; `known` has what was worked out of each. */
function textsBeside(
  result: FileResult,
  results: readonly FileResult[],
  files: OpenFiles,
  known: Map<FileResult, string>,
): string[] {
  return results
    .filter((other) => other !== result)
    .map((other) => {
      const oldText = files.open(other.path)?.text;
      const text = known.get(other) ?? linesBeyond((other.newText ?? '').split('\n'), oldText).join('\n');
      known.set(other, text);
      return text;
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
