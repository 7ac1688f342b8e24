import type { Declaration, ParsedText, SourceParser } from '../../syntax/types.js';
import { tellLines } from '../feedback.js';
import { noteEdit, rejectEdit, type SettledEdit } from '../file-result.js';
import { mentions } from '../guards/declarations.js';
import type { OpenFile } from '../open-file.js';
import type { LocatedEdit, MatchPass, Rejection } from '../types.js';
import type { Change } from './change.js';
import { findTarget, TAKES_SELF, type Target } from './find-target.js';
import { insertDeclarations, type Neighbours } from './insert-declaration.js';
import { mergeExports } from './merge-exports.js';
import { mergeImports } from './merge-imports.js';
import { isContainer, slice, type Piece } from './piece.js';
import { REMOVES, type NamedBlock, type NamingContext } from './read-named.js';
import { replaceDeclaration } from './replace-declaration.js';
import { isScript, usesModules, visibilityIn, type Visibility } from './visibility.js';

/** What named declarations come to in one file. */
export interface NamedPlaces {
  changes: Change[];
  notes: LocatedEdit[];
  rejections: Rejection[];
}

/** One declaration of a reply, and what it stands for in the file. */
interface Item {
  block: NamedBlock;
  wanted: Declaration;
  target: Target;
}

/** What stays the same for all declarations of one file. */
interface Scene {
  file: ParsedText;
  lines: readonly string[];
  parser: SourceParser;
  visibility: Visibility;
  context: NamingContext;
  places: NamedPlaces;
}

const PASS = { format: 'named-declaration' } as const;

/** Finds the place of every declaration of the blocks, and of their imports; nothing is applied if one has none. */
export function placeNamed(
  blocks: readonly NamedBlock[],
  file: OpenFile,
  parsed: ParsedText,
  parser: SourceParser,
  context: NamingContext,
): NamedPlaces {
  const { lines } = file.source;
  const places: NamedPlaces = { changes: [], notes: [], rejections: [] };
  const visibility = visibilityIn(parsed, lines, parser);
  const scene: Scene = { file: parsed, lines, parser, visibility, context, places };
  const isOut = leavesOut(parsed, lines, parser);
  const items = blocks.flatMap((block) =>
    block.piece.parsed.declarations.filter((wanted) => !isOut(wanted)).map((wanted) => ({ block, wanted })),
  );
  const single = withoutCopies(items, scene);
  placeLevel(single, parsed.declarations, scene);
  const pieces = blocks.map(({ piece }) => piece);
  places.changes.push(...mergeImports(lines, parsed, pieces, parser));
  return places;
}

/** Exports in the way of CommonJS that a model adds out of habit would break a file that is a module. */
function leavesOut(
  file: ParsedText,
  lines: readonly string[],
  parser: SourceParser,
): (wanted: Declaration) => boolean {
  const isModule = isScript(parser) && usesModules(file, lines);
  const exported = new Set(file.declarations.map(({ name }) => name));
  return ({ name }) => isModule && /^(?:module\.)?exports\b/.test(name) && !exported.has(name);
}

/** Places the declarations that stand side by side in the reply: those that the file has, then the new ones beside them. */
function placeLevel(
  entries: readonly Omit<Item, 'target'>[],
  siblings: readonly Declaration[],
  scene: Scene,
): void {
  const items: Item[] = entries.map((entry) => ({
    ...entry,
    target: findTarget(scene.file, entry.wanted, scene.parser),
  }));
  for (const item of items) if (item.target.kind !== 'new') placeKnown(item, scene);
  for (let at = 0; at < items.length; at += 1) {
    const run = items.slice(at, nextKnown(items, at));
    if (run.length === 0) continue;
    placeRun(run, neighboursOf(items, at, run.length), siblings, scene);
    at += run.length - 1;
  }
}

/** The first item from `at` on that is not new. */
function nextKnown(items: readonly Item[], at: number): number {
  const next = items.slice(at).findIndex(({ target }) => target.kind !== 'new');
  return next < 0 ? items.length : at + next;
}

function neighboursOf(items: readonly Item[], at: number, count: number): Neighbours {
  const declarationOf = (item: Item | undefined) =>
    item?.target.kind === 'found' ? item.target.declaration : undefined;
  return {
    after: declarationOf(items.slice(0, at).findLast(({ target }) => target.kind === 'found')),
    before: declarationOf(items.slice(at + count).find(({ target }) => target.kind === 'found')),
  };
}

function placeKnown(item: Item, scene: Scene): void {
  const { target, wanted, block } = item;
  if (target.kind === 'refused') {
    if (isContainer(wanted) && target.code === 'ambiguous') placeMembers(item, undefined, scene);
    else scene.places.rejections.push(refuse(item, target, scene));
    return;
  }
  if (target.kind === 'new') return;
  const { declaration } = target;
  const exported = mergeExports(scene.lines, declaration, block.piece, wanted);
  if (exported !== undefined) {
    if (exported === 'refused') scene.places.rejections.push(refuseExports(item));
    else if (exported !== 'kept') settle(item, declaration, exported, scene);
    return;
  }
  if (isContainer(wanted) && lacksMembers(declaration, wanted, scene.context)) {
    placeMembers(item, declaration, scene);
    return;
  }
  const change = replaceDeclaration(
    scene.lines,
    declaration,
    block.piece,
    wanted,
    scene.visibility(wanted, declaration),
  );
  settle(item, declaration, change, scene);
}

function settle(item: Item, declaration: Declaration, change: Change, scene: Scene): void {
  const changes = change.lines.some(({ op }) => op !== ' ');
  if (changes) scene.places.changes.push(change);
  const pass: MatchPass = changes ? 'declaration' : 'already';
  scene.places.notes.push({ ...noteEdit(item.block.settled, pass, declaration.head.line + 1), ...PASS });
}

/** A class that a reply shows with some of its members only: those alone are meant. */
function lacksMembers(target: Declaration, wanted: Declaration, context: NamingContext): boolean {
  const has = new Set(wanted.members.map(({ name }) => name));
  const isMeant = (name: string) =>
    context.asked !== 'named-declaration' &&
    REMOVES.test(context.mentioned) &&
    mentions(context.mentioned, name);
  return target.members.some((member) => !member.isLocal && !has.has(member.name) && !isMeant(member.name));
}

/** Places the members of a class that the reply shows in part; `target` is undefined when the file has several of it. */
function placeMembers(item: Item, target: Declaration | undefined, scene: Scene): void {
  const { wanted, block } = item;
  if (target !== undefined && target.signature !== wanted.signature) {
    const why = `\`${wanted.name}\` is sent without some of its members, but with another first line than the file's.`;
    const advice = `Send ${wanted.name} whole, or with its first line as it is.`;
    scene.places.rejections.push(rejectEdit(block.settled, 'ambiguous', why, advice));
    return;
  }
  const entries = wanted.members
    .filter(({ isLocal }) => !isLocal)
    .map((member) => ({ block, wanted: member }));
  placeLevel(entries, target?.members ?? [], scene);
}

/** New declarations go where the reply has them; a method needs a class to go to. */
function placeRun(
  run: readonly Item[],
  neighbours: Neighbours,
  siblings: readonly Declaration[],
  scene: Scene,
): void {
  const [first] = run;
  if (first === undefined) return;
  const near = {
    after: suits(neighbours.after, first.wanted) ? neighbours.after : undefined,
    before: suits(neighbours.before, first.wanted) ? neighbours.before : undefined,
  };
  const isPlaced = near.after !== undefined || near.before !== undefined;
  if (!isPlaced && !suits(siblings.at(-1), first.wanted) && needsClass(first.wanted)) {
    const why = `\`${first.wanted.name}\` is a method, and the file has none of that name.`;
    const advice = 'Send it inside its class, which may stand there without its other methods.';
    scene.places.rejections.push(rejectEdit(first.block.settled, 'not-found', why, advice));
    return;
  }
  const fresh = run.map(({ wanted }) => ({ wanted, visibility: scene.visibility(wanted, undefined) }));
  const change = insertDeclarations(scene.lines, scene.file, siblings, first.block.piece, fresh, near);
  if (change === undefined) {
    const why = `\`${first.wanted.name}\` is new, and there is no line of its own beside which it could stand.`;
    scene.places.rejections.push(rejectEdit(first.block.settled, 'ambiguous', why, 'Send the whole file.'));
    return;
  }
  scene.places.changes.push(change);
  const line = change.from + 1;
  for (const { block } of run)
    scene.places.notes.push({ ...noteEdit(block.settled, 'new-declaration', line), ...PASS });
}

function needsClass(wanted: Declaration): boolean {
  return wanted.place === 'member' || (wanted.place === 'either' && TAKES_SELF.test(wanted.signature));
}

/** Whether a new declaration can stand beside this one. */
function suits(neighbour: Declaration | undefined, wanted: Declaration): boolean {
  if (neighbour === undefined) return false;
  if (wanted.place === 'member') return neighbour.place === 'member';
  if (wanted.place === 'statement') return neighbour.place === 'statement';
  const isInClass = neighbour.scope.length > 0;
  return wanted.scope.length > 0 || isInClass === TAKES_SELF.test(wanted.signature);
}

/** A declaration that the reply holds twice counts once; of two versions the one that the file has was only quoted. */
function withoutCopies(
  items: readonly Omit<Item, 'target'>[],
  scene: Scene,
): readonly Omit<Item, 'target'>[] {
  const kept: Omit<Item, 'target'>[] = [];
  for (const item of items) {
    const key = keyOf(item.wanted);
    const at = kept.findIndex((other) => keyOf(other.wanted) === key);
    const other = kept[at];
    if (other === undefined) {
      kept.push(item);
      continue;
    }
    const text = textOf(item.block.piece, item.wanted);
    if (text === textOf(other.block.piece, other.wanted) || isQuoted(item, scene)) continue;
    if (isQuoted(other, scene)) {
      kept[at] = item;
      continue;
    }
    const why = `\`${item.wanted.name}\` stands in the reply twice, with different code.`;
    scene.places.rejections.push(rejectEdit(item.block.settled, 'overlap', why, 'Send it once.'));
  }
  return kept;
}

function keyOf({ scope, name, kind, signature, hasBody }: Declaration): string {
  return JSON.stringify([
    scope,
    name,
    kind,
    hasBody ? '' : signature,
    /^(?:[gs]et|static)\b/.exec(signature)?.[0],
  ]);
}

function textOf(piece: Piece, { lines }: Declaration): string {
  return slice(piece.lines, lines)
    .map((line) => line.trim())
    .join('\n');
}

/** Whether a declaration of the reply is what the file has now, word for word. */
function isQuoted({ block, wanted }: Omit<Item, 'target'>, scene: Scene): boolean {
  const target = findTarget(scene.file, wanted, scene.parser);
  if (target.kind !== 'found') return false;
  const piece = { lines: scene.lines, parsed: scene.file };
  return textOf(piece, target.declaration) === textOf(block.piece, wanted);
}

function refuse(item: Item, target: Extract<Target, { kind: 'refused' }>, scene: Scene): Rejection {
  const settled: SettledEdit = item.block.settled;
  const name = [...item.wanted.scope, item.wanted.name].join('.');
  const rejection = rejectEdit(settled, target.code, `\`${name}\` ${target.why}.`, '');
  return { ...rejection, feedback: tellLines(rejection.feedback, scene.lines, target.lines) };
}

function refuseExports(item: Item): Rejection {
  return rejectEdit(
    item.block.settled,
    'ambiguous',
    `\`${item.wanted.name}\` lists other names than in the file.`,
    `Leave \`${item.wanted.name}\` out if it does not change, or send it with all names.`,
  );
}
