import { readdirSync, readFileSync } from 'node:fs';

/** One process that a campaign's command line has started, directly or not. */
export interface Survivor {
  pid: number;
  command: string;
}

/**
 * Processes whose environment holds `mark` (`NAME=value`), however they are related to us: those of a killed process
 * have lost their parent, but not its environment. Looks into `/proc`, so elsewhere than on Linux it finds none.
 */
export function findProcesses(mark: string): Survivor[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) return [];
    // A process may end at any moment, and others' environments are not ours to read.
    const environment = readProc(name, 'environ');
    if (environment?.split('\0').includes(mark) !== true) return [];
    const command = readProc(name, 'cmdline')?.replaceAll('\0', ' ').trim() ?? '';
    return [{ pid: Number(name), command }];
  });
}

/** Ends them at once, until none is left: one may start another while we look. */
export function killProcesses(mark: string): number {
  let killed = 0;
  for (let found = findProcesses(mark); found.length > 0; found = findProcesses(mark)) {
    for (const { pid } of found) if (kill(pid)) killed += 1;
    // What we have just killed may still be listed, without an environment, for a moment.
    if (killed > 10_000) throw new Error(`processes with ${mark} can't be ended`);
  }
  return killed;
}

/** kill -9 of a process, or of a group if `pid` is negative. False when it was gone. */
export function kill(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL');
    return true;
  } catch {
    return false;
  }
}

function readProc(pid: string, file: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return undefined;
  }
}
