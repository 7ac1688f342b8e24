import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { hasCode } from './errors.js';

/*
 * What differs between systems, with the system and its effects injected, so that the decisions for Windows and macOS
 * are tested on Linux too. What the real cmd.exe, taskkill, NTFS and APFS then do has not run in those tests.
 */

/** The outside world as this module uses it. */
export interface PlatformEffects {
  /** `process.kill`: signal 0 asks whether it is there; a negative pid means the process group. */
  kill(pid: number, signal: NodeJS.Signals | 0): void;
  /** Runs a program to its end; its result does not matter. */
  run(file: string, args: readonly string[]): Promise<void>;
  runSync(file: string, args: readonly string[]): void;
  wait(ms: number): Promise<void>;
  fs: Pick<
    typeof fs,
    'chmod' | 'copyFile' | 'lstat' | 'mkdir' | 'readdir' | 'rmdir' | 'stat' | 'symlink' | 'unlink'
  >;
}

const realEffects: PlatformEffects = {
  kill: (pid, signal) => {
    process.kill(pid, signal);
  },
  run: (file, args) =>
    new Promise((resolve) => {
      const child = spawn(file, args, { stdio: 'ignore', windowsHide: true });
      child.once('error', () => resolve());
      child.once('exit', () => resolve());
    }),
  runSync: (file, args) => {
    spawnSync(file, args, { stdio: 'ignore', windowsHide: true, timeout: 5000 });
  },
  wait: async (ms) => {
    await wait(ms);
  },
  fs,
};

/** A program with its arguments. `verbatim`: Windows must not quote them again. */
export interface ShellCommand {
  file: string;
  args: string[];
  verbatim: boolean;
}

export interface Platform {
  readonly name: NodeJS.Platform;
  /** How a command line that a person wrote is given to the system's shell. `env` names the Windows shell. */
  shellCommand(line: string, env?: NodeJS.ProcessEnv): ShellCommand;
  /** Starts a command line with stdin closed, stdout and stderr piped, as the leader of a process group of its own. */
  spawnShell(line: string, options: { cwd: string; env: NodeJS.ProcessEnv }): ChildProcess;
  /**
   * Ends a process that `spawnShell` started and all that it started: politely, and by force after `graceMs`. Never
   * throws; a tree that is gone already is fine. On Windows always by force, and only while the first process lives:
   * what it left behind is no longer known as its child there.
   */
  killTree(pid: number, graceMs: number): Promise<void>;
  /** The same by force and at once, for the `exit` event of a process. */
  killTreeNow(pid: number): void;
  /**
   * Makes `target` (absolute, existing) visible as `link`: a symbolic link; on Windows, where those need a privilege, a
   * junction for a folder and a copy of a file.
   */
  linkEntry(target: string, link: string): Promise<void>;
  /** Removes a file or folder. Links and junctions in it are removed, never followed. Missing: nothing to do. */
  removeTree(target: string): Promise<void>;
  /** `\\?\`-prefixed where Windows needs it for other programs (Node's own fs calls add it by themselves). */
  longPath(target: string): string;
}

/** @param name the system to act as; tests pass another than the real one, together with `effects` */
export function createPlatform(
  name: NodeJS.Platform = process.platform,
  effects: PlatformEffects = realEffects,
): Platform {
  const windows = name === 'win32';
  const shellCommand: Platform['shellCommand'] = (line, env = process.env) =>
    windows
      ? { file: windowsShell(env), args: ['/d', '/s', '/c', `"${line}"`], verbatim: true }
      : { file: '/bin/sh', args: ['-c', line], verbatim: false };
  return {
    name,
    shellCommand,
    spawnShell(line, { cwd, env }) {
      const shell = shellCommand(line, env);
      return spawn(shell.file, shell.args, {
        cwd,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
        // Windows has no process groups in this sense; there `detached` would only open a console window.
        detached: !windows,
        windowsHide: true,
        windowsVerbatimArguments: shell.verbatim,
      });
    },
    killTree: (pid, graceMs) =>
      windows ? effects.run('taskkill', ['/PID', String(pid), '/T', '/F']) : killGroup(pid, graceMs, effects),
    killTreeNow(pid) {
      if (windows) effects.runSync('taskkill', ['/PID', String(pid), '/T', '/F']);
      else signalGroup(pid, 'SIGKILL', effects);
    },
    async linkEntry(target, link) {
      if (!windows) return effects.fs.symlink(target, link);
      if ((await effects.fs.stat(target)).isDirectory()) return effects.fs.symlink(target, link, 'junction');
      // A hard link would let a program that writes to the link change the original.
      return effects.fs.copyFile(target, link);
    },
    removeTree: (target) => removeTree(target, effects),
    longPath: (target) => (windows ? windowsLongPath(target) : target),
  };
}

/** cmd.exe as the environment names it; names of variables have no case on Windows, those of a copied object have. */
function windowsShell(env: NodeJS.ProcessEnv): string {
  const key = Object.keys(env).find((name) => name.toUpperCase() === 'COMSPEC');
  return (key === undefined ? undefined : env[key]) || 'cmd.exe';
}

/** Whether the group was there to be signalled. macOS answers EPERM for a group in which only zombies are left. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0, effects: PlatformEffects): boolean {
  try {
    effects.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}

const POLL_MS = 20;

async function killGroup(pid: number, graceMs: number, effects: PlatformEffects): Promise<void> {
  if (!signalGroup(pid, 'SIGTERM', effects)) return;
  for (let waited = 0; waited < graceMs; waited += POLL_MS) {
    await effects.wait(POLL_MS);
    if (!signalGroup(pid, 0, effects)) return;
  }
  signalGroup(pid, 'SIGKILL', effects);
}

/** MAX_PATH is 260 with the closing zero; folders must leave room for an 8.3 name: 248. */
const WINDOWS_SAFE_LENGTH = 247;

function windowsLongPath(target: string): string {
  const full = path.win32.normalize(target);
  return full.length > WINDOWS_SAFE_LENGTH ? path.win32.toNamespacedPath(full) : full;
}

/** Codes that Windows gives while a virus scanner or an ending process still holds a file. */
const BUSY = ['EBUSY', 'EPERM', 'EACCES', 'ENOTEMPTY', 'EMFILE', 'ENFILE'];
const BUSY_RETRIES = 8;
const BUSY_WAIT_MS = 50;

async function removeTree(target: string, effects: PlatformEffects): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await removeOnce(target, effects);
    } catch (error) {
      if (tries >= BUSY_RETRIES || !BUSY.some((code) => hasCode(error, code))) throw error;
      await effects.wait(BUSY_WAIT_MS * (tries + 1));
    }
  }
}

async function removeOnce(target: string, effects: PlatformEffects): Promise<void> {
  try {
    // lstat says "symbolic link" for junctions too, and unlink removes both without looking behind them.
    if (!(await effects.fs.lstat(target)).isDirectory()) return await effects.fs.unlink(target);
    await emptyFolder(target, effects);
    await effects.fs.rmdir(target);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
}

async function emptyFolder(folder: string, effects: PlatformEffects): Promise<void> {
  const remove = async (): Promise<void> => {
    const names = await effects.fs.readdir(folder);
    for (const name of names) await removeOnce(path.join(folder, name), effects);
  };
  try {
    await remove();
  } catch (error) {
    if (!hasCode(error, 'EACCES') && !hasCode(error, 'EPERM')) throw error;
    // Go's module cache makes its folders read-only; `folder` is no link, lstat said so.
    await effects.fs.chmod(folder, 0o700);
    await remove();
  }
}

/**
 * A key that is equal for two paths which are one file on a file system that ignores case (NTFS, APFS) or Unicode form
 * (APFS, HFS+). Folds as NTFS does: letter by letter to upper case, so that `ß` stays itself.
 */
export function pathKey(filePath: string): string {
  // Plain ASCII is the rule; the letter-by-letter way costs too much for 100,000 paths.
  if (/^[\x20-\x7e]*$/.test(filePath)) return filePath.toUpperCase();
  const folded = Array.from(filePath.normalize('NFC'), (letter) => {
    const upper = letter.toUpperCase();
    return upper.length === letter.length ? upper : letter;
  });
  return folded.join('').normalize('NFC');
}

/** Groups of different paths that would be one file on such a file system; a folder counts as each of its spellings. */
export function findPathCollisions(paths: Iterable<string>): string[][] {
  const spellings = new Map<string, Set<string>>();
  for (const filePath of paths) {
    for (let end = filePath.length; end > 0; end = filePath.lastIndexOf('/', end - 1)) {
      const spelling = filePath.slice(0, end);
      const key = pathKey(spelling);
      const known = spellings.get(key);
      if (known === undefined) spellings.set(key, new Set([spelling]));
      // The folders above were entered together with it.
      else if (known.has(spelling)) break;
      else known.add(spelling);
    }
  }
  return [...spellings.values()].filter((group) => group.size > 1).map((group) => [...group]);
}

/** Device names, with any extension; the superscript digits count (Microsoft, "Naming Files, Paths, and Namespaces"). */
const RESERVED = /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?: *\..*| *)$/i;

/** Why Windows cannot have a file of this relative path (`/` between parts), or undefined. */
export function windowsPathProblem(filePath: string): string | undefined {
  for (const part of filePath.split('/')) {
    if (RESERVED.test(part)) return `"${part}" is a device name on Windows`;
    const bad = Array.from(part).find((letter) => '<>:"|?*\\'.includes(letter) || letter < ' ');
    if (bad !== undefined) return `"${part}" contains ${JSON.stringify(bad)}, which Windows does not allow`;
    if (/[. ]$/.test(part)) return `"${part}" ends in a dot or a space, which Windows drops`;
  }
  return undefined;
}
