import { PACKAGE_ROOT } from '../../package-root.js';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HookEvent } from './hook-event.js';

const TEMPLATE = fileURLToPath(new URL('templates/hooks/hook.sh', PACKAGE_ROOT));

/** What a hook starts: absolute paths, as they are on this machine. */
export interface HookPrograms {
  node: string;
  /** The command line of Nexus (`dist/cli.js`). */
  cli: string;
}

/** The script that every hook runs; private to the repository and to this machine. */
export function scriptPath(commonDir: string): string {
  return join(commonDir, 'nexus', 'hook.sh');
}

/** The log of what hooks started. */
export function hookLogPath(commonDir: string): string {
  return join(commonDir, 'nexus', 'hook.log');
}

/** The text of the script. */
export async function loadHookScript(programs: HookPrograms, platform = process.platform): Promise<string> {
  // A checkout with CRLF would give a script that no sh runs.
  const template = (await readFile(TEMPLATE, 'utf8')).replaceAll('\r\n', '\n');
  const values = { node: shPath(programs.node, platform), cli: shPath(programs.cli, platform) };
  return template.replaceAll(/\{\{(node|cli)\}\}/g, (_, name: 'node' | 'cli') => values[name]);
}

/** A path as one word of sh. git for Windows' sh takes `C:/…` too, and there a backslash could be read as an escape. */
function shPath(path: string, platform: NodeJS.Platform): string {
  return quoteForSh(platform === 'win32' ? path.replaceAll('\\', '/') : path);
}

function quoteForSh(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * One line that runs the script of whatever repository it is run in, and does nothing where there is none: for files
 * that other people or other repositories share, and for git's configuration. It has no path of this machine in it.
 */
export function sharedLine(event: HookEvent, args = '"$@"'): string {
  const run = ['sh', '"$nexus_hook"', event, ...(args === '' ? [] : [args])].join(' ');
  return `nexus_hook="$(git rev-parse --git-common-dir)/nexus/hook.sh"; [ ! -f "$nexus_hook" ] || ${run}`;
}

/** The same as the value of `hook.<name>.command`; git appends ` "$@"` to it when the hook has arguments. */
export function configuredCommand(event: HookEvent): string {
  return `nexus() { ${sharedLine(event)}; }; nexus`;
}

/** Whether a file has the shared line for this event in it, with whatever quoting its format needs. */
export function hasSharedLine(text: string, event: HookEvent): boolean {
  return new RegExp(String.raw`sh \\?"\$nexus_hook\\?" ${event}\b`).test(text);
}
