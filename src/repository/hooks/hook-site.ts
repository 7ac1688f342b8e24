import type { GitVersion } from '../version.js';
import type { HookEvent } from './hook-event.js';

/** A file where a hook of ours is, was moved to, or could be. */
export interface HookFile {
  path: string;
  event: HookEvent;
  /**
   * `hook`: git runs it. `legacy`: pre-commit runs it (`<hook>.legacy`). `aside`: lefthook has put it aside
   * (`<hook>.old`) and nothing runs it.
   */
  role: 'hook' | 'legacy' | 'aside';
  found: FoundFile;
}

/** `content` is bytes as latin1 characters. */
export type FoundFile =
  | { kind: 'missing' }
  | { kind: 'file'; content: string; mode: number }
  | { kind: 'link'; target: string }
  | { kind: 'other' };

export type HookManager =
  | { name: 'husky' }
  /** `managed`: hooks that its configuration names, and that it therefore writes itself. */
  | { name: 'lefthook'; managed: HookEvent[] }
  /** `config`: the file with its hooks, relative to the work tree. */
  | { name: 'simple-git-hooks'; config: string };

/** A line of ours in a file that a person wrote it into. */
export interface FoundLine {
  event: HookEvent;
  path: string;
}

/** Our section in git's configuration. */
export interface FoundSection {
  event: HookEvent;
  command: string | undefined;
  events: string[];
  enabled: boolean;
}

/** Everything about the hooks of one repository that decides what to do; read once, changed nowhere. */
export interface HookSite {
  version: GitVersion;
  /** Top of the work tree. */
  root: string;
  commonDir: string;
  /** Where git looks for hooks, seen from this work tree. */
  folder: string;
  folderExists: boolean;
  /** `private`: `<commonDir>/hooks`, which nobody else uses. */
  scope: 'private' | 'in the work tree' | 'elsewhere';
  /** `core.hooksPath` as it is written, and where. */
  hooksPath: { value: string; scope: string } | undefined;
  manager: HookManager | undefined;
  /** In `<commonDir>/hooks`, whether git looks there or not. */
  files: HookFile[];
  /** In the files of a manager, or in a folder that is not ours. */
  lines: FoundLine[];
  sections: FoundSection[];
  /** Text of `nexus/hook.sh`. */
  script: string | undefined;
}
