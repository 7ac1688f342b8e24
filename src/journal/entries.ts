import type { CheckReport, Verdict } from '../checks/check.js';
import type { LocatedEdit, RejectionCode, RepoPath } from '../edits/types.js';
import type { Purpose } from '../models/ask.js';
import type { Role, Usage } from '../models/port.js';
import type { Plan, PlanNotes } from '../planning/plan.js';
import type { ObjectId } from '../repository/repository.js';
import type { TaskKind } from '../tasks/task.js';

/** Version of the journal's format; a journal of a newer one is set aside, never guessed at. */
export const JOURNAL_VERSION = 1;

/** Why a run ended without a branch that is ready for review. */
export type AttentionReason =
  | 'checks-fail'
  | 'unverified'
  | 'edits-not-applied'
  | 'question'
  | 'nothing-to-change'
  | 'limit-reached'
  | 'model-trouble'
  | 'base-rewritten'
  | 'branch-changed'
  | 'cancelled'
  | 'setup-missing';

export type Outcome =
  | { kind: 'review' }
  | { kind: 'needs-attention'; reason: AttentionReason; detail: string };

/** What one commit of a feature branch holds; also the value of its `Nexus-Step` trailer. */
export type CommitLabel = 'plan' | `step-${number}` | `repair-${number}` | `fix-${number}` | 'documents';

/** One model request that was answered. Prompt and reply are in a file of their own. */
export interface ExchangeEntry {
  type: 'exchange';
  number: number;
  role: Role;
  model: string;
  purpose: Purpose;
  step: number | undefined;
  attempt: number;
  /** SHA-256 of the request: the same question of the same run is answered from here. */
  key: string;
  ending: 'stop' | 'length' | 'stopped';
  estimatedTokens: number;
  /** What it cost this run. */
  usage: Usage;
  /** The answer came from the response cache; this is what it had cost the run that asked for it. */
  cached?: Usage;
  /** How often the request was sent again after a fault that can pass; older versions did not note it. */
  retries?: number;
  /** How long the model was read into memory before the request, while something else went on, in ms. */
  loadedAheadMs?: number;
}

export interface RunStartedEntry {
  type: 'run-started';
  run: string;
  nexus: string;
  task: { id: string; title: string; hash: string; kind: TaskKind };
  base: ObjectId;
  /** Branch that the base was the tip of; undefined for a detached HEAD. */
  baseName: string | undefined;
  branch: string;
  models: Record<Role, string>;
  /** Uncommitted files of the checkout, which are not part of the base. */
  dirty: RepoPath[];
  /** Names of the checks that decide. */
  checks: string[];
}

export interface CommittedEntry {
  type: 'committed';
  label: CommitLabel;
  oid: ObjectId;
  parent: ObjectId;
  subject: string;
  /** How each edit was written and found; empty for what the program wrote itself. */
  edits: LocatedEdit[];
  attempts: number;
}

export interface RejectedEntry {
  type: 'rejected';
  exchange: number;
  /** `step-2`, `repair-1`, … */
  label: CommitLabel;
  attempt: number;
  rejections: { code: RejectionCode | 'plan' | 'document'; path: RepoPath | undefined; message: string }[];
}

export type Stage = 'planning' | 'coding' | 'checking' | 'documenting';

export type JournalEntry =
  | RunStartedEntry
  | { type: 'stage'; stage: Stage }
  /** `tookMs` of these: the work tree, its set-up and the checks; 0 when nothing ran. Older versions did not note it. */
  | { type: 'base-checked'; report: CheckReport; tookMs?: number }
  | ExchangeEntry
  | { type: 'planned'; plan: Plan; notes: PlanNotes }
  | { type: 'plan-approved' }
  | RejectedEntry
  | CommittedEntry
  | { type: 'checked'; commit: ObjectId; report: CheckReport; verdict: Verdict; tookMs?: number }
  | { type: 'dropped'; label: CommitLabel; reason: string; tookMs?: number | undefined }
  | { type: 'notice'; message: string }
  | { type: 'waits-for-approval' }
  | { type: 'ended'; outcome: Outcome; tip: ObjectId | undefined };

/** An entry as it stands in the file. `at` is ISO 8601 in UTC. */
export type StampedEntry = JournalEntry & { v: typeof JOURNAL_VERSION; at: string };
