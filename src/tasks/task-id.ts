import { createHash } from 'node:crypto';

/** Longest id that is made from a title; branch names stay readable in `git branch`. */
const MAX_DERIVED = 48;
const HASH_DIGITS = 8;

/** Names that Windows keeps for devices: no file or ref with such a name can be made there. */
const RESERVED_NAME = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])$/;

/** Letters that Unicode does not decompose into a Latin letter and a mark. */
const FOLDS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
};

/** Whether `id` names a device on Windows. */
export function isReservedName(id: string): boolean {
  return RESERVED_NAME.test(id);
}

/**
 * Makes the id of a task from its title, and from nothing else: neither other tasks nor the order can change it.
 * A title that is too long, not (wholly) in Latin letters, or a reserved name gets a hash of the title at its end.
 */
export function deriveTaskId(title: string): string {
  const normal = title.normalize('NFC').replaceAll(/\s+/g, ' ').trim();
  const { slug, complete } = foldToSlug(normal);
  if (complete && slug !== '' && slug.length <= MAX_DERIVED && !isReservedName(slug)) return slug;
  const hash = createHash('sha256').update(normal).digest('hex').slice(0, HASH_DIGITS);
  return `${cutAtWord(slug, MAX_DERIVED - HASH_DIGITS - 1) || 'task'}-${hash}`;
}

/** `complete` is false when a letter or digit had no ASCII form. */
function foldToSlug(text: string): { slug: string; complete: boolean } {
  const lowered = text.toLowerCase().replaceAll(/[ßæœøłđðþı]/g, (letter) => FOLDS[letter] ?? letter);
  const folded = lowered
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .replaceAll(/['’]/g, '');
  const slug = folded
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .replace(/-$/, '');
  return { slug, complete: !/[^\p{ASCII}]/u.test(folded.replaceAll(/[^\p{L}\p{N}]/gu, '')) };
}

function cutAtWord(slug: string, length: number): string {
  if (slug.length <= length) return slug;
  const cut = slug.slice(0, length + 1);
  const end = cut.lastIndexOf('-');
  return (end > length / 2 ? cut.slice(0, end) : slug.slice(0, length)).replace(/-+$/, '');
}
