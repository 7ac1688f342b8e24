import type { Git } from './git.js';
import type { GitVersion } from './version.js';

/** What every operation of this room works on: one repository, seen from one work tree. */
export interface Context {
  /** Runs in `root`. */
  git: Git;
  version: GitVersion;
  root: string;
  commonDir: string;
  gitDir: string;
}
