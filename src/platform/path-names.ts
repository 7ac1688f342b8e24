/*
 * What names mean to the file systems of all systems. Pure, and the same everywhere: a repository is checked out on
 * others than the one it is worked on.
 */

/** Code points that HFS+ ignores in names (git's utf8.c, `next_hfs_char`). */
const IGNORED_BY_HFS = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/**
 * Whether some system reads this part of a path as `.git`: any case, its short name on NTFS, and what is cut back to
 * either there (`.git `, `.git.`, `.git::$INDEX_ALLOCATION`) or on HFS+ (letters that it ignores).
 */
export function isGitFolder(part: string): boolean {
  const cut = part
    .replaceAll(IGNORED_BY_HFS, '')
    .replace(/:.*$/s, '')
    .replace(/[. ]+$/, '');
  return /^(?:\.git|git~[0-9]+)$/i.test(cut);
}

/**
 * A key that is equal for two paths which are one file on a file system that ignores case (NTFS, APFS) or Unicode form
 * (APFS, HFS+). Folds as NTFS does: letter by letter to upper case, so that `ß` stays itself.
 */
export function pathKey(filePath: string): string {
  // Plain ASCII is the rule; the letter-by-letter way costs too much for 100,000 paths.
  if (/^[\x20-\x7e]*$/.test(filePath)) return filePath.toUpperCase();
  const folded = Array.from(filePath.normalize('NFC'), (letter) => {
    const upper = letter.toUpperCase();
    return upper.length === letter.length ? upper : letter;
  });
  return folded.join('').normalize('NFC');
}

/**
 * The file or folder in the way of `existing` that `filePath` spells otherwise, so that both can't be there on such a
 * file system: `src` for `SRC/a` beside `src/b`.
 */
export function findOtherSpelling(filePath: string, existing: string): string | undefined {
  const parts = filePath.split('/');
  const others = existing.split('/');
  const at = parts.findIndex((part, index) => part !== others[index]);
  const [part, other] = [parts[at], others[at]];
  if (part === undefined || other === undefined || pathKey(part) !== pathKey(other)) return undefined;
  return others.slice(0, at + 1).join('/');
}

/** Groups of different paths that would be one file on such a file system; a folder counts as each of its spellings. */
export function findPathCollisions(paths: Iterable<string>): string[][] {
  const spellings = new Map<string, Set<string>>();
  for (const filePath of paths) {
    for (let end = filePath.length; end > 0; end = filePath.lastIndexOf('/', end - 1)) {
      const spelling = filePath.slice(0, end);
      const key = pathKey(spelling);
      const known = spellings.get(key);
      if (known === undefined) spellings.set(key, new Set([spelling]));
      // The folders above were entered together with it.
      else if (known.has(spelling)) break;
      else known.add(spelling);
    }
  }
  return [...spellings.values()].filter((group) => group.size > 1).map((group) => [...group]);
}

/** Device names, with any extension; the superscript digits count (Microsoft, "Naming Files, Paths, and Namespaces"). */
const RESERVED = /^(?:con|prn|aux|nul|conin\$|conout\$|clock\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)/i;
/** `:` also opens a stream of NTFS. */
const NOT_ALLOWED = /[<>:"|?*\\\p{Cc}]/u;

/** Why Windows can't have a file of this relative path, as words that follow it; undefined when it can. */
export function windowsPathProblem(filePath: string): string | undefined {
  for (const part of filePath.split('/')) {
    if (NOT_ALLOWED.test(part)) return 'has a character that Windows does not allow';
    if (RESERVED.test(part)) return 'has a name that Windows keeps for a device';
    if (/[. ]$/.test(part)) return 'has a name that ends in a dot or a space';
  }
  return undefined;
}
