import type { ChildProcess } from 'node:child_process';

import { realEffects, type PlatformEffects } from './platform/effects.js';
import { killTree, killTreeNow } from './platform/process-tree.js';
import { removeTree } from './platform/remove-tree.js';
import { readPidSpace, readProcessStart, type PidSpace } from './platform/process-identity.js';
import { posixShell, windowsShell } from './platform/shell.js';
import { startWatchdog, type Watchdog } from './platform/watchdog.js';

/*
 * What differs between systems, with the system and its effects injected, so that the decisions for Windows and macOS
 * are tested on Linux too. What the real cmd.exe, taskkill, NTFS and APFS then do has not run in those tests. What
 * names mean to file systems is in platform/path-names.ts.
 */

export type { PlatformEffects } from './platform/effects.js';
export { pathKey } from './platform/path-names.js';

export interface Platform {
  readonly name: NodeJS.Platform;
  /**
   * Starts a command line that a person wrote in the system's shell, with stdin closed, stdout and stderr piped, as the
   * leader of a process group of its own. On Windows scripts with a `#!` line start, too.
   * @throws Error when Windows can't: the folder is too long, or the interpreter of a script is missing
   */
  spawnShell(line: string, options: { cwd: string; env: NodeJS.ProcessEnv }): ChildProcess;
  /**
   * Ends a process that `spawnShell` started and all that it started: politely, and by force after `graceMs`. Never
   * throws; a tree that is gone already is fine. On Windows always by force, and only while the first process lives:
   * what it left behind is no longer known as its child there.
   */
  killTree(pid: number, graceMs: number): Promise<void>;
  /** The same by force and at once, for the `exit` event of a process. */
  killTreeNow(pid: number): void;
  /** See `Watchdog`. */
  startWatchdog(): Watchdog;
  /**
   * Makes `target` (absolute, existing) visible as `link`: a symbolic link; on Windows, where those need a privilege, a
   * junction for a folder and a copy of a file.
   */
  linkEntry(target: string, link: string): Promise<void>;
  /**
   * Removes a file or folder with all below it. Links and junctions are removed, never followed; read-only folders in it
   * are opened; what is still in use is tried again for about two seconds. Missing: nothing to do.
   * @throws what the file system says in the end
   */
  removeTree(target: string): Promise<void>;
  /** See `readProcessStart`. */
  processStart(pid: number): Promise<string | undefined>;
  /** See `readPidSpace`. */
  pidSpace(): Promise<PidSpace | undefined>;
}

/** @param name the system to act as; tests pass another than the real one, together with `effects` */
export function createPlatform(
  name: NodeJS.Platform = process.platform,
  effects: PlatformEffects = realEffects,
): Platform {
  const windows = name === 'win32';
  const identity = {
    env: effects.env,
    readFile: (file: string) => effects.fs.readFile(file, 'utf8'),
    readlink: (file: string) => effects.fs.readlink(file),
    output: (...call: Parameters<PlatformEffects['output']>) => effects.output(...call),
  };
  return {
    name,
    spawnShell(line, { cwd, env }) {
      const shell = windows ? windowsShell(line, { cwd, env }, effects) : posixShell(line);
      return effects.spawn(shell.file, shell.args, {
        cwd,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
        // Windows has no process groups in this sense; there `detached` would only open a console window.
        detached: !windows,
        windowsHide: true,
        windowsVerbatimArguments: shell.verbatim,
      });
    },
    killTree: (pid, graceMs) => killTree(pid, graceMs, windows, effects),
    killTreeNow: (pid) => killTreeNow(pid, windows, effects),
    startWatchdog: () => startWatchdog(windows, effects),
    async linkEntry(target, link) {
      if (!windows) return effects.fs.symlink(target, link);
      if ((await effects.fs.stat(target)).isDirectory()) return effects.fs.symlink(target, link, 'junction');
      // A hard link would let a program that writes to the link change the original.
      return effects.fs.copyFile(target, link);
    },
    removeTree: (target) => removeTree(target, windows, effects),
    processStart: (pid) => readProcessStart(name, pid, identity),
    pidSpace: () => readPidSpace(name, identity),
  };
}
