import { parseDocument } from 'yaml';
import type { YAMLParseError } from 'yaml';
import { messageOf } from '../errors.js';
import type { Position, Problem } from './problem.js';
import { convertDocument, isEmpty } from './yaml-value.js';
import type { YamlValue } from './yaml-value.js';

/** A YAML text as values with positions. `root` is undefined for an empty text and for one that is not YAML. */
export interface YamlText {
  root: YamlValue | undefined;
  problems: Problem[];
  positionAt: (offset: number) => Position;
}

/** After a syntax error the parser finds follow-ups; the first few are worth reading. */
const MAX_SYNTAX_PROBLEMS = 5;

const SYNTAX_REMEDIES: Partial<Record<YAMLParseError['code'], string>> = {
  TAB_AS_INDENT: 'Indent with spaces.',
  MULTIPLE_DOCS: 'Keep one document: remove the `---` line.',
  BAD_INDENT: 'Indent lines that belong together by the same number of spaces.',
  BLOCK_AS_IMPLICIT_KEY: 'Put text that holds `: ` in quotes.',
  BAD_SCALAR_START: 'Put text that starts with a special character in quotes.',
  RESOURCE_EXHAUSTION: 'Flatten it.',
};

/**
 * Reads YAML 1.2 text, however unusual: byte order mark, CRLF, anchors, merge keys, alias bombs, deep nesting.
 * Never throws; syntax errors hide the rest, since nothing after them can be relied on.
 */
export function parseYaml(source: string): YamlText {
  const text = source.startsWith('\uFEFF') ? source.slice(1) : source;
  const positionAt = createPositionIndex(text);
  const problems: Problem[] = [];
  const report = (at: number, message: string, remedy: string | undefined): void => {
    problems.push({ position: positionAt(at), message, remedy });
  };
  try {
    // uniqueKeys compares every key with every other; convertDocument looks for duplicates in linear time.
    const document = parseDocument(text, { uniqueKeys: false, prettyErrors: false });
    const faults = [...document.errors, ...document.warnings];
    for (const fault of selectFaults(faults, text)) {
      report(fault.pos[0], describeFault(fault, text), SYNTAX_REMEDIES[fault.code]);
    }
    if (problems.length > 0 || document.contents === null) return { root: undefined, problems, positionAt };
    const root = convertDocument(document.contents, report);
    return { root: isEmpty(root) ? undefined : root, problems, positionAt };
  } catch (error) {
    report(0, `This cannot be read as YAML: ${messageOf(error)}.`, undefined);
    return { root: undefined, problems, positionAt };
  }
}

/** The first fault of each line; a line without its own meaning gets many. */
function selectFaults<T extends { pos: [number, number] }>(faults: readonly T[], text: string): T[] {
  const chosen: T[] = [];
  for (const fault of faults.toSorted((a, b) => a.pos[0] - b.pos[0])) {
    const previous = chosen.at(-1);
    const sameLine = previous !== undefined && !text.slice(previous.pos[0], fault.pos[0]).includes('\n');
    if (!sameLine) chosen.push(fault);
    if (chosen.length === MAX_SYNTAX_PROBLEMS) break;
  }
  return chosen;
}

function describeFault(
  fault: { code: string; message: string; pos: [number, number] },
  text: string,
): string {
  if (fault.code === 'TAB_AS_INDENT') return 'A tab indents this line, which YAML does not allow.';
  if (fault.code === 'MULTIPLE_DOCS') return 'A second YAML document starts here.';
  if (fault.pos[0] >= text.trimEnd().length && text.trim() !== '') {
    return `The file ends too early: ${fault.message}.`;
  }
  return `Not valid YAML: ${fault.message.replace(/\.$/, '')}.`;
}

/** Offset → line and column; the lines are only counted when somebody asks. */
function createPositionIndex(text: string): (offset: number) => Position {
  let starts: number[] | undefined;
  return (offset) => {
    starts ??= findLineStarts(text);
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

function findLineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
