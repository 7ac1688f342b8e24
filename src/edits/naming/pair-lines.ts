import type { LineSpan } from '../../syntax/types.js';
import { alignLines } from '../reading/align.js';
import { slice, type Piece } from './piece.js';

/** A file's line and the reply's for it. */
export interface Pair {
  /** They are the same but for white space; else one takes the other's place. */
  isSame: boolean;
  file: string;
  reply: string;
  /** The line of the piece, and the line before it that is not blank. */
  at: number;
  before: number;
  /** The same of the file. */
  fileAt: number;
  fileBefore: number;
}

/** The declaration's first line on both sides, and where its lines are. */
export interface ShiftedPart {
  fileLines: readonly string[];
  /** What is replaced; undefined for a new declaration. */
  region: LineSpan | undefined;
  /** Indentation of the declaration's first line in the file, or of the place where it goes. */
  indent: string;
  piece: Piece;
  span: LineSpan;
  headLine: number;
}

/** Lines that both sides have, white space aside, and as many lines as they replace between them. */
export function pairLines({ fileLines, region, piece, span }: ShiftedPart): Pair[] {
  if (region === undefined) return [];
  const numbers = (lines: readonly string[], { from, to }: LineSpan) =>
    slice(lines, { from, to }).flatMap((line, at) => (line.trim() === '' ? [] : [from + at]));
  const old = numbers(fileLines, region);
  const fresh = numbers(piece.lines, span);
  const textsOf = (lines: readonly string[], at: readonly number[]) =>
    at.map((one) => (lines[one] ?? '').trim());
  const pairs: Pair[] = [];
  let [oldAt, freshAt] = [0, 0];
  let [removed, added] = [0, 0];
  const pair = (isSame: boolean, one: number, other: number) => {
    const [fileAt, at] = [old[one] ?? 0, fresh[other] ?? 0];
    const [fileBefore, before] = [old[one - 1] ?? -1, fresh[other - 1] ?? -1];
    const [file, reply] = [fileLines[fileAt] ?? '', piece.lines[at] ?? ''];
    pairs.push({ isSame, file, reply, at, before, fileAt, fileBefore });
  };
  const flush = () => {
    const count = removed === added ? removed : 0;
    for (let back = count; back > 0; back -= 1) pair(false, oldAt - back, freshAt - back);
    [removed, added] = [0, 0];
  };
  for (const { op } of alignLines(textsOf(fileLines, old), textsOf(piece.lines, fresh))) {
    if (op === ' ') {
      flush();
      pair(true, oldAt, freshAt);
    } else if (op === '-') removed += 1;
    else added += 1;
    if (op !== '+') oldAt += 1;
    if (op !== '-') freshAt += 1;
  }
  flush();
  return pairs;
}
