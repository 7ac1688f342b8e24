import { indentOf, shiftLine, type IndentRule } from '../locating/indentation.js';
import { conversions, keep, stepRules } from './indent-steps.js';
import { pairLines, type Pair, type ShiftedPart } from './pair-lines.js';
import type { Piece } from './piece.js';

/** What becomes of indentation, and whether it goes in other steps than the reply's. */
interface StepRule {
  apply: IndentRule;
  isOther: boolean;
}

/** Share of the lines of both sides that a rule must explain where none of them kept its indentation. */
const MOST_OF_LINES = 0.75;

/** Moves a line of a reply, by its number in the piece, to the file's indentation. */
export type LineShift = (line: string, at: number) => string;

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
  // Of lines that stand in both more than once, some are paired with another: where none was kept, most others tell.
  const fewest = kept === 0 ? Math.ceil(pairs.length * MOST_OF_LINES) : pairs.length;
  const rules = listRules(part, from, pairs).filter((rule) => {
    const aligned = findAligned(all, rule);
    const explained = pairs.filter((pair) => holdsFor(rule, pair) || aligned.has(pair.at));
    return rule.isOther && explained.length >= fewest;
  });
  const best = bestOf(rules, deeper);
  const held = best === undefined ? 0 : deeper.filter((pair) => holdsFor(best, pair)).length;
  return held > kept ? best : undefined;
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
    before = holds || (pair.isSame && goesOn) ? pair : undefined;
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
