import { messageOf } from '../../errors.js';
import { createFault, ModelError, quoteForeignText, type FaultPlace } from '../model-error.js';
import type { ModelFault } from '../port.js';

/** How messages call this backend. */
export const LABEL = 'node-llama-cpp';

export function placeOf(model?: string): FaultPlace {
  return { kind: 'embedded', server: LABEL, model };
}

/** A failure that the same request would meet again. */
export function createFinal(fault: ModelFault, message: string, remedy: string, cause?: unknown): ModelError {
  return new ModelError({ fault, message, remedy, canRetry: false, cause });
}

/** The package is not installed, or not where Nexus finds it. */
export function explainMissing(command: string, cause: unknown): ModelError {
  return createFinal(
    'not-running',
    'The package node-llama-cpp, which runs models without a server, is not installed.',
    `Install it with \`${command}\`, or use a server (\`backend: ollama\`).`,
    cause,
  );
}

export function explainVersion(version: string, command: string): ModelError {
  return createFinal(
    'wrong-backend',
    `node-llama-cpp ${quoteForeignText(version)} is not a version that Nexus can use.`,
    `Install another with \`${command}\`.`,
  );
}

/** It is there, but does not run on this machine: mostly no binary for it. */
export function explainUnusable(error: unknown, command: string): ModelError {
  const isWithoutBinary = nameOf(error) === 'NoBinaryFoundError';
  return createFinal(
    'not-running',
    isWithoutBinary
      ? `node-llama-cpp has no ready-made binary for this machine (${process.platform}, ${process.arch}).`
      : `node-llama-cpp does not start: ${quoteForeignText(messageOf(error))}.`,
    isWithoutBinary
      ? `Install it again with its optional packages (\`${command}\`), build it with \`npx node-llama-cpp source download\`, or use a server.`
      : `Install it again with \`${command}\`, or use a server (\`backend: ollama\`).`,
    error,
  );
}

export function explainTooLarge(model: string, detail: string, cause?: unknown): ModelError {
  return createFinal(
    'server-error',
    `There is not enough memory for ${model}: ${detail}.`,
    'Use a smaller model or quantisation, or lower `context:` of the role in .nexus.yml.',
    cause,
  );
}

/**
 * What the package threw while a model was loaded or a context made.
 * @param said the last error of llama.cpp, which says more than the package's own message
 */
export function explainLoad(model: string, error: unknown, said: string | undefined): unknown {
  if (error instanceof ModelError) return error;
  const detail = quoteForeignText(said ?? messageOf(error));
  if (
    nameOf(error) === 'InsufficientMemoryError' ||
    /insufficient|out of memory|alloc|too large for/i.test(detail)
  ) {
    return explainTooLarge(model, detail, error);
  }
  return createFinal(
    'server-error',
    `node-llama-cpp could not load ${model}: ${detail}.`,
    'Download the file again, or use another; the package may be too old for the model.',
    error,
  );
}

/** What was thrown while an answer was made. */
export function explainChat(model: string, error: unknown, hasBegun: boolean): unknown {
  if (error instanceof ModelError) return error;
  const detail = quoteForeignText(messageOf(error));
  return createFault(placeOf(model), hasBegun ? 'mid-stream-error' : 'server-error', detail, {
    canRetry: true,
    remedy:
      'Run again; if it happens again, use another model or lower `context:` of the role in .nexus.yml.',
    cause: error,
  });
}

/** The package does not set the names of its errors. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.constructor.name : '';
}
