import type { Node } from 'web-tree-sitter';

import { appendBehind, childOfType, field, type FoundImport, namedChildren, textOf } from './profile.js';
import { type Source, squeeze } from './source.js';
import type { ImportedName, ImportStatement } from './types.js';

/** Deeper use trees than this are read as written. */
const DEEPEST = 30;

/** Reads a `use` declaration; nested trees become one name each. Visibility and attributes keep lists apart. */
export function readUse(node: Node, leading: readonly Node[], source: Source): FoundImport {
  const argument = field(node, 'argument');
  const kind = [...leading, childOfType(node, 'visibility_modifier')]
    .filter((each) => each !== undefined)
    .map((each) => `${squeeze(source, each.startIndex, each.endIndex)} `)
    .join('');
  const list = argument === null ? undefined : listOf(argument);
  const path = field(argument, 'path')?.text;
  if (argument === null) return { group: `${kind}use`, names: [], append: undefined };
  if (list !== undefined) {
    const parts = namedChildren(list);
    const prefix = path === undefined ? '' : `${path}::`;
    const names = parts.flatMap((part) => flatten(part, '', 0)).map((each) => nameOf(each, prefix, kind));
    return { group: `${kind}use ${path ?? ''}`, names, append: appendBehind(source, parts.at(-1)) };
  }
  const [only] = flatten(argument, '', 0);
  const written = only?.path ?? argument.text;
  const cut = written.lastIndexOf('::');
  const prefix = cut < 0 ? '' : written.slice(0, cut + 2);
  const name = nameOf({ path: written.slice(prefix.length), alias: only?.alias }, prefix, kind);
  return { group: `${kind}use ${prefix.slice(0, -2)}`, names: [name], append: undefined };
}

interface Leaf {
  path: string;
  alias: string | undefined;
}

function listOf(node: Node): Node | undefined {
  return node.type === 'use_list' ? node : (field(node, 'list') ?? undefined);
}

/** The names of a use tree below `prefix`. */
function flatten(node: Node, prefix: string, depth: number): Leaf[] {
  const list = listOf(node);
  if (list !== undefined && depth < DEEPEST) {
    const path = field(node, 'path')?.text;
    const below = path === undefined ? prefix : `${prefix}${path}::`;
    return namedChildren(list).flatMap((each) => flatten(each, below, depth + 1));
  }
  if (node.type === 'use_as_clause') {
    const alias = field(node, 'alias')?.text;
    return [{ path: `${prefix}${textOf(node, 'path')}`, alias }];
  }
  return [{ path: `${prefix}${node.text}`, alias: undefined }];
}

/** `a::b::self` is `a::b`; a glob and `as _` make no name known. */
function nameOf({ path, alias }: Leaf, prefix: string, kind: string): ImportedName {
  const full = `${prefix}${path}`.replace(/\s+/gu, '').replace(/(?<=.)::self$/u, '');
  const own = full.slice(full.lastIndexOf(':') + 1);
  const local = alias ?? own;
  const within = path.replace(/(?<=.)::self$/u, '');
  const text = alias === undefined ? within : `${within} as ${alias}`;
  const key = `${kind}${full}${alias === undefined || alias === own ? '' : ` as ${alias}`}`;
  return { key, local: local === '*' || local === '_' ? '' : local, text };
}

export function readExternCrate(node: Node): FoundImport {
  const name = textOf(node, 'name');
  const alias = field(node, 'alias')?.text;
  const text = alias === undefined ? name : `${name} as ${alias}`;
  return {
    group: `extern crate ${text}`,
    names: [{ key: `extern crate ${text}`, local: alias ?? name, text }],
    append: undefined,
  };
}

export function renderRustImport(statement: ImportStatement, names: readonly ImportedName[]): string {
  if (names.length === statement.names.length) return statement.text;
  const head = /^([\s\S]*?\buse\s+)/u.exec(statement.text)?.[1] ?? 'use ';
  const path = statement.group.slice(statement.group.lastIndexOf('use ') + 4);
  const prefix = path === '' ? '' : `${path}::`;
  const [first] = names;
  if (names.length === 1 && first !== undefined && !/^self\b/u.test(first.text))
    return `${head}${prefix}${first.text};`;
  return `${head}${prefix}{${names.map((name) => name.text).join(', ')}};`;
}
