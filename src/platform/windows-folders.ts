import { win32 } from 'node:path';

/** A variable of an environment; names have no case on Windows, those of a copied object have. */
export function readVariable(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const key = Object.keys(env).find((candidate) => candidate.toUpperCase() === name);
  return (key === undefined ? undefined : env[key]) || undefined;
}

/**
 * Full path of a program of Windows itself. By its bare name Windows would start one of that name from the current
 * folder first, which may be a stranger's checkout.
 */
export function systemProgram(name: string, env: NodeJS.ProcessEnv): string {
  return win32.join(readVariable(env, 'SYSTEMROOT') ?? 'C:\\Windows', 'System32', name);
}

/** The absolute folders of PATH, in order. */
export function pathFolders(env: NodeJS.ProcessEnv): string[] {
  return (readVariable(env, 'PATH') ?? '')
    .split(win32.delimiter)
    .map((folder) => folder.replaceAll('"', ''))
    .filter((folder) => win32.isAbsolute(folder));
}

/** What Windows adds to a name to find a program; not `.js` and `.vbs`, which its own script host would run. */
export const PROGRAM_EXTENSIONS = ['.com', '.exe', '.bat', '.cmd'];
