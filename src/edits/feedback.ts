import type { FileIndex } from './locating/file-index.js';
import { findNearest, type Excerpt } from './locating/nearest.js';
import type { Edit, ReplaceEdit } from './reading/edit.js';
import { oldLinesOf } from './reading/edit.js';
import type { EditFormat } from './types.js';

/** About 300 tokens of code: a small model's prompt has no room for more, and it answers the last thing it read. */
const LONGEST_FEEDBACK = 900;
const MOST_LINES = 12;
const LONGEST_LINE = 100;

/** How a format calls the lines that must stand in the file. */
const OLD_SIDE: Readonly<Record<EditFormat, string>> = {
  'whole-file': 'file',
  'search-replace': 'SEARCH part',
  'named-declaration': 'declaration',
  'unified-diff': 'hunk',
  'begin-patch': 'patch part',
};

/** "Edit 2 of src/a.js" — or without a number when it is the only one. */
export function nameEdit(path: string | undefined, number: number, count: number): string {
  const name = count > 1 ? `Edit ${number}` : 'The edit';
  return path === undefined ? name : `${name} of ${path}`;
}

/** What a model needs to mend an edit whose old lines are nowhere: the real lines and what differs. */
export function tellMissing(name: string, edit: ReplaceEdit, index: FileIndex): string {
  const side = OLD_SIDE[edit.format];
  const wanted = edit.readings[0] === undefined ? [] : oldLinesOf(edit.readings[0]);
  const head = `${name} was not applied: its ${side} is not in the file.`;
  const nearest = findNearest(index, wanted);
  if (nearest === undefined) {
    return limit(
      `${head} No line of the file is like it. Copy the lines to change from the file exactly as they are.`,
    );
  }
  const { from, to } = window(nearest.from, nearest.to, nearest.differs);
  const place = to - from > 1 ? `lines are ${from + 1}-${to}` : `line is ${to}`;
  const lines = `The nearest ${place}:\n${excerpt(index.lines, from, to)}`;
  const advice = 'Send the edit again with old lines copied exactly from the file.';
  return limit(`${head} ${lines}\n${tellDifference(nearest, side)}\n${advice}`);
}

function tellDifference({ from, differs, space }: Excerpt, side: string): string {
  if (differs !== undefined)
    return `Line ${differs + 1} of your ${side} is different from the file's line ${from + differs + 1}.`;
  const asShort = space?.isShort === true ? ', and lines as short as these must have them all the same' : '';
  switch (space?.differs) {
    case 'blank-lines':
      return `Only the blank lines are different${asShort}.`;
    case 'nothing':
      return 'They are the same, but it is not clear where the new lines go.';
    case 'in-lines':
    case undefined:
      return 'Only the white space is different.';
  }
}

/** What a model needs to tell two places apart. */
export function tellAmbiguous(
  name: string,
  edit: ReplaceEdit,
  index: FileIndex,
  lines: readonly number[],
): string {
  const shown = lines.slice(0, 6).map((line) => line + 1);
  const more = lines.length > shown.length ? ' and more' : '';
  const above = lines
    .slice(0, 3)
    .map((line) => excerpt(index.lines, Math.max(0, line - 2), line + 1))
    .join('\n--\n');
  return limit(
    `${name} was not applied: its ${OLD_SIDE[edit.format]} fits several places, at lines ${shown.join(', ')}${more}:\n` +
      `${above}\nSend the edit again with more unchanged lines around it, so that it fits one place only.`,
  );
}

/** What was said of a name, the lines of the file at which it stands, and what to send instead. */
export function tellLines(
  said: string,
  fileLines: readonly string[],
  lines: readonly number[],
  advice: string,
): string {
  const shown = lines.slice(0, 6).map((line) => excerpt(fileLines, line, line + 1));
  const place = shown.length > 0 ? ` In the file:\n${shown.join('\n')}\n` : ' ';
  return limit(`${said.trimEnd()}${place}${advice}`.trimEnd());
}

/** Nothing in the reply reads as an edit. */
export function tellNoEdit(format: EditFormat | undefined): string {
  switch (format) {
    case 'search-replace':
      return 'The answer holds no edit. Write the path, then <<<<<<< SEARCH, the old lines, =======, the new lines, >>>>>>> REPLACE.';
    case 'unified-diff':
      return 'The answer holds no edit. Write a diff with --- and +++ lines, @@ before each change, and -, + or a space before each line.';
    case 'begin-patch':
      return 'The answer holds no edit. Start with *** Begin Patch and *** Update File: with the path.';
    case 'named-declaration':
      return 'The answer holds no edit. Write the path of the file, then each function, class or constant that changes, whole, between ``` lines.';
    case 'whole-file':
    case undefined:
      return 'The answer holds no edit. Write the path of the file, then its whole new content between ``` lines.';
  }
}

/** At most twelve lines around the first one that differs. */
function window(from: number, to: number, differs: number | undefined): { from: number; to: number } {
  if (to - from <= MOST_LINES) return { from, to };
  const middle = from + (differs ?? 0);
  const start = Math.min(Math.max(from, middle - 4), to - MOST_LINES);
  return { from: start, to: start + MOST_LINES };
}

function excerpt(fileLines: readonly string[], from: number, to: number): string {
  return fileLines
    .slice(from, to)
    .map(
      (line, at) =>
        `${from + at + 1}| ${line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line}`,
    )
    .join('\n');
}

/** Cuts feedback in its middle, where the excerpt is: its start names the edit, its end says what to do. */
export function limit(feedback: string): string {
  if (feedback.length <= LONGEST_FEEDBACK) return feedback;
  const tail = feedback.slice(-250);
  return `${feedback.slice(0, LONGEST_FEEDBACK - tail.length - 3)}\n…\n${tail.slice(tail.indexOf('\n') + 1)}`;
}

/** The lines that an edit puts into a file, as far as they are known without it. */
export function addedLinesOf(edit: Edit): readonly string[] {
  switch (edit.kind) {
    case 'whole':
    case 'create':
      return edit.lines;
    case 'replace':
      return (edit.readings[0]?.lines ?? []).filter((line) => line.op === '+').map((line) => line.text);
    case 'delete':
    case 'rename':
    case 'broken':
      return [];
  }
}
