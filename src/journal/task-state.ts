import type { BranchInfo, ObjectId } from '../repository/repository.js';
import type { Task } from '../tasks/task.js';
import type { BranchWork } from './branch-work.js';
import type { Decision } from './decisions.js';
import type { AttentionReason, Stage } from './entries.js';
import { verdictOf, type RunRecord } from './run-record.js';

/**
 * What makes a task ready: never done, its text changed, a run to go on with; or the journal is lost: then a branch that
 * lacks only its verdict gets that (`unverified-branch`), and any other work starts anew from the base (`journal-lost`).
 */
export type ReadyReason =
  | 'new'
  | 'changed'
  | 'interrupted'
  | 'approved'
  | 'unverified-branch'
  | 'journal-lost';

/** Where a task stands, as design.md §3 names it. */
export type TaskState =
  | { kind: 'waiting'; because: string }
  | { kind: 'ready'; why: ReadyReason }
  | { kind: Stage }
  | { kind: 'review'; tip: ObjectId }
  | { kind: 'needs-attention'; reason: AttentionReason; detail: string; tip: ObjectId | undefined }
  | { kind: 'accepted'; tip: ObjectId }
  | { kind: 'rejected'; tip: ObjectId };

/** Everything that git and the journals say of one task. */
export interface TaskFacts {
  task: Task;
  branchName: string;
  branch: BranchInfo | undefined;
  /** What the branch says without a journal. Always there for a branch whose tip no record of this text knows. */
  work: BranchWork | undefined;
  /** Work tree that has the branch checked out. */
  checkedOut: string | undefined;
  record: RunRecord | undefined;
  /** Why there is a journal that can't be read. */
  journalProblem: string | undefined;
  decisions: readonly Decision[];
  /** Whether the base holds this commit already. */
  inBase: (commit: ObjectId) => boolean;
  /** Whether a Nexus works on it right now. */
  working: boolean;
}

/** Reasons that mend themselves or were not the task's fault: the next run goes on where this one stopped. */
const RESUMABLE: ReadonlySet<AttentionReason> = new Set([
  'model-trouble',
  'cancelled',
  'limit-reached',
  'setup-missing',
] as const);

/**
 * Whether the next run of this task goes on with the last one instead of starting from the base.
 * @param tip where the branch is now: what was wrong with it may have been mended since
 */
export function isResumable(record: RunRecord, task: Task, tip: ObjectId | undefined): boolean {
  if (record.started.task.hash !== task.hash) return false;
  const { progress } = record;
  if (progress.kind !== 'ended') return true;
  if (progress.outcome.kind !== 'needs-attention') return false;
  const { reason } = progress.outcome;
  return RESUMABLE.has(reason) || (reason === 'branch-changed' && isAsLeft(record, tip));
}

/** Whether the branch is where the last commit of this run left it. */
function isAsLeft(record: RunRecord, tip: ObjectId | undefined): boolean {
  const last = record.committed.at(-1)?.oid;
  return last !== undefined && last === tip;
}

/** The states of all tasks; a state may depend on those of the tasks it depends on. Pure. */
export function decideStates(facts: readonly TaskFacts[]): Map<string, TaskState> {
  const own = new Map(facts.map((fact) => [fact.task.id, ownState(fact)]));
  return new Map(
    facts.map((fact) => {
      const { task } = fact;
      const state = own.get(task.id) ?? { kind: 'ready', why: 'new' };
      const held = state.kind === 'ready' ? (heldBack(task, own) ?? heldByCheckout(fact)) : undefined;
      return [task.id, held === undefined ? state : { kind: 'waiting', because: held }];
    }),
  );
}

/** git lets nobody move a branch that somebody stands on without their files going wrong. */
export function heldByCheckout({
  branchName,
  checkedOut,
}: Pick<TaskFacts, 'branchName' | 'checkedOut'>): string | undefined {
  return checkedOut === undefined
    ? undefined
    : `its branch ${branchName} is checked out in ${checkedOut}, so Nexus does not move it; it goes on when you switch to another branch there (git -C "${checkedOut}" switch -)`;
}

/** Why a task that could start must not yet; undefined when it may. */
export function heldBack(task: Task, states: ReadonlyMap<string, TaskState>): string | undefined {
  if (task.status !== undefined) return `it is marked \`status: ${task.status}\` in tasks.yml`;
  for (const id of task.dependsOn) {
    const state = states.get(id);
    if (state?.kind === 'accepted' || (task.stack && state?.kind === 'review')) continue;
    const wanted = task.stack ? 'in review or accepted' : 'accepted';
    return `it depends on ${id}, which is not ${wanted} yet (${state?.kind ?? 'unknown'})`;
  }
  return undefined;
}

/** What a person decided about this very text; a merge that was taken back in git is none any more. */
function decidedState({ decisions, task, inBase }: TaskFacts): TaskState | undefined {
  const about = decisions.filter(({ taskHash }) => taskHash === task.hash);
  for (const { verb, tip } of about) if (verb !== 'merged') return { kind: verb, tip };
  const merged = about.find(({ tip }) => inBase(tip));
  return merged === undefined ? undefined : { kind: 'accepted', tip: merged.tip };
}

function ownState(fact: TaskFacts): TaskState {
  const decided = decidedState(fact);
  if (decided !== undefined) return decided;
  const { record } = fact;
  if (record === undefined) return stateWithoutJournal(fact);
  if (record.started.task.hash !== fact.task.hash) return changedState(fact);
  switch (record.progress.kind) {
    case 'working':
      return fact.working ? { kind: record.progress.stage } : { kind: 'ready', why: 'interrupted' };
    case 'waits-for-approval':
      return {
        kind: 'waiting',
        because: `its plan waits for approval: nexus plan ${fact.task.id}, then nexus run ${fact.task.id}`,
      };
    case 'ended':
      return endedState(fact, record, record.progress);
  }
}

/** Work on another text of the task: put aside by the next run, unless somebody else has worked on it, too. */
function changedState({ task, branch, branchName, work }: TaskFacts): TaskState {
  if (branch === undefined || work?.foreign === undefined) return { kind: 'ready', why: 'changed' };
  const { oid, subject } = work.foreign;
  return attention(
    'branch-changed',
    `its text changed, but ${branchName} holds a commit that Nexus did not make (${oid.slice(0, 10)} "${subject}"), so it stays as it is; keep it under another name (git branch -m ${branchName} NAME) or delete it (git branch -D ${branchName}), then nexus run ${task.id} starts anew`,
    branch.tip,
  );
}

/** What the branch says for itself. Decisions are refs and have been looked at before. */
function stateWithoutJournal(fact: TaskFacts): TaskState {
  const { branch, branchName, work, task } = fact;
  if (branch === undefined) {
    return { kind: 'ready', why: fact.journalProblem === undefined ? 'new' : 'journal-lost' };
  }
  if (work?.run === undefined) {
    const why = fact.journalProblem ?? `there is a branch ${branchName} but no journal of its run`;
    const whose = work?.foreign === undefined ? '' : `, and ${work.foreign.oid.slice(0, 10)} is not of Nexus`;
    return attention(
      'unverified',
      `${why}${whose}; nexus check ${task.id} takes its verdict anew`,
      branch.tip,
    );
  }
  if (work.taskHash !== task.hash) return { kind: 'ready', why: 'changed' };
  if (!work.complete) return { kind: 'ready', why: 'journal-lost' };
  // Merged by hand.
  if (fact.inBase(branch.tip)) return { kind: 'accepted', tip: branch.tip };
  return { kind: 'ready', why: 'unverified-branch' };
}

function endedState(
  fact: TaskFacts,
  record: RunRecord,
  ended: Extract<RunRecord['progress'], { kind: 'ended' }>,
): TaskState {
  const tip = fact.branch?.tip;
  if (tip === undefined) {
    if (ended.tip === undefined) return fromOutcome(ended.outcome, undefined);
    if (fact.inBase(ended.tip)) return { kind: 'accepted', tip: ended.tip };
    return attention(
      'branch-changed',
      `the branch ${fact.branchName} was deleted; its last commit was ${ended.tip}`,
      ended.tip,
    );
  }
  // Merged by hand, whatever the run said of it; work that a run would go on with is not done by that.
  const resumable = isResumable(record, fact.task, tip);
  if (tip !== record.started.base && fact.inBase(tip) && !resumable) return { kind: 'accepted', tip };
  // Somebody had moved it, and has moved it back.
  if (resumable && ended.outcome.kind === 'needs-attention' && ended.outcome.reason === 'branch-changed') {
    return { kind: 'ready', why: 'interrupted' };
  }
  const verdict = verdictOf(record, tip)?.verdict;
  if (tip === ended.tip && verdict === undefined) return fromOutcome(ended.outcome, tip);
  if (verdict === undefined) {
    return attention(
      'branch-changed',
      `somebody moved ${fact.branchName}; nexus check ${fact.task.id} takes its verdict anew`,
      tip,
    );
  }
  if (tip !== ended.tip) return byVerdict(verdict.kind, tip);
  const wasGood = record.checked.some((entry) => entry.commit === tip && entry.verdict.kind === 'good');
  return withVerdict(fromOutcome(ended.outcome, tip), verdict.kind, wasGood, tip);
}

/**
 * A later `nexus check` may have changed what is known of the same tip. A run also ends in review without a good
 * verdict (documents only), so `unverified` takes that back only where a verdict was good before.
 */
function withVerdict(
  state: TaskState,
  verdict: 'good' | 'failing' | 'unverified',
  wasGood: boolean,
  tip: ObjectId,
): TaskState {
  if (state.kind === 'review' && (verdict === 'failing' || (verdict === 'unverified' && wasGood))) {
    return byVerdict(verdict, tip);
  }
  if (state.kind !== 'needs-attention') return state;
  if (verdict === 'good' && isOfChecks(state.reason)) return { kind: 'review', tip };
  const other = verdict === 'failing' ? 'unverified' : 'checks-fail';
  return verdict !== 'good' && state.reason === other ? byVerdict(verdict, tip) : state;
}

function isOfChecks(reason: AttentionReason): boolean {
  return reason === 'checks-fail' || reason === 'unverified';
}

function byVerdict(verdict: 'good' | 'failing' | 'unverified', tip: ObjectId): TaskState {
  if (verdict === 'good') return { kind: 'review', tip };
  return verdict === 'failing'
    ? attention('checks-fail', 'the checks fail on the branch as it is now', tip)
    : attention('unverified', 'no check vouches for the branch as it is now', tip);
}

function fromOutcome(
  outcome: Extract<RunRecord['progress'], { kind: 'ended' }>['outcome'],
  tip: ObjectId | undefined,
): TaskState {
  if (outcome.kind === 'needs-attention') return attention(outcome.reason, outcome.detail, tip);
  return tip === undefined
    ? attention('branch-changed', 'its branch is gone', undefined)
    : { kind: 'review', tip };
}

function attention(reason: AttentionReason, detail: string, tip: ObjectId | undefined): TaskState {
  return { kind: 'needs-attention', reason, detail, tip };
}
