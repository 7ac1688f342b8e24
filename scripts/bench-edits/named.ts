import type { HunkLine } from './draft.js';
import { rewriteFunction, type Change } from './edit.js';
import type { FunctionSpan } from './functions.js';
import { SYNTAX } from './languages.js';
import type { Random } from './random.js';
import type { Source } from './source.js';

/** Longer functions are not sent by name. */
const MOST_LINES = 60;

/** A function that a reply sends whole, with the lines of the reply that are its own. */
export interface NamedPiece {
  span: FunctionSpan;
  /** Comments right above, which a reply may repeat or leave out. */
  doc: HunkLine[];
  /** Decorators, attributes and annotations right above, which it repeats. */
  decorators: HunkLine[];
  lines: HunkLine[];
  /** The class around it, if it stands in one: its head and what closes it. */
  scope: { head: string; end: string | undefined } | undefined;
}

/**
 * Functions at the top of a file and methods of a class whose name stands once; those whose name does not; those inside
 * another function or object, which is not sent.
 */
export type NamedKind = 'usual' | 'repeated' | 'local';

/** An edit as a named declaration: one or two functions of a file with new bodies. */
export function makeNamed(
  source: Source,
  which: NamedKind,
  random: Random,
): { pieces: NamedPiece[]; changes: Change[] } | undefined {
  const candidates = listCandidates(source)[which];
  const first = random.maybe(candidates);
  if (first === undefined) return undefined;
  const spans = [first];
  const second =
    which === 'usual' && random.chance(0.3)
      ? random.maybe(candidates.filter((span) => isApart(span, first)))
      : undefined;
  if (second !== undefined) spans.push(second);
  const pieces: NamedPiece[] = [];
  const changes: Change[] = [];
  for (const span of spans.sort((one, other) => one.from - other.from)) {
    const piece = writePiece(source, span, random);
    if (piece === undefined) return undefined;
    pieces.push(piece);
    const added = piece.lines.map((line) => line.text);
    changes.push({ at: span.from, removed: span.to - span.from + 1, added });
  }
  return { pieces, changes };
}

const known = new WeakMap<Source, Record<NamedKind, FunctionSpan[]>>();

/** The functions of each kind, found once for each file: counting names goes through all of its lines. */
function listCandidates(source: Source): Record<NamedKind, FunctionSpan[]> {
  const before = known.get(source);
  if (before !== undefined) return before;
  const kinds: Record<NamedKind, FunctionSpan[]> = { usual: [], repeated: [], local: [] };
  for (const span of source.functions) {
    if (span.to - span.from >= MOST_LINES) continue;
    const isShared = countName(source, span) > 1;
    const isLocal = span.indent !== '' && findScope(source, span) === undefined;
    if (isLocal && !isShared) kinds.local.push(span);
    else if (!isLocal) kinds[isShared ? 'repeated' : 'usual'].push(span);
  }
  known.set(source, kinds);
  return kinds;
}

function isApart(one: FunctionSpan, other: FunctionSpan): boolean {
  return one.to < other.from - 1 || one.from > other.to + 1;
}

function writePiece(source: Source, span: FunctionSpan, random: Random): NamedPiece | undefined {
  const { lines } = source;
  const body = rewriteFunction(source, span.bodyFrom, span.to, random);
  if (body === undefined) return undefined;
  const head = lines.slice(span.from, span.bodyFrom);
  const old = lines.slice(span.bodyFrom, span.to + 1);
  const above = listAbove(source, span);
  if (above === undefined) return undefined;
  const context = (text: string, at: number): HunkLine => ({ op: ' ', text, at });
  // Which line is old and which is new is only for what damages do to them: equal lines in order are old.
  let next = 0;
  const told = body.map((text): HunkLine => {
    const found = old.indexOf(text, next);
    if (found < 0) return { op: '+', text, at: undefined };
    next = found + 1;
    return context(text, span.bodyFrom + found);
  });
  return {
    span,
    doc: above.doc.map((at) => context(lines[at] ?? '', at)),
    decorators: above.decorators.map((at) => context(lines[at] ?? '', at)),
    lines: [...head.map((text, at) => context(text, span.from + at)), ...told],
    scope: findScope(source, span),
  };
}

/**
 * What tells a function from its namesakes: the head with what stands above it, such as the one of two `#[cfg(…)]` under
 * which each of them is compiled. (The head alone was a mistake: it called such a reply one without an answer.)
 */
export function signatureOf(source: Source, span: FunctionSpan): string {
  const above = listAbove(source, span)?.decorators ?? [];
  const head = source.lines.slice(span.from, span.bodyFrom);
  return [...above.map((at) => source.lines[at] ?? ''), ...head].map((line) => line.trim()).join('\n');
}

/** Lines of comments and decorators between the head and what comes before; undefined where that is neither. */
function listAbove(source: Source, span: FunctionSpan): { doc: number[]; decorators: number[] } | undefined {
  const { isComment } = SYNTAX[source.language];
  const doc: number[] = [];
  const decorators: number[] = [];
  for (let at = span.from - 1; at >= 0; at -= 1) {
    const line = source.lines[at] ?? '';
    if (line.trim() === '') break;
    if (isComment(line)) doc.unshift(at);
    else if (/^\s*(?:@[\w.]+(?:\([^()]*\))?|#\[.*\])$/.test(line) && doc.length === 0) decorators.unshift(at);
    else if (/[{};:]$/.test(line.trimEnd())) break;
    else return undefined;
  }
  return { doc, decorators };
}

/** The class, `impl` or the like whose member the function is, if its head is one line. */
export function findScope(source: Source, span: FunctionSpan): NamedPiece['scope'] {
  if (span.indent === '') return undefined;
  for (let at = span.from - 1; at >= 0; at -= 1) {
    const line = source.lines[at] ?? '';
    if (line.trim() === '' || SYNTAX[source.language].isComment(line)) continue;
    const indent = /^[ \t]*/.exec(line)?.[0] ?? '';
    if (indent.length >= span.indent.length) continue;
    const isClass =
      indent === '' &&
      /^(?:export |default |public |abstract |final |pub(?:\([a-z]+\))? |unsafe )*(?:class|impl|interface|trait)\b/.test(
        line,
      );
    if (!isClass || !/[{:]$/.test(line)) return undefined;
    // A class of one function sent with that one is the whole class: what else it holds would be meant to go.
    const end = source.lines.findIndex((one, index) => index > at && /^[^\s#/]/.test(one));
    const members = source.functions.filter((one) => one.from > at && (end < 0 || one.from < end));
    const isPart = members.some((one) => one.indent === span.indent && one.from !== span.from);
    return isPart ? { head: line, end: source.language === 'python' ? undefined : '}' } : undefined;
  }
  return undefined;
}

const counts = new WeakMap<FunctionSpan, number>();

/** How many functions of this name the file seems to have; a call at the depth of the head counts, to be sure. */
export function countName(source: Source, span: FunctionSpan): number {
  const before = counts.get(span);
  if (before !== undefined) return before;
  const { name, indent } = span;
  const escaped = name.replace(/\$/g, '\\$');
  const atDepth = new RegExp(
    `^${indent}\\S(?:.*[^\\w$.])?${escaped}\\s*[(<=:]|^${indent}${escaped}\\s*[(<=:]`,
  );
  const declared = new RegExp(
    `(?:\\b(?:function|class|const|let|var|def|fn|func|struct|enum|interface|type|get|set|static|async)\\s+|\\)\\s+)${escaped}\\b`,
  );
  const found = source.lines.filter(
    (line) => line.includes(name) && (atDepth.test(line) || declared.test(line)),
  ).length;
  counts.set(span, found);
  return found;
}

/** The lines of the code block. Functions of one class stand in it together. */
export function listNamedLines(pieces: readonly NamedPiece[]): HunkLine[] {
  const result: HunkLine[] = [];
  const frame = (text: string): HunkLine => ({ op: ' ', text, at: undefined });
  for (const [index, piece] of pieces.entries()) {
    const previous = pieces[index - 1];
    const isSame = previous?.scope !== undefined && previous.scope.head === piece.scope?.head;
    if (index > 0) {
      if (!isSame && previous?.scope?.end !== undefined) result.push(frame(previous.scope.end));
      result.push(frame(''));
    }
    if (!isSame && piece.scope !== undefined) result.push(frame(piece.scope.head));
    result.push(...piece.doc, ...piece.decorators, ...piece.lines);
  }
  const last = pieces.at(-1);
  if (last?.scope?.end !== undefined) result.push(frame(last.scope.end));
  return result;
}
