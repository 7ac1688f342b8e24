import type { CheckConfig, Config } from '../config/schema.js';
import type { Templates } from '../config/templates.js';
import type { CommitLabel, Outcome, RejectedEntry } from '../journal/entries.js';
import type { RunJournal } from '../journal/run-store.js';
import type { Ask } from '../models/ask.js';
import type { TokenBudget } from '../models/budget.js';
import type { Role } from '../models/port.js';
import type { CommitInfo, ObjectId, Repository, TreeEntry } from '../repository/repository.js';
import type { Task } from '../tasks/task.js';
import type { Calibration } from './calibrate/calibration.js';
import type { EventSink } from './events.js';
import { noteOnce } from './notice.js';
import type { PlanAhead } from './plan-ahead.js';
import type { TimeLimit } from './time-limit.js';

/**
 * One task being worked on. Every effect of a run goes through this value: what was answered or committed before the
 * run was interrupted is found again instead of being done again.
 */
export interface TaskRun {
  readonly task: Task;
  readonly repository: Repository;
  readonly config: Config;
  readonly templates: Templates;
  readonly journal: RunJournal;
  readonly branch: string;
  readonly base: ObjectId;
  readonly baseTree: readonly TreeEntry[];
  /** The checks that decide about this task. */
  readonly checks: readonly CheckConfig[];
  readonly isProtected: (path: string) => string | undefined;
  readonly ask: Ask;
  readonly seed: number;
  readonly sink: EventSink;
  readonly signal: AbortSignal;
  readonly time: TimeLimit;
  budget(role: Role): TokenBudget;
  /** What was measured of the model that the role has now. */
  calibration(role: Role): Calibration | undefined;
  readonly planAhead: PlanAhead;
  /** Commits of this run that are on the branch, oldest first. */
  commits: CommitInfo[];
  /** The last of them, or the base. */
  tip: ObjectId;
}

/** What a phase came to: the next one may begin, the run waits for a person, or it has ended. */
export type PhaseResult = 'continue' | 'waits' | 'ended';

/** The commit of this run with that label, made now or before an interruption. */
export function findCommit(run: TaskRun, label: CommitLabel): CommitInfo | undefined {
  return run.commits.find((commit) => labelOf(commit) === label);
}

export function labelOf(commit: CommitInfo): string | undefined {
  return commit.trailers.get('nexus-step')?.at(-1);
}

/** Ends the run with this outcome and tells it. */
export async function endRun(run: TaskRun, outcome: Outcome): Promise<'ended'> {
  const tip = run.commits.length === 0 ? undefined : run.tip;
  await run.journal.append({ type: 'ended', outcome, tip });
  run.sink({ type: 'task-ended', task: run.task.id, branch: run.branch, outcome, tip });
  return 'ended';
}

export async function tellStage(
  run: TaskRun,
  stage: 'planning' | 'coding' | 'checking' | 'documenting',
): Promise<void> {
  const { progress } = run.journal.record;
  if (progress.kind !== 'working' || progress.stage !== stage)
    await run.journal.append({ type: 'stage', stage });
  run.sink({ type: 'stage', task: run.task.id, stage });
}

/** Keeps and tells that a reply was not applied; once, also when the reply was kept from before an interruption. */
export async function noteRejected(run: TaskRun, rejected: Omit<RejectedEntry, 'type'>): Promise<void> {
  const { label, exchange, attempt, rejections } = rejected;
  const isKnown = run.journal.record.rejected.some(
    (entry) => entry.exchange === exchange && entry.label === label && entry.attempt === attempt,
  );
  if (isKnown) return;
  await run.journal.append({ type: 'rejected', label, exchange, attempt, rejections });
  run.sink({ type: 'rejected', task: run.task.id, label, attempt, rejections });
}

/** Notes something for the packet and tells it now; once per run. */
export async function note(run: TaskRun, message: string): Promise<void> {
  await noteOnce({ ...run, task: run.task.id }, message);
}
