import type { EditLine } from '../reading/edit.js';
import type { FileIndex } from './file-index.js';
import { findIndentRules, indentOf, shiftLine, type IndentPair, type IndentRule } from './indentation.js';
import { countOddities, settleIndent } from './judge-indent.js';
import type { Relaxation } from './relaxation.js';
import { settleTypography } from './typography.js';

/** A replacement's lines with the file line of each, -1 for those that are new or that the file lacks. */
export interface Laid {
  lines: readonly EditLine[];
  at: readonly number[];
}

/** How indentation became the reply's; `first` is for a first line that went another way than the rest. */
interface IndentShift {
  rule: IndentRule;
  first: IndentPair | undefined;
}

/**
 * The lines with the added ones as the file writes them: its indentation, its plain characters. Undefined when the old
 * lines are not the same text shifted; `unclear` when they are, but nothing tells how the added ones would be written
 * there. Where several rules could have bent the indentation and give different lines, the one decides that leaves the
 * least odd indentation, if that is one.
 */
export function adaptAddedLines(
  index: FileIndex,
  laid: Laid,
  relaxed: Relaxation,
): readonly EditLine[] | 'unclear' | undefined {
  const settled = settleCharacters(index, laid);
  if (settled === undefined) return 'unclear';
  const shifts = relaxed.indentation
    ? listShifts(
        pairIndents(index, laid),
        settled.filter((line) => line.op === '+'),
      )
    : [{ rule: keep, first: undefined }];
  if (shifts.length === 0) return undefined;
  const results = new Map<string, readonly EditLine[]>();
  for (const shift of shifts) {
    const shifted = shiftAdded(index, { lines: settled, at: laid.at }, shift);
    if (shifted !== undefined) results.set(shifted.map((line) => line.text).join('\n'), shifted);
  }
  const [only] = results.values();
  if (results.size < 2) return only ?? 'unclear';
  const judged = [...results.values()].map((lines) => ({
    lines,
    oddities: countOddities(index, lines, laid.at),
  }));
  const least = Math.min(...judged.map(({ oddities }) => oddities));
  const [best, second] = judged.filter(({ oddities }) => oddities === least);
  return second === undefined && best !== undefined ? best.lines : 'unclear';
}

function keep(indent: string): string {
  return indent;
}

function settleCharacters(index: FileIndex, { lines, at }: Laid): EditLine[] | undefined {
  const pairs = lines.flatMap((line, order) => {
    const file = index.lines[at[order] ?? -1];
    return file === undefined ? [] : [{ file, reply: line.text }];
  });
  const added = lines.filter((line) => line.op === '+').map((line) => line.text);
  const settle = settleTypography(pairs, added, !index.traits.typography);
  const ends = new Map(pairs.map(({ file, reply }) => [reply, file]));
  const settled: EditLine[] = [];
  for (const line of lines) {
    const text = line.op === '+' ? settle(endAsOld(line.text, ends)) : line.text;
    if (text === undefined) return undefined;
    const other = line.op === '+' && line.other !== undefined ? settle(line.other) : line.other;
    settled.push(other === undefined ? { op: line.op, text } : { op: line.op, text, other });
  }
  return settled;
}

/** A new line that repeats an old one of the reply, which has white space at its end that the file's has not. */
function endAsOld(text: string, ends: ReadonlyMap<string, string>): string {
  const own = ends.get(text);
  return own !== undefined && own !== text && own === text.trimEnd() ? own : text;
}

function pairIndents(index: FileIndex, { lines, at }: Laid): IndentPair[] {
  return lines.flatMap((line, order) => {
    const file = index.lines[at[order] ?? -1];
    if (file === undefined || line.text.trim() === '') return [];
    const reply = [indentOf(line.text)];
    if (line.other !== undefined) reply.push(indentOf(line.other));
    return [{ file: indentOf(file), reply }];
  });
}

/**
 * What may have bent the indentation. Models lose that of the first line alone: so it may be left aside, and where it is
 * the only line to tell, either all of the reply was shifted or just that line.
 */
function listShifts(pairs: readonly IndentPair[], added: readonly EditLine[]): IndentShift[] {
  const [first, ...rest] = pairs;
  const rules = findIndentRules(pairs);
  const uniform = rules.map((rule) => ({ rule, first: undefined }));
  if (first === undefined) return uniform;
  if (rest.length > 0) {
    return rules.length > 0 ? uniform : findIndentRules(rest).map((rule) => ({ rule, first }));
  }
  const isLost = first.reply.every((indent) => indent !== first.file && first.file.endsWith(indent));
  return isLost && hasDeeper(added, first) ? [...uniform, { rule: keep, first }] : uniform;
}

/** Whether a new line still has indentation that the only old line lacks. */
function hasDeeper(added: readonly EditLine[], { reply }: IndentPair): boolean {
  return added.some(
    (line) => line.text.trim() !== '' && reply.every((indent) => indentOf(line.text).length > indent.length),
  );
}

function shiftAdded(index: FileIndex, { lines, at }: Laid, shift: IndentShift): EditLine[] | undefined {
  const firstNew = lines.findIndex((line) => line.op !== '-' && line.text.trim() !== '');
  const shifted: EditLine[] = [];
  for (const [order, line] of lines.entries()) {
    if (line.op !== '+') {
      shifted.push(line);
      continue;
    }
    const isFirst = order === firstNew && shift.first?.reply.includes(indentOf(line.text)) === true;
    const text = isFirst
      ? (shift.first?.file ?? '') + line.text.trimStart()
      : shiftOne(index, line, shift.rule, beside(index, lines, at, shifted, order));
    if (text === undefined) return undefined;
    shifted.push({ op: '+', text });
  }
  return shifted;
}

/** An added line may have lost its sign, so that its first space is the sign's place or its own. */
function shiftOne(
  index: FileIndex,
  line: EditLine,
  rule: IndentRule,
  neighbours: readonly string[],
): string | undefined {
  const text = shiftLine(line.text, rule);
  if (line.other === undefined) return text;
  const other = shiftLine(line.other, rule);
  return text === undefined || other === undefined
    ? (text ?? other)
    : settleIndent(index, text, other, neighbours);
}

/** The lines before and after an added one, as far as their indentation is known. */
function beside(
  index: FileIndex,
  lines: readonly EditLine[],
  at: readonly number[],
  before: readonly EditLine[],
  order: number,
): string[] {
  const isText = (line: EditLine) => line.text.trim() !== '';
  const previous = before.findLastIndex(isText);
  const next = lines.findIndex((line, other) => other > order && isText(line) && (at[other] ?? -1) >= 0);
  const texts: (string | undefined)[] = [
    previous < 0 ? undefined : (index.lines[at[previous] ?? -1] ?? before[previous]?.text),
    next < 0 ? undefined : index.lines[at[next] ?? -1],
  ];
  return texts.filter((text) => text !== undefined);
}
