import { isDeepStrictEqual } from 'node:util';
import { isAlias, isMap, isScalar, isSeq, parseDocument, Scalar, stringify } from 'yaml';
import type { Pair, ParsedNode, YAMLMap } from 'yaml';
import { EXIT, NexusError } from '../errors.js';
import { parseYaml } from './read-yaml.js';
import { toPlain } from './yaml-value.js';

type Role = 'overseer' | 'coder';

/** A stretch of the text that is replaced; nothing else is touched. */
interface Splice {
  from: number;
  to: number;
  text: string;
}

/** What the text of a `.nexus.yml` is made into, one stretch of it. */
interface Target {
  body: string;
  role: string;
  /** Which name of a list; undefined where `model:` has a single one. */
  index: number | undefined;
  /** Of the file, `\n` where it has none yet. */
  lineEnd: string;
}

/** Writes the name of the model; `old` is what stands in its place now. */
type Spell = (old: unknown) => string;

const BYTE_ORDER_MARK = '\uFEFF';

/**
 * The text of a valid `.nexus.yml` with another model for one role; every other character stays as it is: comments, line
 * ends, byte order mark, quotes, the missing end of the last line. What comes out says exactly what went in but for that
 * model, or nothing comes out. Of a list the first name is replaced; a model further down changes places with it.
 * @throws NexusError `config-not-editable` where the role cannot be changed by itself (an alias, an anchor that others use)
 */
export function setRoleModel(text: string, role: Role, model: string): string {
  const { model: current } = toMapping(describe(withoutMark(text))[role]);
  if (!Array.isArray(current)) return current === model ? text : setName(text, role, undefined, model);
  const [first, ...others]: unknown[] = current;
  if (first === model || typeof first !== 'string') return text;
  const at = others.indexOf(model) + 1;
  return setName(at === 0 ? text : setName(text, role, at, first), role, 0, model);
}

function setName(text: string, role: Role, index: number | undefined, model: string): string {
  const body = withoutMark(text);
  const mark = text.slice(0, text.length - body.length);
  const wanted = describe(body);
  const { model: current, ...others } = toMapping(wanted[role]);
  wanted[role] = { ...others, model: index === undefined ? model : toList(current).with(index, model) };
  const target: Target = { body, role, index, lineEnd: /\r?\n/.exec(body)?.[0] ?? '\n' };
  const { contents } = parseDocument(body, { uniqueKeys: false, prettyErrors: false });
  // As the file would write it first; in quotes where that means something else at that place.
  for (const spell of [(old: unknown) => spellLike(old, model), () => JSON.stringify(model)]) {
    const splice = findSplice(contents, target, spell);
    if (splice === undefined) break;
    const next = body.slice(0, splice.from) + splice.text + body.slice(splice.to);
    if (isDeepStrictEqual(describe(next), wanted)) return mark + next;
  }
  throw notEditable(role, model);
}

function withoutMark(text: string): string {
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text;
}

/** What a text says, without its positions; of one with mistakes something that equals nothing else. */
function describe(body: string): Record<string, unknown> {
  const { root, problems } = parseYaml(body);
  // A copy has the usual prototypes, which a comparison looks at, too.
  const values = toMapping(structuredClone(root === undefined ? undefined : toPlain(root)));
  return problems.length === 0 ? values : { problems };
}

function toMapping(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function toList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Undefined: there is no place for it. */
function findSplice(contents: ParsedNode | null, target: Target, spell: Spell): Splice | undefined {
  if (contents === null || (isScalar(contents) && contents.source === '')) {
    return appendRole(target, '', spell);
  }
  if (!isMap(contents)) return undefined;
  const pair = findPair(contents, target.role);
  if (pair !== undefined) return editRole(pair, contents, target, spell);
  if (contents.flow === true)
    return insertInBraces(target.body, contents, `${target.role}: { model: ${spell(undefined)} }`);
  return appendRole(target, indentOf(target.body, contents), spell);
}

function findPair(map: YAMLMap.Parsed, key: string): Pair<ParsedNode, ParsedNode | null> | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

/** A new mapping at the end, before a mark that ends the document. */
function appendRole({ body, role, lineEnd }: Target, indent: string, spell: Spell): Splice {
  const at = /^\.\.\.(?=\s|$)/m.exec(body)?.index ?? body.length;
  const before = body.slice(0, at);
  const isOpen = before !== '' && !before.endsWith('\n');
  const lines = `${indent}${role}:${lineEnd}${indent}  model: ${spell(undefined)}`;
  return { from: at, to: at, text: isOpen ? lineEnd + lines : lines + lineEnd };
}

function editRole(
  { key, value }: Pair<ParsedNode, ParsedNode | null>,
  root: YAMLMap.Parsed,
  target: Target,
  spell: Spell,
): Splice | undefined {
  const keyEnd = key.range[1];
  const keyIndent = indentOf(target.body, root);
  if (value === null || (isScalar(value) && value.value === null)) {
    const isWritten = value !== null && value.range[1] > value.range[0];
    const inBraces = `{ model: ${spell(undefined)} }`;
    if (isWritten) return { from: value.range[0], to: value.range[1], text: inBraces };
    if (root.flow === true) return insertAfterColon(target.body, keyEnd, inBraces);
    return insertLine(target, keyEnd, `${keyIndent}  `, spell);
  }
  if (!isMap(value)) return undefined;
  const pair = findPair(value, 'model');
  if (pair !== undefined) return replaceModel(pair, target, spell);
  if (value.flow === true) return insertInBraces(target.body, value, `model: ${spell(undefined)}`);
  return insertLine(target, keyEnd, indentOf(target.body, value), spell);
}

function replaceModel(
  { key, value }: Pair<ParsedNode, ParsedNode | null>,
  { body, index, lineEnd }: Target,
  spell: Spell,
): Splice | undefined {
  if (index !== undefined && isSeq(value)) return replaceNode(value.items[index], { body, lineEnd }, spell);
  if (value === null || value.range[0] === value.range[1]) {
    return insertAfterColon(body, key.range[1], spell(undefined));
  }
  return replaceNode(value, { body, lineEnd }, spell);
}

function replaceNode(
  node: ParsedNode | undefined,
  { body, lineEnd }: Pick<Target, 'body' | 'lineEnd'>,
  spell: Spell,
): Splice | undefined {
  if (!isScalar(node) && !isAlias(node)) return undefined;
  const [from, to] = node.range;
  // The text of a block (`|`) has the end of its last line.
  return { from, to, text: spell(node) + (body[to - 1] === '\n' ? lineEnd : '') };
}

/** Right behind the line of the role, so that comments stay with the keys that they stand above. */
function insertLine({ body, lineEnd }: Target, keyEnd: number, indent: string, spell: Spell): Splice {
  const at = keyEnd + (/\r?\n|$/.exec(body.slice(keyEnd))?.index ?? 0);
  return { from: at, to: at, text: `${lineEnd}${indent}model: ${spell(undefined)}` };
}

function insertAfterColon(body: string, keyEnd: number, text: string): Splice {
  const at = body.indexOf(':', keyEnd) + 1;
  return { from: at, to: at, text: ` ${text}` };
}

/** With a blank behind the brace where the file has one. */
function insertInBraces(body: string, map: YAMLMap.Parsed, text: string): Splice {
  const at = map.range[0] + 1;
  if (map.items.length === 0) return { from: at, to: at, text: ` ${text} ` };
  return { from: at, to: at, text: /\s/.test(body[at] ?? '') ? ` ${text},` : `${text}, ` };
}

/** What stands before the first key of a mapping in its line. */
function indentOf(body: string, map: YAMLMap.Parsed): string {
  const at = map.items[0]?.key.range[0] ?? 0;
  return /[^\n]*$/.exec(body.slice(0, at))?.[0].replaceAll(/[^ ]/g, ' ') ?? '';
}

function spellLike(old: unknown, model: string): string {
  const type = isScalar(old) ? old.type : undefined;
  if (type === Scalar.QUOTE_DOUBLE) return JSON.stringify(model);
  if (type === Scalar.QUOTE_SINGLE) return `'${model.replaceAll("'", "''")}'`;
  return stringify(model, { lineWidth: 0 }).trimEnd();
}

function notEditable(role: string, model: string): NexusError {
  return new NexusError({
    code: 'config-not-editable',
    message: `The model of \`${role}:\` in .nexus.yml cannot be changed without changing something else: it is written with an alias, an anchor or in another unusual way.`,
    remedy: `Write \`model: ${JSON.stringify(model)}\` under \`${role}:\` by hand.`,
    exitCode: EXIT.config,
  });
}
