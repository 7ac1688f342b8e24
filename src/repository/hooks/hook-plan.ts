import type { HookEvent } from './hook-event.js';
import type { FoundFile } from './hook-site.js';

/** One thing to write. `before` is what was there when it was decided; it must still be there. */
export type HookChange =
  /** The script that the hooks run. */
  | { kind: 'script'; path: string; content: string }
  | {
      kind: 'write';
      event: HookEvent;
      path: string;
      /** Bytes as latin1 characters. */
      content: string;
      mode: number;
      before: FoundFile;
      what: 'new file' | 'lines added' | 'lines renewed' | 'lines removed';
    }
  | { kind: 'delete'; event: HookEvent; path: string; before: FoundFile }
  | { kind: 'delete-script'; path: string }
  /** A section of the repository's own git configuration (git >= 2.54). */
  | { kind: 'configure'; event: HookEvent; section: string; command: string }
  | { kind: 'unconfigure'; event: HookEvent; section: string };

/** What only a person can do: `lines` belong into `path`, or have to be taken out of it. */
export interface ByHand {
  event: HookEvent;
  /** Absolute. */
  path: string;
  because: string;
  lines: string[];
  /** A command to run afterwards. */
  afterwards: string | undefined;
}

/** What `install` or `uninstall` would do, as a value. */
export interface HookPlan {
  changes: HookChange[];
  byHand: ByHand[];
}
