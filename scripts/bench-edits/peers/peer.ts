import type { Case } from '../make-case.js';

/** What a program left of the files of a case: all of them, or undefined when it said that it could not do it. */
export type Left = ReadonlyMap<string, string> | undefined;

/** A program that the engine is measured against. */
export interface Peer {
  name: string;
  /** Cases in a form that it reads. */
  reads: (one: Case) => boolean;
  /** Handles many at once: starting a program costs more than most cases. */
  run: (cases: readonly Case[]) => Left[];
}

/** Right, refused or wrong by the same rule as for the engine: the wanted bytes, and no other file changed. */
export function weighLeft(one: Case, left: Left): 'right' | 'refused' | 'wrong' {
  if (left === undefined) return 'refused';
  const isUntouched = [...one.files].every(([path, text]) => left.get(path) === text);
  // Doing nothing without a word changes nothing.
  if (isUntouched && left.size === one.files.size) return 'refused';
  if (one.answer === 'none' || left.size !== one.files.size) return 'wrong';
  const isRight = [...one.files].every(([path, text]) => left.get(path) === (one.truth.get(path) ?? text));
  return isRight ? 'right' : 'wrong';
}

/** Whether nothing but line ends and the newline at the end of files is wrong. */
export function isRightButEnds(one: Case, left: Left): boolean {
  if (left === undefined || one.answer === 'none') return false;
  const level = (text: string | undefined) => text?.replaceAll('\r\n', '\n').replace(/\n$/, '');
  return [...one.files].every(([path, text]) => level(left.get(path)) === level(one.truth.get(path) ?? text));
}

/** Diffs that are laid out as one: with line numbers, and with the names of the files. */
export function isPlainDiff(one: Case): boolean {
  return one.diff !== undefined && !one.damages.some((name) => UNREADABLE.has(name));
}

/** Without these lines what is left is no unified diff to the programs that the format is from. */
const UNREADABLE = new Set(['hunks-bare', 'hunk-header-missing', 'file-header-missing']);
