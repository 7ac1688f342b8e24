import type { Parser, Tree } from 'web-tree-sitter';

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
  /** Milliseconds of processor time, besides two for each thousand characters. */
  base: number;
}

/**
 * Source files of 300,000 characters parse and are read in a quarter of a second (measured on one core with JavaScript,
 * TypeScript, Python, Go, Rust, Java, C and C++: 0.4 to 0.8 µs and 0.005 to 0.011 reports of progress per character,
 * 0.016 where it is dense). Text that is no source code can make the parser work a thousand times as hard: looking for
 * a way around faults, or for the end of each of many comments. So there is a clock as well; it leaves source code three
 * times what it needs, and counts processor time, so that a busy machine changes nothing.
 */
const FILE: Limit = { length: 300_000, steps: 4000, base: 300 };
/** Pieces of replies are read in up to four ways. */
const PIECE: Limit = { length: 100_000, steps: 1300, base: 100 };

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
  const begun = process.cpuUsage();
  const microseconds = limit.base * 1000 + text.length * 2;
  const progressCallback = (): boolean => {
    steps += 1;
    const { user, system } = process.cpuUsage(begun);
    return steps > limit.steps || user + system > microseconds;
  };
  let tree: Tree | null = null;
  try {
    const source = profile.prepare?.(plain) ?? plain;
    tree = parser.parse((index) => readChunk(source, index), null, { progressCallback });
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

/** What the parser's buffer of 10,240 bytes holds, and a little less. */
const CHUNK = 5000;

/** The text from `index` on, as much as is asked for at once; a pair of surrogates that was torn would be a fault. */
function readChunk(text: string, index: number): string {
  const end = index + CHUNK;
  const code = text.charCodeAt(end - 1);
  return text.slice(index, code >= 0xd800 && code < 0xdc00 ? end - 1 : end);
}

/**
 * One parser for texts that may be of two languages, such as `.h` files: the likely one, unless it finds faults where the
 * other finds none. The second is the likely one for a text in which `signs` are found.
 */
export function eitherOf(first: SourceParser, second: SourceParser, signs: RegExp): SourceParser {
  const choose = (text: string, how: 'parse' | 'parsePiece'): ParsedText | undefined => {
    const [likely, other] = signs.test(text) ? [second, first] : [first, second];
    const one = likely[how](text);
    if (one === undefined || one.faults.length === 0) return one;
    const another = other[how](text);
    return another?.faults.length === 0 ? another : one;
  };
  return {
    ...first,
    parse: (text) => choose(text, 'parse'),
    parsePiece: (text) => choose(text, 'parsePiece'),
  };
}
