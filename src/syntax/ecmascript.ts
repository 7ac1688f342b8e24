import type { Node } from 'web-tree-sitter';

import { assignmentOf, fieldOf, headOf, pairOf, valuesOf } from './ecmascript-values.js';
import { readBareRequire, readImport, readRequire, renderEcmaImport } from './ecmascript-imports.js';
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
import { type Source, squeezeText } from './source.js';
import type { DeclarationKind } from './types.js';

/** Declarations that have a name field, and their kind. */
const NAMED: Readonly<Record<string, DeclarationKind>> = {
  function_declaration: 'function',
  generator_function_declaration: 'function',
  function_signature: 'function',
  class_declaration: 'class',
  abstract_class_declaration: 'class',
  interface_declaration: 'type',
  type_alias_declaration: 'type',
  enum_declaration: 'type',
  internal_module: 'namespace',
  module: 'namespace',
};

const METHODS = new Set(['method_definition', 'method_signature', 'abstract_method_signature']);
const FIELDS = new Set(['field_definition', 'public_field_definition']);
const VALUES = new Set(['lexical_declaration', 'variable_declaration']);
const BODILESS = new Set(['function_signature', 'method_signature', 'abstract_method_signature']);

/** JavaScript, TypeScript and TSX: their grammars name the same things alike. */
export function ecmascript(language: string): Profile {
  return {
    language,
    byIndentation: false,
    comments: new Set(['comment', 'html_comment', 'hash_bang_line']),
    openers: /\/[/*]|<!--|^#!/gu,
    strings: new Set(['template_string', 'string']),
    interpolations: new Set(['template_substitution']),
    callables: new Set(['arrow_function', 'function_expression', 'generator_function', 'class_static_block']),
    leading: new Set(['decorator']),
    read,
    renderImport: renderEcmaImport,
    frames: [
      { before: '({', after: '})' },
      { before: 'class X {', after: '}' },
    ],
  };
}

function read(node: Node, leading: readonly Node[], where: Where, source: Source): Reading {
  if (node.type === 'import_statement') return { is: 'import', import: readImport(node, source) };
  if (node.type === 'export_statement') return readExport(node, leading, source);
  if (node.type === 'expression_statement') return readExpression(node, where, source);
  if (node.type === 'empty_statement') return NOTHING;
  if (METHODS.has(node.type)) return declared(methodOf(node, leading));
  if (FIELDS.has(node.type)) return declared(fieldOf(node, leading));
  if (node.type === 'pair') return pairOf(node);
  if (VALUES.has(node.type) && where === 'top') {
    const required = readRequire(node, source);
    if (required !== undefined) return { is: 'import', import: required };
  }
  const found = foundIn(node, leading);
  if (found.length > 0) return declared(found);
  return where === 'members' && node.type !== 'class_static_block' ? NOTHING : STATEMENT;
}

/** What `node` declares by itself, `export` aside. */
function foundIn(node: Node, leading: readonly Node[]): Found[] {
  if (VALUES.has(node.type)) return valuesOf(node);
  if (node.type === 'ambient_declaration') return ambientOf(node);
  const kind = NAMED[node.type];
  const name = field(node, 'name');
  return kind === undefined || name === null ? [] : [namedOf(node, kind, name.text, leading)];
}

function namedOf(node: Node, kind: DeclarationKind, name: string, leading: readonly Node[]): Found {
  const decorators = [...leading, ...node.children.filter((child) => child.type === 'decorator')];
  const body = field(node, 'body') ?? field(node, 'value');
  const holds = kind === 'class' || kind === 'namespace';
  return {
    name: squeezeText(name).replace(/^(['"])(.*)\1$/u, '$2'),
    kind,
    place: 'statement',
    first: decorators[0] ?? node,
    last: node,
    head: headOf(node),
    decorators,
    body,
    hasBody: !BODILESS.has(node.type),
    parameters: field(node, 'parameters') ?? undefined,
    ...(holds && body !== null ? { members: [body] } : {}),
    ...(kind === 'namespace' && node.type === 'internal_module' ? { inner: name.split(/\s*\.\s*/u) } : {}),
    ...(kind === 'function' ? { locals: [body] } : {}),
  };
}

/** `declare …`: what it declares, with `declare` as part of its head. */
function ambientOf(node: Node): Found[] {
  const global = childOfType(node, 'statement_block');
  if (global !== undefined) {
    const found = namedOf(node, 'namespace', 'global', []);
    return [{ ...found, body: global, members: [global] }];
  }
  return node.children
    .flatMap((child) => foundIn(child, []))
    .map((found) => ({ ...found, first: node, last: node, head: node.startIndex }));
}

function methodOf(node: Node, leading: readonly Node[]): Found {
  const found = namedOf(node, 'method', textOf(node, 'name'), leading);
  return { ...found, place: 'member', locals: [found.body ?? null] };
}

function readExport(node: Node, leading: readonly Node[], source: Source): Reading {
  const inner = field(node, 'declaration');
  const value = field(node, 'value');
  const found = inner !== null ? foundIn(inner, []) : anonymousDefault(value);
  if (found.length === 0) return STATEMENT;
  const exported = node.children.find((child) => child.type === 'export')?.startIndex ?? node.startIndex;
  const own = node.children.filter((child) => child.type === 'decorator');
  return declared(
    found.map((each): Found => {
      const decorators = [...leading, ...own, ...(each.decorators ?? [])];
      if (each.shared === true) return { ...each, first: each.first === inner ? node : each.first };
      return {
        ...each,
        first: leading[0] ?? node,
        last: node,
        decorators,
        visibleFrom: visibleFrom(exported, each, source),
      };
    }),
  );
}

/** Visibility is `export` up to the head; undefined where a decorator stands between. */
function visibleFrom(exported: number, found: Found, source: Source): number | undefined {
  return /^export\s+(?:default\s+)?$/u.test(source.text.slice(exported, found.head)) ? exported : undefined;
}

/** `export default function () {}` and the like go by the name `default`. */
function anonymousDefault(value: Node | null): Found[] {
  if (value === null) return [];
  const isClass = value.type === 'class';
  if (!isClass && !['function_expression', 'generator_function', 'arrow_function'].includes(value.type))
    return [];
  return [namedOf(value, isClass ? 'class' : 'function', 'default', [])];
}

function readExpression(node: Node, where: Where, source: Source): Reading {
  const inner = node.namedChildren[0];
  if (inner?.type === 'internal_module') {
    const [found] = foundIn(inner, []);
    if (found !== undefined) return declared({ ...found, first: node, last: node });
  }
  const required = where === 'top' ? readBareRequire(inner) : undefined;
  if (required !== undefined) return { is: 'import', import: required };
  const assigned = inner?.type === 'assignment_expression' ? assignmentOf(node, inner, source) : undefined;
  return assigned === undefined ? STATEMENT : declared(assigned);
}
