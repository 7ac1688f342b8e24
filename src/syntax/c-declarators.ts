import type { Node } from 'web-tree-sitter';

import { childOfType, field, namedChildren } from './profile.js';
import { type Source, squeeze } from './source.js';

/** What a declarator says: `*a::b::name(int x) const`. */
interface Declarator {
  name: string;
  /** Names in front of the name, without type arguments. */
  scope: string[];
  /** How many parameters the declared name takes; undefined if it is no function. */
  arity: number | undefined;
  /** Only a member of a class can be written so: `const`, `override` behind the parameters. */
  onlyMember: boolean;
}

const NAMES = new Set([
  'identifier',
  'field_identifier',
  'type_identifier',
  'destructor_name',
  'operator_name',
  'operator_cast',
  'template_function',
  'template_method',
  'qualified_identifier',
  'primitive_type',
]);

/** Follows a declarator down to its name; undefined where it has none. */
export function readDeclarator(declarator: Node | null, source: Source): Declarator | undefined {
  let node = declarator;
  let arity: number | undefined;
  let onlyMember = false;
  for (; node !== null && !NAMES.has(node.type); node = innerOf(node)) {
    if (node.type === 'function_declarator' || node.type === 'abstract_function_declarator') {
      arity = countParameters(field(node, 'parameters'));
      onlyMember = childOfType(node, 'type_qualifier', 'virtual_specifier', 'ref_qualifier') !== undefined;
      if (node.type === 'abstract_function_declarator') return { name: '', scope: [], arity, onlyMember };
    } else if (node.type !== 'parenthesized_declarator') arity = undefined;
  }
  if (node === null) return undefined;
  const { name, scope } = readName(node, source);
  const cast = castOf(node);
  return {
    name,
    scope,
    arity: cast === null ? arity : countParameters(field(cast, 'parameters')),
    onlyMember,
  };
}

function innerOf(node: Node): Node | null {
  return field(node, 'declarator') ?? namedChildren(node).at(-1) ?? null;
}

function readName(node: Node, source: Source): { name: string; scope: string[] } {
  const scope: string[] = [];
  let last = node;
  while (last.type === 'qualified_identifier') {
    const around = field(last, 'scope');
    if (around !== null) scope.push((field(around, 'name') ?? around).text);
    const inner = field(last, 'name');
    if (inner === null) break;
    last = inner;
  }
  if (last.type === 'operator_cast') {
    const type = field(last, 'type');
    const end = field(last, 'declarator')?.startIndex ?? last.endIndex;
    return { name: `operator ${type === null ? '' : squeeze(source, type.startIndex, end)}`, scope };
  }
  const named = field(last, 'name') ?? last;
  return { name: named.text.replace(/\s+/gu, ' ').replace(/^operator (?=\W)/u, 'operator'), scope };
}

/** The declarator in `operator bool() const`, which the grammar takes for a part of the name. */
function castOf(node: Node): Node | null {
  let last: Node | null = node;
  while (last?.type === 'qualified_identifier') last = field(last, 'name');
  if (last?.type !== 'operator_cast') return null;
  while (last !== null && last.type !== 'abstract_function_declarator') last = field(last, 'declarator');
  return last;
}

/** `(void)` takes none. */
export function countParameters(list: Node | null): number {
  const parameters = namedChildren(list);
  const only = parameters.length === 1 ? parameters[0] : undefined;
  return only?.text.trim() === 'void' ? 0 : parameters.length;
}
