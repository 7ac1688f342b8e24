import type { Node } from 'web-tree-sitter';

import { type Found, type Profile, pushAll } from './profile.js';
import { beginsLine, endOf, endsLine, linesOf, positionAt, type Source, squeeze } from './source.js';
import type { Comment } from './source.js';
import type { Declaration, DeclarationKind, LineSpan } from './types.js';

/** Deeper declarations within declarations than any person writes; text nested further is left alone. */
const DEEPEST = 40;

/** What the building of declarations needs of the text around them. */
export interface Surroundings {
  profile: Profile;
  source: Source;
  /** Comments that stand alone, by their last line. */
  commentEnding: ReadonlyMap<number, Comment>;
  /** Docs found so far by the line that they stand above. */
  docs: Map<number, LineSpan | undefined>;
  /** Signatures found so far by where they begin and end. */
  signatures: Map<string, string>;
}

/** Where declarations stand. */
export interface Around {
  scope: readonly string[];
  isLocal: boolean;
  depth: number;
}

/** Turns what a language's file found into the contract's value, with everything inside. */
function toDeclaration(found: Found, around: Around, place: Surroundings): Declaration | undefined {
  const { source } = place;
  const start = found.first.startIndex;
  const end = endOf(source.text, found.last);
  const lines = linesOf(source, start, end);
  const scope = [...around.scope, ...(found.under ?? [])];
  const members = membersOf(found, { ...around, scope: [...scope, ...(found.inner ?? [found.name])] }, place);
  if (found.forMembers === true && members.length === 0) return undefined;
  const head = positionAt(source, found.head);
  const visibility = found.visibleFrom === undefined ? '' : source.text.slice(found.visibleFrom, found.head);
  return {
    name: found.name,
    kind: found.kind,
    scope,
    isLocal: around.isLocal,
    lines,
    doc: docOf(lines, start, place),
    decorators: ownDecorators(found, head.line, source),
    head,
    visibility,
    hasOwnLines: found.shared !== true && beginsLine(source, start) && endsLine(source, end),
    hasBody: found.hasBody,
    place: found.place,
    signature: signatureOf(found, end, place),
    arity: found.arity ?? arityOf(found.parameters),
    members,
  };
}

function membersOf(found: Found, around: Around, place: Surroundings): Declaration[] {
  if (around.depth >= DEEPEST) return [];
  const within = { ...around, depth: around.depth + 1 };
  const members = present(found.members ?? []).flatMap((node) =>
    readMembers(node, found.kind, within, place),
  );
  const locals = present(found.locals ?? []).flatMap((node) =>
    findWithin([node], { ...within, isLocal: true }, place),
  );
  return [...members, ...locals];
}

/** The declarations among the children of a class body, an object or anything else that holds members. */
function readMembers(
  container: Node,
  kind: DeclarationKind,
  around: Around,
  place: Surroundings,
): Declaration[] {
  const { profile, source } = place;
  const members: Declaration[] = [];
  const open: Node[] = container.children.toReversed();
  let leading: Node[] = [];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (!node.isNamed || profile.comments.has(node.type)) continue;
    if (profile.leading.has(node.type)) {
      leading.push(node);
      continue;
    }
    const reading = profile.read(node, leading, kind === 'namespace' ? 'top' : 'members', source);
    leading = [];
    if (reading.is === 'declarations') pushAll(members, declarationsOf(reading.found, around, place));
    else if (reading.is === 'inside') pushAll(open, present(reading.nodes).toReversed());
    else if (reading.is === 'statement') pushAll(members, findWithin([node], around, place));
  }
  return members;
}

export function declarationsOf(found: readonly Found[], around: Around, place: Surroundings): Declaration[] {
  return found.map((each) => toDeclaration(each, around, place)).filter((each) => each !== undefined);
}

/**
 * Functions, classes and objects of functions anywhere within `nodes`, in the order of the text; not within one
 * another: those are members. What goes over one line only is not looked into.
 */
export function findWithin(nodes: readonly Node[], around: Around, place: Surroundings): Declaration[] {
  const { profile, source } = place;
  const all: Declaration[] = [];
  const open = nodes.map((node) => ({ node, isLocal: around.isLocal, leading: [] as Node[] })).toReversed();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, leading } = next;
    const isLocal = next.isLocal || profile.callables.has(node.type);
    const reading = profile.read(node, leading, 'locals', source);
    if (reading.is === 'declarations') {
      const found = reading.found.filter(isCallableOrHoldsSome);
      pushAll(all, declarationsOf(found, { ...around, isLocal }, place));
      if (found.length > 0) continue;
    }
    if (node.startPosition.row === node.endPosition.row) continue;
    let before: Node[] = [];
    const children: typeof open = [];
    for (const child of node.children) {
      if (!child.isNamed || profile.comments.has(child.type)) continue;
      if (profile.leading.has(child.type)) before.push(child);
      else {
        children.push({ node: child, isLocal, leading: before });
        before = [];
      }
    }
    pushAll(open, children.toReversed());
  }
  return all;
}

function isCallableOrHoldsSome(found: Found): boolean {
  if (found.kind !== 'value' && found.kind !== 'assignment') return true;
  return found.parameters !== undefined || found.arity !== undefined || found.forMembers === true;
}

export function present(nodes: readonly (Node | null)[]): Node[] {
  return nodes.filter((node) => node !== null);
}

/** Looked for once per line, however many declarations begin on it. */
function docOf(lines: LineSpan, start: number, place: Surroundings): LineSpan | undefined {
  if (!place.docs.has(lines.from)) place.docs.set(lines.from, docAbove(lines, start, place));
  return place.docs.get(lines.from);
}

/** The comment lines right above, of one style; in Python at the same indentation. A shebang is nobody's. */
function docAbove(
  lines: LineSpan,
  start: number,
  { commentEnding, profile, source }: Surroundings,
): LineSpan | undefined {
  let from = lines.from;
  let style: string | undefined;
  for (;;) {
    const above = commentEnding.get(from - 1);
    if (above === undefined || (style !== undefined && above.style !== style)) break;
    if (above.start === 0 && above.style === '#!') break;
    if (profile.isInnerComment?.(source.text.slice(above.start, above.end)) === true) break;
    if (profile.byIndentation && columnOf(source, above.start) !== columnOf(source, start)) break;
    style = above.style;
    from = above.lines.from;
  }
  return style === undefined ? undefined : { from, to: lines.from - 1 };
}

function columnOf(source: Source, index: number): number {
  return positionAt(source, index).column;
}

/** Decorators on lines above the rest of the declaration. */
function ownDecorators(found: Found, headLine: number, source: Source): LineSpan | undefined {
  const first = found.decorators?.[0];
  const last = found.decorators?.at(-1);
  if (first === undefined || last === undefined || first.startIndex !== found.first.startIndex)
    return undefined;
  const lines = linesOf(source, first.startIndex, endOf(source.text, last));
  const rest = found.visibleFrom === undefined ? headLine : positionAt(source, found.visibleFrom).line;
  return lines.to < rest ? lines : undefined;
}

/** The same for all names of a statement, which may be many. */
function signatureOf(found: Found, end: number, { source, signatures }: Surroundings): string {
  const to = found.body?.startIndex ?? end;
  const key = `${found.first.startIndex} ${found.head} ${to}`;
  const known = signatures.get(key);
  if (known !== undefined) return known;
  const decorators = (found.decorators ?? []).map((node) => squeeze(source, node.startIndex, node.endIndex));
  const signature = [...decorators, withoutEnd(squeeze(source, found.head, to))].join(' ');
  signatures.set(key, signature);
  return signature;
}

/** A regular expression for this would try every `=` of a long row of them. */
function withoutEnd(head: string): string {
  let end = head.length;
  while (end > 0 && ' ;:{=,'.includes(head.charAt(end - 1))) end -= 1;
  return head.slice(0, end);
}

function arityOf(parameters: Node | null | undefined): number | undefined {
  if (parameters === undefined || parameters === null) return undefined;
  return parameters.children.filter(
    (child) => child.isNamed && !child.isExtra && !NO_PARAMETER.has(child.type),
  ).length;
}

/** Named nodes among parameters that are none: Python's `/` and `*`, Rust's `self` counts. */
const NO_PARAMETER = new Set(['keyword_separator', 'positional_separator', 'attribute_item', 'ERROR']);
