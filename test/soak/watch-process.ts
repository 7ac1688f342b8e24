import { spawn } from 'node:child_process';
import type { EngineEvent } from '../../src/engine/events.js';
import { readProcessUsage } from '../support/process-usage.js';

/** An event with the moment at which it came, in ms of `performance.now()`. */
export interface SeenEvent {
  at: number;
  event: EngineEvent;
}

export interface UsageSample {
  at: number;
  memoryBytes: number;
  cpuMs: number;
}

/** The one `nexus watch` of the soak. */
export interface WatchProcess {
  readonly pid: number;
  /** Without `progress`. */
  readonly events: readonly SeenEvent[];
  readonly samples: readonly UsageSample[];
  /** What it wrote to standard error. */
  errors(): string;
  /** Tasks that it works on now. */
  working(): string[];
  hasEnded(): boolean;
  /** Ctrl-C. Resolves to the exit code; a process that does not end is killed. */
  stop(): Promise<number | string>;
}

const SAMPLE_EVERY_MS = 250;
const ENDS_WITHIN_MS = 30_000;

export function startWatchProcess(
  cli: string,
  at: { cwd: string; env: Readonly<Record<string, string>> },
): WatchProcess {
  const { FORCE_COLOR: _, ...ambient } = process.env;
  const child = spawn(process.execPath, [cli, 'watch', '--json'], {
    cwd: at.cwd,
    env: { ...ambient, ...at.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${cli} can't be started`);
  const events: SeenEvent[] = [];
  const samples: UsageSample[] = [];
  const working = new Set<string>();
  let errors = '';
  let end: number | string | undefined;
  const abandon = (): void => void child.kill('SIGKILL');
  process.once('exit', abandon);
  const sampling = setInterval(() => samples.push(...sample(pid)), SAMPLE_EVERY_MS);
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => {
      clearInterval(sampling);
      process.off('exit', abandon);
      end = code ?? signal ?? 'unknown';
      resolve(end);
    });
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => void (errors += piece));
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const event: EngineEvent = JSON.parse(line);
      if (event.type === 'progress') continue;
      events.push({ at: performance.now(), event });
      if (event.type === 'task-started') working.add(event.task);
      if (event.type === 'task-ended' || event.type === 'task-paused') working.delete(event.task);
    }
  });
  return {
    pid,
    events,
    samples,
    errors: () => errors,
    working: () => [...working],
    hasEnded: () => end !== undefined,
    async stop() {
      child.kill('SIGINT');
      const timer = setTimeout(abandon, ENDS_WITHIN_MS);
      return ended.finally(() => clearTimeout(timer));
    },
  };
}

function sample(pid: number): UsageSample[] {
  try {
    return [{ at: performance.now(), ...readProcessUsage(pid) }];
  } catch {
    // It is ending.
    return [];
  }
}
