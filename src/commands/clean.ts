import { applyClean, type CleanResult } from '../engine/clean/apply-clean.js';
import type { CleanKind, CleanPlan } from '../engine/clean/clean-plan.js';
import { planClean } from '../engine/clean/plan-clean.js';
import { openWorkspace } from '../engine/workspace.js';
import { EXIT, type ExitCode } from '../errors.js';
import { cleanLine } from '../report/clean-text.js';
import { renderJson } from '../report/json.js';
import { count, renderBytes } from '../report/quantities.js';
import { createStyle, type Style } from '../report/style.js';
import { renderTable } from '../report/table.js';
import type { CommandContext } from './context.js';

export interface CleanFlags {
  dryRun?: boolean;
  yes?: boolean;
  /** Days. */
  olderThan?: number;
}

const DEFAULT_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;

/** What one thing of each kind is called. */
const NOUNS: Readonly<Record<CleanKind, string>> = {
  runs: 'old run',
  history: 'earlier branch tip',
  'base-checks': 'base report',
  worktrees: 'left-over worktree',
  workers: 'worker log',
  temporary: 'left-over file',
  caches: 'parse cache',
  answers: 'kept answer',
  logs: 'hook log',
};

/** `nexus clean`: says what it would free, and frees it when the person at the terminal, or `--yes`, says so. */
export async function clean(context: CommandContext, flags: CleanFlags): Promise<ExitCode> {
  const { terminal, json } = context;
  const workspace = await openWorkspace(context.cwd);
  const request = { olderThanMs: (flags.olderThan ?? DEFAULT_DAYS) * DAY_MS };
  const plan = await planClean(workspace, request);
  const style = createStyle(terminal.colours);
  if (!json) terminal.out(await renderPlan(plan, style, terminal.columns()));
  const isWanted = plan.groups.length > 0 && flags.dryRun !== true;
  const agreed = isWanted && (flags.yes === true || (await agrees(context)));
  const result = agreed ? await applyClean(workspace, plan, request) : undefined;
  if (json) terminal.out(renderJson(cleanDocument(plan, result), 2));
  else if (result !== undefined) terminal.out(renderResult(plan, result, style));
  else if (plan.groups.length > 0) terminal.out(`Nothing was freed. Free it with: ${commandFor(flags)}`);
  return result === undefined || result.failed.length === 0 ? EXIT.ok : EXIT.attention;
}

async function agrees({ terminal, json, signal }: CommandContext): Promise<boolean> {
  if (json || !terminal.interactive) return false;
  const answer = await terminal.ask('Free it? [y/N] ', signal);
  return /^y(es)?$/iu.test(answer?.trim() ?? '');
}

function commandFor({ olderThan }: CleanFlags): string {
  return `nexus clean --yes${olderThan === undefined ? '' : ` --older-than ${olderThan}`}`;
}

async function renderPlan(plan: CleanPlan, style: Style, columns: number | undefined): Promise<string> {
  const { groups, kept } = plan;
  const inUse = kept.map(({ what, because }) => style.faint(`${cleanLine(what)} stays: ${because}.`));
  if (groups.length === 0) return ['There is nothing to free.', ...inUse].join('\n');
  const rows = groups.map(({ kind, bytes, items }) => [
    { text: `  ${count(items.length, NOUNS[kind])}` },
    { text: renderBytes(bytes), paint: style.strong },
    { text: exampleOf(items), paint: style.faint },
  ]);
  const isInGit = groups.some(({ kind }) => kind === 'history');
  return [
    `This can be freed, ${style.strong(renderBytes(sizeOf(plan)))} in all:`,
    await renderTable(rows, columns),
    ...(isInGit ? [style.faint('git itself frees what the earlier tips hold at its next gc.')] : []),
    ...inUse,
  ].join('\n');
}

function exampleOf([first, ...rest]: CleanPlan['groups'][number]['items']): string {
  if (first === undefined) return '';
  return `${first.what}: ${first.because}${rest.length > 0 ? ', …' : ''}`;
}

function renderResult(plan: CleanPlan, { freed, needed, failed }: CleanResult, style: Style): string {
  const planned = freed.length + needed.length + failed.length;
  const gone =
    freed.length === planned ? renderBytes(sizeOf(plan)) : `${freed.length} of ${count(planned, 'thing')}`;
  return [
    `${style.good('Freed')} ${gone}.`,
    ...needed.map(({ what }) => `${cleanLine(what)} stays: it is needed again.`),
    ...failed.map(({ item, because }) => style.bad(`${cleanLine(item.what)} is still there: ${because}`)),
  ].join('\n');
}

function sizeOf({ groups }: CleanPlan): number {
  return groups.reduce((sum, { bytes }) => sum + bytes, 0);
}

function cleanDocument(plan: CleanPlan, result: CleanResult | undefined): unknown {
  return {
    freed: result !== undefined,
    bytes: sizeOf(plan),
    kinds: plan.groups.map(({ kind, bytes, items }) => ({
      kind,
      count: items.length,
      bytes,
      items: items.map(({ what, task, because }) => ({ what, task: task ?? null, because })),
    })),
    inUse: plan.kept,
    needed: result?.needed.map(({ what }) => what) ?? [],
    failed: result?.failed.map(({ item, because }) => ({ what: item.what, because })) ?? [],
  };
}
