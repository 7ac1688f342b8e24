import { distance } from 'fastest-levenshtein';
import type { RepoPath } from '../types.js';

/** Shorter names differ by a letter on purpose. */
const SHORTEST = 3;
const LONG = 6;
const VERY_LONG = 9;

/**
 * Whether a path may be another one misspelt: in the same folder or without it, with the same extension, and a name that
 * differs as by a slip: plural for singular, a hyphen, a letter left out, doubled or swapped. `encode` and `decode`, `day1`
 * and `day2`, `a` and `a.test` are names that differ on purpose, as are those of fewer than `shortest` letters.
 */
export function isMisspelt(path: RepoPath, meant: RepoPath, shortest = SHORTEST): boolean {
  const one = partsOf(path);
  if (one.extension === '' || !meant.toLowerCase().endsWith(one.extension)) return false;
  const other = partsOf(meant);
  if (one.extension !== other.extension) return false;
  if (one.folder !== '' && one.folder !== other.folder && !other.folder.endsWith(`/${one.folder}`))
    return false;
  return isSlip(one.stem, other.stem, shortest);
}

function partsOf(path: RepoPath): { folder: string; stem: string; extension: string } {
  const cut = path.lastIndexOf('/');
  const name = path.slice(cut + 1).toLowerCase();
  const dot = name.lastIndexOf('.');
  const stem = dot <= 0 ? name : name.slice(0, dot);
  return { folder: path.slice(0, Math.max(0, cut)), stem, extension: name.slice(stem.length) };
}

function isSlip(one: string, other: string, shortest: number): boolean {
  const plain = (stem: string) => stem.replace(/[-_ ]/g, '');
  const [a, b] = [plain(one), plain(other)];
  if (a === b) return true;
  if (digitsOf(a) !== digitsOf(b) || one.split('.').length !== other.split('.').length) return false;
  if (singular(a) === singular(b)) return true;
  const shorter = Math.min(a.length, b.length);
  if (shorter < shortest) return false;
  const slips = distance(a, b);
  if (a.length !== b.length) return slips === 1 || (slips === 2 && shorter >= VERY_LONG && a[0] === b[0]);
  if (slips === 2 && shorter > SHORTEST && sorted(a) === sorted(b)) return true;
  return slips === 1 && shorter >= LONG && a[0] === b[0];
}

function digitsOf(stem: string): string {
  return stem.replace(/\D+/g, ' ');
}

function singular(stem: string): string {
  return stem.replace(/ies$/, 'y').replace(/(?<=..)(?<!s)s$/, '');
}

function sorted(stem: string): string {
  return stem.split('').sort().join('');
}
