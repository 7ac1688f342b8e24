import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** git holds the lock of one ref for an instant; after so long its process is gone, in ms. */
const LEAST_AGE = 10_000;

/**
 * Removes the lock files of refs of ours that a git process has left which was killed or lost its power: with them no
 * later one could move that ref. Only of branches with our prefix and of `refs/nexus/`, and only for the process that
 * holds the repository's lock. Never throws. Returns the paths.
 */
export async function removeStaleRefLocks(commonDir: string, branchPrefix: string): Promise<string[]> {
  const folder = branchPrefix.slice(0, branchPrefix.lastIndexOf('/') + 1);
  const places = [
    { root: join(commonDir, 'refs', 'heads', folder), prefix: branchPrefix.slice(folder.length) },
    { root: join(commonDir, 'refs', 'nexus'), prefix: '' },
  ];
  const removed: string[] = [];
  for (const { root, prefix } of places) {
    const names = await readdir(root, { recursive: true }).catch(() => []);
    for (const name of names.filter((each) => each.endsWith('.lock') && each.startsWith(prefix))) {
      const path = join(root, name);
      if (!(await isOld(path))) continue;
      await rm(path).then(
        () => removed.push(path),
        () => undefined,
      );
    }
  }
  return removed;
}

/** A clock that was set back makes old files come from the future. */
async function isOld(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true && Math.abs(Date.now() - found.mtimeMs) > LEAST_AGE;
}
