import type { PlatformEffects } from './effects.js';
import { systemProgram } from './windows-folders.js';

const POLL_MS = 20;

/** See `Platform.killTree`. */
export async function killTree(
  pid: number,
  graceMs: number,
  windows: boolean,
  effects: PlatformEffects,
): Promise<void> {
  if (windows) return effects.run(taskkill(effects), forceTree(pid));
  if (!signalGroup(pid, 'SIGTERM', effects)) return;
  for (let waited = 0; waited < graceMs; waited += POLL_MS) {
    await effects.wait(POLL_MS);
    if (!signalGroup(pid, 0, effects)) return;
  }
  signalGroup(pid, 'SIGKILL', effects);
}

/** See `Platform.killTreeNow`. */
export function killTreeNow(pid: number, windows: boolean, effects: PlatformEffects): void {
  if (windows) effects.runSync(taskkill(effects), forceTree(pid));
  else signalGroup(pid, 'SIGKILL', effects);
}

function taskkill({ env }: PlatformEffects): string {
  return systemProgram('taskkill.exe', env);
}

function forceTree(pid: number): string[] {
  return ['/PID', String(pid), '/T', '/F'];
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
