import type { Node } from 'web-tree-sitter';

import {
  appendBehind,
  childOfType,
  declared,
  field,
  type Found,
  type FoundImport,
  namedChildren,
  NOTHING,
  type Profile,
  type Reading,
  STATEMENT,
  textOf,
} from './profile.js';
import type { Source } from './source.js';
import type { ImportedName, ImportStatement } from './types.js';

export const go: Profile = {
  language: 'Go',
  byIndentation: false,
  comments: new Set(['comment']),
  openers: /\/[/*]/gu,
  strings: new Set(['raw_string_literal']),
  interpolations: new Set(),
  callables: new Set(['func_literal']),
  leading: new Set(),
  read,
  renderImport: renderGoImport,
  frames: ['type', 'const', 'var'].map((group) => ({ before: `${group} (`, after: ')', isGroup: true })),
};

const SPECS = new Set(['const_spec', 'var_spec', 'type_spec', 'type_alias']);

function read(node: Node, _leading: readonly Node[], _where: unknown, source: Source): Reading {
  switch (node.type) {
    case 'import_declaration':
      return { is: 'import', import: readImport(node, source) };
    case 'function_declaration':
      return declared(functionOf(node, 'function', []));
    case 'method_declaration':
      return declared(functionOf(node, 'method', receiverOf(node)));
    case 'const_declaration':
    case 'var_declaration':
    case 'type_declaration':
      return readGroup(node);
    case 'short_var_declaration':
      return readShort(node);
    case 'empty_statement':
      return NOTHING;
    default:
      return STATEMENT;
  }
}

function functionOf(node: Node, kind: 'function' | 'method', under: string[]): Found {
  const body = field(node, 'body');
  return {
    ...plain(node, textOf(node, 'name')),
    kind,
    under,
    body,
    hasBody: body !== null,
    arity: countParameters(field(node, 'parameters')),
    locals: [body],
  };
}

function plain(node: Node, name: string): Omit<Found, 'kind'> {
  return { name, place: 'statement', first: node, last: node, head: node.startIndex, hasBody: true };
}

/** The receiver's type without `*` and type parameters. */
function receiverOf(node: Node): string[] {
  const type = field(childOfType(field(node, 'receiver'), 'parameter_declaration'), 'type')?.text ?? '';
  const name = /[\p{L}_][\p{L}\p{N}_]*/u.exec(type)?.[0];
  return name === undefined ? [] : [name];
}

/** `a, b int` are two. */
function countParameters(list: Node | null): number {
  return namedChildren(list).reduce((sum, each) => {
    const names = each.childrenForFieldName('name').filter((name) => name.isNamed);
    return sum + Math.max(1, names.length);
  }, 0);
}

/** One name is the whole statement's; in brackets each line declares its own, which stands only there. */
function readGroup(node: Node): Reading {
  const list = childOfType(node, 'var_spec_list') ?? node;
  const inBrackets = childOfType(list, '(') !== undefined;
  const specs = namedChildren(list).filter((child) => SPECS.has(child.type));
  if (specs.length === 0) return STATEMENT;
  return declared(specs.flatMap((spec) => specOf(spec, inBrackets ? spec : node, inBrackets)));
}

function specOf(spec: Node, whole: Node, inBrackets: boolean): Found[] {
  const names = spec.childrenForFieldName('name').filter((name) => name.isNamed);
  const place = inBrackets ? 'member' : 'statement';
  if (spec.type.startsWith('type'))
    return names.map((name) => ({
      ...plain(whole, name.text),
      place,
      kind: 'type',
      body: field(spec, 'type'),
    }));
  const value = field(spec, 'value');
  const shared = names.length > 1;
  const literal = value?.namedChildCount === 1 ? childOfType(value, 'func_literal') : undefined;
  return names.map((name): Found => ({
    ...plain(whole, name.text),
    place,
    shared,
    ...(literal === undefined
      ? { kind: 'value', body: value, locals: shared ? [] : [value] }
      : literalOf(literal)),
  }));
}

function literalOf(literal: Node): Pick<Found, 'kind' | 'body' | 'arity' | 'locals'> {
  const body = field(literal, 'body');
  return { kind: 'function', body, arity: countParameters(field(literal, 'parameters')), locals: [body] };
}

/** `f := func() {…}` within a function. */
function readShort(node: Node): Reading {
  const [left, right] = [field(node, 'left'), field(node, 'right')];
  const literal = right?.namedChildCount === 1 ? childOfType(right, 'func_literal') : undefined;
  if (literal === undefined || left?.namedChildCount !== 1) return STATEMENT;
  return declared({ ...plain(node, left.text), ...literalOf(literal) });
}

function readImport(node: Node, source: Source): FoundImport {
  const list = childOfType(node, 'import_spec_list');
  const specs = namedChildren(list ?? node).filter((child) => child.type === 'import_spec');
  const last = specs.at(-1);
  const append = list === undefined ? undefined : appendBehind(source, last, '');
  return {
    group: 'import',
    names: specs.map(nameOf),
    append: append?.before === ' ' ? { ...append, before: '; ' } : append,
  };
}

/** Without a name the package goes by the last part of its path that is no version. */
function nameOf(spec: Node): ImportedName {
  const path = field(spec, 'path')?.text.slice(1, -1) ?? '';
  const alias = field(spec, 'name')?.text;
  const parts = path.split('/').filter((part, index) => index === 0 || !/^v\d+$/u.test(part));
  const own = (parts.at(-1) ?? path).replace(/^go-|\.(?:v\d+|go)$/gu, '');
  const local = alias ?? own;
  const unnamed = local === '_' || local === '.';
  const key = alias === undefined || alias === own ? path : `${path} as ${alias}`;
  return { key, local: unnamed ? '' : local, text: spec.text };
}

function renderGoImport(_statement: ImportStatement, names: readonly ImportedName[]): string {
  const [first] = names;
  if (names.length === 1 && first !== undefined) return `import ${first.text}`;
  return `import (\n${names.map((name) => `\t${name.text}\n`).join('')})`;
}
