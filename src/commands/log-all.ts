import type { Workspace } from '../engine/workspace.js';
import { EXIT, type ExitCode } from '../errors.js';
import type { RunStore } from '../journal/run-store.js';
import { cleanLine } from '../report/clean-text.js';
import { renderDuration } from '../report/quantities.js';
import { createStyle, type Style } from '../report/style.js';
import { renderTable, type Cell } from '../report/table.js';
import { findTask } from '../tasks/find-task.js';
import { printAnswer, type CommandContext } from './context.js';
import { addRuns, type AllFigures, type TaskTotals, type Totals } from './log-all-figures.js';
import { LOAD_MS, type RunFigures, type Sum } from './log-figures.js';
import {
  explainMarks,
  readFigures,
  renderRoles,
  renderSum,
  sumDocument,
  sumsOf,
  withSumDocuments,
} from './log-stats.js';

/** A run of which nothing can be said. */
interface UnreadableRun {
  task: string;
  run: string;
  problem: string;
}

interface AllRuns extends AllFigures {
  /** ISO 8601; undefined: there was no run. */
  firstAt: string | undefined;
  lastAt: string | undefined;
  unreadable: UnreadableRun[];
}

/** `nexus log --stats --all`: what all kept runs of the repository have cost, or those of one task. */
export async function logAll(
  context: CommandContext,
  { tasks, store }: Pick<Workspace, 'tasks' | 'store'>,
  task: string | undefined,
): Promise<ExitCode> {
  const all = await readAll(store, task, context.signal);
  const isUnknown = all.total.runs + all.unreadable.length === 0;
  // A task that is no longer in tasks.yml has its runs still.
  if (task !== undefined && isUnknown) findTask(tasks, (each) => each.id, task);
  const { terminal } = context;
  await printAnswer(context, allStatsDocument(all), () =>
    renderAll(all, createStyle(terminal.colours), terminal.columns()),
  );
  return EXIT.ok;
}

async function readAll(store: RunStore, task: string | undefined, signal: AbortSignal): Promise<AllRuns> {
  const runs: { task: string; figures: RunFigures }[] = [];
  const unreadable: UnreadableRun[] = [];
  const times: { first: string; last: string }[] = [];
  for (const kept of await store.allRuns()) {
    signal.throwIfAborted();
    if (task !== undefined && kept.task !== task) continue;
    const { record, problem = '' } = kept;
    if (record === undefined) unreadable.push({ task: kept.task, run: kept.run, problem });
    else {
      runs.push({ task: kept.task, figures: await readFigures(store, record) });
      times.push({ first: record.startedAt, last: record.lastAt });
    }
  }
  return {
    ...addRuns(runs),
    firstAt: times.map(({ first }) => first).toSorted()[0],
    lastAt: times
      .map(({ last }) => last)
      .toSorted()
      .at(-1),
    unreadable,
  };
}

function allStatsDocument({ roles, tasks, total, firstAt, lastAt, unreadable }: AllRuns): unknown {
  return {
    firstAt,
    lastAt,
    loadThresholdMs: LOAD_MS,
    roles: roles.map(withSumDocuments),
    tasks: tasks.map(totalsDocument),
    total: totalsDocument(total),
    unreadable,
  };
}

function totalsDocument<T extends Totals>(totals: T) {
  return { ...withSumDocuments(totals), checkingMs: sumDocument(totals.checkingMs) };
}

async function renderAll(all: AllRuns, style: Style, columns: number | undefined): Promise<string> {
  const { roles, tasks, total, firstAt, lastAt, unreadable } = all;
  const warnings = unreadable.map(({ task, run, problem }) =>
    style.warn(`Not counted: ${task}, run ${run}: ${cleanLine(problem)}.`),
  );
  if (total.runs === 0) return ['Nothing has been run yet.', ...warnings].join('\n');
  const count = total.runs === 1 ? '1 run' : `${total.runs} runs`;
  return [
    `${style.strong(count)} ${style.faint(`(${firstAt} to ${lastAt})`)}`,
    await renderRoles(roles, style, columns),
    '',
    await renderTable(renderTasks(tasks, total, style), columns),
    ...explainMarks([...roles.flatMap(sumsOf), ...tasks.map(({ checkingMs }) => checkingMs)], style),
    ...warnings,
  ].join('\n');
}

/** A row for each task, and one for all of them. */
function renderTasks(tasks: readonly TaskTotals[], total: Totals, style: Style): Cell[][] {
  const time = (sum: Sum): string => renderSum(sum, renderDuration);
  const row = (name: string, totals: Totals, paint?: Cell['paint']): Cell[] =>
    [
      name,
      String(totals.runs),
      String(totals.requests),
      String(totals.cached),
      renderSum(totals.promptTokens),
      renderSum(totals.readTokens),
      renderSum(totals.answerTokens),
      renderSum(totals.loads),
      time(totals.waitingMs),
      time(totals.readingMs),
      time(totals.writingMs),
      time(totals.checkingMs),
    ].map((text) => (paint === undefined ? { text } : { text, paint }));
  const head = ['TASK', 'RUNS', 'REQUESTS', 'CACHED', 'PROMPT', 'ANEW', 'ANSWER', 'LOADS'];
  return [
    [...head, 'WAITING', 'READING', 'WRITING', 'CHECKING'].map((text) => ({ text, paint: style.faint })),
    ...tasks.map((task) => row(task.task, task)),
    row('all', total, style.strong),
  ];
}
