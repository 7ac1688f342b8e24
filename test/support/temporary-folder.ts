import {
  accessSync,
  constants,
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';

/** A file system in memory, which Linux has: nothing waits there for a disk. */
const IN_MEMORY = '/dev/shm';
/** Free bytes that it must have: far more than the suite uses at a time. */
const ENOUGH = 2 * 1024 ** 3;
const NAME = /^nexus-tests-(\d+)-/;

/** vitest runs it for each project: the first sets TMPDIR for all tests, and takes the folder away when they are done. */
export default function setUp(): (() => void) | undefined {
  if (process.platform !== 'linux' || NAME.test(basename(process.env['TMPDIR'] ?? ''))) return undefined;
  const folder = makeFolder();
  if (folder === undefined) return undefined;
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = folder;
  return () => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  };
}

/** A folder there if it has room, and programs in it may be run. */
function makeFolder(): string | undefined {
  try {
    removeForgotten();
    const { bavail, bsize } = statfsSync(IN_MEMORY);
    if (bavail * bsize < ENOUGH) return undefined;
    const folder = mkdtempSync(join(IN_MEMORY, `nexus-tests-${process.pid}-`));
    if (canRunPrograms(folder)) return folder;
    rmSync(folder, { recursive: true });
  } catch {
    // The disk will do.
  }
  return undefined;
}

function canRunPrograms(folder: string): boolean {
  const program = join(folder, 'program');
  writeFileSync(program, '', { mode: 0o700 });
  try {
    accessSync(program, constants.X_OK);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(program);
  }
}

/** What killed runs have left takes memory. */
function removeForgotten(): void {
  for (const name of readdirSync(IN_MEMORY)) {
    const pid = Number(NAME.exec(name)?.[1]);
    if (pid > 0 && !existsSync(`/proc/${pid}`))
      rmSync(join(IN_MEMORY, name), { recursive: true, force: true });
  }
}
