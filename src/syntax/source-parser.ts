import type { Parser } from 'web-tree-sitter';

import { readOutline } from './outline.js';
import { readPiece } from './piece.js';
import type { Profile } from './profile.js';
import type { ParsedText, SourceParser } from './types.js';

/** The longest text that is parsed, in UTF-16 code units. */
const LONGEST = 500_000;

/** A parser of one language. Trees live only while they are read. */
export function createParser(parser: Parser, profile: Profile): SourceParser {
  function parse(text: string): ParsedText | undefined {
    if (text.length > LONGEST) return undefined;
    const plain = text.startsWith('\uFEFF') ? text.slice(1) : text;
    const tree = parser.parse(profile.prepare?.(plain) ?? plain);
    if (tree === null) return undefined;
    try {
      return readOutline(tree, plain, profile);
    } finally {
      tree.delete();
    }
  }
  return {
    language: profile.language,
    byIndentation: profile.byIndentation,
    parse,
    parsePiece: (text) => readPiece(text, profile, parse),
    renderImport: (statement, names) => profile.renderImport(statement, names),
  };
}

/** The first of two languages, unless it finds faults where the second finds none: a `.h` may be C or C++. */
export function preferSound(first: SourceParser, second: SourceParser): SourceParser {
  const choose = (read: (parser: SourceParser) => ParsedText | undefined): ParsedText | undefined => {
    const one = read(first);
    if (one === undefined || one.faults.length === 0) return one;
    const other = read(second);
    return other?.faults.length === 0 ? other : one;
  };
  return {
    ...first,
    parse: (text) => choose((parser) => parser.parse(text)),
    parsePiece: (text) => choose((parser) => parser.parsePiece(text)),
  };
}
