import type { ImportedName, ImportStatement, ParsedText, SourceParser } from '../../syntax/types.js';
import type { OpenFile } from '../open-file.js';
import { insertion, type Change } from './change.js';
import { convertImport } from './convert-import.js';
import type { FileNames } from './file-names.js';
import { isOwnModule, isSameImport } from './import-identity.js';
import { slice, type Piece } from './piece.js';

/** What must stay above the imports of a file: directives, the package clause, a doc string, `from __future__`. */
const STANDS_FIRST = /^(?:['"]use |package\b|r?"""|r?'''|"|'|#!|#\s*pragma\b|<\?php)/;
/** Imports that must stand above all others. */
const FUTURE = /^from __future__\b/;
/** Text that names a thing by another than its own name can stand in a list, but reads better as a statement. */
const NOT_LISTED = /^(?:default|\*) as /;

/** An import of a reply under a name that is taken for something else. */
export interface ImportClash {
  piece: Piece;
  local: string;
  /** The line of the file that has the name. */
  line: number;
}

export interface MergedImports {
  changes: Change[];
  clashes: ImportClash[];
}

interface Addition {
  statement: ImportStatement;
  names: readonly ImportedName[];
  /** As it is written where all of it is new. */
  lines: readonly string[];
}

/**
 * The changes that bring in what the pieces of a reply import and the file does not: a name more in the list that the
 * file has for that module, else a statement of its own behind the file's last. What the file knows already is left
 * alone; the same name for something else is a clash.
 */
export function mergeImports(
  open: OpenFile,
  names: FileNames,
  pieces: readonly Piece[],
  parser: SourceParser,
): MergedImports {
  const fileLines = open.source.lines;
  const file = withoutConditional(names.parsed, fileLines, parser);
  const known = new Set(file.imports.flatMap((statement) => statement.names.map(({ key }) => key)));
  const added = new Map<string, ImportedName>();
  const lists = new Map<ImportStatement, ImportedName[]>();
  const statements: string[] = [];
  const first: string[] = [];
  const clashes: ImportClash[] = [];
  const conditional = new Set(parser.language === 'Python' ? listConditional(file, fileLines) : []);
  for (const piece of pieces) {
    for (const { statement, lines } of statementsOf(piece, fileLines, file, parser)) {
      const fresh: ImportedName[] = [];
      for (const name of statement.names) {
        if (known.has(name.key) || conditional.has(name.local)) continue;
        const clash = findClash(name, names, added, open, parser);
        if (typeof clash === 'number') clashes.push({ piece, local: name.local, line: clash });
        if (clash !== undefined) continue;
        known.add(name.key);
        if (name.local !== '') added.set(name.local, name);
        fresh.push(name);
      }
      if (fresh.length === 0) continue;
      const list = findList(file, statement);
      const listed = list === undefined ? [] : fresh.filter(({ text }) => !NOT_LISTED.test(text));
      if (list !== undefined) lists.set(list, [...(lists.get(list) ?? []), ...listed]);
      const alone = list === undefined ? fresh : fresh.filter(({ text }) => NOT_LISTED.test(text));
      if (alone.length === 0) continue;
      const rendered = renderStatement({ statement, names: alone, lines }, parser);
      (FUTURE.test(statement.text) ? first : statements).push(...rendered);
    }
  }
  const changes = [...lists].map(([statement, fresh]) => extendList(fileLines, statement, fresh));
  const [top] = file.imports;
  if (top === undefined) statements.unshift(...first);
  else if (first.length > 0) changes.push(insertion(top.lines.from, first));
  if (statements.length > 0) changes.push(insertStatements(fileLines, file, statements));
  return { changes, clashes };
}

/** A C file without the includes that stand deeper than its first in `#if` … `#endif`: they count under a condition only. */
function withoutConditional(
  file: ParsedText,
  fileLines: readonly string[],
  { language }: SourceParser,
): ParsedText {
  const [first] = file.imports;
  if (first === undefined || !/^C(?:\+\+)?$/.test(language)) return file;
  let depth = 0;
  const depths = fileLines.map((line) => {
    if (/^\s*#\s*if/.test(line)) depth += 1;
    else if (/^\s*#\s*endif\b/.test(line)) depth -= 1;
    return depth;
  });
  const least = Math.min(...file.imports.map(({ lines }) => depths[lines.from] ?? 0));
  return { ...file, imports: file.imports.filter(({ lines }) => depths[lines.from] === least) };
}

/** What a Python file imports under a condition (`try:`, `if TYPE_CHECKING:`): the name is there, by whatever way. */
function listConditional({ statements }: ParsedText, fileLines: readonly string[]): string[] {
  return statements.flatMap(({ lines }) =>
    slice(fileLines, lines).flatMap((line) => {
      const list = /^\s+(?:from\s+\S+\s+)?import\s+(.+)$/.exec(line)?.[1];
      return (
        list?.split(',').map(
          (part) =>
            part
              .trim()
              .split(/\s+as\s+/)
              .at(-1) ?? '',
        ) ?? []
      );
    }),
  );
}

/** The imports of a piece in the way of the file: `require` or `import`. */
function statementsOf(
  piece: Piece,
  fileLines: readonly string[],
  file: ParsedText,
  parser: SourceParser,
): { statement: ImportStatement; lines: readonly string[] }[] {
  return piece.parsed.imports.flatMap((statement) => {
    const indent = /^\s*/.exec(piece.lines[statement.lines.from] ?? '')?.[0] ?? '';
    const lines = statement.hasOwnLines
      ? slice(piece.lines, statement.lines).map((line) =>
          (line.startsWith(indent) ? line.slice(indent.length) : line).trimEnd(),
        )
      : statement.text.split('\n');
    const converted = convertImport(lines, fileLines, file, parser);
    if (converted === lines) return [{ statement, lines }];
    const again = parser.parse(converted.join('\n'))?.imports ?? [];
    return again.map((other) => ({ statement: other, lines: slice(converted, other.lines) }));
  });
}

/** True for a name that needs no import, the line of the file where it clashes, undefined where it is new. */
function findClash(
  name: ImportedName,
  names: FileNames,
  added: ReadonlyMap<string, ImportedName>,
  { path }: OpenFile,
  parser: SourceParser,
): true | number | undefined {
  if (name.local === '') return undefined;
  const imported = names.importOf(name.local);
  const other = imported?.name ?? added.get(name.local);
  if (other !== undefined) {
    // `import a.b` and `import a.c` both make `a` known.
    if (isDotted(name, parser) && !other.key.includes(':')) return undefined;
    if (imported === undefined || isSameImport(name, other, parser)) return true;
    return imported.statement.lines.from;
  }
  const declared = names.named(name.local).find(({ scope }) => scope.length === 0);
  if (declared === undefined) return undefined;
  return isOwnModule(name, path, parser) ? true : declared.head.line;
}

function isDotted({ key }: ImportedName, { language }: SourceParser): boolean {
  return language === 'Python' && key.includes('.') && !/[: ]/.test(key);
}

/** The statement of the file whose list can take names of the same module. */
function findList(file: ParsedText, written: ImportStatement): ImportStatement | undefined {
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

function renderStatement({ statement, names, lines }: Addition, parser: SourceParser): readonly string[] {
  if (names.length === statement.names.length) return lines;
  return parser.renderImport(statement, names).replace(/\r/g, '').split('\n');
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
  const at = findHead(fileLines, file);
  const isBlankNext = (fileLines[at] ?? '').trim() === '';
  const lines = at === 0 ? [...statements] : ['', ...statements];
  return insertion(at, isBlankNext ? lines : [...lines, '']);
}

/** The line behind what must stand above all code of a file. */
function findHead(fileLines: readonly string[], file: ParsedText): number {
  let at = 0;
  const spans = [
    ...file.statements.filter(({ text }) => STANDS_FIRST.test(text)).map(({ lines }) => lines),
    ...file.comments,
  ].sort((one, other) => one.from - other.from);
  for (const { from, to } of spans) {
    const isNext = fileLines.slice(at, from).every((line) => line.trim() === '');
    if (isNext && to >= at) at = to + 1;
  }
  return at;
}
