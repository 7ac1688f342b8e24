import type { Terminal } from '../report/terminal.js';
import { renderJson } from '../report/json.js';

/** What every command is given besides its own arguments. */
export interface CommandContext {
  /** Where the user stands, or what `-C` says; absolute. */
  cwd: string;
  /** One JSON document (or NDJSON, where a command streams) instead of text. */
  json: boolean;
  terminal: Terminal;
  /** Aborted by the first Ctrl-C: what goes on ends, but a request to a model is finished. */
  signal: AbortSignal;
  /** Aborted by the second Ctrl-C: a request ends, too. */
  abort: AbortSignal;
  /** Of Nexus. */
  version: string;
}

/** Prints a command's answer: `document` with `--json`, otherwise what `render` makes. */
export async function printAnswer(
  context: CommandContext,
  document: unknown,
  render: () => string | Promise<string>,
): Promise<void> {
  const { json, terminal } = context;
  terminal.out(json ? renderJson(document, 2) : await render());
}
