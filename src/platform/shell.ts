import type { PlatformEffects } from './effects.js';
import { readVariable, systemProgram } from './windows-folders.js';
import { resolveScripts } from './windows-scripts.js';

/** A program with its arguments. `verbatim`: Windows must not quote them again. */
export interface ShellCommand {
  file: string;
  args: string[];
  verbatim: boolean;
}

/** Characters of a folder that Windows starts a program in: MAX_PATH less the closing backslash and zero. */
const LONGEST_WINDOWS_FOLDER = 258;

/** How a command line that a person wrote is given to `sh`. */
export function posixShell(line: string): ShellCommand {
  return { file: '/bin/sh', args: ['-c', line], verbatim: false };
}

/**
 * The same for cmd.exe: without autorun and delayed expansion, between one pair of quotes that `/s` takes off again.
 * Scripts in it get their interpreter (`resolveScripts`).
 * @throws Error when the folder is too long, which Windows would report as a missing program
 */
export function windowsShell(
  line: string,
  { cwd, env }: { cwd: string; env: NodeJS.ProcessEnv },
  effects: Pick<PlatformEffects, 'readStart'>,
): ShellCommand {
  if (cwd.length > LONGEST_WINDOWS_FOLDER) {
    throw new Error(
      `Windows starts no program in a folder with more than ${LONGEST_WINDOWS_FOLDER} characters, and this one has ` +
        `${cwd.length}: ${cwd}. Set TEMP to a shorter folder.`,
    );
  }
  const resolved = resolveScripts(line, { cwd, env, readStart: effects.readStart });
  const file = readVariable(env, 'COMSPEC') ?? systemProgram('cmd.exe', env);
  return { file, args: ['/d', '/v:off', '/s', '/c', `"${resolved}"`], verbatim: true };
}
