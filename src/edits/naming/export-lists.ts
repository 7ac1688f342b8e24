import type { ParsedText, Statement } from '../../syntax/types.js';
import { insertion, type Change } from './change.js';
import { extendNames } from './merge-exports.js';
import type { Piece } from './piece.js';

const LIST = /^export ?\{([^{}]*)\} ?;?$/;
const BY_DEFAULT = /^export default ([\w$]+) ?;?$/;

/** Whether a statement only exports what is declared elsewhere: `export { a, b };`, `export default a;`. */
export function isExportList(text: string): boolean {
  return LIST.test(text) || BY_DEFAULT.test(text);
}

/** The names that a file exports in lists, as they are known inside it. */
export function listedExports(file: ParsedText): ReadonlySet<string> {
  return new Set(file.statements.flatMap(({ text }) => entriesOf(text).map(localOf)));
}

/**
 * What the export lists of a reply add to those of a file that is a module: models list just what they sent, so what the
 * file exports stays. `refused` where the reply exports another thing by default than the file.
 */
export function mergeExportLists(
  fileLines: readonly string[],
  file: ParsedText,
  pieces: readonly Piece[],
): Change[] | 'refused' {
  const sources = [file, ...pieces.map(({ parsed }) => parsed)];
  const exported = sources.flatMap(({ declarations }) =>
    declarations.filter(({ visibility }) => visibility.startsWith('export')),
  );
  const known = new Set(exported.map(({ name, visibility }) => entryOf(name, visibility)));
  for (const { text } of file.statements) for (const entry of entriesOf(text)) known.add(entry);
  const missing = new Set<string>();
  for (const { parsed } of pieces) {
    for (const { text } of parsed.statements) {
      for (const entry of entriesOf(text)) if (!known.has(entry)) missing.add(entry);
    }
  }
  if (missing.size === 0) return [];
  const isDefault = (entry: string) => entry.endsWith(' as default');
  if ([...missing].some(isDefault) && [...known].some(isDefault)) return 'refused';
  const list = file.statements.findLast(({ text }) => LIST.test(text));
  if (list === undefined) return [appendStatement(fileLines, missing)];
  const change = extendNames(fileLines, list.lines, [...missing], entriesOf(list.text).length > 0);
  return change === undefined ? 'refused' : [change];
}

function entryOf(name: string, visibility: string): string {
  return visibility.includes('default') ? `${name} as default` : name;
}

function entriesOf(text: Statement['text']): string[] {
  const byDefault = BY_DEFAULT.exec(text)?.[1];
  if (byDefault !== undefined) return [`${byDefault} as default`];
  const list = LIST.exec(text)?.[1] ?? '';
  return list
    .split(',')
    .map((entry) => entry.trim().replace(/\s+/g, ' '))
    .filter((entry) => entry !== '');
}

function localOf(entry: string): string {
  return entry.replace(/^type /, '').replace(/ as .*$/, '');
}

function appendStatement(fileLines: readonly string[], entries: ReadonlySet<string>): Change {
  const end = fileLines.findLastIndex((line) => line.trim() !== '') + 1;
  return insertion(end, ['', `export { ${[...entries].join(', ')} };`]);
}
