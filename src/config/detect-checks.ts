import { readdir, readFile, stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { detectNodeChecks } from './detect-node.js';
import { detectOtherChecks } from './detect-other.js';

/** A command that this repository seems to be checked or set up with. */
export interface DetectedCheck {
  kind: 'check' | 'setup';
  run: string;
  /** Folder inside the repository, `.` for the top. */
  cwd: string;
  /** Globs; empty: the check always applies. */
  paths: string[];
  /** What it was concluded from, for people: `script "test" in package.json`. */
  because: string;
}

/** What is found in one folder, before it is placed in the repository. */
export type FoundCommand = Pick<DetectedCheck, 'kind' | 'run' | 'because'>;

/** One folder of the repository as the detectors see it. */
export interface Folder {
  /** Names of its files and folders. */
  names: ReadonlySet<string>;
  /** The text of a file in it, or undefined when it is missing, unreadable or over 1 MB. */
  read: (name: string) => Promise<string | undefined>;
  /** The folders above it, nearest first. */
  parents: readonly Folder[];
  platform: NodeJS.Platform;
}

const MAX_DEPTH = 3;
/** A monorepo with more packages than this names its checks itself. */
const MAX_FOLDERS = 400;
const MAX_MANIFEST_BYTES = 1024 * 1024;

/** Other people's code, generated code, and samples that are not meant to pass. */
const SKIPPED = new Set(
  (
    'node_modules bower_components vendor third_party dist build out target coverage venv env __pycache__ ' +
    'fixtures __fixtures__ testdata templates tmp temp Pods DerivedData obj bin'
  ).split(' '),
);

/**
 * Finds out how the repository at `root` is checked, from its manifests; nothing is run. In folders below the top
 * (three levels, links not followed) the commands get that folder as `cwd` and `paths`.
 */
export async function detectChecks(
  root: string,
  platform: NodeJS.Platform = process.platform,
): Promise<DetectedCheck[]> {
  const found: DetectedCheck[] = [];
  let visited = 0;
  const visit = async (cwd: string, depth: number, parents: readonly Folder[]): Promise<void> => {
    if (++visited > MAX_FOLDERS) return;
    const entries = await readdir(join(root, cwd), { withFileTypes: true }).catch(() => []);
    const names = new Set(entries.map(({ name }) => name));
    // A submodule or a repository inside this one has checks of its own.
    if (depth > 0 && names.has('.git')) return;
    const folder: Folder = { names, read: (name) => readManifest(join(root, cwd, name)), parents, platform };
    const commands = [...(await detectNodeChecks(folder)), ...(await detectOtherChecks(folder))];
    const paths = cwd === '.' ? [] : [`${escapeGlob(cwd)}/**`];
    found.push(...(await withMake(folder, commands)).map((command) => ({ ...command, cwd, paths })));
    if (depth === MAX_DEPTH) return;
    const below = entries.filter((entry) => entry.isDirectory() && isWorthVisiting(entry.name));
    for (const { name } of below.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      await visit(posix.join(cwd, name), depth + 1, [folder, ...parents]);
    }
  };
  await visit('.', 0, []);
  return found;
}

/** `make test` usually calls what was found already, so it counts only where nothing else was found. */
async function withMake(folder: Folder, commands: FoundCommand[]): Promise<FoundCommand[]> {
  const name = ['GNUmakefile', 'makefile', 'Makefile'].find((candidate) => folder.names.has(candidate));
  if (name === undefined || commands.some(({ kind }) => kind === 'check')) return commands;
  const text = (await folder.read(name)) ?? '';
  const target = ['test', 'check'].find((word) => new RegExp(`^${word}[ \\t]*:(?!=)`, 'm').test(text));
  if (target === undefined) return commands;
  return [...commands, { kind: 'check', run: `make ${target}`, because: `target "${target}" in ${name}` }];
}

function isWorthVisiting(name: string): boolean {
  return !name.startsWith('.') && !SKIPPED.has(name) && !/\p{Cc}/u.test(name);
}

function escapeGlob(path: string): string {
  return path.replaceAll(/[*?[\]{}()!+@|\\]/g, String.raw`\$&`);
}

async function readManifest(path: string): Promise<string | undefined> {
  try {
    const stats = await stat(path);
    if (!stats.isFile() || stats.size > MAX_MANIFEST_BYTES) return undefined;
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
