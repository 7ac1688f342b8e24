#!/usr/bin/env node
import { EXIT, hasCode, NexusError } from './errors.js';
import { createTerminal, type Terminal } from './report/terminal.js';
import { NEXUS_VERSION } from './version.js';

/*
 * The way in. Nothing heavy is imported here, so that `nexus --version` costs hardly more than node itself and an old
 * node gets a sentence instead of a syntax error from some dependency. This is the only place that catches everything.
 */

const OLDEST_NODE = [20, 19] as const;

async function main(argv: readonly string[], terminal: Terminal): Promise<number> {
  if (!isNodeNewEnough(process.versions.node)) {
    terminal.err(`Nexus needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`);
    return EXIT.usage;
  }
  const version = NEXUS_VERSION;
  if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
    terminal.out(NEXUS_VERSION);
    return EXIT.ok;
  }
  const { watchInterruption } = await import('./commands/interruption.js');
  const { signal, abort } = watchInterruption(terminal);
  try {
    const { runProgram } = await import('./commands/program.js');
    const exitCode = await runProgram(argv, { terminal, signal, abort, version });
    return signal.aborted ? EXIT.interrupted : exitCode;
  } catch (error) {
    return await reportFailure(error, argv, { terminal, signal, version });
  }
}

async function reportFailure(
  error: unknown,
  argv: readonly string[],
  { terminal, signal, version }: { terminal: Terminal; signal: AbortSignal; version: string },
): Promise<number> {
  // Whatever a step threw because it was interrupted, the interruption is what happened; some say more about it.
  const cause: unknown = signal.aborted && !hasCode(error, 'interrupted') ? signal.reason : error;
  const { errorDocument, renderDefect, renderError } = await import('./report/render-error.js');
  const { createStyle } = await import('./report/style.js');
  const { renderJson } = await import('./report/json.js');
  const known = cause instanceof NexusError ? cause : defect(cause);
  if (wantsJson(argv)) terminal.out(renderJson(errorDocument(known)));
  const text =
    cause instanceof NexusError
      ? renderError(cause, createStyle(terminal.coloursOnStderr))
      : renderDefect(cause, version);
  terminal.err(text);
  return known.exitCode;
}

function defect(cause: unknown): NexusError {
  return new NexusError({
    code: 'internal',
    message: cause instanceof Error ? cause.message : String(cause),
    remedy: 'This is a defect of Nexus: please report the lines on stderr.',
    exitCode: EXIT.internal,
    cause,
  });
}

function isNodeNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
}

/** Before the flags are parsed, since a wrong flag is reported as JSON too. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end === -1 ? argv.length : end).includes('--json');
}

const terminal = createTerminal();
const exitCode = await main(process.argv.slice(2), terminal);
await terminal.flush();
// An idle connection to the model server would keep the process for seconds after all is done.
process.exit(exitCode);
