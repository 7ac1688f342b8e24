/** Rewrites the indentation of a reply's line to the file's; undefined when the line does not follow the same rule. */
export type Shift = (line: string) => string | undefined;

interface Pair {
  file: string;
  reply: string;
}

const UNITS = [4, 2, 8, 3] as const;

export function indentOf(line: string): string {
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}

/**
 * The one rule by which all lines of a reply differ from the file's in their indentation: a prefix more or less, tabs
 * for spaces or the other way round, another width. Undefined when no rule holds for every line: then it is not the
 * same text shifted.
 */
export function findShift(lines: readonly { file: string; reply: string }[]): Shift | undefined {
  const pairs = lines
    .filter(({ reply }) => reply.trim() !== '')
    .map(({ file, reply }) => ({ file: indentOf(file), reply: indentOf(reply) }));
  const rules = [
    addPrefix(pairs),
    cutPrefix(pairs),
    ...UNITS.map(toTabs),
    ...UNITS.map(toSpaces),
    ...scalings(pairs),
  ];
  for (const rule of rules) {
    if (rule !== undefined && pairs.every(({ file, reply }) => rule(reply) === file)) return applyRule(rule);
  }
  for (const unit of UNITS) {
    for (const convert of [toTabs(unit), toSpaces(unit)]) {
      const converted = pairs.map(({ file, reply }) => ({ file, reply: convert(reply) ?? '\0' }));
      for (const move of [addPrefix(converted), cutPrefix(converted)]) {
        if (move === undefined || !converted.every(({ file, reply }) => move(reply) === file)) continue;
        return applyRule((indent) => {
          const step = convert(indent);
          return step === undefined ? undefined : move(step);
        });
      }
    }
  }
  return undefined;
}

/** Works on indentations alone. */
type Rule = (indent: string) => string | undefined;

function applyRule(rule: Rule): Shift {
  return (line) => {
    if (line.trim() === '') return line.trim() === line ? line : '';
    const indent = indentOf(line);
    const shifted = rule(indent);
    return shifted === undefined ? undefined : shifted + line.slice(indent.length);
  };
}

function addPrefix(pairs: readonly Pair[]): Rule | undefined {
  const [first] = pairs;
  if (first === undefined || !first.file.endsWith(first.reply)) return undefined;
  const prefix = first.file.slice(0, first.file.length - first.reply.length);
  return (indent) => prefix + indent;
}

function cutPrefix(pairs: readonly Pair[]): Rule | undefined {
  const [first] = pairs;
  if (first === undefined || !first.reply.endsWith(first.file)) return undefined;
  const prefix = first.reply.slice(0, first.reply.length - first.file.length);
  return (indent) => (indent.startsWith(prefix) ? indent.slice(prefix.length) : undefined);
}

function toTabs(unit: number): Rule {
  return (indent) => {
    if (indent.includes('\t')) return undefined;
    return '\t'.repeat(Math.floor(indent.length / unit)) + ' '.repeat(indent.length % unit);
  };
}

function toSpaces(unit: number): Rule {
  return (indent) => {
    const tabs = /^\t*/.exec(indent)?.[0].length ?? 0;
    const rest = indent.slice(tabs);
    return rest.includes('\t') ? undefined : ' '.repeat(tabs * unit) + rest;
  };
}

/** Another number of spaces for each level, as the deepest line shows it. */
function scalings(pairs: readonly Pair[]): Rule[] {
  const deepest = pairs.reduce<Pair | undefined>(
    (most, pair) => (pair.reply.length > (most?.reply.length ?? 0) ? pair : most),
    undefined,
  );
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
