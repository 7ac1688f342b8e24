import type { CheckReport, Verdict } from '../checks/check.js';
import type { Plan, PlanNotes } from '../planning/plan.js';
import type { ObjectId } from '../repository/repository.js';
import type {
  CommittedEntry,
  ExchangeEntry,
  Outcome,
  RejectedEntry,
  RunStartedEntry,
  Stage,
  StampedEntry,
} from './entries.js';

/** Where a run stands. */
export type RunProgress =
  | { kind: 'working'; stage: Stage }
  | { kind: 'waits-for-approval' }
  | { kind: 'ended'; outcome: Outcome; tip: ObjectId | undefined };

/** Everything the journal says of one run, folded into one value. */
export interface RunRecord {
  started: RunStartedEntry;
  startedAt: string;
  lastAt: string;
  progress: RunProgress;
  plan: Plan | undefined;
  planNotes: PlanNotes | undefined;
  planApproved: boolean;
  baseReport: CheckReport | undefined;
  exchanges: ExchangeEntry[];
  rejected: RejectedEntry[];
  committed: CommittedEntry[];
  checked: { commit: ObjectId; report: CheckReport; verdict: Verdict; at: string }[];
  /** What each time of checking took, in ms; undefined where that was not noted. */
  checkTimes: (number | undefined)[];
  dropped: { label: string; reason: string }[];
  notices: string[];
}

/** The record after its first entry. */
export function startRecord(first: RunStartedEntry, at: string): RunRecord {
  return {
    started: first,
    startedAt: at,
    lastAt: at,
    progress: { kind: 'working', stage: 'planning' },
    plan: undefined,
    planNotes: undefined,
    planApproved: false,
    baseReport: undefined,
    exchanges: [],
    rejected: [],
    committed: [],
    checked: [],
    checkTimes: [],
    dropped: [],
    notices: [],
  };
}

/** The record after one more entry. Pure: `record` is not changed. */
export function transition(record: RunRecord, entry: StampedEntry): RunRecord {
  const next = { ...record, lastAt: entry.at };
  switch (entry.type) {
    case 'run-started':
      return next;
    case 'stage':
      return { ...next, progress: { kind: 'working', stage: entry.stage } };
    case 'base-checked':
      return { ...next, baseReport: entry.report, checkTimes: [...record.checkTimes, entry.tookMs] };
    case 'exchange':
      return { ...next, exchanges: [...record.exchanges, entry] };
    case 'planned':
      return { ...next, plan: entry.plan, planNotes: entry.notes };
    case 'plan-approved':
      return { ...next, planApproved: true };
    case 'rejected':
      return { ...next, rejected: [...record.rejected, entry] };
    case 'committed':
      return { ...next, committed: [...record.committed, entry] };
    case 'checked': {
      const { commit, report, verdict, at } = entry;
      return {
        ...next,
        checked: [...record.checked, { commit, report, verdict, at }],
        checkTimes: [...record.checkTimes, entry.tookMs],
      };
    }
    case 'dropped':
      return {
        ...next,
        dropped: [...record.dropped, { label: entry.label, reason: entry.reason }],
        checkTimes: [...record.checkTimes, entry.tookMs],
      };
    case 'notice':
      return { ...next, notices: [...record.notices, entry.message] };
    case 'waits-for-approval':
      return { ...next, progress: { kind: 'waits-for-approval' } };
    case 'ended':
      return { ...next, progress: { kind: 'ended', outcome: entry.outcome, tip: entry.tip } };
  }
}

/** Folds a whole journal; undefined when it does not begin with the start of a run. */
export function foldJournal(entries: readonly StampedEntry[]): RunRecord | undefined {
  const [first, ...rest] = entries;
  if (first?.type !== 'run-started') return undefined;
  return rest.reduce(transition, startRecord(first, first.at));
}

/** What the checks last said of this commit; undefined when they never ran on it. */
export function verdictOf(record: RunRecord, commit: ObjectId): RunRecord['checked'][number] | undefined {
  return record.checked.findLast((entry) => entry.commit === commit);
}
