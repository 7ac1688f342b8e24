import { EXIT, NexusError } from '../errors.js';
import type { Terminal } from '../report/terminal.js';

/** SIGHUP: the terminal was closed. SIGTERM: a service manager, or the shutdown. SIGBREAK: Ctrl-Break on Windows. */
const SIGNALS: readonly NodeJS.Signals[] =
  process.platform === 'win32'
    ? ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGBREAK']
    : ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Time after the second signal for giving back the lock and ending checks, in ms. */
const TIDY_MS = 2_000;

/** Aborted one after the other; the reason of both is a NexusError `interrupted`. */
export interface Interruption {
  /** By the first signal: what goes on ends, but a request to a model is finished. */
  signal: AbortSignal;
  /** By the second: a request ends, too. */
  abort: AbortSignal;
}

/** Turns Ctrl-C, SIGTERM and SIGHUP into aborts: the first stops, the second stops at once, the third ends the process. */
export function watchInterruption(terminal: Terminal): Interruption {
  const soft = new AbortController();
  const hard = new AbortController();
  const reason = new NexusError({
    code: 'interrupted',
    message: 'Interrupted. What was committed is kept.',
    remedy: 'nexus run goes on from here; nexus status shows where everything stands.',
    exitCode: EXIT.interrupted,
  });
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (hard.signal.aborted) process.exit(EXIT.interrupted);
      if (soft.signal.aborted) {
        hard.abort(reason);
        setTimeout(() => process.exit(EXIT.interrupted), TIDY_MS).unref();
        return;
      }
      terminal.err('Stopping after the current request; Ctrl-C again stops at once.');
      soft.abort(reason);
    });
  }
  return { signal: soft.signal, abort: hard.signal };
}
