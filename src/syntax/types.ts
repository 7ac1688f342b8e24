/**
 * What the edit engine asks of a language's syntax. Plain values: nothing here holds on to a tree, and `edits/` imports
 * these types only. Lines and columns count from 0; columns are UTF-16 code units of the line without its end.
 */

/** Lines from `from` to `to`, both inclusive. */
export interface LineSpan {
  from: number;
  to: number;
}

export interface Position {
  line: number;
  column: number;
}

export type DeclarationKind =
  | 'function'
  | 'method'
  | 'class'
  | 'type'
  | 'value'
  | 'namespace'
  /** A statement that gives a value to a name of its own, such as `module.exports = …` or `__all__ = […]`. */
  | 'assignment';

/** Something with a name that a file declares. */
export interface Declaration {
  /** As the language names it: `parse`, `#secret`, `operator==`, `module.exports`. */
  name: string;
  kind: DeclarationKind;
  /**
   * Names around it, outermost first: classes, namespaces and modules; the type of a Rust `impl` (`Shape`, and
   * `Display for Shape`), of a Go receiver and of a C++ `Shape::area`; for a declaration inside a function also that.
   */
  scope: readonly string[];
  /** Stands inside a function's body, where other code cannot see it. */
  isLocal: boolean;
  /** The declaration with its decorators and `export`, without its doc comment. */
  lines: LineSpan;
  /** The comment lines right above it (no blank line between), those that belong to it. */
  doc: LineSpan | undefined;
  /** Decorators, attributes or annotations that stand on lines of their own above the rest. */
  decorators: LineSpan | undefined;
  /** Where the declaration proper begins: behind decorators and behind {@link visibility}. */
  head: Position;
  /** `export `, `export default `, `pub `, `pub(crate) ` as written; empty where there is none or the language has none. */
  visibility: string;
  /** Nothing else stands on its first and last line (a comment, `,` or `;` behind it aside). */
  hasOwnLines: boolean;
  /** False for a prototype, an overload signature, an abstract method: there is no body to replace. */
  hasBody: boolean;
  /** Where its syntax may stand: a JavaScript method only in a class, a Python `def` anywhere. */
  place: 'statement' | 'member' | 'either';
  /** Decorators and head up to the body, comments dropped and white space squeezed: tells overloads apart. */
  signature: string;
  /** How many parameters it takes; undefined for what takes none by its kind. */
  arity: number | undefined;
  /** Members of a class, `impl`, namespace or object; functions and classes inside a function (`isLocal`). */
  members: readonly Declaration[];
}

/** One name that an import statement brings in. */
export interface ImportedName {
  /** Equal keys bring in the same thing under the same name, however the statement is written. */
  key: string;
  /** The name under which the file knows it; empty for an import for its effects. */
  local: string;
  /** The name alone, as a list of the same statement kind would hold it: `b as c`. */
  text: string;
}

export interface ImportStatement {
  lines: LineSpan;
  hasOwnLines: boolean;
  /** The statement as written, from its first character to its last. */
  text: string;
  /** Statements with the same module and kind can share one list: `import type … from 'x'` and `import … from 'x'` differ. */
  group: string;
  names: readonly ImportedName[];
  /** Where one more name goes: right behind the last one of its list, with `before` (line ends are `\n`) put between. */
  append: (Position & { before: string }) | undefined;
}

/** Something at the top of a file that is neither declaration nor import nor comment. */
export interface Statement {
  lines: LineSpan;
  /** Comments dropped and white space squeezed: equal texts are the same statement. */
  text: string;
  /** What it declares within: functions in a callback (`isLocal`), definitions under a condition, members of an object. */
  members: readonly Declaration[];
}

export interface SyntaxFault {
  line: number;
  column: number;
  /** What the parser missed (`}`), where it knows. */
  missing: string | undefined;
}

/** What a text is made of, as far as edits need it. */
export interface ParsedText {
  declarations: readonly Declaration[];
  imports: readonly ImportStatement[];
  statements: readonly Statement[];
  /** Comments at the top of the file and among the members of a class that belong to no declaration. */
  comments: readonly LineSpan[];
  /** In the order of the text; at most 20. */
  faults: readonly SyntaxFault[];
  /** Lines that begin inside a string literal, so that their first characters are part of a value. Doc strings are not. */
  inString: ReadonlySet<number>;
}

export interface SourceParser {
  /** "JavaScript", for messages. */
  language: string;
  /** A block ends where its indentation ends (Python): the text alone does not tell whether it is whole. */
  byIndentation: boolean;
  /** Undefined when the text is too large to parse within a second (see load-parsers.ts). */
  parse(text: string): ParsedText | undefined;
  /** As `parse`, for a piece of a file that may hold members without the class around them. */
  parsePiece(text: string): ParsedText | undefined;
  /** A statement that imports just these names of `statement`, a statement of the same language. */
  renderImport(statement: ImportStatement, names: readonly ImportedName[]): string;
}

/** The parsers that were loaded; a path whose language has none gets undefined. */
export interface Parsers {
  parserFor(path: string): SourceParser | undefined;
}
