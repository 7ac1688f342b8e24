import { loadBaseReport, saveBaseReport } from '../checks/base-cache.js';
import type { CheckReport, Verdict } from '../checks/check.js';
import { runChecks, withCheckWorktree, type CheckEvent, type CheckInput } from '../checks/run-checks.js';
import { decideVerdict, failuresOf, mergeReports } from '../checks/verdict.js';
import { affectedChecks } from '../checks/affected.js';
import { checkName } from '../checks/check-name.js';
import { trimOutput } from '../checks/trim-output.js';
import type { CheckConfig } from '../config/schema.js';
import type { RepoPath } from '../edits/types.js';
import { verdictOf } from '../journal/run-record.js';
import type { ObjectId } from '../repository/repository.js';
import { publishCommit, renderMessage } from './commit-change.js';
import { findCommit, type TaskRun } from './task-run.js';

/** Characters of one failing check's output that go into a prompt. */
const FAILURE_CHARS = 1800;
const FAILURES_SHOWN = 3;

/**
 * What the checks say of the base, once per base tree; undefined when there are no checks.
 * @param meanwhile what can be begun while they run
 */
export async function checkBase(run: TaskRun, meanwhile?: () => void): Promise<CheckReport | undefined> {
  const known = run.journal.record.baseReport;
  if (run.checks.length === 0 || (known !== undefined && isOfChecks(known, run.checks))) return known;
  const { repository, config, base, checks } = run;
  const key = {
    commonDir: repository.commonDir,
    tree: await repository.treeOf(base),
    checks,
    setup: config.setup,
    link: config.link,
  };
  const kept = await loadBaseReport(key);
  const startedAt = performance.now();
  if (kept === undefined) meanwhile?.();
  const report = kept ?? (await runChecks(checkInput(run, base, 'base')));
  const tookMs = kept === undefined ? since(startedAt) : 0;
  if (kept === undefined) await saveBaseReport(key, report);
  await run.journal.append({ type: 'base-checked', report, tookMs });
  return report;
}

/** What the checks said of a commit, and what it took to find out, in ms. */
interface Checked {
  report: CheckReport;
  verdict: Verdict;
  tookMs?: number;
}

function since(startedAt: number): number {
  return Math.round(performance.now() - startedAt);
}

/**
 * Runs the `fix` commands on the tip, commits what they changed, and runs the checks on what is the tip then. A tip that
 * this run has checked before is not checked again.
 */
export async function checkTip(run: TaskRun, round: number): Promise<Checked> {
  const known = knownVerdict(run);
  if (known !== undefined) return known;
  const startedAt = performance.now();
  if (run.checks.length === 0) return settle(run, await emptyReport(run, run.tip), startedAt);
  const label = `fix-${round}` as const;
  const report = await withCheckWorktree(checkInput(run, run.tip, 'branch'), async (session) => {
    if (run.config.fix.length > 0 && findCommit(run, label) === undefined) {
      const subject = 'Apply the configured fixes';
      const body = run.config.fix.map((command) => checkName(command)).join('\n');
      const fixes = await session.runFixes(renderMessage(run, { label, subject, body, models: [] }));
      if (fixes.commit !== undefined) await publishCommit(run, fixes.commit, { label, subject });
    }
    return session.runChecks();
  });
  return settle(run, report, startedAt);
}

/** Runs the checks on the tip whether or not they ran before; `fix` commands don't run: the branch stays as it is. */
export async function recheckTip(run: TaskRun): Promise<Checked> {
  const startedAt = performance.now();
  const report =
    run.checks.length === 0
      ? await emptyReport(run, run.tip)
      : await runChecks(checkInput(run, run.tip, 'branch'));
  return settle(run, report, startedAt);
}

/**
 * The verdict of a commit that is not on the branch yet and changes only these paths against the tip: the checks that
 * these can touch run again, the others count as they were.
 */
export async function checkCandidate(
  run: TaskRun,
  commit: ObjectId,
  changed: readonly RepoPath[],
): Promise<Checked> {
  const startedAt = performance.now();
  const before = knownVerdict(run)?.report;
  const tree = await run.repository.treeOf(commit);
  const affected = affectedChecks(run.checks, changed);
  if (affected.length === 0 && before !== undefined) return judge(run, { ...before, tree }, startedAt);
  const only = before === undefined ? {} : { only: affected.map((check) => checkName(check)) };
  const later =
    run.checks.length === 0
      ? await emptyReport(run, commit)
      : await runChecks({ ...checkInput(run, commit, 'branch'), ...only });
  return judge(run, before === undefined ? later : mergeReports(before, later), startedAt);
}

/** What the checks of this run said of the tip; undefined when they have not all run on it. */
export function knownVerdict(run: TaskRun): { report: CheckReport; verdict: Verdict } | undefined {
  const known = verdictOf(run.journal.record, run.tip);
  return known !== undefined && isOfChecks(known.report, run.checks) ? known : undefined;
}

/**
 * Whether a report is one of just these checks. The user may have changed them since, or mended the set-up because of
 * which none ran.
 */
function isOfChecks(report: CheckReport, checks: readonly CheckConfig[]): boolean {
  if (report.setupFailed !== undefined || report.results.length !== checks.length) return false;
  const ran = new Set(report.results.map(({ name, command, cwd }) => JSON.stringify([name, command, cwd])));
  return checks.every((check) => ran.has(JSON.stringify([checkName(check), check.run, check.cwd])));
}

async function emptyReport(run: TaskRun, commit: ObjectId): Promise<CheckReport> {
  return { tree: await run.repository.treeOf(commit), results: [], setupFailed: undefined };
}

async function settle(run: TaskRun, report: CheckReport, startedAt: number): Promise<Checked> {
  const judged = judge(run, report, startedAt);
  await recordVerdict(run, run.tip, judged);
  return judged;
}

export async function recordVerdict(run: TaskRun, commit: ObjectId, judged: Checked): Promise<void> {
  await run.journal.append({ type: 'checked', commit, ...judged });
  run.sink({ type: 'verdict', task: run.task.id, commit, verdict: judged.verdict });
}

function judge(run: TaskRun, report: CheckReport, startedAt: number): Checked {
  const verdict = decideVerdict(report, run.journal.record.baseReport, run.checks.length);
  return { report, verdict, tookMs: since(startedAt) };
}

function checkInput(run: TaskRun, commit: ObjectId, on: 'base' | 'branch'): CheckInput {
  const { repository, config, checks, signal } = run;
  return {
    repository,
    commit,
    checks,
    setup: config.setup,
    fix: config.fix,
    link: config.link,
    limits: { output: config.limits.output },
    onEvent: (event) => tellCheck(run, event, on),
    signal,
  };
}

function tellCheck(run: TaskRun, event: CheckEvent, on: 'base' | 'branch'): void {
  const task = run.task.id;
  if (event.type === 'command-started') {
    run.sink({ type: 'check-started', task, name: event.name, command: event.command, on });
  } else if (event.type === 'command-finished') {
    run.sink({ type: 'check-ended', task, on, result: event.result });
  }
}

/** The failing checks for a prompt: command and the part of its output that says why; undefined when nothing fails. */
export function renderFailures(report: CheckReport | undefined): string | undefined {
  const failed = report === undefined ? [] : failuresOf(report);
  if (failed.length === 0) return undefined;
  const blocks = failed.slice(0, FAILURES_SHOWN).map((result) => {
    const how =
      result.outcome === 'timed-out'
        ? 'ran out of time'
        : `ended with exit code ${result.exitCode ?? 'none'}`;
    return `$ ${result.command}\n(${how})\n${trimOutput(result.output, { maxChars: FAILURE_CHARS })}`;
  });
  const more = failed.length > FAILURES_SHOWN ? [`(${failed.length - FAILURES_SHOWN} more checks fail)`] : [];
  return [...blocks, ...more].join('\n\n');
}
