import type { Declaration, ParsedText, SourceParser } from '../../syntax/types.js';
import { noteEdit } from '../file-result.js';
import { isElision } from '../guards/elision.js';
import type { OpenFile } from '../open-file.js';
import { alignLines } from '../reading/align.js';
import type { MatchPass } from '../types.js';
import type { Change } from './change.js';
import type { NamingContext } from './covers-file.js';
import { mergeExportLists } from './export-lists.js';
import { namesOf } from './file-names.js';
import { collectLeaves, settleCopies, type Leaf, type Scene } from './leaves.js';
import { admitLocals } from './local-function.js';
import { mergeExports } from './merge-exports.js';
import { mergeImports } from './merge-imports.js';
import { placeNew } from './place-new.js';
import { reject, type NamedPlaces, type Placing } from './placing.js';
import type { NamedBlock } from './named-block.js';
import { replaceDeclaration, replaceDoc } from './replace-declaration.js';
import { moveTests } from './test-module.js';
import { introduce, isScript, usesModules, visibilityIn } from './visibility.js';

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
  const names = namesOf(parsed);
  const visibility = visibilityIn(parsed, lines, parser);
  const isKnown = (line: string) => file.index.linesLike(line).length > 0;
  const placing: Placing = { file: parsed, names, lines, parser, context, visibility, places, isKnown };
  placeImports(blocks, file, placing);
  const isOut = leavesOut(placing);
  const entries = blocks.flatMap((block) =>
    block.piece.parsed.declarations.filter((wanted) => !isOut(wanted)).map((wanted) => ({ block, wanted })),
  );
  const { levels, parts, refused } = collectLeaves(entries, placing);
  admitLocals(levels, blocks, placing);
  moveTests(levels, placing);
  for (const { taking, target, block, wanted } of refused)
    reject({ ...taking, block, wanted, lines: [target.head.line] }, placing);
  for (const { leaf, other } of settleCopies(levels, placing)) rejectCopy(leaf, other, placing);
  for (const { block, wanted, target } of parts) {
    const change = replaceDoc(lines, target, block.piece, wanted);
    if (change?.lines.some(({ op }) => op !== ' ') === true) places.changes.push(change);
    places.changes.push(...showClass(target, visibility(wanted, target), lines));
  }
  for (const level of levels) {
    for (const leaf of level.leaves) placeKnown(leaf, placing);
    placeNew(level, placing);
  }
  placeExports(blocks, placing);
  return places;
}

function placeImports(blocks: readonly NamedBlock[], file: OpenFile, placing: Placing): void {
  const { names, parser, places } = placing;
  const pieces = blocks.map(({ piece }) => piece);
  const { changes, clashes } = mergeImports(file, names, pieces, parser);
  places.changes.push(...changes);
  for (const { piece, local, line } of clashes) {
    const block = blocks.find((one) => one.piece === piece);
    if (block === undefined) continue;
    const why = 'is imported by the answer, but it is something else in the file';
    const advice = 'Use what the file has, or import it under another name.';
    reject(
      { code: 'ambiguous', block, wanted: { name: local, scope: [] }, why, advice, lines: [line] },
      placing,
    );
  }
}

/** Lists of exports go behind what they name. */
function placeExports(blocks: readonly NamedBlock[], placing: Placing): void {
  const { names, parser, lines, places } = placing;
  if (!isScript(parser)) return;
  const pieces = blocks.map(({ piece }) => piece);
  const lists = usesModules(names.parsed, lines) ? mergeExportLists(lines, names.parsed, pieces) : [];
  const [first] = blocks;
  if (lists !== 'refused') places.changes.push(...lists);
  else if (first !== undefined) {
    const wanted = { name: 'export default', scope: [] };
    const why = 'gives another thing than in the file';
    const advice = 'Leave lists of exports out if they do not change.';
    const at = findDefault(names.parsed);
    reject(
      { code: 'ambiguous', block: first, wanted, why, advice, lines: at === undefined ? [] : [at] },
      placing,
    );
  }
}

/** The line with the default export of a module. */
function findDefault({ declarations, statements }: ParsedText): number | undefined {
  const declared = declarations.find(({ visibility }) => visibility.includes('default'));
  return declared?.head.line ?? statements.find(({ text }) => text.startsWith('export default'))?.lines.from;
}

/** Exports in the way of CommonJS that a model adds out of habit would break a file that is a module. */
function leavesOut({ names, lines, parser }: Scene): (wanted: Declaration) => boolean {
  const isModule = isScript(parser) && usesModules(names.parsed, lines);
  return ({ name }) => isModule && /^(?:module\.)?exports\b/.test(name) && names.named(name).length === 0;
}

function rejectCopy(leaf: Leaf, { target }: Leaf, placing: Placing): void {
  const lines = target.kind === 'found' ? [target.declaration.head.line] : [];
  leaf.isMute = true;
  const why = 'stands in the answer twice, with different code';
  reject({ code: 'overlap', ...leaf, why, advice: 'Send it once.', lines }, placing);
}

/** What `export default` cannot stand before. */
const NO_DEFAULT = /^(?:const|let|var|enum|type|namespace|declare)\b/;

function placeKnown(leaf: Leaf, placing: Placing): void {
  const { target, wanted, block } = leaf;
  if (target.kind === 'refused') reject({ ...target, block, wanted }, placing);
  if (target.kind !== 'found' || leaf.isMute) return;
  const { declaration } = target;
  const left = placing.context.isOff('elided') ? undefined : findLeftOut(leaf, placing);
  if (left !== undefined) {
    const why = `is sent with "${left}" in place of its code`;
    const advice = `Send \`${wanted.name}\` whole, from its first line to its last.`;
    reject({ code: 'elided', block, wanted, why, advice, lines: headOf(declaration) }, placing);
    return;
  }
  const exported = mergeExports(placing.lines, declaration, block.piece, wanted);
  if (exported === 'kept') return;
  if (exported === 'refused') {
    const why = 'lists more than names, and not the same as in the file';
    const advice = `Leave \`${wanted.name}\` out if it does not change, or send it with all that it has.`;
    reject({ code: 'ambiguous', block, wanted, why, advice, lines: [declaration.head.line] }, placing);
    return;
  }
  const visibility = target.as ?? placing.visibility(wanted, declaration);
  const text = (block.piece.lines[wanted.head.line] ?? '').slice(wanted.head.column);
  if (visibility.includes('default') && NO_DEFAULT.test(text)) {
    const why = 'is the default export of the file, which a constant or a type cannot be';
    const advice = 'Send it as a function or a class.';
    reject({ code: 'ambiguous', block, wanted, why, advice, lines: [declaration.head.line] }, placing);
    return;
  }
  const change = exported ?? replaceDeclaration(placing.lines, declaration, block.piece, wanted, visibility);
  const changes = change.lines.some(({ op }) => op !== ' ');
  if (changes) placing.places.changes.push(change);
  const pass: MatchPass = changes ? 'declaration' : 'already';
  placing.places.notes.push({
    ...noteEdit(block.settled, pass, declaration.head.line + 1),
    format: 'named-declaration',
  });
}

/** A class that the reply shows in part may newly be exported. */
function showClass(target: Declaration, visibility: string, lines: readonly string[]): Change[] {
  if (visibility === target.visibility) return [];
  const { line } = target.head;
  const text = lines[line] ?? '';
  const introduced = introduce(text, target, visibility);
  return [{ from: line, to: line, lines: alignLines([text], [introduced]) }];
}

/** A line that stands for code which nothing fills in, unless the file has it. */
function findLeftOut({ block, wanted }: Leaf, { isKnown }: Placing): string | undefined {
  const { piece } = block;
  for (let at = wanted.lines.from; at <= wanted.lines.to; at += 1) {
    const line = (piece.lines[at] ?? '').trim();
    if (!isElision(line) || piece.parsed.inString.has(at)) continue;
    if (!isKnown(line)) return line.slice(0, 80);
  }
  return undefined;
}

/** The first lines of a declaration, to show them. */
function headOf({ lines, head }: Declaration): number[] {
  return [head.line, head.line + 1, head.line + 2].filter((line) => line <= lines.to);
}
