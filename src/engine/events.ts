import type { CheckResult, Verdict } from '../checks/check.js';
import type { RepoPath } from '../edits/types.js';
import type { CommitLabel, Outcome, RejectedEntry, Stage } from '../journal/entries.js';
import type { Purpose } from '../models/ask.js';
import type { Role, Usage } from '../models/port.js';
import type { Plan, PlanNotes } from '../planning/plan.js';
import type { ObjectId } from '../repository/repository.js';

/**
 * What the engine tells while it works; `--json` prints each as one line of NDJSON, exactly as it is here. `task` is
 * the id. Times in ms.
 */
export type EngineEvent =
  /** First: what is going to be done, in order, and what is not and why. */
  | { type: 'queue'; ready: string[]; waiting: { task: string; because: string }[] }
  | {
      type: 'task-started';
      task: string;
      title: string;
      run: string;
      branch: string;
      base: ObjectId;
      resumed: boolean;
      dirty: RepoPath[];
    }
  | { type: 'stage'; task: string; stage: Stage; detail?: string }
  | {
      type: 'request';
      task: string;
      role: Role;
      model: string;
      purpose: Purpose;
      step: number | undefined;
      attempt: number;
      estimatedTokens: number;
      /** Basis for "about … left": what earlier requests of this model took; undefined before the first. */
      expectedMs: number | undefined;
    }
  /** At most a few times a second while a request is under way. `tokens` counts pieces of the answer. */
  | {
      type: 'progress';
      task: string;
      waitingFor: 'connect' | 'load' | 'prompt' | 'answer';
      elapsedMs: number;
      tokens: number;
      tokensPerSecond: number | undefined;
      thinking: boolean;
    }
  | { type: 'retrying'; task: string; because: string; inMs: number }
  /** `reused`: the reply was kept from before the run was interrupted; nothing was sent. */
  | {
      type: 'reply';
      task: string;
      role: Role;
      ending: 'stop' | 'length' | 'stopped';
      usage: Usage;
      reused: boolean;
      exchange: number;
    }
  | {
      type: 'rejected';
      task: string;
      label: CommitLabel;
      attempt: number;
      rejections: RejectedEntry['rejections'];
    }
  | { type: 'plan'; task: string; plan: Plan; notes: PlanNotes }
  | { type: 'committed'; task: string; label: CommitLabel; oid: ObjectId; subject: string; files: RepoPath[] }
  | { type: 'check-started'; task: string; name: string; command: string; on: 'base' | 'branch' }
  | { type: 'check-ended'; task: string; on: 'base' | 'branch'; result: CheckResult }
  | { type: 'verdict'; task: string; commit: ObjectId; verdict: Verdict }
  | { type: 'dropped'; task: string; label: CommitLabel; reason: string }
  | { type: 'notice'; task: string | undefined; message: string }
  | { type: 'plan-waits'; task: string; branch: string }
  | { type: 'task-ended'; task: string; branch: string; outcome: Outcome; tip: ObjectId | undefined }
  /** Last: counts over this call. */
  | { type: 'finished'; review: number; needsAttention: number; waiting: number; elapsedMs: number };

export type EventSink = (event: EngineEvent) => void;
