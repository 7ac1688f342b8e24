import type { CheckResult } from '../checks/check.js';
import type { ChangedFile, ObjectId, Repository } from '../repository/repository.js';
import type { LocatedEdit, RepoPath } from '../edits/types.js';
import type { RejectedEntry } from '../journal/entries.js';
import type { RunRecord } from '../journal/run-record.js';
import type { TaskState } from '../journal/task-state.js';
import type { Plan, PlanNotes } from '../planning/plan.js';
import type { Task } from '../tasks/task.js';

/** One task and what is known of its branch: what packet, accept and reject all start from. */
export interface ReviewInput {
  repository: Repository;
  task: Task;
  state: TaskState;
  /** Without `refs/heads/`. */
  branchName: string;
  /** The newest run's; undefined when there is none that can be read. */
  record: RunRecord | undefined;
  /** `base:` of the configuration. */
  configuredBase?: string | undefined;
  /** Branch to accept into, where the user names one. */
  into?: string | undefined;
  /** Why a path is protected by the configuration; undefined when it is not. */
  isProtected?: ((path: RepoPath) => string | undefined) | undefined;
}

/**
 * Everything a reviewer needs about one branch, computed when it is asked for. Plain JSON: a field that is undefined
 * is absent there, and means "unknown" or "none". Times are ISO 8601 in UTC or milliseconds.
 */
export interface ReviewPacket {
  task: PacketTask;
  state: TaskState;
  /** What a person said when accepting or rejecting. */
  decisionMessage: string | undefined;
  branch: { name: string; exists: boolean; tip: ObjectId | undefined };
  plan: (Plan & { notes: PlanNotes }) | undefined;
  base: PacketBase;
  commits: PacketCommit[];
  steps: PacketStep[];
  files: PacketFile[];
  verdict: PacketVerdict;
  checks: PacketCheck[];
  /** The set-up command that failed, so that no check ran on the tip. */
  setupFailed: CheckResult | undefined;
  dropped: { label: string; reason: string }[];
  notices: string[];
  /** Uncommitted files when the run began, which are no part of the branch. */
  dirty: RepoPath[];
  cost: PacketCost | undefined;
  next: NextAction[];
}

export interface PacketTask {
  id: string;
  title: string;
  description: string;
  kind: Task['kind'];
  /** For the reviewer to tick: neither a model nor the program does. */
  acceptance: string[];
}

export interface PacketBase {
  /** Commit that the branch is compared with. */
  commit: ObjectId | undefined;
  /** Branch that the run started from. */
  name: string | undefined;
  /** Task whose feature branch the run started from; it has to be accepted first. */
  stackedOn: string | undefined;
  /** Branch that accepting would merge into, as it is now. */
  target:
    | {
        name: string;
        tip: ObjectId;
        /** Commits since the run's base. */ movedOn: number;
        containsBase: boolean;
      }
    | undefined;
  merge: MergeOutlook;
}

/** What accepting would come to, had it been asked for now. */
export type MergeOutlook =
  | { kind: 'fast-forward' }
  | { kind: 'clean' }
  | { kind: 'conflict'; paths: RepoPath[] }
  | { kind: 'contained' }
  | { kind: 'unknown'; because: string };

export interface PacketCommit {
  oid: ObjectId;
  subject: string;
  /** Value of the `Nexus-Step` trailer. */
  label: string | undefined;
  /** Not written by this run: somebody else's, or changed after Nexus wrote it. */
  foreign: boolean;
  authorEmail: string;
}

/** How one plan, step, repair or document came about. */
export interface PacketStep {
  label: string;
  title: string | undefined;
  commit: ObjectId | undefined;
  /** Replies that were asked for. */
  attempts: number;
  rejections: (RejectedEntry['rejections'][number] & { attempt: number; exchange: number })[];
}

export interface PacketEdit extends Omit<LocatedEdit, 'path'> {
  label: string;
  /** Found only after allowing for a difference: worth a closer look. */
  bent: boolean;
}

export type FileFlag =
  | 'protected'
  | 'nexus'
  | 'ci'
  | 'checks'
  | 'dependencies'
  | 'hooks'
  | 'test-changed'
  | 'test-deleted';

export interface PacketFile extends ChangedFile {
  edits: PacketEdit[];
  flags: { flag: FileFlag; why: string }[];
}

/** What the checks say of exactly the tip's tree. */
export type PacketVerdict =
  | {
      kind: 'good' | 'failing' | 'unverified';
      at: string;
      failing: string[];
      /** Of `unverified`. */
      reason: 'no-checks' | 'failed-on-base' | undefined;
    }
  | {
      kind: 'not-checked';
      last: { kind: 'good' | 'failing' | 'unverified'; commit: ObjectId; at: string } | undefined;
    };

export interface PacketCheck {
  name: string;
  command: string | undefined;
  /** On the tip's tree; `not-run` when it ran on an earlier commit only, or never. */
  outcome: CheckResult['outcome'] | 'not-run';
  exitCode: number | undefined;
  durationMs: number | undefined;
  output: string | undefined;
  /** What came of it on the base. */
  base: CheckResult['outcome'] | undefined;
  /**
   * The earlier commit that a result is of: the last one of a check that is `not-run`, or one that was taken over since
   * the commits after it touch none of the check's paths.
   */
  earlier: { outcome: CheckResult['outcome']; commit: ObjectId; at: string } | undefined;
}

export interface PacketCost {
  models: { overseer: string; coder: string };
  requests: number;
  promptTokens: number;
  answerTokens: number;
  /** Requests whose token counts the server did not tell; the sums are without them. */
  uncounted: number;
  /** Answers from the response cache: they cost nothing, so they are in no other figure here. */
  cached: number;
  modelMs: number;
  checkMs: number;
}

export interface NextAction {
  command: string;
  does: string;
}
