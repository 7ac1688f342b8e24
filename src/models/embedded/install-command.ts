import { existsSync } from 'node:fs';
import { posix, win32 } from 'node:path';

/** The version that was tried; the peer dependency in package.json says the same. */
const TRIED_VERSION = '3.22';

/**
 * The command that installs node-llama-cpp where this Nexus finds it: beside itself.
 * @param ownFolder the folder of the package of Nexus
 */
export function renderInstallCommand(
  ownFolder: string,
  exists: (path: string) => boolean = existsSync,
): string {
  const path = ownFolder.includes('\\') ? win32 : posix;
  const parts = path.normalize(ownFolder).split(path.sep);
  const wanted = `node-llama-cpp@^${TRIED_VERSION}`;
  const at = parts.indexOf('node_modules');
  // A checkout of Nexus itself.
  if (at === -1) return `npm install --no-save ${wanted}`;
  // What npx keeps cannot be added to.
  if (parts.includes('_npx')) return `npm install -g nexus-overseer ${wanted}`;
  const project = parts.slice(0, at).join(path.sep);
  const isProject = exists(path.join(project, 'package.json')) && !parts.includes('global');
  if (parts.includes('.pnpm')) return isProject ? `pnpm add -D ${wanted}` : `pnpm add -g ${wanted}`;
  return isProject ? `npm install --save-dev ${wanted}` : `npm install -g ${wanted}`;
}

/** Whether a version of the package has what Nexus uses: 3.22, and what comes after it with the same first number. */
export function isTriedVersion(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [triedMajor = 0, triedMinor = 0] = TRIED_VERSION.split('.').map(Number);
  return major === triedMajor && minor >= triedMinor;
}
