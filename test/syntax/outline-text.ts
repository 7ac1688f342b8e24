import { loadParsers } from '../../src/syntax/load-parsers.js';
import type { Declaration, LineSpan, ParsedText, SourceParser } from '../../src/syntax/types.js';

/** The parser for files called `path`. */
export async function parserOf(path: string): Promise<SourceParser> {
  const parser = (await loadParsers([path])).parserFor(path);
  if (parser === undefined) throw new Error(`No parser for ${path}.`);
  return parser;
}

/** The outline of `source` as a file called `path`. */
export async function parseAs(path: string, source: string): Promise<ParsedText> {
  return read(await parserOf(path), source, 'parse');
}

/** The outline of `source` as a piece of a file called `path`. */
export async function parsePieceAs(path: string, source: string): Promise<ParsedText> {
  return read(await parserOf(path), source, 'parsePiece');
}

function read(parser: SourceParser, source: string, how: 'parse' | 'parsePiece'): ParsedText {
  const parsed = parser[how](source);
  if (parsed === undefined) throw new Error('The text was not parsed.');
  return parsed;
}

/**
 * One line per declaration, members indented: kind, scope and name, lines from 1, arity, then what is out of the
 * ordinary (`local`, `shared`, `no body`, the place if it is not `statement`), visibility, doc and decorator lines, and
 * the signature.
 */
export function renderDeclarations(declarations: readonly Declaration[], indent = ''): string[] {
  return declarations.flatMap((each) => [
    `${indent}${renderOne(each)}`,
    ...renderDeclarations(each.members, `${indent}  `),
  ]);
}

function renderOne(each: Declaration): string {
  const parts = [
    each.kind,
    [...each.scope, each.name].join('>'),
    span(each.lines),
    each.arity === undefined ? '' : `/${each.arity}`,
    each.isLocal ? 'local' : '',
    each.hasOwnLines ? '' : 'shared',
    each.hasBody ? '' : 'no-body',
    each.place === 'statement' ? '' : each.place,
    each.visibility === '' ? '' : `[${each.visibility}]`,
    each.doc === undefined ? '' : `doc:${span(each.doc)}`,
    each.decorators === undefined ? '' : `decorators:${span(each.decorators)}`,
    `« ${each.signature} »`,
  ];
  return parts.filter((part) => part !== '').join(' ');
}

export function span(lines: LineSpan): string {
  return lines.from === lines.to ? `${lines.from + 1}` : `${lines.from + 1}-${lines.to + 1}`;
}

/** All declarations, members and what statements hold included. */
export function allDeclarations(parsed: ParsedText): Declaration[] {
  const within = (some: readonly Declaration[]): Declaration[] =>
    some.flatMap((each) => [each, ...within(each.members)]);
  return [...within(parsed.declarations), ...parsed.statements.flatMap((each) => within(each.members))];
}
