import { isGitFolder, windowsPathProblem } from '../platform/path-names.js';

/** Code points that HFS+ ignores in names (git's utf8.c `next_hfs_char`), and others that hide or reorder text. */
const INVISIBLE = /\p{Default_Ignorable_Code_Point}|\p{Bidi_Control}|\p{Zl}|\p{Zp}/u;
const CONTROL = /\p{Cc}/u;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Bytes of one name that every common file system takes. */
const LONGEST_PART = 255;
/** Characters of a whole path: what git on Windows takes with long paths off is 260 with the folder of the checkout. */
const LONGEST_PATH = 240;

/**
 * Whether a path from a model may name a file of the repository, on every system that the repository may be checked
 * out on. Returns `true` or the reason, written to follow the path ("`../x` leads out of the repository").
 * Rules: git's `verify_path` (fsck names, HFS+ and NTFS spellings of `.git`) and the Windows naming rules.
 */
export function isSafeRepoPath(path: string): true | string {
  const escape = escapesRepository(path);
  if (escape !== true) return escape;
  if (path.length > LONGEST_PATH) return `is longer than ${LONGEST_PATH} characters`;
  for (const part of path.split('/')) {
    if (Buffer.byteLength(part) > LONGEST_PART) return `has a name longer than ${LONGEST_PART} bytes`;
    if (part.startsWith(' ')) return 'has a name that starts with a space';
  }
  return windowsPathProblem(path) ?? true;
}

/**
 * The part of {@link isSafeRepoPath} that also holds for a path that exists already: it must stay inside the
 * repository and out of `.git`. A file that is called `aux.c` is odd, but it is there.
 */
export function escapesRepository(path: string): true | string {
  if (path === '') return 'is empty';
  if (CONTROL.test(path)) return 'has a control character';
  if (LONE_SURROGATE.test(path)) return 'is not valid Unicode';
  if (/^[a-z]:/i.test(path) || path.startsWith('/') || path.startsWith('~/')) return 'is absolute';
  if (path.startsWith('\\')) return 'is absolute';
  if (path.includes('\\')) return 'has a backslash';
  if (INVISIBLE.test(path)) return 'has an invisible character';
  for (const part of path.split('/')) {
    if (part === '') return 'has an empty part';
    if (part === '.' || part === '..') return 'leads out of its folder';
    if (isGitFolder(part)) return 'is inside .git';
  }
  return true;
}
