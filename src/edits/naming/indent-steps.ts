import { indentOf, toSpaces, toTabs, type IndentRule } from '../locating/indentation.js';
import type { Pair, ShiftedPart } from './pair-lines.js';
import { slice } from './piece.js';

const UNITS = [4, 2, 8, 3] as const;

/** Indentation as it is. */
export function keep(indent: string): string {
  return indent;
}

/** What the steps of both sides say: the same, or one for the other. */
export function stepRules({ fileLines, region, piece, span }: ShiftedPart): IndentRule[] {
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
export function conversions(pairs: readonly Pair[], from: string, indent: string): IndentRule[] {
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
