import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { z } from 'zod';

import { isInside } from './is-inside.js';

/*
 * Where a Python environment imports from a checkout instead of from its own site-packages: `.pth` files (PEP 370 and
 * the `site` module), setuptools' `__editable___*_finder.py`, the older `*.egg-link`, and `direct_url.json` (PEP 610),
 * which also tells of a copy made with `pip install .`.
 *
 * They are looked for before every check, in a few hundred small places of the local disk, most of which are not there.
 * So without waiting for each: that would take far longer. Between two environments others have their turn.
 */

/**
 * The file in the environment at `prefix` that leads into `checkout`, or undefined.
 * @param options.copies also report a copy of the checkout's code that was installed from its folder
 */
export function findPythonLeak(
  prefix: string,
  checkout: string,
  options: { copies: boolean },
): string | undefined {
  const scope = { prefix: realOr(prefix), checkout: realOr(checkout), ...options };
  for (const folder of siteFolders(prefix)) {
    for (const name of namesIn(folder)) {
      const file = leakFile(folder, name);
      if (file !== undefined && leadsBack(file, folder, scope)) return file;
    }
  }
  return undefined;
}

interface Scope {
  prefix: string;
  checkout: string;
  copies: boolean;
}

const SITES = ['site-packages', 'dist-packages'];

/** `lib/python3.12/site-packages`, Debian's `dist-packages`, and `Lib/site-packages` of Windows. */
function siteFolders(prefix: string): string[] {
  const libraries = ['lib', 'Lib', path.join('local', 'lib')].map((name) => path.join(prefix, name));
  return libraries.flatMap((library) => {
    const names = namesIn(library);
    const own = SITES.filter((site) => names.includes(site));
    const versions = names.filter((name) => /^python\d/.test(name));
    const sites = versions.flatMap((version) => SITES.map((site) => path.join(version, site)));
    return [...own, ...sites].map((site) => path.join(library, site));
  });
}

function leakFile(folder: string, name: string): string | undefined {
  if (/\.(?:pth|egg-link)$/.test(name) || /^__editable__.*\.py$/.test(name)) return path.join(folder, name);
  return name.endsWith('.dist-info') ? path.join(folder, name, 'direct_url.json') : undefined;
}

function leadsBack(file: string, folder: string, scope: Scope): boolean {
  const targets = file.endsWith('.json') ? directUrlTargets(file, scope) : namedPaths(file);
  for (const target of targets) {
    const real = realOr(path.resolve(folder, target.trim()));
    // An egg-link names its parent folder as `.`, and an environment in the checkout its own folders.
    if (isInside(real, scope.checkout) && !isInside(real, scope.prefix) && !inSite(real)) return true;
  }
  return false;
}

/** A finder names paths in string literals, a `.pth` or `.egg-link` file one in each line. */
function namedPaths(file: string): string[] {
  const text = readText(file);
  if (file.endsWith('.py')) return quotedPaths(text);
  return text.split(/\r?\n/).filter((line) => line.trim() !== '' && !/^import[ \t]|^#/.test(line));
}

function inSite(target: string): boolean {
  return /[\\/](?:site|dist)-packages(?:[\\/]|$)/.test(target);
}

/** The absolute paths among a Python file's string literals, as setuptools writes its MAPPING. */
function quotedPaths(source: string): string[] {
  const literals = [...source.matchAll(/'([^'\n]+)'|"([^"\n]+)"/g)];
  return literals
    .map((match) => (match[1] ?? match[2] ?? '').replaceAll('\\\\', '\\'))
    .filter((text) => path.isAbsolute(text));
}

const directUrl = z.object({
  url: z.string().startsWith('file:'),
  dir_info: z.object({ editable: z.boolean().optional() }),
});

function directUrlTargets(file: string, { copies }: Scope): string[] {
  // Few packages have one.
  if (!existsSync(file)) return [];
  try {
    const read = directUrl.safeParse(JSON.parse(readText(file)));
    if (!read.success || !(copies || read.data.dir_info.editable === true)) return [];
    return [fileURLToPath(read.data.url)];
  } catch {
    // Damaged, or `file://host/…`: not on this machine.
    return [];
  }
}

/** An environment that imports from the checkout; `file` is the proof. */
export interface PythonLeak {
  prefix: string;
  file: string;
}

/** The environments in use outside the checkout that import from it. */
export async function activePythonLeaks(env: NodeJS.ProcessEnv, checkout: string): Promise<PythonLeak[]> {
  const prefixes = new Set<string>();
  for (const name of ['VIRTUAL_ENV', 'CONDA_PREFIX']) if (env[name]) prefixes.add(path.resolve(env[name]));
  for (const folder of (env['PATH'] ?? env['Path'] ?? '').split(path.delimiter)) {
    for (const prefix of pythonPrefixes(folder)) prefixes.add(prefix);
  }
  prefixes.add(path.join(env['HOME'] ?? homedir(), '.local'));
  const leaks: PythonLeak[] = [];
  for (const prefix of prefixes) {
    const file = isInside(prefix, checkout) ? undefined : findPythonLeak(prefix, checkout, { copies: false });
    if (file !== undefined) leaks.push({ prefix, file });
    await nextTurn();
  }
  return leaks;
}

/** What a folder of PATH that holds a python belongs to; pyenv's shims stand for all its versions. */
function pythonPrefixes(folder: string): string[] {
  if (!path.isAbsolute(folder)) return [];
  const python =
    // A folder of a thousand tools need not be read where it has the usual one.
    ['python', 'python.exe', 'python3'].find((name) => existsSync(path.join(folder, name))) ??
    namesIn(folder).find((name) => /^python(?:3(?:\.\d+)?)?(?:\.exe)?$/i.test(name));
  if (python === undefined) return [];
  if (path.basename(folder) === 'shims') {
    const versions = path.join(folder, '..', 'versions');
    return namesIn(versions).map((name) => path.join(versions, name));
  }
  const real = realOr(path.join(folder, python));
  // On Windows python.exe stands in the prefix itself, elsewhere in its bin.
  return [path.dirname(folder), folder, path.dirname(path.dirname(real))];
}

function namesIn(folder: string): string[] {
  // An error costs more than a look.
  if (!existsSync(folder)) return [];
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function realOr(target: string): string {
  try {
    return realpathSync.native(target);
  } catch {
    return target;
  }
}
