import type { ObjectId } from '../../repository/repository.js';

/** In the order in which they are shown and freed. */
export const CLEAN_KINDS = [
  'runs',
  'history',
  'base-checks',
  'worktrees',
  'workers',
  'temporary',
  'caches',
  'answers',
  'logs',
] as const;

/**
 * `runs`: journals with their prompts and replies, set-aside ones too · `history`: earlier tips of branches ·
 * `base-checks`: what checks said of a base · `worktrees`: of processes that are gone · `workers`: events and requests of
 * workers that are gone · `temporary`: files that a killed process left · `caches`: of parsed files · `answers`: of
 * models, kept for later runs, of all repositories · `logs`: of hooks
 */
export type CleanKind = (typeof CLEAN_KINDS)[number];

/** One thing that can be freed. */
export interface CleanItem {
  kind: CleanKind;
  /** The path below git's common folder (or an absolute one elsewhere), or the full name of a ref. */
  what: string;
  task: string | undefined;
  /** Why it is not needed any more, to follow "since". */
  because: string;
  remove: Removal;
}

export type Removal =
  /** Absolute path of a file or folder. */
  | { kind: 'path'; path: string }
  | { kind: 'ref'; ref: string; tip: ObjectId }
  /** Something that needs more than its files to go; `paths` are what it takes up. */
  | { kind: 'worktree'; paths: string[]; remove: () => Promise<unknown> };

/** What `nexus clean` would free, as a value. */
export interface CleanPlan {
  /** Only kinds of which there is something. */
  groups: { kind: CleanKind; bytes: number; items: CleanItem[] }[];
  /** Old enough, but in use by the worker that lives. */
  kept: { what: string; because: string }[];
}
