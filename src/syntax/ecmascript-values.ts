import type { Node } from 'web-tree-sitter';

import {
  declared,
  field,
  type Found,
  namedChildren,
  NOTHING,
  pushAll,
  type Reading,
  textOf,
} from './profile.js';
import { type Source, squeeze } from './source.js';

const FUNCTIONS = new Set(['arrow_function', 'function_expression', 'generator_function']);

/** What a value tells of the declaration that holds it: a function's parameters and body, a class's members. */
type FromValue = Pick<Found, 'kind' | 'body'> &
  Partial<Pick<Found, 'parameters' | 'arity' | 'members' | 'locals'>>;

function describeValue(value: Node | null, callable: 'function' | 'method'): FromValue {
  if (value === null) return { kind: 'value', body: null };
  if (FUNCTIONS.has(value.type)) {
    const body = field(value, 'body');
    const single = field(value, 'parameter');
    const takes = single === null ? { parameters: field(value, 'parameters') } : { arity: 1 };
    return { kind: callable, body, ...takes, locals: [body] };
  }
  if (value.type === 'class') {
    const body = field(value, 'body');
    return { kind: 'class', body, members: [body] };
  }
  if (value.type === 'object') return { kind: 'value', body: value, members: [value] };
  return { kind: 'value', body: value, locals: [value] };
}

/** What stands behind `as const`, `satisfies` and brackets. */
function bare(value: Node | null): Node | null {
  let inner = value;
  while (
    inner !== null &&
    ['as_expression', 'satisfies_expression', 'parenthesized_expression'].includes(inner.type)
  )
    inner = inner.namedChildren[0] ?? null;
  return inner;
}

/** The names of `const a = 1, { b } = c;`. A statement with one plain name is that name's declaration. */
export function valuesOf(node: Node): Found[] {
  const declarators = node.namedChildren.filter((child) => child.type === 'variable_declarator');
  return declarators.flatMap((declarator): Found[] => {
    const name = field(declarator, 'name');
    const alone = declarators.length === 1;
    const [first, last] = alone ? [node, node] : [declarator, declarator];
    const common = { place: 'statement', first, last, head: first.startIndex, hasBody: true } as const;
    if (name?.type === 'identifier')
      return [
        {
          ...common,
          ...describeValue(bare(field(declarator, 'value')), 'function'),
          name: name.text,
          shared: !alone,
        },
      ];
    const body = field(declarator, 'value');
    return namesIn(name).map((each): Found => ({
      ...common,
      kind: 'value',
      name: each.text,
      body,
      shared: true,
    }));
  });
}

/** The names that a pattern makes known, in the order of the text. */
function namesIn(pattern: Node | null): Node[] {
  const names: Node[] = [];
  const open = [pattern];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node === null) continue;
    if (node.type === 'identifier' || node.type === 'shorthand_property_identifier_pattern') names.push(node);
    else if (node.type === 'pair_pattern') open.push(field(node, 'value'));
    else if (node.type.endsWith('assignment_pattern')) open.push(field(node, 'left'));
    else if (node.type.endsWith('_pattern')) pushAll(open, namedChildren(node).toReversed());
  }
  return names;
}

/** A class field; one that holds a function is a method. */
export function fieldOf(node: Node, leading: readonly Node[]): Found {
  const decorators = [...leading, ...node.children.filter((child) => child.type === 'decorator')];
  const name = field(node, 'property') ?? field(node, 'name');
  return {
    name: name?.text ?? '',
    place: 'member',
    first: decorators[0] ?? node,
    last: node,
    head: headOf(node),
    decorators,
    hasBody: true,
    ...describeValue(bare(field(node, 'value')), 'method'),
  };
}

/** A member of an object: a function, or an object that holds some. */
export function pairOf(node: Node): Reading {
  const value = bare(field(node, 'value'));
  const isFunction = value !== null && FUNCTIONS.has(value.type);
  if (!isFunction && value?.type !== 'object') return NOTHING;
  return declared({
    name: textOf(node, 'key'),
    place: 'member',
    first: node,
    last: node,
    head: node.startIndex,
    hasBody: true,
    ...describeValue(value, 'method'),
    forMembers: !isFunction,
  });
}

/** `module.exports = …`, `Foo.prototype.bar = …`: a name as written. Undefined for `x = 1` and `a[b()] = c`. */
export function assignmentOf(statement: Node, node: Node, source: Source): Found | undefined {
  const left = field(node, 'left');
  if (left === null || !isPath(left)) return undefined;
  const name = squeeze(source, left.startIndex, left.endIndex);
  const value = describeValue(bare(field(node, 'right')), 'function');
  const common = {
    name,
    place: 'statement',
    first: statement,
    last: statement,
    head: statement.startIndex,
  } as const;
  return { ...common, hasBody: true, ...value, kind: 'assignment' };
}

/** `a.b.c`, `a['b']`: the same whenever it is read. */
function isPath(left: Node): boolean {
  let node: Node | null = left;
  if (node.type === 'identifier') return false;
  while (node !== null && (node.type === 'member_expression' || node.type === 'subscript_expression')) {
    const index = field(node, 'index');
    if (index !== null && index.type !== 'string' && index.type !== 'number' && index.type !== 'identifier')
      return false;
    node = field(node, 'object');
  }
  return node?.type === 'identifier' || node?.type === 'this';
}

/** Where the declaration begins behind its decorators. */
export function headOf(node: Node): number {
  return (
    node.children.find((child) => child.type !== 'decorator' && !child.isExtra)?.startIndex ?? node.startIndex
  );
}
