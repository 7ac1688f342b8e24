import type { Node } from 'web-tree-sitter';

import {
  childOfType,
  declared,
  field,
  type Found,
  NOTHING,
  type Profile,
  type Reading,
  STATEMENT,
  type Where,
  textOf,
} from './profile.js';
import { readExternCrate, readUse, renderRustImport } from './rust-imports.js';
import { type Source, squeeze } from './source.js';
import type { DeclarationKind } from './types.js';

export const rust: Profile = {
  language: 'Rust',
  byIndentation: false,
  comments: new Set(['line_comment', 'block_comment']),
  openers: /\/[/*]/gu,
  strings: new Set(['string_literal', 'raw_string_literal']),
  interpolations: new Set(),
  callables: new Set(['closure_expression']),
  leading: new Set(['attribute_item']),
  isInnerComment: (text) => text.startsWith('//!') || text.startsWith('/*!'),
  read,
  renderImport: renderRustImport,
  frames: [],
};

const KINDS: Readonly<Record<string, DeclarationKind>> = {
  function_item: 'function',
  function_signature_item: 'function',
  macro_definition: 'function',
  struct_item: 'type',
  enum_item: 'type',
  union_item: 'type',
  type_item: 'type',
  associated_type: 'type',
  trait_item: 'type',
  const_item: 'value',
  static_item: 'value',
  mod_item: 'namespace',
};

/** Items that may stand in an `impl` as well as at the top. */
const EITHER = new Set(['function_item', 'function_signature_item', 'const_item', 'type_item']);
const HOLDERS = new Set(['trait_item', 'mod_item']);

function read(node: Node, leading: readonly Node[], where: Where, source: Source): Reading {
  switch (node.type) {
    case 'use_declaration':
      return where === 'top' ? { is: 'import', import: readUse(node, leading, source) } : NOTHING;
    case 'extern_crate_declaration':
      return where === 'top' ? { is: 'import', import: readExternCrate(node) } : NOTHING;
    case 'impl_item':
      return readImpl(node, leading, source);
    case 'foreign_mod_item':
      return { is: 'inside', nodes: field(node, 'body')?.children ?? [] };
    case 'let_declaration':
      return readLet(node);
    case 'empty_statement':
      return NOTHING;
    default: {
      const kind = KINDS[node.type];
      return kind === undefined ? STATEMENT : declared(itemOf(node, kind, leading, where));
    }
  }
}

function itemOf(node: Node, kind: DeclarationKind, leading: readonly Node[], where: Where): Found {
  const body = field(node, 'body') ?? field(node, 'value');
  const parameters = field(node, 'parameters');
  const isMethod = childOfType(parameters, 'self_parameter') !== undefined;
  const found: Found = {
    ...plain(node, textOf(node, 'name'), leading),
    kind:
      kind === 'function' && (isMethod || where === 'members') && node.type !== 'macro_definition'
        ? 'method'
        : kind,
    place:
      isMethod || node.type === 'associated_type' ? 'member' : EITHER.has(node.type) ? 'either' : 'statement',
    body: body ?? childOfType(node, 'macro_rule'),
    hasBody: node.type !== 'function_signature_item' && (node.type !== 'mod_item' || body !== null),
  };
  if (HOLDERS.has(node.type) && body !== null) return { ...found, members: [body] };
  return parameters === null ? found : { ...found, parameters, locals: [body] };
}

function plain(node: Node, name: string, leading: readonly Node[]): Omit<Found, 'kind'> {
  const visibility = childOfType(node, 'visibility_modifier');
  const behind =
    visibility === undefined
      ? undefined
      : node.children[node.children.findIndex((each) => each.id === visibility.id) + 1];
  return {
    name,
    place: 'statement',
    first: leading[0] ?? node,
    last: node,
    head: behind?.startIndex ?? node.startIndex,
    decorators: leading,
    visibleFrom: visibility?.startIndex,
    hasBody: true,
  };
}

/** `impl Shape` holds what has the scope `Shape`; `impl fmt::Display for Shape<T>` the scope `Display for Shape`. */
function readImpl(node: Node, leading: readonly Node[], source: Source): Reading {
  const body = field(node, 'body');
  const [type, trait] = [field(node, 'type'), field(node, 'trait')];
  const ofType = lastPart(type, source).replace(/<.*$/su, '');
  const name = trait === null ? ofType : `${lastPart(trait, source)} for ${ofType}`;
  const members = [body];
  return declared({ ...plain(node, `impl ${name}`, leading), kind: 'class', body, inner: [name], members });
}

/** `fmt::Display` without its path; type arguments stay, since they tell `From<A>` from `From<B>`. */
function lastPart(type: Node | null, source: Source): string {
  if (type === null) return '';
  const text = squeeze(source, type.startIndex, type.endIndex);
  return text.replace(/^[^<(&[]*::(?=[\w])/u, '');
}

/** `let f = |x| {…};` within a function. */
function readLet(node: Node): Reading {
  const [pattern, value] = [field(node, 'pattern'), field(node, 'value')];
  if (pattern?.type !== 'identifier' || value?.type !== 'closure_expression') return STATEMENT;
  const body = field(value, 'body');
  return declared({
    ...plain(node, pattern.text, []),
    kind: 'function',
    body,
    parameters: field(value, 'parameters'),
    locals: [body],
  });
}
