import { rejectEdit, type SettledEdit } from './file-result.js';
import { foldTypography, settleTypography } from './locating/typography.js';
import { alignLines } from './reading/align.js';
import type { WholeEdit } from './reading/edit.js';
import { joinLines, lacksFinalNewline, type SourceText } from './source-text.js';
import { spliceEdits } from './splice.js';
import type { Rejection } from './types.js';

/** Lines at a file's end that must stand there before what is missing above them was taken out on purpose. */
const FEWEST_LAST = 3;

/**
 * The new text of a file that a reply holds as a whole: byte order mark, line ends, final newline and blank lines at
 * its start and end as the file has them, since a fenced block cannot show them. `source` is undefined for a new file.
 */
export function renderWholeFile(edit: WholeEdit, source: SourceText | undefined): string {
  const lines = settleCharacters(trimBlank(withoutPathLine(edit, source), source), source);
  if (source === undefined || source.lines.length === 0) return (source?.bom ?? '') + joinLines(lines);
  if (lines.length === 0) return '';
  const kinds = new Set(source.ends.filter((end) => end !== ''));
  if (kinds.size < 2) {
    const [end = '\n'] = kinds;
    return source.bom + lines.join(end) + (lacksFinalNewline(source) ? '' : end);
  }
  const aligned = alignLines(source.lines, lines);
  let next = 0;
  const at = aligned.map((line) => (line.op === '+' ? -1 : next++));
  const text = spliceEdits(source, [{ pass: 'whole', lines: aligned, at, finalNewline: undefined }]);
  return typeof text === 'string' ? text : source.bom + joinLines(lines);
}

/** Refuses a file of which the reply was cut off before its end. */
export function refuseLostEnd(settled: SettledEdit<WholeEdit>, source: SourceText): Rejection | undefined {
  if (!losesEnd(settled.edit, source)) return undefined;
  const why = 'Nothing closes the file in the reply, and its end is missing: the answer was cut off.';
  return rejectEdit(settled, 'truncated', why, 'Send the whole file.');
}

/**
 * Whether a file that no fence closes stops before its end: the file's last line is not there, or is another one that
 * looks like it, before which lines are missing; or the reply ends inside a line behind it.
 */
function losesEnd(edit: WholeEdit, source: SourceText): boolean {
  if (edit.end === 'closed') return false;
  const isText = (line: string) => line.trim() !== '';
  const aligned = alignLines(source.lines.filter(isText), edit.lines.filter(isText));
  const last = aligned.findLastIndex((line) => line.op !== '+');
  if (last < 0 || aligned[last]?.op === '-') return true;
  if (last < aligned.length - 1) return edit.end === 'partial';
  const changed = aligned.findLastIndex((line) => line.op !== ' ');
  return edit.end === 'partial' && aligned[changed]?.op === '-' && last - changed < FEWEST_LAST;
}

/** A comment that only names the path belongs to the reply, unless the file begins with it. */
function withoutPathLine(edit: WholeEdit, source: SourceText | undefined): readonly string[] {
  const at = edit.lines.findIndex((line) => line.trim() !== '');
  if (!edit.pathInFirstLine || at < 0) return edit.lines;
  const first = source?.lines.find((line) => line.trim() !== '');
  return first?.trim() === edit.lines[at]?.trim() ? edit.lines : edit.lines.slice(at + 1);
}

/** A file that a chat window made typographic throughout: its old lines as they are, its new ones as those show. */
function settleCharacters(lines: readonly string[], source: SourceText | undefined): readonly string[] {
  if (source === undefined || lines.every((line) => foldTypography(line) === line)) return lines;
  const aligned = alignLines(source.lines.map(foldTypography), lines.map(foldTypography));
  const kept = new Map<number, { file: string; reply: string }>();
  let old = 0;
  let fresh = 0;
  for (const { op } of aligned) {
    if (op === ' ') kept.set(fresh, { file: source.lines[old] ?? '', reply: lines[fresh] ?? '' });
    if (op !== '+') old += 1;
    if (op !== '-') fresh += 1;
  }
  const settle = settleTypography([...kept.values()], []);
  return lines.map((line, at) => kept.get(at)?.file ?? settle(line) ?? line);
}

function trimBlank(lines: readonly string[], source: SourceText | undefined): string[] {
  const isText = (line: string) => line.trim() !== '';
  const from = lines.findIndex(isText);
  if (from < 0) return [];
  const to = lines.findLastIndex(isText) + 1;
  const body = lines.slice(from, to).map((line, at) => (at === 0 ? line.replace(/^\uFEFF/, '') : line));
  if (source === undefined) return body;
  const head = source.lines.findIndex(isText);
  const tail = source.lines.findLastIndex(isText);
  if (head < 0) return body;
  const above = source.lines.slice(0, head);
  const below = source.lines.slice(tail + 1);
  if (above.length + below.length === 0) return body;
  // Where lines were put before or behind all that the file has, its blank lines are among those of the reply.
  const aligned = alignLines(source.lines.slice(head, tail + 1), body);
  const first = aligned.findIndex((line) => line.op !== '+');
  const last = aligned.findLastIndex((line) => line.op !== '+');
  return [
    ...(first > 0 && aligned[first]?.op === ' ' ? [] : above),
    ...body,
    ...(last < aligned.length - 1 && aligned[last]?.op === ' ' ? [] : below),
  ];
}
