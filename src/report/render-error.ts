import { NexusError } from '../errors.js';
import { cleanText } from './clean-text.js';
import { createStyle, type Style } from './style.js';

/** What `--json` prints instead of its answer when a command fails; see docs/json.md. */
export interface ErrorDocument {
  type: 'error';
  error: { code: string; message: string; remedy: string | null; exitCode: number };
}

export function errorDocument(error: NexusError): ErrorDocument {
  const { code, message, remedy, exitCode } = error;
  return { type: 'error', error: { code, message, remedy: remedy ?? null, exitCode } };
}

/** The message, and under it what to do next. */
export function renderError(error: NexusError, style: Style = createStyle(false)): string {
  const message = `${style.bad('error:')} ${cleanText(error.message)}`;
  if (error.remedy === undefined) return message;
  const [first = '', ...rest] = cleanText(error.remedy).split('\n');
  return [message, `  → ${first}`, ...rest.map((line) => `    ${line}`)].join('\n');
}

/** A defect of Nexus itself: everything that helps to find it, since nobody else will see it again. */
export function renderDefect(error: unknown, version: string): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return [
    'error: Nexus has met a defect of its own. Your checkout is not touched by it.',
    `  → please report these lines (nexus ${version}, node ${process.version}, ${process.platform}):`,
    '',
    cleanText(stack),
  ].join('\n');
}
