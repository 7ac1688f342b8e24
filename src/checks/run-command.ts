import type { ChildProcess } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import { setTimeout as wait } from 'node:timers/promises';

import { createPlatform, type Platform } from '../platform.js';
import { BoundedOutput } from './bounded-output.js';
import type { CheckResult } from './check.js';
import { startBound } from './live-groups.js';

export interface CommandInput {
  /** A line for the system's shell. */
  command: string;
  /** Absolute. */
  cwd: string;
  /** The whole environment; see `checkEnvironment`. */
  env: NodeJS.ProcessEnv;
  timeoutMs: number;
  /** Characters of output kept. */
  maxOutput: number;
  signal: AbortSignal;
  platform?: Platform;
}

export type CommandResult = Pick<CheckResult, 'outcome' | 'exitCode' | 'signal' | 'durationMs' | 'output'>;

/** How the shell's process ended; `error` when it never started. */
interface Ended {
  exitCode: number | undefined;
  signal: string | undefined;
  error: Error | undefined;
  timedOut: boolean;
}

const NEVER_STARTED: Ended = { exitCode: undefined, signal: undefined, error: undefined, timedOut: false };

/** Why the wait for a command ended. */
type Stop = 'ended' | 'timeout' | 'abort';

/** Between the polite and the forced end. */
const GRACE_MS = 3000;
/** The same for what a command left running in the background when it ended by itself. */
const LEFTOVER_GRACE_MS = 500;
/** After the end: how long the pipes may stay silent, and how long in all, before they are given up. */
const DRAIN_SILENCE_MS = 300;
const DRAIN_LIMIT_MS = 5000;
const UNKILLABLE_MS = 2000;
/** setTimeout takes no more; beyond, it fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Runs one command of the user's, the only place that does. Its whole process group ends with it: at the timeout, at an
 * abort, and also when it ends by itself and leaves something running. Output is stdout and stderr as they came.
 * @throws the signal's reason, after the group has ended, when aborted
 */
export async function runCommand(input: CommandInput): Promise<CommandResult> {
  input.signal.throwIfAborted();
  const platform = input.platform ?? createPlatform();
  const started = performance.now();
  const output = new BoundedOutput(input.maxOutput);
  const ended = await runToEnd(input, platform, output);
  input.signal.throwIfAborted();
  if (ended.error !== undefined) output.append(`${ended.error.message}\n`);
  const text = output.toString();
  const missing = ended.error !== undefined || commandIsMissing(ended.exitCode, text, platform);
  const judged = missing ? 'could-not-run' : ended.exitCode === 0 ? 'passed' : 'failed';
  return {
    outcome: ended.timedOut ? 'timed-out' : judged,
    exitCode: ended.exitCode,
    signal: ended.signal,
    durationMs: Math.round(performance.now() - started),
    output: text,
  };
}

async function runToEnd(input: CommandInput, platform: Platform, output: BoundedOutput): Promise<Ended> {
  let bound: ReturnType<typeof startBound>;
  try {
    bound = startBound(() => platform.spawnShell(input.command, input), platform);
  } catch (error) {
    // A zero byte in the command, or more than the system takes as arguments.
    return { ...NEVER_STARTED, error: error instanceof Error ? error : new Error(String(error)) };
  }
  const { child, release } = bound;
  const collected = collectOutput(child, output);
  const ended = untilEnded(child);
  // Without a pid it never started; `ended` then carries the reason.
  const timedOut =
    child.pid !== undefined && (await superviseGroup(child.pid, ended, input, platform)) === 'timeout';
  release();
  const end = await Promise.race([ended, unkillable(timedOut || input.signal.aborted)]);
  await collected.drain();
  return { ...end, timedOut };
}

/** Waits for the end, forced if need be, and clears up what is left of the group. */
async function superviseGroup(
  pid: number,
  ended: Promise<Ended>,
  { timeoutMs, signal }: CommandInput,
  platform: Platform,
): Promise<Stop> {
  const stop = await firstOf(ended, timeoutMs, signal);
  await platform.killTree(pid, stop === 'ended' ? LEFTOVER_GRACE_MS : GRACE_MS);
  return stop;
}

function firstOf(ended: Promise<Ended>, timeoutMs: number, signal: AbortSignal): Promise<Stop> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle('timeout'), Math.min(timeoutMs, LONGEST_TIMER_MS));
    const onAbort = (): void => settle('abort');
    const settle = (why: Stop): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      resolve(why);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    void ended.then(() => settle('ended'));
  });
}

/** A process that hangs in the kernel survives even a forced end; nobody waits for it longer than this. */
async function unkillable(forced: boolean): Promise<Ended> {
  if (!forced) return new Promise<Ended>(() => {});
  await wait(UNKILLABLE_MS, undefined, { ref: false });
  return { ...NEVER_STARTED, signal: 'SIGKILL' };
}

/** The `exit` event, not `close`: a background child may hold the pipes open for ever. */
function untilEnded(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ ...NEVER_STARTED, error }));
    child.once('exit', (exitCode, signal) => {
      resolve({ ...NEVER_STARTED, exitCode: exitCode ?? undefined, signal: signal ?? undefined });
    });
  });
}

/** `drain` resolves when the pipes are read to their end, or given up because somebody outside the group holds them. */
function collectOutput(child: ChildProcess, output: BoundedOutput): { drain(): Promise<void> } {
  let lastData = 0;
  let isClosed = false;
  child.once('close', () => {
    isClosed = true;
  });
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  for (const stream of streams) {
    const decoder = new StringDecoder('utf8');
    stream.on('data', (chunk: Buffer) => {
      lastData = performance.now();
      output.append(decoder.write(chunk));
    });
    stream.once('end', () => output.append(decoder.end()));
  }
  return {
    async drain() {
      const from = performance.now();
      const silent = (): boolean => performance.now() - Math.max(from, lastData) > DRAIN_SILENCE_MS;
      while (!silent() && performance.now() - from < DRAIN_LIMIT_MS) {
        if (isClosed || (await closesWithin(child, 50))) break;
      }
      for (const stream of streams) stream.destroy();
    },
  };
}

function closesWithin(child: ChildProcess, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => settle(false), ms);
    const onClose = (): void => settle(true);
    const settle = (closed: boolean): void => {
      clearTimeout(timer);
      child.off('close', onClose);
      resolve(closed);
    };
    child.once('close', onClose);
  });
}

/** sh: 127 not found, 126 not executable (POSIX, XCU 2.8.2). cmd: 9009 in a batch, 1 and a sentence for a single line. */
function commandIsMissing(exitCode: number | undefined, output: string, platform: Platform): boolean {
  if (platform.name !== 'win32') return exitCode === 127 || exitCode === 126;
  return exitCode === 9009 || (exitCode === 1 && /is not recognized as an internal or external/.test(output));
}
