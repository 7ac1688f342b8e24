import type { Node } from 'web-tree-sitter';

import { appendBehind, childOfType, field, type FoundImport, namedChildren, textOf } from './profile.js';
import type { Source } from './source.js';
import type { ImportedName, ImportStatement } from './types.js';

/** Reads an `import` statement, `import x = require('x')` included. */
export function readImport(node: Node, source: Source): FoundImport {
  const required = childOfType(node, 'import_require_clause');
  const module = unquote(textOf(required ?? node, 'source'));
  if (required !== undefined) {
    const local = required.namedChildren[0]?.text ?? '';
    return { group: `import= ${module}`, names: [nameOf(module, '', 'default', local)], append: undefined };
  }
  const clause = childOfType(node, 'import_clause');
  const attribute = childOfType(node, 'import_attribute')?.text ?? '';
  if (clause === undefined) return forEffects(module);
  const kind = childOfType(node, 'type', 'typeof')?.type ?? '';
  const list = childOfType(clause, 'named_imports');
  const specifiers = namedChildren(list).filter((child) => child.type === 'import_specifier');
  const namespace = childOfType(clause, 'namespace_import');
  const names: ImportedName[] = [];
  const byDefault = childOfType(clause, 'identifier');
  if (byDefault !== undefined) names.push(nameOf(module, kind, 'default', byDefault.text));
  if (namespace !== undefined)
    names.push(nameOf(module, kind, '*', namespace.namedChildren.at(-1)?.text ?? ''));
  names.push(...specifiers.map((each) => specifierOf(each, module, kind)));
  const group = `${namespace === undefined ? 'import' : 'import *'}${kind && ` ${kind}`}${attribute && ` ${attribute}`} ${module}`;
  return { group, names, append: appendBehind(source, specifiers.at(-1)) };
}

function specifierOf(node: Node, module: string, kind: string): ImportedName {
  const name = field(node, 'name')?.text ?? node.namedChildren.at(-1)?.text ?? '';
  const own = childOfType(node, 'type', 'typeof')?.type ?? '';
  const found = nameOf(module, kind || own, name, field(node, 'alias')?.text ?? name);
  return own === '' ? found : { ...found, text: `${own} ${found.text}` };
}

function nameOf(module: string, kind: string, name: string, local: string): ImportedName {
  const key = `${module} ${kind && `${kind} `}${name} as ${local}`;
  return { key, local, text: name === local ? local : `${name} as ${local}` };
}

/** `const x = require('y')` and `const { a, b: c } = require('y')`; undefined for any other declaration. */
export function readRequire(node: Node, source: Source): FoundImport | undefined {
  const declarators = node.namedChildren.filter((child) => child.type === 'variable_declarator');
  const [declarator] = declarators;
  const module = requiredBy(field(declarator, 'value'));
  if (declarators.length !== 1 || module === undefined) return undefined;
  const name = field(declarator, 'name');
  if (name?.type === 'identifier')
    return {
      group: `require ${module}`,
      names: [nameOf(module, '', 'default', name.text)],
      append: undefined,
    };
  const parts = name?.type === 'object_pattern' ? namedChildren(name) : [];
  const names = parts.map((part) => patternOf(part, module));
  if (names.length === 0 || names.includes(undefined)) return undefined;
  return {
    group: `require {} ${module}`,
    names: names.filter((each) => each !== undefined),
    append: appendBehind(source, parts.at(-1)),
  };
}

/** `require('x');` alone. */
export function readBareRequire(call: Node | undefined): FoundImport | undefined {
  const module = requiredBy(call);
  return module === undefined ? undefined : forEffects(module);
}

/** The module of a call of `require` with nothing but its name. */
function requiredBy(call: Node | null | undefined): string | undefined {
  if (call?.type !== 'call_expression' || field(call, 'function')?.text !== 'require') return undefined;
  const [path, ...more] = namedChildren(field(call, 'arguments'));
  return path?.type === 'string' && more.length === 0 ? unquote(path.text) : undefined;
}

function forEffects(module: string): FoundImport {
  const names = [{ key: `${module} effects`, local: '', text: '' }];
  return { group: `effects ${module}`, names, append: undefined };
}

function patternOf(node: Node, module: string): ImportedName | undefined {
  if (node.type === 'shorthand_property_identifier_pattern') return nameOf(module, '', node.text, node.text);
  const [key, value] = [field(node, 'key'), field(node, 'value')];
  if (node.type !== 'pair_pattern' || value?.type !== 'identifier') return undefined;
  return { ...nameOf(module, '', key?.text ?? '', value.text), text: `${key?.text ?? ''}: ${value.text}` };
}

function unquote(text: string): string {
  return text.replace(/^['"`]|['"`]$/gu, '');
}

/** Writes the statement anew with `names` only, in the quotes and with the semicolon that it has. */
export function renderEcmaImport(statement: ImportStatement, names: readonly ImportedName[]): string {
  const { text, group } = statement;
  const list = names.map((name) => name.text);
  if (group.startsWith('require {}')) {
    const keyword = /^\w+/u.exec(text)?.[0] ?? 'const';
    return `${keyword} { ${list.join(', ')} } ${text.slice(text.lastIndexOf('=', text.lastIndexOf('require')))}`;
  }
  const from = text.slice(/\bfrom\s*(?=['"])/u.exec(text)?.index ?? text.length);
  if (from === '' || names.length === statement.names.length) return text;
  const byDefault = list
    .filter((each) => each.startsWith('default as '))
    .map((each) => each.slice('default as '.length));
  const space = list.filter((each) => each.startsWith('* as '));
  const others = list.filter((each) => !/^(?:default|\*) as /u.test(each));
  const parts = [...byDefault, ...space, ...(others.length > 0 ? [`{ ${others.join(', ')} }`] : [])];
  const kind = /^import\s+(type|typeof)\b(?!\s*(?:,|from))/u.exec(text)?.[1];
  return `import ${kind === undefined ? '' : `${kind} `}${parts.join(', ')} ${from}`;
}
