import type { ImportedName, ImportStatement, ParsedText, SourceParser } from '../../syntax/types.js';
import { insertion, type Change } from './change.js';
import { convertImport } from './convert-import.js';
import { slice, type Piece } from './piece.js';

/** What must stay above the imports of a file: directives, the package clause, a doc string, `from __future__`. */
const STANDS_FIRST = /^(?:['"]use |package\b|r?"""|r?'''|"|'|#!|#\s*pragma\b|from __future__\b|<\?php)/;

/**
 * The changes that bring in what the pieces of a reply import and the file does not: a name more in the list that the
 * file has for that module, else a statement of its own behind the file's last. A name that the file knows already, by
 * whatever way, is left alone.
 */
export function mergeImports(
  fileLines: readonly string[],
  file: ParsedText,
  pieces: readonly Piece[],
  parser: SourceParser,
): Change[] {
  const known = new Set(file.imports.flatMap(({ names }) => names.map(({ key }) => key)));
  const taken = new Set(file.declarations.map(({ name }) => name));
  for (const { names } of file.imports) for (const { local } of names) taken.add(local);
  taken.delete('');
  const additions = new Map<ImportStatement, ImportedName[]>();
  const statements: string[] = [];
  for (const piece of pieces) {
    for (const written of piece.parsed.imports) {
      const names = written.names.filter(({ key, local }) => !known.has(key) && !taken.has(local));
      for (const { key, local } of names) {
        known.add(key);
        if (local !== '') taken.add(local);
      }
      if (names.length === 0) continue;
      const list = findList(file, written);
      if (list !== undefined) additions.set(list, [...(additions.get(list) ?? []), ...names]);
      else statements.push(...renderStatement(fileLines, file, piece, written, names, parser));
    }
  }
  const changes = [...additions].map(([statement, names]) => extendList(fileLines, statement, names));
  if (statements.length > 0) changes.push(insertStatements(fileLines, file, statements));
  return changes;
}

/** The statement of the file whose list can take names of the same module. */
function findList(file: ParsedText, written: ImportStatement): ImportStatement | undefined {
  if (written.names.some(({ local }) => local === '')) return undefined;
  if (written.append === undefined) return undefined;
  return file.imports.find(
    (statement) =>
      statement.group === written.group && statement.append !== undefined && statement.hasOwnLines,
  );
}

function extendList(
  fileLines: readonly string[],
  { append }: ImportStatement,
  names: readonly ImportedName[],
): Change {
  const { line, column, before } = append ?? { line: 0, column: 0, before: '' };
  const text = fileLines[line] ?? '';
  const added = names.map((name) => before + name.text).join('');
  const fresh = (text.slice(0, column) + added + text.slice(column)).split('\n');
  return {
    from: line,
    to: line,
    lines: [{ op: '-', text }, ...fresh.map((one) => ({ op: '+' as const, text: one }))],
  };
}

function renderStatement(
  fileLines: readonly string[],
  file: ParsedText,
  piece: Piece,
  written: ImportStatement,
  names: readonly ImportedName[],
  parser: SourceParser,
): string[] {
  const all = names.length === written.names.length && written.hasOwnLines;
  const lines = all
    ? slice(piece.lines, written.lines).map((line) => line.trimEnd())
    : parser.renderImport(written, names).split('\n');
  const converted = convertImport(lines, fileLines, file, parser);
  return [...converted];
}

/** New statements go behind the imports at the top of the file, or where those would stand. */
function insertStatements(
  fileLines: readonly string[],
  file: ParsedText,
  statements: readonly string[],
): Change {
  const first = file.declarations.find(({ kind }) => kind === 'function' || kind === 'class');
  const limit = first?.lines.from ?? fileLines.length;
  const last = file.imports.findLast(({ lines, hasOwnLines }) => hasOwnLines && lines.to < limit);
  if (last !== undefined) return insertion(last.lines.to + 1, statements);
  let at = 0;
  const spans = [
    ...file.statements.filter(({ text }) => STANDS_FIRST.test(text)).map(({ lines }) => lines),
    ...file.comments,
  ].sort((one, other) => one.from - other.from);
  for (const { from, to } of spans) {
    const isNext = fileLines.slice(at, from).every((line) => line.trim() === '');
    if (isNext && to >= at) at = to + 1;
  }
  const isBlankNext = (fileLines[at] ?? '').trim() === '';
  const lines = at === 0 ? [...statements] : ['', ...statements];
  return insertion(at, isBlankNext ? lines : [...lines, '']);
}
