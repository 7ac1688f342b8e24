import type { EditLine, Replacement } from '../reading/edit.js';
import type { FileIndex } from './file-index.js';
import { countEvidence, findFirst, LEAST_EVIDENCE, rename } from './find-first.js';
import { indentOf } from './indentation.js';
import type { Placement } from './match.js';
import { STRICT_RELAXATIONS, type Relaxation } from './relaxation.js';

/** Lines of mere signs (closing braces) are in every file: so many of them after new text may be new as well. */
const MOST_SIGNS = 3;

const ANY_SPELLING: Relaxation = {
  pass: 'typography',
  trailing: true,
  indentation: true,
  blanks: false,
  comments: false,
  typography: true,
};

/**
 * Context that the file has nowhere, right beside changed lines, is new text whose `+` was forgotten, if the lines
 * around it touch in the file. Its first space may be the sign's place or indentation: the file's indentation tells.
 */
export function findWithPluses(index: FileIndex, replacement: Replacement): Placement[] {
  const { lines } = replacement;
  const unknown = lines.map(
    (line) => line.op === ' ' && line.text.trim() !== '' && !stands(index, line.text),
  );
  if (!unknown.includes(true)) return [];
  const unit = indentUnit(index);
  const tried = new Set<string>();
  const found: Placement[] = [];
  for (let signs = 0; signs <= MOST_SIGNS; signs += 1) {
    const taken = takeSigns(lines, unknown, signs);
    // At the edge of a hunk such a line may as well be context that the model made up.
    if (taken[0] === true || taken.at(-1) === true || tried.has(taken.join())) continue;
    tried.add(taken.join());
    found.push(...placeWithPluses(index, replacement, taken, unit));
  }
  return found;
}

function takeSigns(lines: readonly EditLine[], isUnknown: readonly boolean[], signs: number): boolean[] {
  const taken = [...isUnknown];
  let left = 0;
  for (const [at, line] of lines.entries()) {
    if (isUnknown[at] === true) left = signs;
    else if (left > 0 && line.op === ' ' && line.text.trim() !== '' && !/\w/.test(line.text)) {
      taken[at] = true;
      left -= 1;
    } else left = 0;
  }
  return taken;
}

function placeWithPluses(
  index: FileIndex,
  replacement: Replacement,
  isUnknown: readonly boolean[],
  unit: number,
): Placement[] {
  const marked = replacement.lines.map((line, at) => (isUnknown[at] === true ? plus(line) : line));
  const lines = marked.map((line, at) =>
    line.op === ' ' && line.text.trim() === '' && isBetweenAdded(marked, at) ? plus(line) : line,
  );
  if (!touchesStatedChange(replacement.lines, lines) || countEvidence(lines) < LEAST_EVIDENCE) return [];
  const adapted: EditLine[] = [];
  for (const [at, line] of lines.entries()) {
    if (isUnknown[at] !== true) {
      adapted.push(line);
      continue;
    }
    const text = settleIndent(line.text, unit);
    if (text === undefined) return [];
    adapted.push({ op: '+', text });
  }
  return rename(findFirst(index, { ...replacement, lines: adapted }, STRICT_RELAXATIONS), 'missing-plus');
}

/** Whether a line stands in the file, white space around it and typography aside. */
function stands(index: FileIndex, text: string): boolean {
  return index.linesLike(text).length > 0 || index.find([text], ANY_SPELLING).places.length > 0;
}

function plus(line: EditLine): EditLine {
  return { op: '+', text: line.text };
}

function isBetweenAdded(lines: readonly EditLine[], at: number): boolean {
  const isText = (line: EditLine) => line.text.trim() !== '';
  return lines.slice(0, at).findLast(isText)?.op === '+' && lines.slice(at + 1).find(isText)?.op === '+';
}

/** Whether every run of added lines has one that the model marked itself, or follows a removed line. */
function touchesStatedChange(stated: readonly EditLine[], lines: readonly EditLine[]): boolean {
  let touched = true;
  let inRun = false;
  for (const [at, line] of lines.entries()) {
    if (line.op === ' ') {
      if (inRun && !touched) return false;
      inRun = false;
      continue;
    }
    if (!inRun) touched = false;
    inRun = true;
    if (stated[at]?.op !== ' ') touched = true;
  }
  return !inRun || touched;
}

/** The step of a file's indentation in spaces; 0 where it has none. */
function indentUnit(index: FileIndex): number {
  let unit = 0;
  for (const line of index.lines) {
    const indent = indentOf(line);
    if (line.trim() === '' || indent === '' || indent.includes('\t')) continue;
    let other = indent.length;
    while (other > 0) [unit, other] = [other, unit % other];
    if (unit === 1) return 1;
  }
  return unit;
}

/** The text as it stands or with one space more, whichever is a step of the file's indentation; undefined if unclear. */
function settleIndent(text: string, unit: number): string | undefined {
  const indent = indentOf(text);
  if (indent === '' || indent.includes('\t')) return text;
  if (unit < 2) return undefined;
  if (indent.length % unit === 0) return text;
  return (indent.length + 1) % unit === 0 ? ` ${text}` : undefined;
}
