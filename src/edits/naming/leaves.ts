import type { Declaration, ParsedText, SourceParser } from '../../syntax/types.js';
import type { NamingContext } from './covers-file.js';
import { takeClass, type Taking } from './class-parts.js';
import type { FileNames } from './file-names.js';
import { findTarget, type Target } from './find-target.js';
import { isContainer, membersOf, slice, type Piece } from './piece.js';
import type { NamedBlock } from './named-block.js';
import { canOverload } from './same-sort.js';

/** One declaration of a reply that is placed by itself, and what it stands for in the file. */
export interface Leaf {
  block: NamedBlock;
  wanted: Declaration;
  target: Target;
  /** Another leaf says the same or more: this one only shows where it stands. */
  isMute: boolean;
}

/** Declarations that stand side by side in the reply. */
export interface Level {
  /** What the file has there. */
  siblings: readonly Declaration[];
  /** They are members of a class. */
  isClass: boolean;
  leaves: Leaf[];
}

/** What stays the same for all declarations of one file. */
export interface Scene {
  file: ParsedText;
  names: FileNames;
  lines: readonly string[];
  parser: SourceParser;
  context: NamingContext;
}

/** A class of which the reply shows a part. */
export interface Part {
  block: NamedBlock;
  wanted: Declaration;
  target: Declaration;
}

export interface Leaves {
  levels: Level[];
  parts: Part[];
  refused: {
    block: NamedBlock;
    wanted: Declaration;
    target: Declaration;
    taking: Exclude<Taking, { kind: 'whole' | 'members' }>;
  }[];
}

/** The declarations of a reply down to those that are placed one by one: a class that is shown in part gives its members. */
export function collectLeaves(
  entries: readonly { block: NamedBlock; wanted: Declaration }[],
  scene: Scene,
): Leaves {
  const leaves: Leaves = { levels: [], parts: [], refused: [] };
  collectLevel(entries, { siblings: scene.file.declarations, isClass: false, leaves: [] }, scene, leaves);
  return leaves;
}

function collectLevel(
  entries: readonly { block: NamedBlock; wanted: Declaration }[],
  level: Level,
  scene: Scene,
  found: Leaves,
): void {
  found.levels.push(level);
  for (const leaf of withoutSharing(entries, scene)) {
    const { block, target } = leaf;
    const wanted = leaf.holder?.wanted ?? leaf.wanted;
    const members = membersOf(wanted).map((member) => ({ block, wanted: member }));
    if (target.kind === 'refused' && target.code === 'ambiguous' && isContainer(wanted)) {
      collectLevel(members, { siblings: [], isClass: true, leaves: [] }, scene, found);
      continue;
    }
    if (target.kind !== 'found') {
      level.leaves.push(leaf);
      continue;
    }
    const declaration = leaf.holder?.declaration ?? target.declaration;
    const taking = takeClass(scene, declaration, block.piece, wanted);
    if (taking.kind === 'refused') found.refused.push({ block, wanted, target: declaration, taking });
    else if (taking.kind === 'whole') level.leaves.push(leaf);
    else {
      // It changes nothing itself, but what is new may follow it.
      level.leaves.push({ block, wanted, target, isMute: true });
      found.parts.push({ block, wanted, target: declaration });
      const isClass = declaration.kind !== 'namespace';
      collectLevel(members, { siblings: membersOf(declaration), isClass, leaves: [] }, scene, found);
    }
  }
}

/**
 * Declarations that share their lines (`typedef struct a { … } b;`, `a, b = 1, 2`) are placed once: where one of them
 * stands, or as new. They must not tear apart what stands apart in the file.
 */
function withoutSharing(
  entries: readonly { block: NamedBlock; wanted: Declaration }[],
  scene: Scene,
): Speaker[] {
  const groups = new Map<string, Leaf[]>();
  for (const { block, wanted } of entries) {
    const leaf = { block, wanted, target: findTarget(scene.names, wanted, scene.parser), isMute: false };
    const key = `${block.settled.number} ${wanted.lines.from} ${wanted.lines.to}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [leaf]);
    else group.push(leaf);
  }
  return [...groups.values()].flatMap((group) => speakerOf(group, scene) ?? []);
}

/** A declaration that stands for all on its lines, and the one among them that holds members. */
type Speaker = Leaf & { holder?: { wanted: Declaration; declaration: Declaration } };

function speakerOf(group: readonly Leaf[], { names }: Scene): Speaker | undefined {
  const [first] = group;
  const found = group.filter(({ target }) => target.kind === 'found');
  const places = new Set(
    found.map(({ target }) => (target.kind === 'found' ? JSON.stringify(target.declaration.lines) : '')),
  );
  const speaker = found[0] ?? group.find(({ target }) => target.kind === 'refused') ?? first;
  if (speaker === undefined || speaker.target.kind === 'refused') return speaker;
  const isTorn = places.size > 1 || (group.length === 1 && !speaker.wanted.hasOwnLines);
  if (isTorn) return { ...speaker, target: TORN };
  const holder = group.find(({ wanted }) => isContainer(wanted))?.wanted;
  if (speaker.target.kind === 'new' || holder === undefined || holder === speaker.wanted) return speaker;
  const { from, to } = speaker.target.declaration.lines;
  const declaration = names.named(holder.name).find(({ lines }) => lines.from === from && lines.to === to);
  return declaration === undefined ? speaker : { ...speaker, holder: { wanted: holder, declaration } };
}

const TORN: Target = {
  kind: 'refused',
  code: 'ambiguous',
  why: 'shares its line with other code in your answer',
  advice: 'Send it on lines of its own.',
  lines: [],
};

/** Two versions of one declaration in a reply. */
export interface Copy {
  leaf: Leaf;
  other: Leaf;
}

/**
 * Mutes what a reply holds twice: the same text again, and of two versions the one that the file has, which was only
 * quoted. Of two overloads that stand for the file's only one, the one with its parameters is that, the other new.
 * Returns the versions that contradict each other.
 */
export function settleCopies(levels: readonly Level[], scene: Scene): Copy[] {
  const copies: Copy[] = [];
  const byTarget = new Map<Declaration, Leaf>();
  const byKey = new Map<string, Leaf>();
  for (const leaf of levels.flatMap((level) => level.leaves)) {
    if (leaf.isMute || leaf.target.kind === 'refused') continue;
    const key = keyOf(leaf.wanted, scene.parser);
    const other = leaf.target.kind === 'found' ? byTarget.get(leaf.target.declaration) : byKey.get(key);
    if (other === undefined || other.isMute) remember(leaf, key, byTarget, byKey);
    else if (textOf(leaf) === textOf(other) || isQuoted(leaf, scene)) leaf.isMute = true;
    else if (isQuoted(other, scene)) {
      other.isMute = true;
      remember(leaf, key, byTarget, byKey);
    } else if (!partOverloads(leaf, other, scene)) copies.push({ leaf, other });
    else remember(leaf.target.kind === 'found' ? leaf : other, key, byTarget, byKey);
  }
  return copies;
}

function remember(leaf: Leaf, key: string, byTarget: Map<Declaration, Leaf>, byKey: Map<string, Leaf>): void {
  if (leaf.target.kind === 'found') byTarget.set(leaf.target.declaration, leaf);
  else byKey.set(key, leaf);
}

function partOverloads(leaf: Leaf, other: Leaf, { parser }: Scene): boolean {
  if (leaf.target.kind !== 'found') return false;
  if (!canOverload(parser) && leaf.wanted.hasBody) return false;
  const { signature } = leaf.target.declaration;
  const isExact = (one: Leaf) => one.wanted.signature === signature;
  if (isExact(leaf) === isExact(other)) return false;
  (isExact(leaf) ? other : leaf).target = { kind: 'new' };
  return true;
}

function keyOf({ scope, name, kind, signature, hasBody }: Declaration, parser: SourceParser): string {
  const isOverload = !hasBody || canOverload(parser);
  const accessor = /^(?:@\S+ )*(?:static )?(?:[gs]et\b|@\w+\.setter)/.exec(signature)?.[0];
  return JSON.stringify([scope, name, kind, isOverload ? signature : '', accessor]);
}

function textOf({ block, wanted }: Leaf): string {
  return trimmed(block.piece, wanted);
}

function trimmed(piece: Pick<Piece, 'lines'>, { lines }: Declaration): string {
  return slice(piece.lines, lines)
    .map((line) => line.trim())
    .join('\n');
}

/** Whether a declaration of the reply is what the file has now, word for word. */
function isQuoted({ target, block, wanted }: Leaf, { lines }: Scene): boolean {
  return target.kind === 'found' && trimmed({ lines }, target.declaration) === trimmed(block.piece, wanted);
}
