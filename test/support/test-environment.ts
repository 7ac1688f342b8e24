import {
  accessSync,
  constants,
  existsSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/** What tests and all that they start get on this machine: less of it to look through, and a quick place for files. */
export interface TestEnvironment {
  readonly PATH: string;
  /** PATH as it was. */
  readonly WHOLE_PATH: string;
  readonly TMPDIR?: string;
}

/** For Linux and macOS; elsewhere nothing is changed. */
export function chooseTestEnvironment(
  path: string | undefined,
  platform: NodeJS.Platform = process.platform,
): TestEnvironment | undefined {
  if (platform === 'win32' || path === undefined) return undefined;
  const memory = platform === 'linux' ? usableMemory('/dev/shm') : undefined;
  return {
    PATH: withoutPythons(path),
    WHOLE_PATH: path,
    ...(memory === undefined ? {} : { TMPDIR: memory }),
  };
}

/**
 * Before checks Nexus looks through every Python of PATH for a way back into the checkout. Of those that are there for
 * themselves, and not beside git and node, a machine may have ten: half of what a test of checks would cost.
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

/** Free bytes that a folder in memory must have: the whole suite uses a tenth at a time. */
const ENOUGH = 2 * 1024 ** 3;

/** The folder if it has room, and programs in it may be run. */
function usableMemory(folder: string): string | undefined {
  let own: string | undefined;
  try {
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize < ENOUGH) return undefined;
    own = mkdtempSync(join(folder, 'nexus-'));
    const program = join(own, 'program');
    writeFileSync(program, '', { mode: 0o700 });
    accessSync(program, constants.X_OK);
    return folder;
  } catch {
    return undefined;
  } finally {
    if (own !== undefined) rmSync(own, { recursive: true, force: true });
  }
}
