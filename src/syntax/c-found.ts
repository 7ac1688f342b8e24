import type { Node } from 'web-tree-sitter';

import { countParameters, readDeclarator } from './c-declarators.js';
import { childOfType, field, type Found, type Where, textOf } from './profile.js';
import type { Source } from './source.js';

const SPECIFIERS = new Set(['struct_specifier', 'union_specifier', 'enum_specifier', 'class_specifier']);

/** What every declaration of `whole` has in common. */
export function plain(whole: Node): Pick<Found, 'place' | 'first' | 'last' | 'head' | 'hasBody'> {
  return { place: 'statement', first: whole, last: whole, head: whole.startIndex, hasBody: true };
}

/** What `node` declares; `whole` is the template around it, or itself. */
export function foundIn(node: Node, whole: Node, where: Where, source: Source): Found[] {
  if (SPECIFIERS.has(node.type)) return specifierOf(node, whole);
  switch (node.type) {
    case 'function_definition':
    case 'inline_method_definition':
      return functionOf(node, whole, where, source);
    case 'declaration':
    case 'field_declaration':
      return valuesOf(node, whole, where, source);
    case 'type_definition':
      return typedefOf(node, whole, source);
    case 'alias_declaration':
    case 'concept_definition':
      return [
        {
          ...plain(whole),
          place: 'either',
          kind: 'type',
          name: textOf(node, 'name'),
          body: field(node, 'type'),
        },
      ];
    default:
      return [];
  }
}

function specifierOf(node: Node, whole: Node): Found[] {
  const name = field(node, 'name')?.text;
  if (name === undefined) return [];
  const body = field(node, 'body');
  const isClass =
    node.type === 'class_specifier' || node.type === 'struct_specifier' || node.type === 'union_specifier';
  const inner = name.replace(/<.*$/su, '').split('::');
  const members = isClass && body !== null ? [body] : [];
  return [
    {
      ...plain(whole),
      place: 'either',
      kind: isClass ? 'class' : 'type',
      name,
      body,
      hasBody: body !== null,
      inner,
      members,
    },
  ];
}

function functionOf(node: Node, whole: Node, where: Where, source: Source): Found[] {
  const named = readDeclarator(field(node, 'declarator'), source);
  if (named === undefined) return [];
  const body = field(node, 'body') ?? childOfType(node, 'try_statement') ?? null;
  const { name, scope, arity } = named;
  const onlyMember = named.onlyMember || field(node, 'type') === null;
  const isMember = where === 'members' || scope.length > 0 || onlyMember;
  return [
    {
      ...plain(whole),
      kind: isMember ? 'method' : 'function',
      place: scope.length > 0 ? 'statement' : onlyMember ? 'member' : 'either',
      name,
      under: scope,
      body: childOfType(node, 'field_initializer_list') ?? body,
      hasBody: body !== null,
      arity: arity ?? 0,
      locals: [body],
    },
  ];
}

/** Variables, fields and prototypes; several in one statement share it. A type defined on the way shares it too. */
function valuesOf(node: Node, whole: Node, where: Where, source: Source): Found[] {
  const declarators = node.childrenForFieldName('declarator');
  const shared = declarators.length > 1;
  const values = declarators.flatMap((declarator): Found[] => {
    const named = readDeclarator(declarator, source);
    if (named === undefined) return [];
    const value = field(declarator, 'value') ?? field(node, 'default_value');
    const lambda = value?.type === 'lambda_expression' ? value : undefined;
    const common = { ...plain(whole), name: named.name, under: named.scope, shared };
    if (lambda !== undefined) {
      const body = field(lambda, 'body');
      const arity = countParameters(field(field(lambda, 'declarator'), 'parameters'));
      return [{ ...common, kind: 'function', body, arity, locals: [body] }];
    }
    if (named.arity === undefined)
      return [
        {
          ...common,
          place: where === 'members' ? 'member' : 'statement',
          kind: 'value',
          body: value,
          locals: [value],
        },
      ];
    // Within a function `Shape s(1);` is a variable, whatever the grammar makes of it.
    if (where === 'locals') return [];
    const isMember = where === 'members' || named.scope.length > 0;
    const place = isMember && named.scope.length === 0 ? 'member' : 'statement';
    return [{ ...common, kind: isMember ? 'method' : 'function', place, hasBody: false, arity: named.arity }];
  });
  return [...values, ...typeWithin(node, whole, values)];
}

/** The struct that `struct point { … } a;` or `typedef struct point { … } Point;` defines as well. */
function typeWithin(node: Node, whole: Node, others: readonly Found[]): Found[] {
  const type = field(node, 'type');
  if (type === null || !SPECIFIERS.has(type.type) || field(type, 'body') === null) return [];
  const found = specifierOf(type, whole).filter(({ name }) => others.every((other) => other.name !== name));
  return found.map((each) => ({ ...each, shared: others.length > 0 }));
}

function typedefOf(node: Node, whole: Node, source: Source): Found[] {
  const names = node
    .childrenForFieldName('declarator')
    .flatMap((declarator) => readDeclarator(declarator, source)?.name ?? []);
  const found = names.map((name, index): Found => ({
    ...plain(whole),
    kind: 'type',
    name,
    body: field(field(node, 'type'), 'body'),
    shared: index > 0,
  }));
  return [...found, ...typeWithin(node, whole, found)];
}
