import type { RunRecord } from '../journal/run-record.js';
import type { RunStore } from '../journal/run-store.js';
import { hasCode } from '../errors.js';
import { renderDuration } from '../report/quantities.js';
import type { Style } from '../report/style.js';
import { renderTable, type Cell } from '../report/table.js';
import { LOAD_MS, sumFigures, type RoleFigures, type RunFigures, type Sum } from './log-figures.js';

/** What a run has cost, from its journal and its kept prompts. */
export async function readFigures(store: RunStore, { started, ...record }: RunRecord): Promise<RunFigures> {
  return sumFigures({ started, ...record }, async (exchange) => {
    try {
      return (await store.readExchange(started.task.id, started.run, exchange)).messages;
    } catch (error) {
      if (hasCode(error, 'exchange-unreadable')) return undefined;
      throw error;
    }
  });
}

export type SumName = {
  [K in keyof RoleFigures]: RoleFigures[K] extends Sum ? K : never;
}[keyof RoleFigures];

/** What `--stats --json` prints. */
export function statsDocument({ started, startedAt, lastAt }: RunRecord, figures: RunFigures): unknown {
  return {
    task: started.task.id,
    run: started.run,
    startedAt,
    lastAt,
    loadThresholdMs: LOAD_MS,
    roles: figures.roles.map(withSumDocuments),
    checkingMs: sumDocument(figures.checkingMs),
  };
}

/** The same with its sums as documents have them. */
export function withSumDocuments<T extends Record<SumName, Sum>>(figures: T) {
  return { ...figures, ...Object.fromEntries(SUMS.map((name) => [name, sumDocument(figures[name])])) };
}

export function sumDocument({ known, unknown, estimated }: Sum) {
  return { known: known ?? null, unknown, estimated };
}

export const SUMS: readonly SumName[] = [
  'retries',
  'savedMs',
  'promptTokens',
  'reusedTokens',
  'readTokens',
  'answerTokens',
  'loads',
  'loadingMs',
  'waitingMs',
  'readingMs',
  'writingMs',
];

/** A column for each model, a row for each figure. */
export async function renderStats(
  { started, startedAt }: RunRecord,
  { roles, checkingMs }: RunFigures,
  style: Style,
  columns: number | undefined,
): Promise<string> {
  return [
    `${style.strong(started.task.id)}, run ${started.run} ${style.faint(`(${startedAt})`)}`,
    await renderRoles(roles, style, columns),
    `Checking took ${renderSum(checkingMs, renderDuration)}.`,
    ...explainMarks([...roles.flatMap(sumsOf), checkingMs], style),
  ].join('\n');
}

/** A column for each model, a row for each figure. */
export async function renderRoles(
  roles: readonly RoleFigures[],
  style: Style,
  columns: number | undefined,
): Promise<string> {
  const row = (label: string, text: (figures: RoleFigures) => string, paint?: Cell['paint']): Cell[] => [
    { text: label, paint: style.faint },
    ...roles.map((figures) => ({ text: text(figures), ...(paint === undefined ? {} : { paint }) })),
  ];
  const rows = [
    row('', ({ role }) => role, style.strong),
    row('', ({ model }) => model),
    row('requests', ({ requests }) => String(requests)),
    row('  sent again', ({ retries }) => renderSum(retries)),
    row('cached answers', describeCached),
    row('answers not used', ({ unused }) => String(unused)),
    row('prompt tokens', ({ promptTokens }) => renderSum(promptTokens)),
    row('  as estimated', ({ estimatedTokens }) => String(estimatedTokens)),
    row('  read anew', ({ readTokens }) => renderSum(readTokens)),
    row('  reused', ({ reusedTokens }) => renderSum(reusedTokens)),
    row('answer tokens', ({ answerTokens }) => renderSum(answerTokens)),
    row('loads', ({ loads }) => renderSum(loads)),
    row('  loading', ({ loadingMs }) => renderSum(loadingMs, renderDuration)),
    row('waiting', ({ waitingMs }) => renderSum(waitingMs, renderDuration)),
    row('reading', ({ readingMs }) => renderSum(readingMs, renderDuration)),
    row('writing', ({ writingMs }) => renderSum(writingMs, renderDuration)),
  ];
  return roles.length === 0 ? 'Nothing was asked.' : renderTable(rows, columns);
}

export function sumsOf(figures: Record<SumName, Sum>): Sum[] {
  return SUMS.map((name) => figures[name]);
}

/** What `~` and `?` stand for, where there are any. */
export function explainMarks(sums: readonly Sum[], style: Style): string[] {
  return [
    ...(sums.some(({ estimated }) => estimated > 0)
      ? ['~ is an estimate: what a prompt has in common with the one before, where no server tells.']
      : []),
    ...(sums.some(({ unknown }) => unknown > 0)
      ? ['? stands for what is not known of one or more requests.']
      : []),
  ].map(style.faint);
}

function describeCached({ cached, savedMs }: RoleFigures): string {
  return cached === 0 ? '0' : `${cached} (took ${renderSum(savedMs, renderDuration)} once)`;
}

/** `1240`, `~1240` with estimates in it, `1240 + ?` where some of it is not known, `?` where nothing is. */
export function renderSum(
  { known, unknown, estimated }: Sum,
  render: (known: number) => string = String,
): string {
  if (known === undefined) return '?';
  return `${estimated > 0 ? '~' : ''}${render(known)}${unknown > 0 ? ' + ?' : ''}`;
}
