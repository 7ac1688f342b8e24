import { spawn } from 'node:child_process';
import { kill, killProcesses } from './processes.js';

/** A running command line of a place. */
export interface NexusProcess {
  readonly pid: number;
  readonly startedAt: number;
  /** What it has written so far, both streams. */
  output(): string;
  /** Resolves when it is gone, by itself or not. */
  ended: Promise<ProcessEnd>;
  /** Asks it to end. */
  stop(): void;
  /** kill -9 of it alone, or of all that it has started too, as when the machine goes down. */
  kill(scope: KillScope): void;
}

export interface ProcessEnd {
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  /** ms since it was started. */
  afterMs: number;
  output: () => string;
}

export type KillScope = 'alone' | 'with all it started';

/** Far more than a run takes on a busy machine: a process that is still there then hangs. */
const HANGS_AFTER_MS = 180_000;
/** Characters of output kept: the end of it says what went wrong. */
const KEPT_OUTPUT = 20_000;

export function startProcess(
  cli: string,
  args: readonly string[],
  at: { cwd: string; env: Readonly<Record<string, string>>; mark: string },
): NexusProcess {
  const { FORCE_COLOR: _, ...ambient } = process.env;
  const startedAt = performance.now();
  // A group of its own: git's processes are in it too and can be killed with it at once.
  const child = spawn(process.execPath, [cli, ...args], {
    cwd: at.cwd,
    env: { ...ambient, ...at.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${cli} can't be started`);
  let text = '';
  const output = (): string => text;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8');
    stream.on('data', (piece: string) => {
      text = (text + piece).slice(-KEPT_OUTPUT);
    });
  }
  const abandon = (): void => void kill(-pid);
  process.once('exit', abandon);
  let hangs = false;
  const timer = setTimeout(() => {
    hangs = true;
    kill(-pid);
  }, HANGS_AFTER_MS);
  const ended = new Promise<ProcessEnd>((resolve, reject) => {
    child.once('error', reject);
    // Not `close`: what a killed process has started may hold its streams open.
    child.once('exit', (exitCode, signal) => {
      clearTimeout(timer);
      process.off('exit', abandon);
      if (hangs) return reject(new Error(`nexus ${args.join(' ')} hangs; it said:\n${text}`));
      // What it said last may still be in the pipe.
      setImmediate(() => {
        const afterMs = performance.now() - startedAt;
        resolve({ exitCode, signal, afterMs, output });
      });
    });
  });
  return {
    pid,
    startedAt,
    output,
    ended,
    stop: () => void child.kill('SIGTERM'),
    kill(scope) {
      kill(scope === 'alone' ? pid : -pid);
      // Checks have groups of their own.
      if (scope !== 'alone') killProcesses(at.mark);
    },
  };
}
