import type { Declaration, LineSpan } from '../../syntax/types.js';
import { isCommentLine } from '../locating/relaxation.js';
import { flatten, type FileNames } from './file-names.js';
import type { Leaf, Level, Scene } from './leaves.js';
import { slice, type Piece } from './piece.js';
import type { NamedBlock } from './named-block.js';
import { isMemberByItself, plainSignature } from './scopes.js';

/** So many a reply may have beside one: each is compared with all the others. */
const MOST_DECLARATIONS = 20;
/** Of fewer words of two bodies none tells whether one is a version of the other. */
const LEAST_WORDS = 4;
const SHARED_WORDS = 0.6;

/**
 * Lets a function of the reply stand for the one inside another function that the file has: the only thing of that name,
 * with the same first line and a body like it, while nothing hints at a new one at the top of the file. The function
 * around it is not in the reply, and no other code of the reply or the file uses the name.
 */
export function admitLocals(levels: Level[], blocks: readonly NamedBlock[], scene: Scene): void {
  const [top] = levels;
  if (top === undefined || top.leaves.length > MOST_DECLARATIONS) return;
  const admitted = top.leaves.flatMap((leaf) => {
    const local = leaf.target.kind === 'refused' ? findLocal(scene.names, leaf.wanted) : undefined;
    return local === undefined || mayBeNew(local, leaf, blocks, scene) ? [] : [{ leaf, local }];
  });
  for (const { leaf, local } of admitted) {
    leaf.target = { kind: 'found', declaration: local };
    // Nothing new goes beside it, as it would on its level: that is inside the other function.
    top.leaves.splice(top.leaves.indexOf(leaf), 1);
    levels.push({ siblings: [], isClass: false, leaves: [leaf] });
  }
}

function findLocal(file: FileNames, wanted: Declaration): Declaration | undefined {
  const [local, second] = file.named(wanted.name);
  if (local === undefined || second !== undefined || !local.isLocal) return undefined;
  if (file.importOf(wanted.name) !== undefined || file.twinOf(wanted.name) !== undefined) return undefined;
  if (wanted.scope.length > 0 || wanted.visibility !== '' || isMemberByItself(wanted)) return undefined;
  const areAlike = [local, wanted].every(
    ({ kind, hasBody, hasOwnLines }) => kind === 'function' && hasBody && hasOwnLines,
  );
  return areAlike && plainSignature(local) === plainSignature(wanted) ? local : undefined;
}

function mayBeNew(
  local: Declaration,
  { wanted, block }: Leaf,
  blocks: readonly NamedBlock[],
  { names, lines, context, file }: Scene,
): boolean {
  const around = names.parentOf(local)?.lines ?? file.statements.find((one) => holds(one, local))?.lines;
  if (around === undefined || !isVersion(lines, local, block.piece, wanted)) return true;
  const shown = new Set(
    blocks.flatMap(({ piece }) => flatten(piece.parsed.declarations).map(({ name }) => name)),
  );
  if (local.scope.some((outer) => shown.has(outer))) return true;
  const texts = blocks.map((one) => textOutside(one.piece.lines, one === block ? wanted.lines : undefined));
  return [textOutside(lines, around), context.elsewhere(), ...texts].some((text) => uses(text, wanted.name));
}

function holds({ lines }: { lines: LineSpan }, local: Declaration): boolean {
  return lines.from <= local.lines.from && local.lines.to <= lines.to;
}

/** Lines outside of a span, without comments. */
function textOutside(lines: readonly string[], span: LineSpan | undefined): string {
  return lines
    .filter((line, at) => (span === undefined || at < span.from || at > span.to) && !isCommentLine(line))
    .join('\n');
}

/** Whether a text has a name that is no part of something else, as `a.name` is. */
function uses(text: string, name: string): boolean {
  let at = text.indexOf(name);
  for (; at >= 0; at = text.indexOf(name, at + 1)) {
    const isWord = !/[\w$]/.test(text.charAt(at - 1)) && !/[\w$]/.test(text.charAt(at + name.length));
    if (isWord && text.charAt(at - 1) !== '.') return true;
  }
  return false;
}

/** Whether two bodies have most of their words in common. */
function isVersion(lines: readonly string[], local: Declaration, piece: Piece, wanted: Declaration): boolean {
  const [old, fresh] = [wordsOf(lines, local), wordsOf(piece.lines, wanted)];
  const least = Math.min(old.length, fresh.length);
  const left = new Map<string, number>();
  for (const word of old) left.set(word, (left.get(word) ?? 0) + 1);
  let shared = 0;
  for (const word of fresh) {
    const count = left.get(word) ?? 0;
    if (count === 0) continue;
    left.set(word, count - 1);
    shared += 1;
  }
  return least >= LEAST_WORDS && shared >= least * SHARED_WORDS;
}

function wordsOf(lines: readonly string[], { lines: span, head }: Declaration): string[] {
  const body = slice(lines, { from: head.line + 1, to: span.to }).join('\n');
  return body.match(/[\p{L}\p{N}_$]+/gu) ?? [];
}
