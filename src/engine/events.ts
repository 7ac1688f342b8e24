import type { CheckResult, Verdict } from '../checks/check.js';
import type { RepoPath } from '../edits/types.js';
import type { CommitLabel, Outcome, RejectedEntry, Stage } from '../journal/entries.js';
import type { ExitCode } from '../errors.js';
import type { TaskState } from '../journal/task-state.js';
import type { Purpose } from '../models/ask.js';
import type { Role, Usage } from '../models/port.js';
import type { Plan, PlanNotes } from '../planning/plan.js';
import type { ObjectId } from '../repository/repository.js';

/**
 * What the engine tells while it works; `--json` prints each as one line of NDJSON, exactly as it is here. `task` is
 * the id. Times in ms.
 */
export type EngineEvent =
  /**
   * First: what is going to be done, in order, and what is not and why. Told again when it has become another while
   * somebody watches, or hands tasks over.
   */
  | { type: 'queue'; ready: string[]; waiting: WaitingTask[] }
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
  /**
   * `reused`: the reply was kept from before the run was interrupted; `cached`: it is in the response cache, and was the
   * answer to the same request of an earlier run. In both cases nothing was sent, and no `request` comes before.
   */
  | {
      type: 'reply';
      task: string;
      role: Role;
      ending: 'stop' | 'length' | 'stopped';
      usage: Usage;
      reused: boolean;
      cached: boolean;
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
  /** Stopped, and left as it is: the next run goes on with it (`nexus cancel` and a changed text end it instead). */
  | { type: 'task-paused'; task: string; because: string }
  | { type: 'task-ended'; task: string; branch: string; outcome: Outcome; tip: ObjectId | undefined }
  /** Another process handed over these tasks (`undefined`: all that are ready); `request` is the id of its request. */
  | { type: 'request-taken'; request: string; tasks: string[] | undefined }
  /** Everything that was handed over by it has been done, or can't be done now. */
  | { type: 'request-done'; request: string; summary: RunCounts; error: EventError | undefined }
  /** Watching, with nothing to do now: `waiting` says what holds the other tasks back. */
  | { type: 'idle'; tasks: number; waiting: WaitingTask[] }
  /** A watched file changed; it counts once it has not changed for this long. */
  | { type: 'settling'; file: string; inMs: number }
  /**
   * A watched file has settled, and nothing is wrong with it (any more). Ids of tasks that are new, changed or gone; none
   * when only the layout changed.
   */
  | { type: 'settled'; file: string; added: string[]; changed: string[]; removed: string[] }
  /** It has not become another after all, or is as wrong as it was told to be. */
  | { type: 'unchanged'; file: string }
  /** A watched file is wrong or not approved; what was read before still counts. Told once for each content. */
  | { type: 'file-problem'; file: string; error: EventError }
  /** The queue stands still until the model server is back. */
  | { type: 'server-away'; error: EventError }
  | { type: 'server-back'; awayMs: number }
  /** Told to stop: the current request is the last one. */
  | { type: 'stopping'; because: string }
  /** Last: counts over this call. */
  | ({ type: 'finished'; elapsedMs: number } & RunCounts);

/** A task that is not going to be done now. `state` as in `nexus status`; `waiting` also for one with uncommitted files. */
export interface WaitingTask {
  task: string;
  because: string;
  state: Exclude<TaskState['kind'], 'ready'>;
}

/** Tasks of one call or request by what became of them. */
export interface RunCounts {
  review: number;
  needsAttention: number;
  waiting: number;
}

/** An error as far as it can be told to another process. */
export interface EventError {
  code: string;
  message: string;
  remedy: string | undefined;
  exitCode: ExitCode;
}

export type EventSink = (event: EngineEvent) => void;
