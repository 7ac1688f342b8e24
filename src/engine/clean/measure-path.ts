import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Entries of one folder that are looked at at once. */
const AT_ONCE = 32;

/**
 * Bytes of the files at or below a path that removing it frees. Links count nothing and are not followed; a file with
 * names elsewhere (hard links, as pnpm makes them) counts only when all its names are below. What can't be read counts 0.
 */
export async function measurePath(path: string): Promise<number> {
  const shared = new Map<string, { left: number; size: number }>();
  const own = await measure(path, shared);
  return [...shared.values()].reduce((sum, { left, size }) => sum + (left === 0 ? size : 0), own);
}

async function measure(path: string, shared: Map<string, { left: number; size: number }>): Promise<number> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return 0;
  if (found.isDirectory()) {
    const names = await readdir(path).catch(() => []);
    let sum = 0;
    for (let at = 0; at < names.length; at += AT_ONCE) {
      const sizes = names.slice(at, at + AT_ONCE).map((name) => measure(join(path, name), shared));
      sum += (await Promise.all(sizes)).reduce((a, b) => a + b, 0);
    }
    return sum;
  }
  if (!found.isFile()) return 0;
  if (found.nlink <= 1) return found.size;
  const key = `${found.dev}:${found.ino}`;
  const left = (shared.get(key)?.left ?? found.nlink) - 1;
  shared.set(key, { left, size: found.size });
  return 0;
}
