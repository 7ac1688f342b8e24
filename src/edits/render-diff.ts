import { diffArrays } from 'diff';
import { parseSource, type SourceText } from './source-text.js';
import type { FileChange } from './types.js';

/** Unchanged lines shown around a change, as git shows them. */
const CONTEXT = 3;
/** Limits of the line diff: beyond them the differing part is shown as rewritten. (jsdiff is quadratic: 10,000 lines
 * that all differ took it 19.5 s.) */
const MOST_EDITS = 5000;
const MOST_TIME = 1000;

/** One line of a diff with its terminator; the text of a line without one is followed by git's marker. */
interface DiffLine {
  op: ' ' | '-' | '+';
  text: string;
}

/**
 * The changes as a unified diff in git's form, which `git apply` accepts: extended headers for new, deleted and renamed
 * files, C-quoted paths, `\ No newline at end of file`. Bytes are those of the texts, CRLF and byte order mark included.
 */
export function renderDiff(changes: readonly FileChange[]): string {
  return changes.map(renderChange).join('');
}

function renderChange(change: FileChange): string {
  const from = change.kind === 'rename' ? change.from : change.path;
  const oldText = change.kind === 'create' ? '' : change.oldText;
  const newText = change.kind === 'delete' ? '' : change.newText;
  const head = [`diff --git ${quotePath(`a/${from}`)} ${quotePath(`b/${change.path}`)}`];
  if (change.kind === 'create') head.push('new file mode 100644');
  if (change.kind === 'delete') head.push('deleted file mode 100644');
  if (change.kind === 'rename') {
    head.push(`similarity index ${likeness(oldText, newText)}%`);
    head.push(`rename from ${quotePath(from)}`, `rename to ${quotePath(change.path)}`);
  }
  const lines = diffLines(parseSource(oldText), parseSource(newText));
  if (lines.every((line) => line.op === ' ')) {
    // git tells an empty file that comes or goes by its header alone, and then wants the object names.
    if (change.kind === 'create') head.push('index 0000000..e69de29');
    if (change.kind === 'delete') head.push('index e69de29..0000000');
    return change.kind === 'modify' ? '' : `${head.join('\n')}\n`;
  }
  head.push(`--- ${change.kind === 'create' ? '/dev/null' : headerPath(`a/${from}`)}`);
  head.push(`+++ ${change.kind === 'delete' ? '/dev/null' : headerPath(`b/${change.path}`)}`);
  return `${head.join('\n')}\n${renderHunks(lines)}`;
}

/** The share of equal lines in percent: for the reader, git recomputes it. */
function likeness(oldText: string, newText: string): number {
  if (oldText === newText) return 100;
  const lines = diffLines(parseSource(oldText), parseSource(newText));
  const kept = lines.filter((line) => line.op === ' ').length;
  return Math.min(99, Math.floor((kept * 200) / Math.max(1, lines.length + kept)));
}

function diffLines(before: SourceText, after: SourceText): DiffLine[] {
  const old = terminated(before);
  const fresh = terminated(after);
  let head = 0;
  while (head < old.length && head < fresh.length && old[head] === fresh[head]) head += 1;
  let tail = 0;
  const most = Math.min(old.length, fresh.length) - head;
  while (tail < most && old[old.length - 1 - tail] === fresh[fresh.length - 1 - tail]) tail += 1;
  const middle = diffMiddle(old.slice(head, old.length - tail), fresh.slice(head, fresh.length - tail));
  return [...mark(' ', old.slice(0, head)), ...middle, ...mark(' ', old.slice(old.length - tail))];
}

function diffMiddle(old: string[], fresh: string[]): DiffLine[] {
  const parts =
    old.length === 0 || fresh.length === 0
      ? undefined
      : diffArrays(old, fresh, { maxEditLength: MOST_EDITS, timeout: MOST_TIME });
  if (parts === undefined) return [...mark('-', old), ...mark('+', fresh)];
  return parts.flatMap((part) => mark(part.added ? '+' : part.removed ? '-' : ' ', part.value));
}

function terminated(source: SourceText): string[] {
  return source.lines.map((line, at) => (at === 0 ? source.bom : '') + line + (source.ends[at] ?? ''));
}

function mark(op: DiffLine['op'], lines: readonly string[]): DiffLine[] {
  return lines.map((text) => ({ op, text }));
}

function renderHunks(lines: readonly DiffLine[]): string {
  const hunks: string[] = [];
  let oldLine = 1;
  let newLine = 1;
  let counted = 0;
  for (const { from, to } of listHunks(lines)) {
    for (; counted < from; counted += 1) {
      if (lines[counted]?.op !== '+') oldLine += 1;
      if (lines[counted]?.op !== '-') newLine += 1;
    }
    const hunk = lines.slice(from, to);
    const oldCount = hunk.filter((line) => line.op !== '+').length;
    const newCount = hunk.filter((line) => line.op !== '-').length;
    hunks.push(
      `@@ -${range(oldLine, oldCount)} +${range(newLine, newCount)} @@\n`,
      hunk.map(renderLine).join(''),
    );
  }
  return hunks.join('');
}

/** Ranges of lines that hold changes with their context; changes that share context share a hunk. */
function listHunks(lines: readonly DiffLine[]): { from: number; to: number }[] {
  const hunks: { from: number; to: number }[] = [];
  lines.forEach((line, at) => {
    if (line.op === ' ') return;
    const from = Math.max(0, at - CONTEXT);
    const to = Math.min(lines.length, at + CONTEXT + 1);
    const last = hunks.at(-1);
    if (last !== undefined && from <= last.to) last.to = to;
    else hunks.push({ from, to });
  });
  return hunks;
}

/** git writes the line before an empty range, and leaves a count of one out. */
function range(start: number, count: number): string {
  if (count === 0) return `${start - 1},0`;
  return count === 1 ? `${start}` : `${start},${count}`;
}

function renderLine(line: DiffLine): string {
  return line.text.endsWith('\n')
    ? line.op + line.text
    : `${line.op}${line.text}\n\\ No newline at end of file\n`;
}

/** In `---` and `+++` lines a tab ends a path with spaces, which would else be read up to the first of them. */
function headerPath(path: string): string {
  const quoted = quotePath(path);
  return quoted === path && path.includes(' ') ? `${path}\t` : quoted;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
};

/** git's C-style quoting (quote.c, with core.quotePath): any other control character or non-ASCII byte as octal. */
function quotePath(path: string): string {
  if (!/["\\\p{Cc}]|[^\p{ASCII}]/u.test(path)) return path;
  let quoted = '';
  for (const char of path) {
    const escape = ESCAPES[char];
    if (escape !== undefined) quoted += escape;
    else if (/^[\p{ASCII}]$/u.test(char) && !/\p{Cc}/u.test(char)) quoted += char;
    else for (const byte of Buffer.from(char)) quoted += `\\${byte.toString(8).padStart(3, '0')}`;
  }
  return `"${quoted}"`;
}
