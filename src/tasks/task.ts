import type { Position } from '../config/problem.js';
import type { CheckConfig } from '../config/schema.js';

export type { Position, Problem } from '../config/problem.js';

export type TaskKind = 'change' | 'docs' | 'research';
export type Priority = 'high' | 'normal' | 'low';

/** One entry of `tasks.yml`, normalised. */
export interface Task {
  /** Stable slug; also the last part of the branch name. */
  id: string;
  title: string;
  description: string;
  kind: TaskKind;
  /** Where to look first. */
  files: string[];
  /** `files` is a limit, not a hint. */
  only: boolean;
  acceptance: string[];
  /** Replaces the configured checks. */
  checks: CheckConfig[] | undefined;
  /** Added to the configured checks. */
  checksAdd: CheckConfig[];
  dependsOn: string[];
  /** Start from the branch of the dependency when that is in review. */
  stack: boolean;
  priority: Priority;
  status: 'draft' | 'paused' | undefined;
  /** SHA-256 of the task's meaning (not of priority, status, depends_on, stack); 16 hex digits. */
  hash: string;
  position: Position;
}
