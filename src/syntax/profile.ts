import type { Node } from 'web-tree-sitter';

import type { Source } from './source.js';
import type { DeclarationKind, ImportedName, ImportStatement } from './types.js';

/** What a language's file says of a declaration; everything about lines and text is worked out from it. */
export interface Found {
  name: string;
  kind: DeclarationKind;
  place: 'statement' | 'member' | 'either';
  /** First and last node of it, with decorators and `export`. */
  first: Node;
  last: Node;
  /** Where the declaration proper begins: an index, behind decorators and visibility. */
  head: number;
  decorators?: readonly Node[];
  /** Where the visibility begins as an index; it ends where the head begins. */
  visibleFrom?: number | undefined;
  /** Body or value: the signature ends before it. */
  body?: Node | null | undefined;
  /** Says that there is no body to replace although the syntax is one that may have none. */
  hasBody: boolean;
  /** Its parameters, or how many it takes. */
  parameters?: Node | null | undefined;
  arity?: number | undefined;
  /** Scope on top of what stands around it: the receiver of a Go method. */
  under?: readonly string[] | undefined;
  /** What the declaration adds to the scope of its members, if not its name. */
  inner?: readonly string[];
  /** Nodes whose children are its members. */
  members?: readonly (Node | null)[];
  /** Nodes in which to look for functions and classes that nobody outside sees. */
  locals?: readonly (Node | null)[];
  /** Shares its statement with others, so that it has no lines of its own. */
  shared?: boolean;
  /** Counts only if it has members. */
  forMembers?: boolean;
}

/** An import statement as the language's file reads it. */
export interface FoundImport {
  group: string;
  names: ImportedName[];
  append: { behind: number; before: string } | undefined;
}

/** What a node is. `inside`: its children stand where it stands. */
export type Reading =
  | { is: 'declarations'; found: Found[] }
  | { is: 'import'; import: FoundImport }
  | { is: 'inside'; nodes: readonly (Node | null)[] }
  | { is: 'statement' }
  | { is: 'nothing' };

/** Where a node stands: at the top of a file or namespace, in a class, or in the body of a function. */
export type Where = 'top' | 'members' | 'locals';

/** Lines around members. A group (`const (…)`) declares them itself; anything else has them as its members. */
export interface Frame {
  before: string;
  after: string;
  isGroup?: boolean;
}

/** A language: tables for the shared walk and the reading of its own nodes. */
export interface Profile {
  language: string;
  byIndentation: boolean;
  comments: ReadonlySet<string>;
  /** What comments begin with. */
  openers: RegExp;
  /** Literals that may go over several lines. */
  strings: ReadonlySet<string>;
  /** Code inside such a literal. */
  interpolations: ReadonlySet<string>;
  /** A literal that is documentation, not a value. */
  isDocString?: (parentType: string | undefined) => boolean;
  /** Functions without a name: what is declared in them is local. */
  callables: ReadonlySet<string>;
  /** Siblings before a node that belong to it: attributes and decorators. */
  leading: ReadonlySet<string>;
  /** A comment that documents what is around it, not what follows: `//!`. */
  isInnerComment?: (text: string) => boolean;
  /** What is parsed instead of the text, character for character as long as it. */
  prepare?: (text: string) => string;
  read(node: Node, leading: readonly Node[], where: Where, source: Source): Reading;
  renderImport(statement: ImportStatement, names: readonly ImportedName[]): string;
  /** What to put around a piece that may hold members only, in the order to try. */
  frames: readonly Frame[];
}

export const STATEMENT: Reading = { is: 'statement' };
export const NOTHING: Reading = { is: 'nothing' };

export function declared(found: Found | Found[]): Reading {
  return { is: 'declarations', found: Array.isArray(found) ? found : [found] };
}

/** Children that are no comments. */
export function namedChildren(node: Node | null | undefined): Node[] {
  return node === null || node === undefined
    ? []
    : node.children.filter((child) => child.isNamed && !child.isExtra);
}

export function childOfType(node: Node | null | undefined, ...types: string[]): Node | undefined {
  return node?.children.find((child) => types.includes(child.type));
}

export function field(node: Node | null | undefined, name: string): Node | null {
  return node?.childForFieldName(name) ?? null;
}

/** The text of a field; empty where there is none, which happens in faulty text only. */
export function textOf(node: Node | null | undefined, name: string): string {
  return field(node, name)?.text ?? '';
}

/** Where one more name goes behind the last of a list: on a line of its own if that one has one. */
export function appendBehind(source: Source, last: Node | undefined, separator = ','): FoundImport['append'] {
  if (last === undefined) return undefined;
  const lineStart = source.text.lastIndexOf('\n', last.startIndex - 1) + 1;
  const before = source.text.slice(lineStart, last.startIndex);
  const continued = source.text.slice(0, lineStart).trimEnd().endsWith('\\');
  const ownLine = before.trim() === '' && lineStart > 0 && !continued;
  return { behind: last.endIndex, before: ownLine ? `${separator}\n${before}` : `${separator} ` };
}

/** Lists may be longer than a call has room for arguments. */
export function pushAll<T>(list: T[], more: readonly T[]): void {
  for (const each of more) list.push(each);
}
