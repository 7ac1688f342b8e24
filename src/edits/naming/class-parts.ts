import type { Declaration } from '../../syntax/types.js';
import { countUnnamed, listBeside } from './beside.js';
import { isToGo } from './covers-file.js';
import type { Scene } from './leaves.js';
import { isContainer, membersOf, type Piece } from './piece.js';

/** How a declaration of a reply stands for one of the file that has members. */
export type Taking =
  /** It takes the place of all of it. */
  | { kind: 'whole' }
  /** Its members alone are meant. */
  | { kind: 'members' }
  | { kind: 'refused'; code: 'ambiguous' | 'dropped-declarations' | 'elided'; why: string; advice: string };

const BLOCK_LOST: Taking = {
  kind: 'refused',
  code: 'dropped-declarations',
  why: 'is sent without code that the file has among its members',
  advice: 'Send it whole, or its first line as it is with only the methods that change or are new.',
};

/**
 * Whether a reply shows a class whole or just some of its members, which is how they are asked for. Members that it lacks
 * stay; a first line that says something new, or code beside the members, cannot be taken from a part.
 */
export function takeClass(
  { lines: fileLines, parser, context }: Pick<Scene, 'lines' | 'parser' | 'context'>,
  target: Declaration,
  piece: Piece,
  wanted: Declaration,
): Taking {
  const known = membersOf(target);
  const shown = countUnnamed(piece.lines, wanted, parser.byIndentation);
  const isBlockLost = shown < countUnnamed(fileLines, target, parser.byIndentation);
  if (known.length === 0) return isBlockLost ? BLOCK_LOST : { kind: 'whole' };
  const lacking = listMissing(known, membersOf(wanted)).filter((name) => !isToGo(name, context));
  if (!isContainer(target) && !isContainer(wanted)) return takeObject(lacking, piece, wanted);
  const beside = listBeside(piece.lines, wanted, false).filter((line) => !has(fileLines, target, line));
  const isSameHead = isWithin(wordsOf(wanted.signature), wordsOf(target.signature));
  const isElided = piece.elided.some((line) => wanted.lines.from < line && line < wanted.lines.to);
  if (lacking.length === 0) {
    const isAllKnown = listBeside(piece.lines, wanted, true).every((line) => has(fileLines, target, line));
    const isPart = isSameHead && isAllKnown && membersOf(wanted).length >= known.length;
    const haveLines = [...known, ...membersOf(wanted)].every(({ hasOwnLines }) => hasOwnLines);
    if (isPart && haveLines) return { kind: 'members' };
    if (!isElided) return isBlockLost ? BLOCK_LOST : { kind: 'whole' };
  }
  if (membersOf(wanted).length === 0 && !isElided && !showsDots(piece, wanted)) {
    return {
      kind: 'refused',
      code: 'dropped-declarations',
      why: `is sent without ${joinNames(lacking)}`,
      advice: 'Send the methods of it that change or are new, inside it.',
    };
  }
  const advice = 'Send it whole, or its first line as it is with only the methods that change or are new.';
  if (!isSameHead) {
    const why = 'is sent without some of its members, but with another first line than the file has';
    return { kind: 'refused', code: 'ambiguous', why, advice };
  }
  if (beside.length > 0) {
    const why = 'is sent without some of its members, but with other new lines';
    return { kind: 'refused', code: 'ambiguous', why, advice };
  }
  return { kind: 'members' };
}

/** The functions of an object go with it when it is replaced, and what else it holds is not known by name. */
function takeObject(lacking: readonly string[], piece: Piece, wanted: Declaration): Taking {
  const head = piece.lines[wanted.head.line] ?? '';
  const isObject = membersOf(wanted).length > 0 || /=\s*[{[(]?\s*$|=\s*\{/.test(head);
  if (lacking.length === 0 || !isObject) return { kind: 'whole' };
  return {
    kind: 'refused',
    code: 'dropped-declarations',
    why: `is sent without ${joinNames(lacking)}`,
    advice: 'Send it whole, or only the functions of it that change, each by itself.',
  };
}

function listMissing(known: readonly Declaration[], shown: readonly Declaration[]): string[] {
  const left = new Map<string, number>();
  for (const { name } of shown) left.set(name, (left.get(name) ?? 0) + 1);
  return known.flatMap(({ name }) => {
    const count = left.get(name) ?? 0;
    left.set(name, count - 1);
    return count > 0 ? [] : [name];
  });
}

function joinNames(names: readonly string[]): string {
  const shown = [...new Set(names)].slice(0, 4).map((name) => `\`${name}\``);
  return shown.join(', ') + (names.length > shown.length ? ' and more' : '');
}

function has(fileLines: readonly string[], { lines }: Declaration, text: string): boolean {
  for (let at = lines.from; at <= lines.to; at += 1)
    if ((fileLines[at] ?? '').trim() === text.trim()) return true;
  return false;
}

function showsDots({ lines }: Piece, { lines: { from, to } }: Declaration): boolean {
  return lines.slice(from + 1, to + 1).some((line) => line.trim() === '...');
}

function wordsOf(signature: string): string[] {
  return signature.match(/[\p{L}\p{N}_$]+|[^\s\p{L}\p{N}_$]/gu) ?? [];
}

/** Whether `some` are among `all`, in their order: what a reply leaves out of a first line says nothing new. */
function isWithin(some: readonly string[], all: readonly string[]): boolean {
  let at = 0;
  for (const word of some) {
    at = all.indexOf(word, at) + 1;
    if (at === 0) return false;
  }
  return true;
}
