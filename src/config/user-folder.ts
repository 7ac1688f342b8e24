import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';

/** What decides where a user's own settings live. */
export interface UserPlace {
  platform: NodeJS.Platform;
  env: Readonly<Record<string, string | undefined>>;
  home: string;
}

const NAME = 'nexus-overseer';

/**
 * The folder for what belongs to the user and not to a repository: NEXUS_CONFIG_HOME if set, else what the system
 * provides (%APPDATA%, ~/Library/Preferences, XDG_CONFIG_HOME or ~/.config). It need not exist.
 */
export function findUserFolder(
  place: UserPlace = { platform: process.platform, env: process.env, home: homedir() },
): string {
  const { platform, env, home } = place;
  const path = platform === 'win32' ? win32 : posix;
  // The XDG specification says to ignore paths that are not absolute; the same is safe for the others.
  const absolute = (value: string | undefined): string | undefined =>
    value !== undefined && path.isAbsolute(value) ? value : undefined;
  const own = absolute(env['NEXUS_CONFIG_HOME']);
  if (own !== undefined) return own;
  if (platform === 'win32') {
    return path.join(absolute(env['APPDATA']) ?? path.join(home, 'AppData', 'Roaming'), NAME);
  }
  if (platform === 'darwin') return path.join(home, 'Library', 'Preferences', NAME);
  return path.join(absolute(env['XDG_CONFIG_HOME']) ?? path.join(home, '.config'), NAME);
}
