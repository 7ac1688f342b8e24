import type { ChildProcess } from 'node:child_process';

import type { Platform } from '../platform.js';
import type { Watchdog } from '../platform/watchdog.js';

/*
 * Commands run in process groups of their own, so a terminal's Ctrl-C does not reach them. They must not outlive us:
 * while one runs, our end by exit, crash or signal ends it too, and a watchdog ends it when we are killed by kill -9. It
 * stays a while for the next command, and goes when we go.
 */

/** How long the watchdog waits for another command, in ms. */
const WATCHDOG_STAYS_MS = 10_000;

const live = new Map<number, Platform>();
let holders = 0;
let watchdog: Watchdog | undefined;
let dismissal: NodeJS.Timeout | undefined;
const SIGNALS: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * Starts a process that ends with ours, with all that it started, until `release` is called (once). We listen before it starts:
 * a signal between its start and our listening would end us alone.
 */
export function startBound(
  start: () => ChildProcess,
  platform: Platform,
): { child: ChildProcess; release: () => void } {
  if (holders === 0) listen();
  holders += 1;
  let pid: number | undefined;
  const release = (): void => {
    if (pid !== undefined) {
      live.delete(pid);
      watchdog?.release(pid);
    }
    holders -= 1;
    if (holders > 0) return;
    unlisten();
    dismissal = setTimeout(dismiss, WATCHDOG_STAYS_MS).unref();
  };
  try {
    clearTimeout(dismissal);
    if (watchdog === undefined || watchdog.isGone()) watchdog = platform.startWatchdog();
    const child = start();
    pid = child.pid;
    if (pid !== undefined) {
      live.set(pid, platform);
      watchdog?.watch(pid);
    }
    return { child, release };
  } catch (error) {
    release();
    throw error;
  }
}

function dismiss(): void {
  watchdog?.close();
  watchdog = undefined;
}

function endAll(): void {
  for (const [pid, platform] of live) platform.killTreeNow(pid);
}

function onSignal(signal: NodeJS.Signals): void {
  // Somebody else listens: they decide whether to stop, and abort the command if they do.
  if (process.listenerCount(signal) > 1) return;
  endAll();
  unlisten();
  // Without our listener the signal does what it would have done.
  process.kill(process.pid, signal);
}

function listen(): void {
  process.on('exit', endAll);
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

function unlisten(): void {
  process.off('exit', endAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}
