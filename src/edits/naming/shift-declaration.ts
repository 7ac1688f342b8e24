import type { LineSpan } from '../../syntax/types.js';
import { indentOf, shiftLine, type IndentRule } from '../locating/indentation.js';
import { alignLines } from '../reading/align.js';
import { slice, type Piece } from './piece.js';

/** A file's line and the reply's for it. */
interface Pair {
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

/** What becomes of indentation, and whether it goes in other steps than the reply's. */
interface StepRule {
  apply: IndentRule;
  isOther: boolean;
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
  const pairs = pairLines(part);
  const code = pairs.filter(({ at }) => !piece.parsed.inString.has(at));
  const inCode = code.filter(({ isSame, at }) => isSame && at !== headLine);
  const rule = from === indent ? ruleWithin(part, from, inCode, code) : ruleBetween(part, from, inCode);
  if (rule === undefined) return (line) => line;
  const aligned = findAligned(code, rule);
  if (rule.isOther) alignReplaced(code, rule, aligned);
  const isMoved = followStrings(pairs, piece, rule);
  return (line, at) => {
    if (at === headLine) return indent + line.slice(from.length);
    if (piece.parsed.inString.has(at) && !isMoved(at)) return line;
    const own = aligned.get(at);
    return own === undefined ? (shiftLine(line, rule.apply) ?? line) : own + line.trimStart();
  };
}

/**
 * The rule for lines that begin where the file's do; undefined when they stay as they are, because no other rule explains
 * all lines that both sides have and more of them than none does.
 */
function ruleWithin(
  part: ShiftedPart,
  from: string,
  pairs: readonly Pair[],
  all: readonly Pair[],
): StepRule | undefined {
  const isDeeper = ({ file, reply }: Pair) => indentOf(file) !== part.indent || indentOf(reply) !== from;
  const deeper = pairs.filter(isDeeper);
  if (deeper.length === 0) return listRules(part, from, []).find(({ isOther }) => isOther);
  const kept = deeper.filter((pair) => holdsFor(KEPT, pair)).length;
  if (kept === deeper.length) return undefined;
  const rules = listRules(part, from, pairs).filter((rule) => {
    const aligned = findAligned(all, rule);
    return rule.isOther && pairs.every((pair) => holdsFor(rule, pair) || aligned.has(pair.at));
  });
  const best = bestOf(rules, deeper);
  const held = best === undefined ? 0 : deeper.filter((pair) => holdsFor(best, pair)).length;
  return kept === 0 || held > kept ? best : undefined;
}

/** The rule for lines that begin elsewhere: the one by which most lines are the file's, of several the first. */
function ruleBetween(part: ShiftedPart, from: string, pairs: readonly Pair[]): StepRule | undefined {
  const isKept = pairs.length > 0 && pairs.every((pair) => holdsFor(KEPT, pair));
  if (isKept) return KEPT;
  const isDeeper = ({ reply }: Pair) => indentOf(reply).length > from.length;
  const rules = listRules(part, from, pairs);
  // Where lines tell, the plainest rule that holds for them; else what the steps of both sides say.
  if (pairs.some(isDeeper)) rules.sort((one, other) => Number(one.isOther) - Number(other.isOther));
  const best = bestOf([...rules, KEPT], pairs);
  const isGuess = best === undefined || !pairs.some((pair) => holdsFor(best, pair));
  return isGuess && lostFirstIndent(part) ? KEPT : best;
}

/** The rule that holds for most lines; of several the first. */
function bestOf(rules: readonly StepRule[], pairs: readonly Pair[]): StepRule | undefined {
  const counts = rules.map((rule) => pairs.filter((pair) => holdsFor(rule, pair)).length);
  return rules[counts.indexOf(Math.max(...counts))];
}

/**
 * Lines that do not follow a rule, but go on from a line that does, on both sides: they are aligned with something in it.
 * What a reply indents anew begins behind a line that the file has not.
 */
function findAligned(pairs: readonly Pair[], rule: StepRule): Map<number, string> {
  const aligned = new Map<number, string>();
  let before: Pair | undefined;
  for (const pair of pairs) {
    const holds = holdsFor(rule, pair);
    const goesOn = before !== undefined && pair.before === before.at && pair.fileBefore === before.fileAt;
    if (pair.isSame && !holds && goesOn) aligned.set(pair.at, indentOf(pair.file));
    before = holds || goesOn ? pair : undefined;
  }
  return aligned;
}

/**
 * In a reply with other steps, a line that takes another's place is aligned as that one was, if it stands to the lines
 * before and behind it in the same way.
 */
function alignReplaced(pairs: readonly Pair[], rule: StepRule, aligned: Map<number, string>): void {
  pairs.forEach((pair, at) => {
    const [before, behind] = [pairs[at - 1], pairs[at + 1]];
    if (pair.isSame || holdsFor(rule, pair) || before === undefined || behind === undefined) return;
    const isBetween =
      pair.before === before.at && behind.before === pair.at && behind.fileBefore === pair.fileAt;
    const width = (line: string) => indentOf(line).length;
    const isAlike = [before, behind].every(
      (other) =>
        Math.sign(width(pair.reply) - width(other.reply)) === Math.sign(width(pair.file) - width(other.file)),
    );
    if (isBetween && pair.fileBefore === before.fileAt && isAlike) aligned.set(pair.at, indentOf(pair.file));
  });
}

function holdsFor(rule: StepRule, { file, reply }: Pair): boolean {
  return rule.apply(indentOf(reply)) === indentOf(file);
}

function keep(indent: string): string {
  return indent;
}

const KEPT: StepRule = { apply: keep, isOther: false };

/** What may become of indentation behind that of the first line. */
function listRules(part: ShiftedPart, from: string, pairs: readonly Pair[]): StepRule[] {
  return [...stepRules(part), ...conversions(pairs, from, part.indent)].map((convert) => ({
    isOther: convert !== keep,
    apply: (one) => {
      if (!one.startsWith(from)) return undefined;
      const step = convert(one.slice(from.length));
      return step === undefined ? undefined : part.indent + step;
    },
  }));
}

/** Whether the last line stands where the file's does although the first does not. */
function lostFirstIndent({ piece, span, indent, region }: ShiftedPart): boolean {
  const last = piece.lines[span.to] ?? '';
  return region !== undefined && span.to > span.from && indentOf(last) === indent && /^\s*[}\])]/.test(last);
}

/** What the steps of both sides say: the same, or one for the other. */
function stepRules({ fileLines, region, piece, span }: ShiftedPart): IndentRule[] {
  const file = (region === undefined ? undefined : stepOf(slice(fileLines, region))) ?? stepOfAll(fileLines);
  const reply = stepOf(slice(piece.lines, span)) ?? stepOfAll(piece.lines);
  if (file === undefined || reply === undefined || file === reply) return [keep];
  if (file === '\t') return [toTabs(reply.length), keep];
  if (reply === '\t') return [toSpaces(file.length), keep];
  return [scale(reply.length, file.length), keep];
}

const steps = new WeakMap<readonly string[], string>();

/** The step of a whole text, looked for once. */
function stepOfAll(lines: readonly string[]): string | undefined {
  const known = steps.get(lines) ?? stepOf(lines) ?? '';
  steps.set(lines, known);
  return known === '' ? undefined : known;
}

/** By how much most lines are further in than the one before them that opens a block: a tab, or spaces. */
function stepOf(lines: readonly string[]): string | undefined {
  const counts = new Map<string, number>();
  let before: string | undefined;
  for (const line of lines) {
    if (line.trim() === '') continue;
    const indent = indentOf(line);
    if (before !== undefined && indent.length > before.length && indent.startsWith(before)) {
      const step = indent.slice(before.length).startsWith('\t') ? '\t' : indent.slice(before.length);
      // A single space is no step, but what C++ puts before `public:`.
      if (step !== ' ') counts.set(step, (counts.get(step) ?? 0) + 1);
    }
    before = /[{([<:]\s*$/.test(line) ? indent : undefined;
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
    if (a <= 0 || b <= 0 || a === b || widths.has(key) || /\t/.test(indentOf(reply) + indentOf(file)))
      continue;
    widths.add(key);
    if (widths.size > 8) break;
    // At least two: a single space is no step, but what the lines of a block comment begin with.
    const common = greatestCommon(a, b) / (greatestCommon(a, b) === Math.min(a, b) ? 2 : 1);
    rules.push(scale(a / common, b / common));
  }
  return [...rules, ...UNITS.map(toTabs), ...UNITS.map(toSpaces)];
}

function greatestCommon(one: number, other: number): number {
  return other === 0 ? one : greatestCommon(other, one % other);
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

/** Lines that both sides have, white space aside, and as many lines as they replace between them. */
function pairLines({ fileLines, region, piece, span }: ShiftedPart): Pair[] {
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

/**
 * Whether a line of text in a literal was moved with the code around it: as the file's own line shows, else as most of
 * the text does that both sides have.
 */
function followStrings(pairs: readonly Pair[], piece: Piece, rule: StepRule): (at: number) => boolean {
  const known = new Map<number, boolean>();
  let balance = 0;
  for (const pair of pairs) {
    if (!piece.parsed.inString.has(pair.at)) continue;
    const isMoved = indentOf(pair.reply) !== indentOf(pair.file) && holdsFor(rule, pair);
    if (isMoved || indentOf(pair.reply) === indentOf(pair.file)) known.set(pair.at, isMoved);
    if (pair.isSame) balance += isMoved ? 1 : -1;
  }
  return (at) => known.get(at) ?? balance > 0;
}
