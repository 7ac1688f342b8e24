import { readdir, readFile, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { z } from 'zod';

import { isInside } from './is-inside.js';
import { readJson } from './read-json.js';

/*
 * Where a Python environment imports from a checkout instead of from its own site-packages: `.pth` files (PEP 370 and
 * the `site` module), setuptools' `__editable___*_finder.py`, the older `*.egg-link`, and `direct_url.json` (PEP 610),
 * which also tells of a copy made with `pip install .`.
 */

/**
 * The file in the environment at `prefix` that leads into `checkout`, or undefined.
 * @param options.copies also report a copy of the checkout's code that was installed from its folder
 */
export async function findPythonLeak(
  prefix: string,
  checkout: string,
  options: { copies: boolean },
): Promise<string | undefined> {
  const scope = { prefix: await realOr(prefix), checkout: await realOr(checkout), ...options };
  for (const folder of await siteFolders(prefix)) {
    for (const name of await namesIn(folder)) {
      const file = leakFile(folder, name);
      if (file !== undefined && (await leadsBack(file, folder, scope))) return file;
    }
  }
  return undefined;
}

interface Scope {
  prefix: string;
  checkout: string;
  copies: boolean;
}

/** `lib/python3.12/site-packages`, Debian's `dist-packages`, and `Lib/site-packages` of Windows. */
async function siteFolders(prefix: string): Promise<string[]> {
  const libraries = ['lib', 'Lib', path.join('local', 'lib')].map((name) => path.join(prefix, name));
  const parents: string[] = [];
  for (const library of libraries) {
    const versions = (await namesIn(library)).filter((name) => /^python\d/.test(name));
    parents.push(library, ...versions.map((name) => path.join(library, name)));
  }
  return parents.flatMap((parent) =>
    ['site-packages', 'dist-packages'].map((name) => path.join(parent, name)),
  );
}

function leakFile(folder: string, name: string): string | undefined {
  if (/\.(?:pth|egg-link)$/.test(name) || /^__editable__.*\.py$/.test(name)) return path.join(folder, name);
  return name.endsWith('.dist-info') ? path.join(folder, name, 'direct_url.json') : undefined;
}

async function leadsBack(file: string, folder: string, scope: Scope): Promise<boolean> {
  const targets = file.endsWith('.json') ? await directUrlTargets(file, scope) : await namedPaths(file);
  for (const target of targets) {
    const real = await realOr(path.resolve(folder, target.trim()));
    // An egg-link names its parent folder as `.`, and an environment in the checkout its own folders.
    if (isInside(real, scope.checkout) && !isInside(real, scope.prefix) && !inSite(real)) return true;
  }
  return false;
}

/** A finder names paths in string literals, a `.pth` or `.egg-link` file one in each line. */
async function namedPaths(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
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

async function directUrlTargets(file: string, { copies }: Scope): Promise<string[]> {
  const read = directUrl.safeParse(await readJson(file));
  if (!read.success || !(copies || read.data.dir_info.editable === true)) return [];
  try {
    return [fileURLToPath(read.data.url)];
  } catch {
    // `file://host/…`: not on this machine.
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
    for (const prefix of await pythonPrefixes(folder)) prefixes.add(prefix);
  }
  prefixes.add(path.join(env['HOME'] ?? homedir(), '.local'));
  const leaks: PythonLeak[] = [];
  for (const prefix of prefixes) {
    const file = isInside(prefix, checkout)
      ? undefined
      : await findPythonLeak(prefix, checkout, { copies: false });
    if (file !== undefined) leaks.push({ prefix, file });
  }
  return leaks;
}

/** What a folder of PATH that holds a python belongs to; pyenv's shims stand for all its versions. */
async function pythonPrefixes(folder: string): Promise<string[]> {
  if (!path.isAbsolute(folder)) return [];
  const python = (await namesIn(folder)).find((name) => /^python(?:3(?:\.\d+)?)?(?:\.exe)?$/i.test(name));
  if (python === undefined) return [];
  if (path.basename(folder) === 'shims') {
    const versions = path.join(folder, '..', 'versions');
    return (await namesIn(versions)).map((name) => path.join(versions, name));
  }
  const real = await realOr(path.join(folder, python));
  // On Windows python.exe stands in the prefix itself, elsewhere in its bin.
  return [path.dirname(folder), folder, path.dirname(path.dirname(real))];
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [] as string[])).sort();
}

async function realOr(target: string): Promise<string> {
  return realpath(target).catch(() => target);
}
