import { openWorkspace } from '../engine/workspace.js';
import { EXIT, NexusError, type ExitCode } from '../errors.js';
import type { ExchangeEntry } from '../journal/entries.js';
import type { RunRecord } from '../journal/run-record.js';
import type { KeptExchange, RunStore } from '../journal/run-store.js';
import { cleanLine } from '../report/clean-text.js';
import { renderJson } from '../report/json.js';
import { renderDuration } from '../report/quantities.js';
import { createStyle, type Style } from '../report/style.js';
import { renderTable, type Cell } from '../report/table.js';
import { describeLabel, describeReason, describeRequest } from '../report/wording.js';
import { printAnswer, type CommandContext } from './context.js';
import { findTask } from '../tasks/find-task.js';
import { readFigures, renderStats, statsDocument } from './log-stats.js';
import type { Flags } from './register.js';

/**
 * `nexus log TASK`: the exchanges of its newest run; with a number that exchange, word for word; or what they cost. `all`:
 * what all runs have cost, of the task or of the repository.
 */
export async function log(
  context: CommandContext,
  id: string | undefined,
  flags: Pick<Flags, 'exchange' | 'stats' | 'all'>,
): Promise<ExitCode> {
  assertClear(id, flags);
  const { exchange, stats, all } = flags;
  const { tasks, store } = await openWorkspace(context.cwd);
  if (all === true) {
    const { logAll } = await import('./log-all.js');
    return logAll(context, { tasks, store }, id);
  }
  const task = findTask(tasks, (each) => each.id, id ?? '');
  const record = await readNewestRun(store, task.id);
  if (exchange !== undefined) return printExchange(context, store, record, exchange);
  const { terminal } = context;
  const style = createStyle(terminal.colours);
  if (stats === true) {
    const figures = await readFigures(store, record);
    await printAnswer(context, statsDocument(record, figures), () =>
      renderStats(record, figures, style, terminal.columns()),
    );
  } else {
    await printAnswer(context, logDocument(record), () => renderLog(record, style, terminal.columns()));
  }
  return EXIT.ok;
}

/** @throws NexusError `usage` */
function assertClear(id: string | undefined, { stats, all }: Pick<Flags, 'stats' | 'all'>): void {
  if (all === true ? stats === true : id !== undefined) return;
  throw new NexusError({
    code: 'usage',
    message: all === true ? '--all is for --stats.' : 'Which task?',
    remedy: 'nexus log TASK, or nexus log --stats --all for what all runs have cost.',
    exitCode: EXIT.usage,
  });
}

async function readNewestRun(store: RunStore, task: string): Promise<RunRecord> {
  const { record, problem } = await store.latest(task);
  if (record !== undefined) return record;
  throw new NexusError({
    code: problem === undefined ? 'no-run' : 'journal-unreadable',
    message: problem === undefined ? `${task} has not been run yet.` : `The last run of ${task}: ${problem}.`,
    remedy: problem === undefined ? `nexus run ${task}` : `nexus retry ${task}`,
    exitCode: EXIT.repository,
  });
}

/** What `--json` prints. Field by field, since the journal's own form may change with its version. */
function logDocument(record: RunRecord): unknown {
  const { started, startedAt, lastAt, progress, checked, dropped, notices } = record;
  return {
    task: started.task.id,
    run: started.run,
    branch: started.branch,
    base: started.base,
    startedAt,
    lastAt,
    progress,
    exchanges: record.exchanges.map(exchangeDocument),
    rejected: record.rejected.map(({ label, exchange, attempt, rejections }) => ({
      label,
      exchange,
      attempt,
      rejections,
    })),
    committed: record.committed.map(({ label, oid, subject, attempts, edits }) => ({
      label,
      oid,
      subject,
      attempts,
      edits,
    })),
    checked,
    dropped,
    notices,
  };
}

function exchangeDocument(entry: ExchangeEntry) {
  const { number, role, model, purpose, step, attempt, ending, estimatedTokens, usage, cached, retries } =
    entry;
  return { number, role, model, purpose, step, attempt, ending, estimatedTokens, usage, cached, retries };
}

async function renderLog(record: RunRecord, style: Style, columns: number | undefined): Promise<string> {
  const { started, exchanges, progress, notices } = record;
  const head = `${style.strong(started.task.id)}, run ${started.run} ${style.faint(`(${record.startedAt})`)}`;
  const header = ['#', 'WHAT', 'MODEL', 'TIME', 'PROMPT', 'ANSWER', 'RESULT'];
  const table = await renderTable(
    [
      header.map((text) => ({ text, paint: style.faint })),
      ...exchanges.map((e) => renderRow(e, record, style)),
    ],
    columns,
  );
  return [
    head,
    ...notices.map((notice) => style.warn(cleanLine(notice))),
    exchanges.length === 0 ? 'Nothing was asked.' : table,
    describeProgress(progress),
    style.faint(`One of them word for word: nexus log ${started.task.id} --exchange NUMBER`),
    style.faint(`What they cost: nexus log ${started.task.id} --stats`),
  ].join('\n');
}

function renderRow(entry: ExchangeEntry, record: RunRecord, style: Style): Cell[] {
  const { usage } = entry;
  const steps = record.plan?.steps.length;
  const result = describeResult(entry, record);
  return [
    { text: String(entry.number) },
    { text: describeRequest(entry, steps) },
    { text: entry.model },
    { text: entry.cached === undefined ? renderDuration(usage.totalMs) : 'cached' },
    { text: `${usage.promptTokens ?? '?'}` },
    { text: `${usage.answerTokens ?? '?'}` },
    result === undefined ? { text: 'used', paint: style.good } : { text: result, paint: style.warn },
  ];
}

/** Why an answer was of no use; undefined when it was. */
function describeResult(entry: ExchangeEntry, { rejected }: RunRecord): string | undefined {
  const refusal = rejected.find(({ exchange }) => exchange === entry.number);
  if (refusal !== undefined) {
    const reasons = refusal.rejections.map(({ message }) => message).join('; ');
    return `${describeLabel(refusal.label)} not applied: ${reasons}`;
  }
  return entry.ending === 'stop' ? undefined : `ended early (${entry.ending})`;
}

function describeProgress(progress: RunRecord['progress']): string {
  switch (progress.kind) {
    case 'working':
      return `Stopped or still working at: ${progress.stage}.`;
    case 'waits-for-approval':
      return 'Its plan waits for approval.';
    case 'ended': {
      const { outcome } = progress;
      if (outcome.kind === 'review') return 'Ended: ready for review.';
      return `Ended: needs attention, ${describeReason(outcome.reason)}: ${cleanLine(outcome.detail)}`;
    }
  }
}

async function printExchange(
  { terminal, json }: CommandContext,
  store: RunStore,
  record: RunRecord,
  number: number,
): Promise<ExitCode> {
  const { task, run } = record.started;
  const entry = record.exchanges.find((each) => each.number === number);
  if (entry === undefined) {
    throw new NexusError({
      code: 'unknown-exchange',
      message: `The last run of ${task.id} has no exchange ${number}.`,
      remedy: `See them with: nexus log ${task.id}`,
      exitCode: EXIT.usage,
    });
  }
  const { entry: _, ...kept } = await store.readExchange(task.id, run, number);
  if (json) terminal.out(renderJson({ ...exchangeDocument(entry), ...kept }, 2));
  else terminal.verbatim(renderExchange(kept));
  return EXIT.ok;
}

/** Prompt and reply as they were, with a line before each part. */
function renderExchange({ messages, reply }: KeptExchange): string {
  const parts = [...messages, { role: 'reply', content: reply }];
  return parts.map(({ role, content }) => `----- ${role} -----\n${content}\n`).join('');
}
