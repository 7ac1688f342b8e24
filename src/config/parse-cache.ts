import { PACKAGE_ROOT } from '../package-root.js';
import { createHash } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeAtomically } from '../platform/held-files.js';

/**
 * What a text was parsed to, kept under the hash of that text: parsing the YAML of a thousand tasks and loading the
 * parser and zod costs more than everything else that `nexus status` does. `folder` is inside the git directory, which
 * is as trusted as git's own configuration. A cache that is missing, damaged, from another build or not writable only
 * costs time. Only what `parse` returns is kept; it must survive JSON.
 */
export async function parseCached<T>(
  folder: string | undefined,
  name: string,
  text: string,
  parse: () => Promise<T>,
): Promise<T> {
  if (folder === undefined) return parse();
  const path = join(folder, `${name}.json`);
  const key = createHash('sha256')
    .update(`${await identifyBuild()}\0${text}`)
    .digest('hex');
  const head = `${key}\n`;
  const kept = await readFile(path, 'utf8').catch(() => '');
  if (kept.startsWith(head)) {
    try {
      const value: T = JSON.parse(kept.slice(head.length));
      return value;
    } catch {
      // Cut short or damaged: it is written anew.
    }
  }
  const value = await parse();
  await writeCache(path, head + JSON.stringify(value)).catch(() => undefined);
  return value;
}

async function writeCache(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeAtomically(path, text, { fsync: false });
}

/** Changes with every build: the compiler writes all files anew, an installation puts them elsewhere or later. */
async function identifyBuild(): Promise<string> {
  const path = fileURLToPath(import.meta.url);
  const { mtimeMs, size } = await stat(path);
  const manifest = await readFile(new URL('package.json', PACKAGE_ROOT), 'utf8');
  return JSON.stringify([path, mtimeMs, size, manifest]);
}
