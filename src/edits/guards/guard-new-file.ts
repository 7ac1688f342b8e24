import { distance } from 'fastest-levenshtein';
import type { ParsedText } from '../../syntax/types.js';
import type { FileResult } from '../file-result.js';
import type { OpenFile, OpenFiles } from '../open-file.js';
import type { ApplyInput, RepoPath } from '../types.js';
import { listDeclarations, mentions } from './declarations.js';
import { namesOf } from '../naming/file-names.js';
import type { Objection } from './guard-change.js';
import { isMisspelt } from './misspelt-path.js';

/** Share of a new file's lines that stand in an offered file of nearly the same name: then that one was meant. */
const COPIED_SHARE = 0.7;
const LEAST_COPIED = 5;
/** Letters left out, added or swapped (which counts as two) by which a name is still the same name misspelt. */
const MOST_SLIPS = 2;

/** Letters of the shortest name that may be misspelt where changes of files that are there were asked for. */
const SHORTEST_OF_CHANGES = 2;

/** What a new file is compared with. */
export interface NewFileContext {
  result: FileResult;
  newText: string;
  results: readonly FileResult[];
  input: ApplyInput;
  files: OpenFiles;
  parseNew: () => ParsedText | undefined;
}

/** A new file that is another one under nearly its name: the model misspelt the path. */
export function guardNewFile(context: NewFileContext): Objection | undefined {
  const { result, results, input } = context;
  if (input.offered.includes(result.path)) return undefined;
  const changed = new Set(results.map(({ path }) => path));
  return guardCopy(context, changed) ?? guardMisspelt(context, changed);
}

function guardCopy(
  { result, newText, input, files }: NewFileContext,
  changed: ReadonlySet<RepoPath>,
): Objection | undefined {
  const lines = newText.split('\n').filter((line) => line.trim() !== '');
  if (lines.length < LEAST_COPIED) return undefined;
  const original = input.offered.find((path) => {
    if (!isSimilarName(path, result.path) || changed.has(path)) return false;
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

/**
 * A new file that declares nothing but what an offered one of nearly its name declares, as when a reply for `utils.js` has
 * `util.js` above it. Where changed declarations were asked for, these may be members of the other's, and names that all
 * programs have. Not where anything says that a new file is meant: the task, the reply's words, an import of the other.
 */
function guardMisspelt(context: NewFileContext, changed: ReadonlySet<RepoPath>): Objection | undefined {
  const { result, input, files } = context;
  const isChange = input.asked === 'named-declaration';
  if (result.edits.some(({ format }) => format === 'unified-diff' || format === 'begin-patch'))
    return undefined;
  const near = input.offered.filter(
    (path) => isMisspelt(result.path, path, isChange ? SHORTEST_OF_CHANGES : undefined) && !changed.has(path),
  );
  if (near.length === 0 || isAnnounced(context)) return undefined;
  const original = near.find((path) => {
    const file = files.open(path);
    if (file === undefined || isImported(path, context.newText)) return false;
    return declaresAll(file, context, isChange);
  });
  if (original === undefined) return undefined;
  return {
    code: 'unknown-path',
    message: `There is no file ${result.path}, and ${original} has all that it would declare.`,
    feedback: `There is no file ${result.path}. Did you mean ${original}? Then write that path. For a new file, give what it declares other names.`,
  };
}

function isAnnounced({ result, input }: NewFileContext): boolean {
  const name = result.path.split('/').at(-1) ?? '';
  if (input.rules?.mentioned?.includes(name) === true) return true;
  return input.reply
    .split('\n')
    .some((line) => line.includes(name) && /\b(?:new|create[sd]?|creating|add(?:s|ed|ing)?)\b/i.test(line));
}

/** How a line begins that brings something in from another file. */
const IMPORT =
  /^\s*(?:import\b|from\b|export\b.*\bfrom\b|(?:pub\s+)?(?:use|mod)\b|#\s*include\b|require\w*\b|\w[\w\s{},:]*=.*\brequire\b)/;

function isImported(path: RepoPath, text: string): boolean {
  const stem = (path.split('/').at(-1) ?? '').replace(/\.\w+$/, '');
  return text.split('\n').some((line) => IMPORT.test(line) && mentions(line, stem));
}

/** Names that programs of one language have in common, whatever they do. */
const COMMON = /^(?:main|init|setup|run|start|default|handler|config|exports|module\.exports|__all__)$/;

/** Whether all that the new text declares stands in `file`, and it does nothing else. */
function declaresAll(file: OpenFile, { newText, parseNew }: NewFileContext, isChange: boolean): boolean {
  const fresh = parseNew();
  const old = file.parsed();
  if (fresh === undefined || old === undefined) {
    const known = listDeclarations(file.path, file.text);
    return isAllKnown([...listDeclarations(file.path, newText)], (name) => known.has(name), isChange);
  }
  const statements = new Set(old.statements.map(({ text }) => text));
  if (!fresh.statements.every(({ text }) => statements.has(text) || /^(?:export|package)\b/.test(text)))
    return false;
  const known = new Set(listTopNames(old));
  const isThere = (name: string) => known.has(name) || (isChange && namesOf(old).named(name).length > 0);
  return isAllKnown(listTopNames(fresh), isThere, isChange);
}

function isAllKnown(
  names: readonly string[],
  isThere: (name: string) => boolean,
  isChange: boolean,
): boolean {
  const telling = isChange ? names : names.filter((name) => !COMMON.test(name));
  return telling.length > 0 && telling.every((name) => isThere(name));
}

/** What stands at the top of a file, with the type that a method stands for. */
function listTopNames({ declarations }: ParsedText): string[] {
  return declarations.map(({ scope, name }) => [...scope, name].join('.'));
}
