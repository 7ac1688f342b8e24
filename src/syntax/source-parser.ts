import type { Parser, ParseState, Tree } from 'web-tree-sitter';

import { readOutline } from './outline.js';
import { readPiece } from './piece.js';
import type { Profile } from './profile.js';
import { bury, isBreakdown, type Runtime } from './runtime.js';
import type { ParsedText, SourceParser } from './types.js';

/** How much work a text may be. */
interface Limit {
  /** Its length in UTF-16 code units. */
  length: number;
  /** The parser's reports of progress, one after each hundred operations. */
  steps: number;
  /** Milliseconds, once the parser has met a fault. */
  faultyFor: number;
}

/**
 * Source files of 300,000 characters parse and are read in a quarter of a second (measured on one core with JavaScript,
 * TypeScript, Python, Go, Rust, Java, C and C++; 5 to 11 reports of progress per 1,000 characters, 16 where it is dense).
 * Text that is no source code makes the parser work many times as hard, and without measure once it looks for a way
 * around a fault. So sound text is parsed or not whatever the machine, and only the search has a clock.
 */
const FILE: Limit = { length: 300_000, steps: 4000, faultyFor: 700 };
/** Pieces of replies are read in up to three ways. */
const PIECE: Limit = { length: 100_000, steps: 1300, faultyFor: 250 };

/** A grammar's parser and the runtime that it lives in. */
interface Engine {
  runtime: Runtime;
  parser: Parser;
}

/** A parser of one language. Trees live only while they are read. */
export function createParser(engine: Engine, profile: Profile): SourceParser {
  const parse = (text: string, limit: Limit) => parseWithin(engine, profile, text, limit);
  return {
    language: profile.language,
    byIndentation: profile.byIndentation,
    parse: (text) => parse(text, FILE),
    parsePiece: (text) => readPiece(text, profile, (piece) => parse(piece, PIECE)),
    renderImport: (statement, names) => profile.renderImport(statement, names),
  };
}

/** Undefined for a text beyond `limit`, for one with NUL characters, which is no source code, and in a broken runtime. */
function parseWithin(
  { runtime, parser }: Engine,
  profile: Profile,
  text: string,
  limit: Limit,
): ParsedText | undefined {
  if (runtime.broken || text.length > limit.length || text.includes('\0')) return undefined;
  const plain = text.startsWith('\uFEFF') ? text.slice(1) : text;
  let steps = 0;
  const begun = performance.now();
  const progressCallback = ({ hasError }: ParseState): boolean => {
    steps += 1;
    return steps > limit.steps || (hasError && performance.now() - begun > limit.faultyFor);
  };
  let tree: Tree | null = null;
  try {
    tree = parser.parse(profile.prepare?.(plain) ?? plain, null, { progressCallback });
    if (tree === null) {
      parser.reset();
      return undefined;
    }
    const outline = readOutline(tree, plain, profile);
    tree.delete();
    return outline;
  } catch (error) {
    if (!isBreakdown(error)) throw error;
    runtime.broken = true;
    bury(tree);
    return undefined;
  }
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
