import path from 'node:path';

/** Set for everything that a check runs, so that a hook or a `nexus` started from it can see where it is. */
export const CHECK_GUARD = 'NEXUS_OVERSEER_CHECK';

/** Variables that say "this tool lives in that checkout"; lists are separated as PATH is. */
const REPOINTED = new Set(['PATH', 'VIRTUAL_ENV', 'PYTHONPATH', 'NODE_PATH']);

/** Where the process that started Nexus stands; wrong for a command that runs elsewhere. */
const STALE = new Set(['PWD', 'OLDPWD', 'INIT_CWD']);

export interface CheckEnvironmentInput {
  ambient: NodeJS.ProcessEnv;
  /** The user's checkout; absolute. */
  checkout: string;
  worktree: string;
  /** Active virtual environments (absolute) that must not be used because they lead back into the checkout. */
  without?: readonly string[];
}

/**
 * The environment for the user's commands. No `GIT_*` (in a hook they point git at the user's index), `CI=1`, plain
 * output. An activated virtual environment or `node_modules/.bin` of the checkout becomes that of the worktree: else
 * `pytest` would test, and `pip install` change, the user's own.
 */
export function checkEnvironment(input: CheckEnvironmentInput): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(input.ambient)) {
    // Names have no case on Windows: `Path`, `Git_Dir`.
    const key = name.toUpperCase();
    if (value === undefined || key.startsWith('GIT_') || STALE.has(key)) continue;
    const repointed = REPOINTED.has(key) ? repoint(value, input) : value;
    if (repointed !== '' || value === '') env[name] = repointed;
  }
  env['CI'] = '1';
  env['NO_COLOR'] = '1';
  env['FORCE_COLOR'] = '0';
  env[CHECK_GUARD] = '1';
  return env;
}

function repoint(list: string, input: CheckEnvironmentInput): string {
  const entries = list.split(path.delimiter).filter((entry) => {
    return !(input.without ?? []).some((folder) => entry === folder || entry.startsWith(folder + path.sep));
  });
  return entries.map((entry) => moveInto(entry, input)).join(path.delimiter);
}

function moveInto(entry: string, { checkout, worktree }: CheckEnvironmentInput): string {
  if (entry === checkout) return worktree;
  return entry.startsWith(checkout + path.sep) ? worktree + entry.slice(checkout.length) : entry;
}
