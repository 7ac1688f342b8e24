import type { LineSpan } from '../../syntax/types.js';
import { indentOf, shiftLine, type IndentRule } from '../locating/indentation.js';
import { alignLines } from '../reading/align.js';
import { slice, type Piece } from './piece.js';

/** A file's line and the reply's line that is the same but for white space. */
interface Pair {
  file: string;
  reply: string;
  /** The line of the piece. */
  at: number;
}

/** Moves a line of a reply, by its number in the piece, to the file's indentation. */
export type LineShift = (line: string, at: number) => string;

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

const UNITS = [4, 2, 8, 3] as const;

/**
 * How the lines of a declaration move from the reply's indentation to the file's. Where both begin alike, only a rule that
 * holds for all lines that both sides have moves them: the reply may indent as it likes. Else those lines decide between
 * keeping the steps, tabs for spaces or the other way round, and another number of spaces for each step; without any
 * the steps of file and reply do. A method of which only the first line was moved to the left keeps the rest.
 */
export function shiftBetween(part: ShiftedPart): LineShift {
  const { piece, headLine, indent } = part;
  const from = indentOf(piece.lines[headLine] ?? '');
  const pairs = pairLines(part).filter(({ at }) => at !== headLine);
  const inCode = pairs.filter(({ at }) => !piece.parsed.inString.has(at));
  const rule = from === indent ? ruleWithin(part, from, inCode) : ruleBetween(part, from, inCode);
  if (rule === undefined) return (line) => line;
  const move = (line: string) => shiftLine(line, rule) ?? line;
  const stringsMove = followInStrings(pairs, piece, rule);
  return (line, at) => {
    if (at === headLine) return indent + line.slice(from.length);
    return piece.parsed.inString.has(at) && !stringsMove ? line : move(line);
  };
}

/** The rule for lines that begin where the file's do; undefined when they stay as they are. */
function ruleWithin(part: ShiftedPart, from: string, pairs: readonly Pair[]): IndentRule | undefined {
  if (pairs.every(({ file, reply }) => indentOf(file) === indentOf(reply))) return undefined;
  return listRules(part, from, pairs).find((rule) => countOf(rule, pairs) === pairs.length);
}

/** The rule for lines that begin elsewhere: the one by which most lines are the file's, of several the first. */
function ruleBetween(part: ShiftedPart, from: string, pairs: readonly Pair[]): IndentRule | undefined {
  const rules = [...listRules(part, from, pairs), keep];
  const counts = rules.map((rule) => countOf(rule, pairs));
  const most = Math.max(...counts);
  return most === 0 && lostFirstIndent(part) ? keep : rules[counts.indexOf(most)];
}

function keep(indent: string): string {
  return indent;
}

function countOf(rule: IndentRule, pairs: readonly Pair[]): number {
  return pairs.filter(({ file, reply }) => rule(indentOf(reply)) === indentOf(file)).length;
}

/** What may become of indentation behind that of the first line. */
function listRules(part: ShiftedPart, from: string, pairs: readonly Pair[]): IndentRule[] {
  return [...stepRules(part), ...conversions(pairs, from, part.indent)].map(
    (convert): IndentRule =>
      (one) => {
        if (!one.startsWith(from)) return undefined;
        const step = convert(one.slice(from.length));
        return step === undefined ? undefined : part.indent + step;
      },
  );
}

/** Whether the last line stands where the file's does although the first does not. */
function lostFirstIndent({ piece, span, indent, region }: ShiftedPart): boolean {
  const last = piece.lines[span.to] ?? '';
  return region !== undefined && span.to > span.from && indentOf(last) === indent && /^\s*[}\])]/.test(last);
}

/** What the steps of both sides say: the same, or one for the other. */
function stepRules({ fileLines, region, piece, span }: ShiftedPart): IndentRule[] {
  const file = (region === undefined ? undefined : stepOf(slice(fileLines, region))) ?? stepOf(fileLines);
  const reply = stepOf(slice(piece.lines, span)) ?? stepOf(piece.lines);
  if (file === undefined || reply === undefined || file === reply) return [keep];
  if (file === '\t') return [toTabs(reply.length), keep];
  if (reply === '\t') return [toSpaces(file.length), keep];
  return [scale(reply.length, file.length), keep];
}

/** By how much most lines are further in than the one before them: a tab, or spaces. */
function stepOf(lines: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  let before: string | undefined;
  for (const line of lines) {
    if (line.trim() === '') continue;
    const indent = indentOf(line);
    if (before !== undefined && indent.length > before.length && indent.startsWith(before)) {
      const step = indent.slice(before.length).startsWith('\t') ? '\t' : indent.slice(before.length);
      counts.set(step, (counts.get(step) ?? 0) + 1);
    }
    before = indent;
  }
  const [most] = [...counts].sort((one, other) => other[1] - one[1]);
  return most?.[0];
}

/** Other conversions, as the lines that both sides have suggest them. */
function conversions(pairs: readonly Pair[], from: string, indent: string): IndentRule[] {
  if (pairs.length === 0) return [];
  const widths = new Set<string>();
  const rules: IndentRule[] = [];
  for (const { file, reply } of pairs) {
    const a = indentOf(reply).length - from.length;
    const b = indentOf(file).length - indent.length;
    const key = `${a} ${b}`;
    if (a <= 0 || b <= 0 || widths.has(key) || /\t/.test(indentOf(reply) + indentOf(file))) continue;
    widths.add(key);
    if (widths.size > 8) break;
    rules.push(scale(a, b));
  }
  return [...rules, ...UNITS.map(toTabs), ...UNITS.map(toSpaces)];
}

function scale(from: number, to: number): IndentRule {
  return (indent) => {
    if (indent.includes('\t')) return undefined;
    const whole = Math.floor(indent.length / from) * to;
    const rest = indent.length % from;
    return ' '.repeat(whole + rest);
  };
}

function toTabs(unit: number): IndentRule {
  return (indent) => {
    if (indent.includes('\t')) return undefined;
    return '\t'.repeat(Math.floor(indent.length / unit)) + ' '.repeat(indent.length % unit);
  };
}

function toSpaces(unit: number): IndentRule {
  return (indent) => {
    const tabs = /^\t*/.exec(indent)?.[0].length ?? 0;
    const rest = indent.slice(tabs);
    return rest.includes('\t') ? undefined : ' '.repeat(tabs * unit) + rest;
  };
}

/** Lines that both sides have, white space aside. */
function pairLines({ fileLines, region, piece, span }: ShiftedPart): Pair[] {
  if (region === undefined) return [];
  const old = slice(fileLines, region);
  const fresh = slice(piece.lines, span);
  const trim = (line: string) => line.trim();
  const pairs: Pair[] = [];
  let [at, freshAt] = [0, 0];
  for (const { op, text } of alignLines(old.map(trim), fresh.map(trim))) {
    if (op === ' ' && text !== '')
      pairs.push({ file: old[at] ?? '', reply: fresh[freshAt] ?? '', at: span.from + freshAt });
    if (op !== '+') at += 1;
    if (op !== '-') freshAt += 1;
  }
  return pairs;
}

/** Whether the text in literals was moved with the code around it, as most of its lines that the file has show. */
function followInStrings(pairs: readonly Pair[], piece: Piece, rule: IndentRule): boolean {
  let [moved, kept] = [0, 0];
  for (const { file, reply, at } of pairs) {
    if (!piece.parsed.inString.has(at)) continue;
    if (reply === file) kept += 1;
    else if (shiftLine(reply, rule) === file) moved += 1;
  }
  return moved > kept;
}
