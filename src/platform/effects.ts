import { execFile, spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { closeSync, openSync, readSync, statSync, unlinkSync, type Dirent, type Stats } from 'node:fs';
import * as fs from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

/** The outside world as the platform uses it; tests for other systems give their own. */
export interface PlatformEffects {
  readonly env: NodeJS.ProcessEnv;
  /** Starts a program; the only place that does, git and model servers apart. */
  spawn(file: string, args: readonly string[], options: SpawnOptions): ChildProcess;
  /** `process.kill`: signal 0 asks whether it is there; a negative pid means the process group. */
  kill(pid: number, signal: NodeJS.Signals | 0): void;
  /** Runs a program to its end; its result does not matter. */
  run(file: string, args: readonly string[]): Promise<void>;
  runSync(file: string, args: readonly string[]): void;
  /** What a program wrote to stdout; undefined when it failed. `env` is added to ours. */
  output(file: string, args: readonly string[], env: Record<string, string>): Promise<string | undefined>;
  wait(ms: number): Promise<void>;
  /** The first bytes of a file as text; undefined when there is none that can be read. */
  readStart(file: string): string | undefined;
  /** Removes a file or link at once. @throws what the file system says */
  unlinkNow(path: string): void;
  fs: FileEffects;
}

/** Those of `node:fs/promises`, as far as they are used here. */
export interface FileEffects {
  chmod(path: string, mode: number): Promise<void>;
  copyFile(from: string, to: string): Promise<void>;
  lstat(path: string): Promise<Pick<Stats, 'isDirectory'>>;
  readdir(folder: string, options: { withFileTypes: true }): Promise<Dirent[]>;
  readFile(file: string, encoding: 'utf8'): Promise<string>;
  readlink(link: string): Promise<string>;
  rmdir(folder: string): Promise<void>;
  stat(path: string): Promise<Pick<Stats, 'isDirectory'>>;
  symlink(target: string, link: string, type?: 'junction'): Promise<void>;
  unlink(path: string): Promise<void>;
}

/** Bytes; Linux reads no more of a `#!` line (binfmt_script.c, BINPRM_BUF_SIZE). */
const START_BYTES = 256;
/** For programs that only answer a question or end something. */
const SHORT_MS = 5000;

export const realEffects: PlatformEffects = {
  env: process.env,
  spawn: (file, args, options) => spawn(file, args, options),
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
    spawnSync(file, args, { stdio: 'ignore', windowsHide: true, timeout: SHORT_MS });
  },
  output: (file, args, env) =>
    new Promise((resolve) => {
      const options = { env: { ...process.env, ...env }, timeout: SHORT_MS, windowsHide: true };
      execFile(file, [...args], options, (error, stdout) => resolve(error === null ? stdout : undefined));
    }),
  wait: async (ms) => {
    await wait(ms);
  },
  readStart(file) {
    let descriptor: number | undefined;
    try {
      // A pipe would wait for a writer.
      if (!statSync(file).isFile()) return undefined;
      descriptor = openSync(file, 'r');
      const bytes = Buffer.alloc(START_BYTES);
      return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, START_BYTES, 0));
    } catch {
      return undefined;
    } finally {
      if (descriptor !== undefined) closeSync(descriptor);
    }
  },
  unlinkNow: unlinkSync,
  fs,
};
