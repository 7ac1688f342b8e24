import type { Draft, Target } from '../draft.js';
import { applyChanges, indentOf } from '../edit.js';
import { SYNTAX } from '../languages.js';
import { findScope } from '../named.js';
import type { Random } from '../random.js';
import { ALL, type Damage } from './damage.js';

/** Damages after which nobody can know the result. */
export const ENDING_DAMAGES: readonly Damage[] = [
  {
    name: 'elided',
    what: 'a placeholder in the new text stands for new lines: no answer',
    formats: ALL,
    phase: 'signs',
    parts: ['elision', 'gap'],
    isFatal: true,
    apply(draft, random) {
      const target = random.pick(draft.targets);
      return target.body.length > 0 ? elideBody(target, random) : elideHunk(target, random);
    },
  },
  {
    name: 'function-left-out',
    what: 'a whole file without a function that the edit has nothing to do with: no answer',
    formats: ['whole-file'],
    phase: 'lines',
    parts: ['left-out'],
    isFatal: true,
    apply: leaveFunctionOut,
  },
  {
    name: 'truncated',
    what: 'the reply ends inside an edit: no answer',
    formats: ALL,
    phase: 'ending',
    parts: ['end-sign', 'after'],
    isFatal: true,
    apply(draft, random) {
      // What the server tells. A reply that came by another way does not have it, but has an open fence and marker.
      draft.ending = random.chance(0.5) ? 'length' : 'stop';
      draft.after = [];
      if (!showsEnd(draft)) draft.ending = 'length';
      draft.cut = (reply) => cutReply(draft, reply, random);
      return true;
    },
  },
];

/**
 * Whether the text alone shows that it was cut: an open fence, and within it a missing end marker, fewer lines than a hunk
 * is said to have, the missing end of the file or an open brace. A Python function shows nothing.
 */
function showsEnd(draft: Draft): boolean {
  if (!draft.fence.isOpened) return false;
  if (draft.format === 'named-declaration') return draft.targets.at(-1)?.file.source.language !== 'python';
  if (draft.format !== 'unified-diff') return true;
  return draft.targets.every(({ hunks }) =>
    hunks.every((hunk) => hunk.header === 'numbers' && hunk.miscount.every((more) => more === 0)),
  );
}

/**
 * Cuts inside the last edit, before its last new line is complete, so that what is left would give another file. A whole
 * file or declaration is cut somewhere in its last third.
 */
function cutReply(draft: Draft, reply: string, random: Random): string | undefined {
  const target = draft.targets.at(-1);
  if (target === undefined) return undefined;
  if (target.body.length > 0) {
    const end = reply.lastIndexOf(draft.fence.mark);
    const start = reply.lastIndexOf(target.body[0] ?? '');
    if (end - start < 60) return undefined;
    const at = random.whole(end - Math.floor((end - start) / 3), end - 20);
    return reply.slice(0, at).trimEnd();
  }
  const last = target.hunks.at(-1)?.lines.findLast((line) => line.op === '+' && line.text.trim().length > 3);
  if (last === undefined) return undefined;
  const at = reply.lastIndexOf(last.text);
  if (at < 0) return undefined;
  return reply.slice(0, at + random.whole(0, last.text.trimEnd().length - 2)).trimEnd();
}

function writePlaceholder(target: Target, indent: string, random: Random): string {
  const { comment } = SYNTAX[target.file.source.language];
  const words = random.pick([
    '... existing code ...',
    '... rest of the function ...',
    '... rest of the code remains the same ...',
    'rest of code unchanged',
    '... (same as before) ...',
    '...',
  ]);
  return `${indent}${comment} ${words}`;
}

/** Two or more new lines give way to a placeholder: it cannot stand for lines that the file has. */
function elideHunk(target: Target, random: Random): boolean {
  const known = new Set(target.file.lines.map((line) => line.trim()));
  const runs = target.hunks.flatMap(({ lines }) =>
    lines.flatMap((line, at) =>
      line.op === '+' && lines[at + 1]?.op === '+' && !known.has(line.text.trim()) && line.text.trim() !== ''
        ? [{ lines, at }]
        : [],
    ),
  );
  const run = random.maybe(runs);
  if (run === undefined) return false;
  let count = 1;
  while (run.lines[run.at + count]?.op === '+' && random.chance(0.7)) count += 1;
  const text = writePlaceholder(target, indentOf(run.lines[run.at]?.text), random);
  if (known.has(text.trim())) return false;
  run.lines.splice(run.at, count, { op: '+', text, at: undefined });
  return true;
}

/** The placeholder takes the place of a changed line and of some lines after it. */
function elideBody(target: Target, random: Random): boolean {
  const known = new Set(target.file.lines.map((line) => line.trim()));
  const fresh = target.body.flatMap((line, at) => (known.has(line.trim()) || line.trim() === '' ? [] : [at]));
  const at = random.maybe(fresh);
  if (at === undefined || applyChanges(target.file.lines, target.changes).length === 0) return false;
  const text = writePlaceholder(target, indentOf(target.body[at]), random);
  if (known.has(text.trim())) return false;
  target.body = target.body.toSpliced(at, random.whole(1, 12), text);
  return true;
}

function leaveFunctionOut(draft: Draft, random: Random): boolean {
  const target = random.pick(draft.targets);
  const { functions, lines } = target.file.source;
  const isTouched = (from: number, to: number) =>
    target.changes.some((change) => change.at <= to + 1 && change.at + change.removed >= from - 1);
  // Functions inside others are left to whoever writes the outer ones.
  const spans = functions.filter(
    (one) =>
      !isTouched(one.from, one.to) && (one.indent === '' || findScope(target.file.source, one) !== undefined),
  );
  const span = random.maybe(spans);
  if (span === undefined) return false;
  // The body is the file with the changes before the function made.
  const before = target.changes.filter((change) => change.at <= span.from);
  const moved = before.reduce((sum, change) => sum + change.added.length - change.removed, 0);
  const from = span.from + moved;
  if (target.body[from] !== lines[span.from]) throw new Error(`${span.name} is not where it should be`);
  target.body = target.body.toSpliced(from, span.to - span.from + 1);
  return true;
}
