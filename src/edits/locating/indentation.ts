import { isCommentLine } from './relaxation.js';

/** Rewrites the indentation of a reply's line to the file's; undefined when the line does not follow the same rule. */
export type Shift = (line: string) => string | undefined;

/** A rule for indentations alone. */
export type IndentRule = (indent: string) => string | undefined;

/** A file line's indentation, and the reply's for the same line in each way that it can be read. */
export interface IndentPair {
  file: string;
  reply: readonly string[];
}

const UNITS = [4, 2, 8, 3] as const;
/** Ways to read the first line's indentation that are tried as what a prefix may come from. */
const LONGEST_PREFIX = 40;

export function indentOf(line: string): string {
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

/** The first rule by which all lines of a reply differ from the file's in their indentation; undefined when none holds. */
export function findShift(lines: readonly { file: string; reply: string }[]): Shift | undefined {
  const pairs = lines
    .filter(({ reply }) => reply.trim() !== '')
    .map(({ file, reply }) => ({ file: indentOf(file), reply: [indentOf(reply)] }));
  const [rule] = findIndentRules(pairs);
  return rule === undefined ? undefined : (line) => shiftLine(line, rule);
}

/**
 * The rules by which the indentation of all these lines can have become the reply's: none at all, a prefix more or less,
 * tabs for spaces or the other way round, another width, or two of those. Empty when none holds for every line: then
 * it is not the same text shifted. When the indentation is the file's already, no other rule is looked for.
 */
export function findIndentRules(pairs: readonly IndentPair[]): IndentRule[] {
  const holds = (rule: IndentRule) =>
    pairs.every(({ file, reply }) => reply.some((indent) => rule(indent) === file));
  if (holds(keep)) return [keep];
  const conversions = [...UNITS.map(toTabs), ...UNITS.map(toSpaces)];
  const simple = [...movesOf(pairs, keep), ...conversions, ...scalings(pairs)].filter(holds);
  if (simple.length > 0) return simple;
  return conversions
    .flatMap((convert) => [...movesOf(pairs, convert), ...unprefixed(pairs, convert)])
    .filter(holds);
}

export function shiftLine(line: string, rule: IndentRule): string | undefined {
  if (line.trim() === '') return line.trim() === line ? line : '';
  const indent = indentOf(line);
  const shifted = rule(indent);
  return shifted === undefined ? undefined : shifted + line.slice(indent.length);
}

function keep(indent: string): string {
  return indent;
}

/** Rules that convert an indentation and then add or cut a prefix: which one, the first line tells. */
function movesOf(pairs: readonly IndentPair[], convert: IndentRule): IndentRule[] {
  const [first] = pairs;
  return (first?.reply ?? []).flatMap((reply) => {
    const converted = convert(reply);
    if (first === undefined || converted === undefined) return [];
    const rules: IndentRule[] = [];
    if (first.file.endsWith(converted)) {
      const prefix = first.file.slice(0, first.file.length - converted.length);
      rules.push((indent) => prefix + indent);
    } else if (converted.endsWith(first.file)) {
      const prefix = converted.slice(0, converted.length - first.file.length);
      rules.push((indent) => (indent.startsWith(prefix) ? indent.slice(prefix.length) : undefined));
    }
    return rules.map((move) => (indent: string) => {
      const step = convert(indent);
      return step === undefined ? undefined : move(step);
    });
  });
}

/** Rules that cut a prefix off and then convert what is left. */
function unprefixed(pairs: readonly IndentPair[], convert: IndentRule): IndentRule[] {
  const [first] = pairs;
  return (first?.reply ?? []).flatMap((reply) => {
    const rules: IndentRule[] = [];
    for (let length = 1; length <= Math.min(reply.length, LONGEST_PREFIX); length += 1) {
      if (convert(reply.slice(length)) !== first?.file) continue;
      const prefix = reply.slice(0, length);
      rules.push((indent) => (indent.startsWith(prefix) ? convert(indent.slice(length)) : undefined));
    }
    return rules;
  });
}

/** Spaces as tabs of `unit`; undefined for what has a tab already. */
export function toTabs(unit: number): IndentRule {
  return (indent) => {
    if (indent.includes('\t')) return undefined;
    return '\t'.repeat(Math.floor(indent.length / unit)) + ' '.repeat(indent.length % unit);
  };
}

/** Leading tabs as `unit` spaces each; undefined where a tab comes later. */
export function toSpaces(unit: number): IndentRule {
  return (indent) => {
    const tabs = /^\t*/.exec(indent)?.[0].length ?? 0;
    const rest = indent.slice(tabs);
    return rest.includes('\t') ? undefined : ' '.repeat(tabs * unit) + rest;
  };
}

/** Another number of spaces for each level, as the deepest line shows it. */
function scalings(pairs: readonly IndentPair[]): IndentRule[] {
  let deepest: { file: string; reply: string } | undefined;
  for (const { file, reply } of pairs) {
    const [indent = ''] = reply;
    if (indent.length > (deepest?.reply.length ?? 0)) deepest = { file, reply: indent };
  }
  if (deepest === undefined || deepest.file === '' || (deepest.file + deepest.reply).includes('\t'))
    return [];
  const from = deepest.reply.length;
  const to = deepest.file.length;
  return [
    (indent) => {
      if (indent.includes('\t')) return undefined;
      const width = (indent.length * to) / from;
      return Number.isInteger(width) ? ' '.repeat(width) : undefined;
    },
  ];
}

/** The step of the indentation of lines in spaces: the one by which most are deeper than the one before. */
export function measureUnit(lines: readonly string[]): number {
  const steps = new Map<number, number>();
  let previous = 0;
  for (const line of lines) {
    if (line.trim() === '' || isCommentLine(line)) continue;
    const indent = indentOf(line);
    if (indent.includes('\t')) continue;
    const step = indent.length - previous;
    if (step > 1) steps.set(step, (steps.get(step) ?? 0) + 1);
    previous = indent.length;
  }
  let unit = 0;
  for (const [step, times] of steps) {
    if (times > (steps.get(unit) ?? 0) || (times === steps.get(unit) && step < unit)) unit = step;
  }
  return unit;
}
