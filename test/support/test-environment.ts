import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { delimiter, isAbsolute } from 'node:path';

/** What tests and all that they start get on this machine instead of what is there. */
export interface TestEnvironment {
  readonly PATH: string;
  /** PATH as it was. */
  readonly WHOLE_PATH: string;
}

/** Not for Windows: nothing is changed there. */
export function chooseTestEnvironment(path: string | undefined): TestEnvironment | undefined {
  if (process.platform === 'win32' || path === undefined) return undefined;
  return { PATH: withoutPythons(path), WHOLE_PATH: path };
}

/**
 * Before checks Nexus looks through every Python of PATH for a way back into the checkout. Of those that are there for
 * themselves, and not beside git and node, a machine may have ten: tests have nothing to do with what is in them, and are
 * quicker without (0.5 ms for each worktree instead of 3).
 */
export function withoutPythons(path: string): string {
  const seen = new Set<string>();
  const kept = path.split(delimiter).filter((folder) => {
    if (!isAbsolute(folder) || !existsSync(folder)) return false;
    const real = realpathSync(folder);
    if (seen.has(real)) return false;
    seen.add(real);
    const names = readdirSync(real);
    return NEEDED.some((name) => names.includes(name)) || !names.some((name) => /^python[\d.]*$/.test(name));
  });
  return kept.join(delimiter);
}

const NEEDED = ['git', 'node', 'sh'];
