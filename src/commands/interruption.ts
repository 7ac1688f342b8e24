import { EXIT, NexusError } from '../errors.js';
import type { Terminal } from '../report/terminal.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Turns the first Ctrl-C (or SIGTERM, SIGHUP) into the abort of the returned signal, whose reason is a NexusError
 * `interrupted`; the second ends the process at once.
 */
export function watchInterruption(terminal: Terminal): AbortSignal {
  const controller = new AbortController();
  for (const name of SIGNALS) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted);
      terminal.err('Stopping; Ctrl-C again stops at once.');
      controller.abort(
        new NexusError({
          code: 'interrupted',
          message: 'Interrupted. What was committed is kept.',
          remedy: 'nexus run goes on from here; nexus status shows where everything stands.',
          exitCode: EXIT.interrupted,
        }),
      );
    });
  }
  return controller.signal;
}
