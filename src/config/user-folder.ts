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
export function findUserFolder(place: UserPlace = here()): string {
  return findFolder(place, {
    own: 'NEXUS_CONFIG_HOME',
    windows: ['APPDATA', 'Roaming'],
    mac: 'Preferences',
    xdg: ['XDG_CONFIG_HOME', '.config'],
  });
}

/**
 * The folder for what can be had again: NEXUS_CACHE_HOME if set, else what the system provides (%LOCALAPPDATA%,
 * ~/Library/Caches, XDG_CACHE_HOME or ~/.cache). It need not exist.
 */
export function findCacheFolder(place: UserPlace = here()): string {
  return findFolder(place, {
    own: 'NEXUS_CACHE_HOME',
    windows: ['LOCALAPPDATA', 'Local'],
    mac: 'Caches',
    xdg: ['XDG_CACHE_HOME', '.cache'],
  });
}

/** Where folders of one sort are: a variable of ours, and of each system the variable and its default below the home. */
interface FolderNames {
  own: string;
  windows: readonly [variable: string, folder: string];
  mac: string;
  xdg: readonly [variable: string, folder: string];
}

function here(): UserPlace {
  return { platform: process.platform, env: process.env, home: homedir() };
}

function findFolder({ platform, env, home }: UserPlace, names: FolderNames): string {
  const path = platform === 'win32' ? win32 : posix;
  // The XDG specification says to ignore paths that are not absolute; the same is safe for the others.
  const absolute = (name: string): string | undefined => {
    const value = env[name];
    return value !== undefined && path.isAbsolute(value) ? value : undefined;
  };
  const own = absolute(names.own);
  if (own !== undefined) return own;
  if (platform === 'win32') {
    const [variable, folder] = names.windows;
    return path.join(absolute(variable) ?? path.join(home, 'AppData', folder), NAME);
  }
  if (platform === 'darwin') return path.join(home, 'Library', names.mac, NAME);
  const [variable, folder] = names.xdg;
  return path.join(absolute(variable) ?? path.join(home, folder), NAME);
}
