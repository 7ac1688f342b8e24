import { factsOf } from './line-facts.js';
import { SYNTAX, type Language } from './languages.js';
import type { Random } from './random.js';
import type { Source } from './source.js';

/** At `at` (from 0) in the file as it was, `removed` lines give way to `added`. */
export interface Change {
  at: number;
  removed: number;
  added: readonly string[];
}

export const KINDS = [
  'change lines',
  'insert lines',
  'delete lines',
  'rename in a function',
  'replace a function',
  'add a function',
  'edit at the start',
  'edit at the end',
] as const;
export type EditKind = (typeof KINDS)[number];

/** A correct edit: what the file becomes is known before anything is written down. */
export interface CorrectEdit {
  kind: EditKind;
  /** In the file's order, apart from each other by at least one line. */
  changes: readonly Change[];
}

export function applyChanges(lines: readonly string[], changes: readonly Change[]): string[] {
  const result: string[] = [];
  let next = 0;
  for (const { at, removed, added } of changes) {
    result.push(...lines.slice(next, at), ...added);
    next = at + removed;
  }
  result.push(...lines.slice(next));
  return result;
}

/** One edit of this kind somewhere in the file, or undefined where the file has no place for it. */
function makeEdit(source: Source, kind: EditKind, random: Random): CorrectEdit | undefined {
  const changes = MAKERS[kind](source, random);
  if (changes === undefined || changes.length === 0) return undefined;
  const changesNothing = changes.every(
    ({ at, removed, added }) => source.lines.slice(at, at + removed).join('\n') === added.join('\n'),
  );
  return changesNothing ? undefined : { kind, changes };
}

/** An edit of one kind, in some cases with one of another kind elsewhere in the file. */
export function makeEdits(source: Source, random: Random): CorrectEdit | undefined {
  const edit = makeEdit(source, random.pick(KINDS), random);
  const more = random.chance(0.25) ? makeEdit(source, random.pick(KINDS), random) : undefined;
  if (edit === undefined || more === undefined) return edit;
  const changes = [...edit.changes, ...more.changes].sort((one, other) => one.at - other.at);
  const areApart = changes.every((change, at) => {
    const before = changes[at - 1];
    return before === undefined || change.at - (before.at + before.removed) >= 2;
  });
  return areApart ? { kind: edit.kind, changes } : edit;
}

type Maker = (source: Source, random: Random) => Change[] | undefined;

const MAKERS: Record<EditKind, Maker> = {
  'change lines': changeLines,
  'insert lines': insertLines,
  'delete lines': deleteLines,
  'rename in a function': renameInFunction,
  'replace a function': replaceFunction,
  'add a function': addFunction,
  'edit at the start': editStart,
  'edit at the end': editEnd,
};

function changeLines(source: Source, random: Random): Change[] | undefined {
  const facts = factsOf(source);
  const candidates = source.functions.flatMap((one) => range(one.bodyFrom, one.to));
  const start = random.maybe(candidates);
  if (start === undefined) return undefined;
  const most = random.whole(1, 3);
  const changes: Change[] = [];
  for (let at = start; at < start + 8 && changes.length < most; at += 1) {
    if (facts[at]?.inString !== false || facts[at]?.isComment) continue;
    const changed = mutate(source.language, source.lines[at] ?? '', random);
    if (changed !== undefined) changes.push({ at, removed: 1, added: [changed] });
  }
  return join(changes);
}

function insertLines(source: Source, random: Random): Change[] | undefined {
  const at = pickStatement(source, random);
  if (at === undefined) return undefined;
  return [{ at: at + 1, removed: 0, added: writeStatement(source, indentOf(source.lines[at]), random) }];
}

function deleteLines(source: Source, random: Random): Change[] | undefined {
  const facts = factsOf(source);
  const at = pickStatement(source, random);
  const previous = at === undefined ? undefined : source.lines[at - 1];
  if (at === undefined || previous === undefined) return undefined;
  // A neighbour of the same depth stays, so that no block becomes empty.
  if (facts[at - 1]?.isStatement !== true || indentOf(previous) !== indentOf(source.lines[at]))
    return undefined;
  let removed = 1;
  while (removed < 3 && random.chance(0.5) && facts[at + removed]?.isStatement === true) {
    if (indentOf(source.lines[at + removed]) !== indentOf(previous)) break;
    removed += 1;
  }
  return [{ at, removed, added: [] }];
}

function renameInFunction(source: Source, random: Random): Change[] | undefined {
  const span = random.maybe(source.functions);
  if (span === undefined) return undefined;
  const facts = factsOf(source);
  const uses = new Map<string, number[]>();
  for (let at = span.from; at <= span.to; at += 1) {
    const line = source.lines[at] ?? '';
    if (facts[at]?.isComment !== false || facts[at]?.inString !== false) continue;
    for (const name of new Set(line.match(/(?<![\w$.'"])[A-Za-z_][\w]{2,}(?![\w$'":!(])/g))) {
      uses.set(name, [...(uses.get(name) ?? []), at]);
    }
  }
  const names = [...uses].filter(
    ([name, lines]) =>
      lines.length >= 2 &&
      lines.length <= 6 &&
      name !== span.name &&
      !SYNTAX[source.language].keywords.has(name),
  );
  const chosen = random.maybe(names);
  if (chosen === undefined) return undefined;
  const [name, lines] = chosen;
  const next = `${name}${random.pick(['Value', 'Now', '_', '2'])}`;
  const pattern = new RegExp(`(?<![\\w$])${name}(?![\\w$])`, 'g');
  return join(
    lines.map((at) => ({ at, removed: 1, added: [(source.lines[at] ?? '').replace(pattern, next)] })),
  );
}

/** The whole function as one change, as a model does that rewrites it. */
function replaceFunction(source: Source, random: Random): Change[] | undefined {
  const small = source.functions.filter((one) => one.to - one.from < 40 && one.to - one.from >= 2);
  const span = random.maybe(small);
  if (span === undefined) return undefined;
  const added = rewriteFunction(source, span.from, span.to, random);
  return added === undefined ? undefined : [{ at: span.from, removed: span.to - span.from + 1, added }];
}

/** The lines of a function with some of them changed and some new ones. */
export function rewriteFunction(
  source: Source,
  from: number,
  to: number,
  random: Random,
): string[] | undefined {
  const facts = factsOf(source);
  const added: string[] = [];
  let touched = 0;
  for (let at = from; at <= to; at += 1) {
    const line = source.lines[at] ?? '';
    const isCode = facts[at]?.inString === false && facts[at]?.isComment === false;
    const changed =
      isCode && at > from && random.chance(0.5) ? mutate(source.language, line, random) : undefined;
    added.push(changed ?? line);
    if (changed !== undefined) touched += 1;
    if (facts[at]?.isStatement === true && at < to && random.chance(0.3)) {
      added.push(...writeStatement(source, indentOf(line), random));
      touched += 1;
    }
  }
  return touched === 0 ? undefined : added;
}

function addFunction(source: Source, random: Random): Change[] | undefined {
  const isMember = source.language === 'java';
  const places = source.functions.filter((one) => (isMember ? one.indent !== '' : one.indent === ''));
  const after = random.maybe(places);
  if (after === undefined) return undefined;
  const added = ['', ...fill(source, SYNTAX[source.language].declaration, after.indent, random)];
  if (source.language === 'python') added.unshift('');
  return [{ at: after.to + 1, removed: 0, added }];
}

function editStart(source: Source, random: Random): Change[] {
  const added = fill(source, [SYNTAX[source.language].firstLine], '', random);
  return [{ at: 0, removed: 0, added: random.chance(0.5) ? [...added, ''] : added }];
}

function editEnd(source: Source, random: Random): Change[] {
  const { declaration, firstLine } = SYNTAX[source.language];
  const template = source.language === 'java' || random.chance(0.3) ? [firstLine] : declaration;
  const added = ['', ...fill(source, template, '', random)];
  if (source.language === 'python') added.unshift('');
  return [{ at: source.lines.length, removed: 0, added }];
}

function pickStatement(source: Source, random: Random): number | undefined {
  const facts = factsOf(source);
  return random.maybe(facts.flatMap((one, at) => (one.isStatement ? [at] : [])));
}

/** Statements at this indentation, one to five lines. */
export function writeStatement(source: Source, indent: string, random: Random): string[] {
  const template = random.pick(SYNTAX[source.language].statements);
  return fill(source, template, indent, random);
}

const WORDS = ['limit', 'total', 'seen', 'extra', 'count', 'margin', 'offset', 'retries', 'depth', 'budget'];

function fill(source: Source, template: readonly string[], indent: string, random: Random): string[] {
  const name = `${random.pick(WORDS)}${random.pick(['Left', 'Now', 'Max', 'Here', 'Of'])}${random.whole(2, 99)}`;
  const number = String(random.whole(2, 9000));
  return template.map((line) =>
    line === ''
      ? ''
      : indent +
        line
          .replace(/^\t+/, (tabs) => source.unit.repeat(tabs.length))
          .replaceAll('NAME', () => name)
          .replaceAll('NUMBER', () => number),
  );
}

const MUTATIONS: readonly [RegExp, string | ((found: string) => string)][] = [
  [/(?<=[\s([,=])\d{1,4}(?=[\s)\],;]|$)/, (found) => String(Number(found) + 1)],
  [/(?<=\s)===(?=\s)/, '!=='],
  [/(?<=\s)!==(?=\s)/, '==='],
  [/(?<=\s)==(?=\s)/, '!='],
  [/(?<=\s)!=(?=\s)/, '=='],
  [/(?<=[\w)] )<(?= [\w(])/, '<='],
  [/(?<=[\w)] )>(?= [\w(])/, '>='],
  [/(?<=[\w)"'] )\+(?= [\w("'])/, '-'],
  [/\btrue\b/, 'false'],
  [/\bfalse\b/, 'true'],
  [/\bTrue\b/, 'False'],
  [/\bFalse\b/, 'True'],
  [/(?<=\s)&&(?=\s)/, '||'],
  [/(?<=\s)\|\|(?=\s)/, '&&'],
  [/(?<=[\w)\]] )and(?= [\w(])/, 'or'],
  [/(?<=")[A-Za-z][\w .-]{2,30}(?=")/, (found) => `${found} again`],
  [/(?<=[(,=] ?')[A-Za-z][\w .-]{2,30}(?=')/, (found) => `${found} again`],
  [/(?<=\breturn )[a-z]\w+(?=;?$)/, (found) => `${found}2`],
];

/** The line with one small change that keeps its syntax, or undefined where nothing lends itself. */
export function mutate(language: Language, line: string, random: Random): string | undefined {
  if (/^\s*(?:import|from|package|use|#|@)\b/.test(line)) return undefined;
  for (const [pattern, by] of random.shuffle(MUTATIONS)) {
    const changed = typeof by === 'string' ? line.replace(pattern, by) : line.replace(pattern, by);
    if (changed !== line && !(language === 'rust' && /'|\b(?:impl|dyn|where)\b/.test(line))) return changed;
  }
  return undefined;
}

/** Changes in the file's order with those that touch each other made one. */
function join(changes: readonly Change[]): Change[] {
  const joined: Change[] = [];
  for (const change of changes) {
    const last = joined.at(-1);
    if (last !== undefined && last.at + last.removed === change.at) {
      joined[joined.length - 1] = {
        at: last.at,
        removed: last.removed + change.removed,
        added: [...last.added, ...change.added],
      };
    } else joined.push(change);
  }
  return joined;
}

export function indentOf(line: string | undefined): string {
  return /^[ \t]*/.exec(line ?? '')?.[0] ?? '';
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
}
