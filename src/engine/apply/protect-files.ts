import { lstatSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { CONFIG_FILE, loadConfig } from '../../config/load.js';
import type { RepoPath } from '../../edits/types.js';
import { pathKey } from '../../platform/path-names.js';
import { findHooksFolder } from '../../repository/hooks/read-site.js';
import type { WorkingPlace } from '../../repository/working/find-place.js';
import { createFileProtection } from '../../tasks/protected-paths.js';

/** Hooks of git where the top of the work tree is their folder (githooks(5)); no source file is called so. */
const HOOK =
  /^(?:(?:pre|post|p4|push-to|proc|reference|fsmonitor|sendemail|prepare)-[a-z-]+|(?:applypatch|commit)-msg|update)$/i;

/**
 * Says of a path below `root` why no reply may change it: what steers Nexus or git, hooks included, never; what is
 * protected otherwise (lock files, CI, what defines the checks, `protect` of `.nexus.yml`) unless it is among `named`.
 * @throws NexusError of a `.nexus.yml` that can't be read: what it protects would not be known
 */
export async function protectFiles(
  { root, prefix, repository }: WorkingPlace,
  named: ReadonlySet<RepoPath>,
): Promise<(path: RepoPath) => string | undefined> {
  const top = repository?.root ?? root;
  const [protect, hooks] = await Promise.all([
    readProtected(top, repository?.commonDir),
    repository === undefined ? [] : findHooks(top),
  ]);
  const reasonFor = createFileProtection(protect, (path) => named.has(path.slice(prefix.length)));
  return (path) => {
    const whole = prefix + path;
    return hooks.some((folder) => isIn(folder, whole)) ? 'it is a hook of git' : reasonFor(whole);
  };
}

/** Most folders have no `.nexus.yml`: then neither the YAML parser nor zod is loaded, and no cache begun. */
async function readProtected(top: string, commonDir: string | undefined): Promise<readonly string[]> {
  if (lstatSync(join(top, CONFIG_FILE), { throwIfNoEntry: false }) === undefined) return [];
  const cache = commonDir === undefined ? {} : { cacheFolder: join(commonDir, 'nexus', 'cache') };
  return (await loadConfig(top, cache)).protect;
}

/** Where hooks are in the work tree: as it is configured, and where a link leads from there (`.git/hooks` may be one). */
async function findHooks(top: string): Promise<RepoPath[]> {
  const folder = await findHooksFolder(top);
  const places = [folder, await realpath(folder).catch(() => folder)].map((place) => relative(top, place));
  return places
    .filter((way) => !isAbsolute(way) && !/^\.\.(?:[/\\]|$)/.test(way))
    .map((way) => way.split(sep).join('/'));
}

function isIn(folder: RepoPath, path: RepoPath): boolean {
  return folder === '' ? HOOK.test(path) : pathKey(path).startsWith(`${pathKey(folder)}/`);
}
