import type { Declaration } from '../../syntax/types.js';
import { noteEdit } from '../file-result.js';
import { isMemberByItself } from './scopes.js';
import { closesFile, countsByPlace, insertDeclarations, type Neighbours } from './insert-declaration.js';
import type { Leaf, Level, Scene } from './leaves.js';
import { isContainer } from './piece.js';
import { reject, type Placing } from './placing.js';

/** Languages whose preprocessor may leave out what stands under a condition. */
const PREPROCESSED = /^C(?:\+\+)?$/;

/** Puts the new declarations of a level beside those that the file has; what follows one another stays together. */
export function placeNew(level: Level, placing: Placing): void {
  const leaves = level.leaves.filter((leaf) => leaf.target.kind !== 'new' || !leaf.isMute);
  let run: Leaf[] = [];
  for (let at = 0; at <= leaves.length; at += 1) {
    const leaf = leaves[at];
    const goesOn = leaf?.target.kind === 'new' && (run[0] === undefined || isOfKind(leaf, run[0]));
    if (leaf !== undefined && goesOn) {
      run.push(leaf);
      continue;
    }
    if (run.length > 0) placeRun(run, neighboursOf(leaves, at - run.length, at), level, placing);
    run = leaf?.target.kind === 'new' ? [leaf] : [];
  }
}

/** Functions and exports go to different places. */
function isOfKind({ wanted }: Leaf, other: Leaf): boolean {
  return closesFile(wanted) === closesFile(other.wanted);
}

/** The nearest declarations of the file before and behind the leaves from `from` to `to`. */
function neighboursOf(leaves: readonly Leaf[], from: number, to: number): Neighbours {
  const declarationOf = ({ target, wanted }: Leaf) =>
    target.kind === 'found' && !closesFile(wanted) ? target.declaration : undefined;
  let [before, after] = [undefined, undefined] as (Declaration | undefined)[];
  for (let at = from - 1; at >= 0 && after === undefined; at -= 1) {
    const leaf = leaves[at];
    if (leaf !== undefined) after = declarationOf(leaf);
  }
  for (let at = to; at < leaves.length && before === undefined; at += 1) {
    const leaf = leaves[at];
    if (leaf !== undefined) before = declarationOf(leaf);
  }
  return { after, before };
}

/** New declarations go where the reply has them; a method needs a class to go to. */
function placeRun(run: readonly Leaf[], neighbours: Neighbours, level: Level, placing: Placing): void {
  const [first] = run;
  if (first === undefined) return;
  const { block, wanted } = first;
  const suits = (one: Declaration | undefined) => (suitsIn(one, wanted, level, placing) ? one : undefined);
  const isExport = closesFile(wanted);
  const near = isExport
    ? { after: undefined, before: undefined }
    : { after: suits(neighbours.after), before: suits(neighbours.before) };
  const isNear = near.after !== undefined || near.before !== undefined;
  const siblings = unconditional(level.siblings, placing);
  const refuse = (why: string, advice: string, beside: readonly Declaration[]) => {
    const lines = beside.slice(0, 6).map(({ head }) => head.line);
    reject({ code: 'not-found', block, wanted, why, advice, lines }, placing);
  };
  if (!isNear && isMemberByItself(wanted) && !level.isClass) {
    refuse(
      'is new and can only be a member',
      'Send it inside its class, which may stand there without its other members.',
      placing.file.declarations.filter((one) => isContainer(one)),
    );
    return;
  }
  if (!isNear && level.isClass && (siblings.length === 0 || placing.parser.language === 'C++')) {
    refuse(
      'is new, and its place in the class is not clear',
      'Send it behind the member that it is to follow.',
      siblings,
    );
    return;
  }
  const parent = near.after ?? near.before ?? siblings.at(-1);
  const holder = parent === undefined ? undefined : placing.names.parentOf(parent);
  const change = insertDeclarations(
    placing.lines,
    placing.file,
    run.map((leaf) => ({
      piece: leaf.block.piece,
      wanted: leaf.wanted,
      visibility: newVisibility(leaf.wanted, placing),
    })),
    {
      siblings,
      near,
      blanks: placing.parser.byIndentation && !level.isClass && holder === undefined ? 2 : 1,
      isInObject: holder?.kind === 'value' || holder?.kind === 'assignment',
    },
  );
  if (change === undefined) {
    const beside = [near.after ?? near.before ?? siblings.at(-1)].filter((one) => one !== undefined);
    if (beside.some((one) => countsByPlace(placing.lines, one)))
      refuse(
        'is new in a group that `iota` numbers: its place there is not clear',
        'Send old lines and new lines instead, with a few lines around it.',
        beside,
      );
    else
      refuse(
        'is new, and beside its neighbour there is no line of its own',
        'Send it with what is around it, whole.',
        beside,
      );
    return;
  }
  placing.places.changes.push(change);
  const line = Math.max(1, change.from);
  for (const leaf of run)
    placing.places.notes.push({
      ...noteEdit(leaf.block.settled, 'new-declaration', line),
      format: 'named-declaration',
    });
}

/** Signatures of one function are introduced alike. */
function newVisibility(wanted: Declaration, { names, visibility }: Placing): string {
  const same = wanted.hasBody ? undefined : names.named(wanted.name).find(({ scope }) => scope.length === 0);
  return visibility(wanted, wanted.scope.length === 0 ? same : undefined);
}

/** Whether a new declaration can stand beside this one. */
function suitsIn(
  neighbour: Declaration | undefined,
  wanted: Declaration,
  { isClass }: Level,
  { names }: Scene,
): boolean {
  if (neighbour === undefined) return false;
  const holder = names.parentOf(neighbour);
  const isMember = neighbour.place === 'member' || (holder !== undefined && holder.kind !== 'namespace');
  return isMember === (isClass || isMemberByItself(wanted));
}

/** Declarations under a condition of the preprocessor are no place for one that holds always. */
function unconditional(siblings: readonly Declaration[], { lines, parser }: Scene): readonly Declaration[] {
  if (!PREPROCESSED.test(parser.language)) return siblings;
  const depths: number[] = [];
  let depth = 0;
  for (const line of lines) {
    if (/^\s*#\s*endif\b/.test(line)) depth -= 1;
    depths.push(depth);
    if (/^\s*#\s*if/.test(line)) depth += 1;
  }
  const depthOf = ({ head }: Declaration) => depths[head.line] ?? 0;
  const least = siblings.reduce((min, sibling) => Math.min(min, depthOf(sibling)), Infinity);
  return siblings.filter((sibling) => depthOf(sibling) === least);
}
