import { isGitFolder } from '../platform/path-names.js';

export type RepoPathReading = { kind: 'path'; path: string } | { kind: 'refused'; reason: string };

/**
 * Reads a path of a file or folder inside the repository as a person writes it: backslashes become slashes, `./` and
 * a slash at the end go away, the top is `.`. Refused: absolute paths, drive letters, `..`, `.git` in any spelling,
 * control characters.
 */
export function readRepoPath(text: string): RepoPathReading {
  const slashed = text.trim().replaceAll('\\', '/');
  if (slashed === '') return refuse('is empty');
  if (/\p{Cc}/u.test(slashed)) return refuse('holds a control character');
  if (slashed.startsWith('/') || /^[A-Za-z]:/.test(slashed) || slashed.startsWith('~/')) {
    return refuse('is not relative to the top of the repository');
  }
  const parts = slashed.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return refuse('leads out of its folder with `..`');
  if (parts.some(isGitFolder)) return refuse('leads into git’s own folder');
  return { kind: 'path', path: parts.length === 0 ? '.' : parts.join('/') };
}

function refuse(reason: string): RepoPathReading {
  return { kind: 'refused', reason };
}
