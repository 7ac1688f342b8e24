import type { Node } from 'web-tree-sitter';

import {
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
  type Where,
  textOf,
} from './profile.js';
import { type Source, squeeze } from './source.js';
import type { DeclarationKind } from './types.js';

export const java: Profile = {
  language: 'Java',
  byIndentation: false,
  comments: new Set(['line_comment', 'block_comment']),
  openers: /\/[/*]/gu,
  strings: new Set(['string_literal']),
  interpolations: new Set(),
  callables: new Set(['lambda_expression', 'static_initializer']),
  leading: new Set(),
  read,
  renderImport: (statement) => statement.text,
  frames: [
    { before: 'class X {', after: '}' },
    { before: '@interface X {', after: '}' },
  ],
};

const KINDS: Readonly<Record<string, DeclarationKind>> = {
  class_declaration: 'class',
  record_declaration: 'class',
  enum_declaration: 'class',
  interface_declaration: 'type',
  annotation_type_declaration: 'type',
  method_declaration: 'method',
  constructor_declaration: 'method',
  compact_constructor_declaration: 'method',
  annotation_type_element_declaration: 'method',
};

const FIELDS = new Set(['field_declaration', 'constant_declaration', 'local_variable_declaration']);
const ANNOTATIONS = new Set(['annotation', 'marker_annotation']);

function read(node: Node, _leading: readonly Node[], where: Where, source: Source): Reading {
  if (node.type === 'import_declaration') return { is: 'import', import: readImport(node, source) };
  if (node.type === 'enum_body_declarations') return { is: 'inside', nodes: node.children };
  if (FIELDS.has(node.type)) return declared(fieldsOf(node, where));
  const kind = KINDS[node.type];
  if (kind !== undefined) return declared(namedOf(node, kind));
  if (node.type === ';') return NOTHING;
  return where === 'members' && node.type !== 'static_initializer' && node.type !== 'enum_constant'
    ? NOTHING
    : STATEMENT;
}

function namedOf(node: Node, kind: DeclarationKind): Found {
  const body = field(node, 'body');
  const parameters = field(node, 'parameters');
  const common = plain(node, textOf(node, 'name'));
  if (kind !== 'method') return { ...common, place: 'either', kind, body, members: [body] };
  return {
    ...common,
    kind,
    body,
    hasBody: body !== null,
    parameters,
    arity: node.type === 'annotation_type_element_declaration' ? 0 : undefined,
    locals: [body],
  };
}

/** Annotations that stand first are decorators; behind them begins the declaration. */
function plain(node: Node, name: string): Omit<Found, 'kind'> {
  const modifiers = childOfType(node, 'modifiers');
  const parts = modifiers === undefined ? [] : modifiers.children.filter((child) => !child.isExtra);
  const firstOther = parts.findIndex((part) => !ANNOTATIONS.has(part.type));
  const decorators = firstOther < 0 ? parts : parts.slice(0, firstOther);
  const behind = node.children.find((child) => child.id !== modifiers?.id && !child.isExtra);
  const head = firstOther < 0 ? behind : parts[firstOther];
  return {
    name,
    place: 'member',
    first: node,
    last: node,
    head: (head ?? node).startIndex,
    decorators,
    hasBody: true,
  };
}

function fieldsOf(node: Node, where: Where): Found[] {
  const declarators = node.childrenForFieldName('declarator');
  const place = where === 'locals' ? 'statement' : 'member';
  const whole = { ...plain(node, ''), place, shared: declarators.length > 1 } as const;
  return declarators.map((declarator): Found => {
    const value = field(declarator, 'value');
    const name = textOf(declarator, 'name');
    const common = { ...whole, name, body: value, locals: [value] };
    if (value?.type !== 'lambda_expression') return { ...common, kind: 'value' };
    const takes = field(value, 'parameters');
    const body = field(value, 'body');
    return {
      ...common,
      kind: 'function',
      body,
      locals: [body],
      ...(takes?.type === 'identifier' ? { arity: 1 } : { parameters: takes }),
    };
  });
}

/** `import a.b.C;` makes `C` known, `import a.*;` no name of its own. */
function readImport(node: Node, source: Source): FoundImport {
  const key = squeeze(source, node.startIndex, node.endIndex)
    .replace(/^import | ?;$/gu, '')
    .replace(/ (?=[.*])|(?<=\.) /gu, '');
  const wild = namedChildren(node).some((child) => child.type === 'asterisk');
  const local = wild ? '' : key.slice(key.lastIndexOf('.') + 1);
  return { group: key, names: [{ key, local, text: key }], append: undefined };
}
