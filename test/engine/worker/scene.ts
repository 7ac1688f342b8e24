import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { EngineEvent } from '../../../src/engine/events.js';
import { openEventLog, type EventLog } from '../../../src/engine/worker/event-log.js';
import type { WorkerRequest } from '../../../src/engine/worker/request.js';
import { createWorkerState, readWorker, type WorkerState } from '../../../src/engine/worker/state.js';
import { createPlatform, type Platform } from '../../../src/platform.js';

/** A folder that stands for a git common dir, with a lock in it if one is given. */
export function createFolder(lock?: object | string): { folder: string; file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'nexus-worker-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const file = join(folder, 'nexus', 'lock');
  if (lock !== undefined) {
    mkdirSync(join(folder, 'nexus'));
    writeFileSync(file, typeof lock === 'string' ? lock : JSON.stringify(lock));
  }
  return { folder, file };
}

/** Another process, which does nothing. `kill` is kill -9, and waits until the system has forgotten it. */
export async function startProcess(): Promise<{ pid: number; kill: () => Promise<void> }> {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000); console.log("up")'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  await once(child.stdout, 'data');
  return {
    pid: child.pid ?? 0,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** What a lock of another process of this computer says. */
export async function describeHolder(pid: number, key = 'abcdef012345'): Promise<object> {
  const platform = createPlatform();
  return {
    pid,
    host: hostname(),
    startedAt: await platform.processStart(pid),
    space: await platform.pidSpace(),
    key,
  };
}

export const KEY = 'abcdef012345';

export interface OtherWorker {
  folder: string;
  file: string;
  log: EventLog;
  state: WorkerState;
  kill: () => Promise<void>;
}

/** A worker in another process: its files are real, and written from here; it can be killed. */
export async function startWorker(): Promise<OtherWorker> {
  const { pid, kill } = await startProcess();
  const { folder, file } = createFolder(await describeHolder(pid, KEY));
  const state = createWorkerState(folder, { key: KEY }, 'run', folder);
  const log = openEventLog(folder, KEY);
  await until(async () => (await readWorker(folder)) !== undefined);
  return { folder, file, log, state, kill };
}

/** Looks until it is so; the test's own time limit ends it. */
export async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 5));
}

export function setAge(file: string, seconds: number): void {
  const time = new Date(Date.now() - seconds * 1000);
  utimesSync(file, time, time);
}

/** This computer, but for what is given. */
export function platformWith(change: Partial<Platform>): Platform {
  return { ...createPlatform(), ...change };
}

export function notice(message: string): EngineEvent {
  return { type: 'notice', task: undefined, message };
}

export function runRequest(
  change: Partial<Extract<WorkerRequest, { kind: 'run' }>> = {},
): Extract<WorkerRequest, { kind: 'run' }> {
  return {
    kind: 'run',
    root: '/somewhere',
    tasks: ['login'],
    anyway: false,
    anew: false,
    planOnly: false,
    cache: true,
    ...change,
  };
}
