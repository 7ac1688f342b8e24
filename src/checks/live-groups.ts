import type { Platform } from '../platform.js';

/*
 * Commands run in process groups of their own, so a terminal's Ctrl-C does not reach them. They must not outlive us:
 * while one runs, our end by exit, crash or signal ends it too. Only a kill -9 of ourselves leaves them running, until
 * their own end.
 */

const live = new Map<number, Platform>();
const SIGNALS: NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Ends this process tree with ours, until the returned function is called. */
export function endWithUs(pid: number, platform: Platform): () => void {
  if (live.size === 0) listen();
  live.set(pid, platform);
  return () => {
    if (live.delete(pid) && live.size === 0) unlisten();
  };
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
