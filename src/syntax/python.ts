import type { Node } from 'web-tree-sitter';

import {
  appendBehind,
  childOfType,
  declared,
  field,
  type Found,
  type FoundImport,
  namedChildren,
  type Profile,
  type Reading,
  STATEMENT,
  type Where,
  textOf,
} from './profile.js';
import type { Source } from './source.js';
import type { ImportedName, ImportStatement } from './types.js';

export const python: Profile = {
  language: 'Python',
  byIndentation: true,
  comments: new Set(['comment']),
  openers: /#/gu,
  strings: new Set(['string']),
  interpolations: new Set(['interpolation']),
  isDocString: (parent) => parent === 'expression_statement',
  callables: new Set(['lambda']),
  leading: new Set(),
  read,
  renderImport: renderPythonImport,
  frames: [],
};

function read(node: Node, _leading: readonly Node[], where: Where, source: Source): Reading {
  switch (node.type) {
    case 'import_statement':
    case 'import_from_statement':
    case 'future_import_statement':
      return { is: 'import', import: readImport(node, source) };
    case 'decorated_definition': {
      const inner = field(node, 'definition');
      const found = inner === null ? undefined : definitionOf(inner, where);
      if (inner === null || found === undefined) return STATEMENT;
      const decorators = node.namedChildren.filter((child) => child.type === 'decorator');
      return declared({ ...found, first: node, last: node, decorators });
    }
    case 'function_definition':
    case 'class_definition': {
      const found = definitionOf(node, where);
      return found === undefined ? STATEMENT : declared(found);
    }
    case 'type_alias_statement':
      return declared({
        ...plain(node, field(node, 'left')?.text.replace(/\[.*$/su, '') ?? ''),
        kind: 'type',
      });
    case 'expression_statement':
      return readExpression(node, where);
    default:
      return STATEMENT;
  }
}

function definitionOf(node: Node, where: Where): Found | undefined {
  const name = field(node, 'name')?.text;
  const body = field(node, 'body');
  if (name === undefined || body === null) return undefined;
  const isClass = node.type === 'class_definition';
  return {
    ...plain(node, name),
    kind: isClass ? 'class' : where === 'members' ? 'method' : 'function',
    body,
    ...(isClass ? { members: [body] } : { parameters: field(node, 'parameters'), locals: [body] }),
  };
}

function plain(node: Node, name: string): Omit<Found, 'kind'> {
  return { name, place: 'either', first: node, last: node, head: node.startIndex, hasBody: true };
}

/** `NAME = …`, `name: int = …`; a tuple on the left declares several names that share the statement. */
function readExpression(node: Node, where: Where): Reading {
  const assignment = childOfType(node, 'assignment');
  const left = field(assignment, 'left');
  if (assignment === undefined || left === null || node.namedChildCount > 1) return STATEMENT;
  const body = field(assignment, 'right');
  const kind = where === 'top' && /^__\w+__$/u.test(left.text) ? 'assignment' : 'value';
  if (left.type === 'identifier')
    return declared({ ...plain(node, left.text), kind, body, ...takes(body), locals: [body] });
  if (left.type !== 'pattern_list' && left.type !== 'tuple_pattern') return STATEMENT;
  const names = namedChildren(left).filter((child) => child.type === 'identifier');
  if (names.length === 0) return STATEMENT;
  return declared(
    names.map((each): Found => ({ ...plain(node, each.text), kind: 'value', body, shared: true })),
  );
}

/** A lambda's parameters. */
function takes(value: Node | null): Pick<Found, 'parameters' | 'arity'> {
  if (value?.type !== 'lambda') return {};
  const parameters = field(value, 'parameters');
  return parameters === null ? { arity: 0 } : { parameters };
}

function readImport(node: Node, source: Source): FoundImport {
  const parts = node.childrenForFieldName('name');
  if (node.type === 'import_statement') {
    const names = parts.map((part) => nameOf(part, ''));
    return { group: `import ${names.map((name) => name.key).join(', ')}`, names, append: undefined };
  }
  const future = node.type === 'future_import_statement';
  const module = future ? '__future__' : textOf(node, 'module_name');
  if (childOfType(node, 'wildcard_import') !== undefined)
    return {
      group: `from ${module} *`,
      names: [{ key: `${module}:*`, local: '', text: '*' }],
      append: undefined,
    };
  return {
    group: `from ${module}`,
    names: parts.map((part) => nameOf(part, module)),
    append: appendBehind(source, parts.at(-1)),
  };
}

/** `a.b` makes `a` known, `a.b as c` makes `c` known. */
function nameOf(part: Node, module: string): ImportedName {
  const alias = field(part, 'alias')?.text;
  const name = field(part, 'name')?.text ?? part.text;
  const prefix = module === '' ? '' : `${module}:`;
  if (alias !== undefined && alias !== name)
    return { key: `${prefix}${name} as ${alias}`, local: alias, text: `${name} as ${alias}` };
  return { key: `${prefix}${name}`, local: module === '' ? (name.split('.')[0] ?? name) : name, text: name };
}

function renderPythonImport(statement: ImportStatement, names: readonly ImportedName[]): string {
  const list = names.map((name) => name.text).join(', ');
  return statement.group.startsWith('from ')
    ? `from ${statement.group.replace(/^from | \*$/gu, '')} import ${list}`
    : `import ${list}`;
}
