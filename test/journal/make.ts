import type { CheckReport, CheckResult, Verdict } from '../../src/checks/check.js';
import type { JournalEntry, Outcome, RunStartedEntry, StampedEntry } from '../../src/journal/entries.js';
import { foldJournal, type RunRecord } from '../../src/journal/run-record.js';
import type { BranchWork } from '../../src/journal/branch-work.js';
import type { TaskFacts } from '../../src/journal/task-state.js';
import type { CommitInfo } from '../../src/repository/repository.js';
import type { Task } from '../../src/tasks/task.js';

export const BASE = 'b'.repeat(40);
export const TIP = '1'.repeat(40);
export const OTHER = '2'.repeat(40);
const TREE = 'e'.repeat(40);

export function makeTask(values: Partial<Task> = {}): Task {
  return {
    id: 'add-login',
    title: 'Add a login form',
    description: '',
    kind: 'change',
    files: [],
    only: false,
    acceptance: [],
    checks: undefined,
    checksAdd: [],
    dependsOn: [],
    stack: false,
    priority: 'normal',
    status: undefined,
    hash: '0123456789abcdef',
    position: { line: 2, column: 5 },
    ...values,
  };
}

export function makeStart(values: Partial<RunStartedEntry> = {}): RunStartedEntry {
  const { id, title, hash, kind } = makeTask();
  return {
    type: 'run-started',
    run: '0001-abcdef',
    nexus: '0.1.0',
    task: { id, title, hash, kind },
    base: BASE,
    baseName: 'main',
    branch: `nexus/${id}`,
    models: { overseer: 'llama3.1:8b', coder: 'qwen2.5-coder:7b' },
    dirty: [],
    checks: [],
    ...values,
  };
}

export function makeResult(values: Partial<CheckResult> = {}): CheckResult {
  return {
    name: 'test',
    command: 'npm test',
    cwd: '.',
    outcome: 'passed',
    exitCode: 0,
    signal: undefined,
    durationMs: 1500,
    output: '',
    ...values,
  };
}

export function makeReport(tree: string, ...results: CheckResult[]): CheckReport {
  return { tree, results, setupFailed: undefined };
}

export const GOOD: Verdict = { kind: 'good' };
export const FAILING: Verdict = { kind: 'failing', failing: ['test'] };
export const UNVERIFIED: Verdict = { kind: 'unverified', reason: 'no-checks', failing: [] };

export function checkedEntry(commit: string, verdict: Verdict, tree = TREE): JournalEntry {
  return { type: 'checked', commit, verdict, report: makeReport(tree, makeResult()) };
}

export function endedEntry(outcome: Outcome, tip: string | undefined): JournalEntry {
  return { type: 'ended', outcome, tip };
}

/** Stamps entries a minute apart. */
export function stamp(...entries: readonly JournalEntry[]): StampedEntry[] {
  return entries.map((entry, index) => ({
    ...entry,
    v: 1,
    at: `2026-11-22T16:${String(index).padStart(2, '0')}:00.000Z`,
  }));
}

export function makeRecord(start: Partial<RunStartedEntry>, ...entries: readonly JournalEntry[]): RunRecord {
  const record = foldJournal(stamp(makeStart(start), ...entries));
  if (record === undefined) throw new Error('a journal that starts with its start always folds');
  return record;
}

export function makeFacts(values: Partial<TaskFacts> = {}): TaskFacts {
  return {
    task: makeTask(),
    branchName: 'nexus/add-login',
    branch: undefined,
    work: undefined,
    checkedOut: undefined,
    record: undefined,
    journalProblem: undefined,
    decisions: [],
    inBase: () => false,
    working: false,
    ...values,
  };
}

export function branchAt(tip: string, name = 'nexus/add-login'): NonNullable<TaskFacts['branch']> {
  return { name, tip, trailers: new Map() };
}

export function commitAt(oid: string): CommitInfo {
  const who = 'ada@example.com';
  const about = { subject: 'By hand', body: '', authorEmail: who, committerEmail: who };
  return { oid, parents: [BASE], tree: TREE, ...about, trailers: new Map() };
}

export function committedEntry(oid: string): JournalEntry {
  const { subject } = commitAt(oid);
  return { type: 'committed', label: 'step-1', oid, parent: BASE, subject, edits: [], attempts: 1 };
}

/** A complete branch of the usual task. */
export function makeWork(values: Partial<BranchWork>): BranchWork {
  const { hash } = makeTask();
  return {
    base: BASE,
    commits: [],
    foreign: undefined,
    run: '0001-abcdef',
    taskHash: hash,
    complete: true,
    ...values,
  };
}
