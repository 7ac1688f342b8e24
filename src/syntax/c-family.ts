import type { Node } from 'web-tree-sitter';

import { foundIn, plain } from './c-found.js';
import {
  declared,
  field,
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

const CONDITIONS = new Set(['preproc_ifdef', 'preproc_if', 'preproc_elif', 'preproc_elifdef']);

/** C and C++: the second grammar extends the first. */
export function cFamily(language: 'C' | 'C++'): Profile {
  return {
    language,
    byIndentation: false,
    comments: new Set(['comment']),
    openers: /\/[/*]/gu,
    strings: new Set(['string_literal', 'raw_string_literal']),
    interpolations: new Set(),
    callables: new Set(['lambda_expression']),
    leading: new Set(),
    prepare: hideLinkageGuards,
    read: (node, _leading, where, source) => read(node, where, source),
    renderImport: (statement) => statement.text,
    frames: language === 'C' ? [] : [{ before: 'class X {', after: '};' }],
  };
}

/**
 * The grammars take `#ifdef __cplusplus` around a lone `extern "C" {` or `}` for a fault, although half of all headers
 * have it: those lines are parsed as if they were blank.
 */
function hideLinkageGuards(text: string): string {
  const guard =
    /^[ \t]*#[ \t]*if(?:def[ \t]+|[ \t]+defined[ \t]*\(?[ \t]*)__cplusplus\b[^\n]*\n\s*(?:extern[ \t]+"C"[ \t\r\n]*\{|\})[^\n]*\n[ \t]*#[ \t]*endif[^\n]*/gmu;
  return text.replace(guard, (lines) => lines.replace(/[^\r\n]/gu, ' '));
}

function read(node: Node, where: Where, source: Source): Reading {
  if (CONDITIONS.has(node.type)) return { is: 'inside', nodes: namedChildren(node).slice(1) };
  switch (node.type) {
    case 'preproc_else':
    case 'declaration_list':
      return { is: 'inside', nodes: node.children };
    case 'linkage_specification':
      return readLinkage(node, where, source);
    case 'preproc_include':
      return { is: 'import', import: readInclude(node) };
    case 'using_declaration':
      return where === 'top' ? { is: 'import', import: readUsing(node, source) } : NOTHING;
    case 'preproc_def':
    case 'preproc_function_def':
      return declared({
        ...plain(node),
        kind: 'value',
        name: textOf(node, 'name'),
        body: field(node, 'value'),
        parameters: field(node, 'parameters') ?? undefined,
      });
    case 'namespace_definition':
      return readNamespace(node);
    case 'template_declaration':
      return readTemplate(node, where, source);
    default: {
      const found = foundIn(node, node, where, source);
      if (found.length > 0) return declared(found);
      return where === 'members' || node.type === ';' ? NOTHING : STATEMENT;
    }
  }
}

/** `extern "C"` before one declaration belongs to it; before `{` it is around what stands there. */
function readLinkage(node: Node, where: Where, source: Source): Reading {
  const body = field(node, 'body');
  const found = body === null ? [] : foundIn(body, node, where, source);
  return found.length > 0 ? declared(found) : { is: 'inside', nodes: [body] };
}

/** A namespace without a name adds nothing to the scope of what it holds. */
function readNamespace(node: Node): Reading {
  const body = field(node, 'body');
  const name = field(node, 'name')?.text;
  if (body === null) return STATEMENT;
  if (name === undefined) return { is: 'inside', nodes: body.children };
  return declared({
    ...plain(node),
    kind: 'namespace',
    name,
    body,
    inner: name.split('::'),
    members: [body],
  });
}

/** Templates of templates are one declaration. */
function readTemplate(node: Node, where: Where, source: Source): Reading {
  let inner = node.namedChildren.at(-1);
  while (inner?.type === 'template_declaration') inner = inner.namedChildren.at(-1);
  const found = inner === undefined ? [] : foundIn(inner, node, where, source);
  return found.length > 0 ? declared(found) : STATEMENT;
}

function readInclude(node: Node): FoundImport {
  const path = textOf(node, 'path');
  return { group: `#include ${path}`, names: [{ key: path, local: '', text: path }], append: undefined };
}

function readUsing(node: Node, source: Source): FoundImport {
  const key = squeeze(source, node.startIndex, node.endIndex).replace(/ ?;$/u, '');
  const local = key.startsWith('using namespace ') ? '' : key.slice(key.lastIndexOf(':') + 1);
  return { group: key, names: [{ key, local, text: key }], append: undefined };
}
