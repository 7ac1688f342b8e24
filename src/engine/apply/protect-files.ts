import { isAbsolute, relative, sep } from 'node:path';
import { loadConfig } from '../../config/load.js';
import type { RepoPath } from '../../edits/types.js';
import { pathKey } from '../../platform/path-names.js';
import { findHooksFolder } from '../../repository/hooks/read-site.js';
import type { WorkingPlace } from '../../repository/working/find-place.js';
import { createFileProtection } from '../../tasks/protected-paths.js';

/** Hooks of git that may stand at the top of the work tree (githooks(5)); whatever begins so is no source file. */
const HOOK =
  /^(?:(?:pre|post|p4|push-to|proc|reference|fsmonitor|sendemail|prepare)-[a-z-]+|(?:applypatch|commit)-msg|update)$/i;

/**
 * Says of a path below `root` why no reply may change it: what steers Nexus or git never, what design names protected
 * (lock files, CI, what defines the checks, `protect` of `.nexus.yml`) unless it is among `named`.
 * @throws NexusError of a `.nexus.yml` that can't be read: what it protects would not be known
 */
export async function protectFiles(
  { root, prefix, repository }: WorkingPlace,
  named: ReadonlySet<RepoPath>,
): Promise<(path: RepoPath) => string | undefined> {
  const top = repository?.root ?? root;
  const [config, hooks] = await Promise.all([
    loadConfig(top),
    repository === undefined ? undefined : findHooksFolder(top).then((folder) => pathBelow(top, folder)),
  ]);
  const reasonFor = createFileProtection(config.protect, (path) => named.has(path.slice(prefix.length)));
  return (path) => (isHook(prefix + path, hooks) ? 'it is a hook of git' : reasonFor(prefix + path));
}

function pathBelow(top: string, folder: string): RepoPath | undefined {
  const way = relative(top, folder);
  return isAbsolute(way) || /^\.\.(?:[/\\]|$)/.test(way) ? undefined : way.split(sep).join('/');
}

function isHook(path: RepoPath, folder: RepoPath | undefined): boolean {
  if (folder === undefined) return false;
  return folder === '' ? HOOK.test(path) : pathKey(path).startsWith(`${pathKey(folder)}/`);
}
