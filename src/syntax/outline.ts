import type { Node, Tree } from 'web-tree-sitter';

import { declarationsOf, findWithin, present, type Surroundings } from './declarations.js';
import { type FoundImport, type Profile, pushAll } from './profile.js';
import {
  beginsLine,
  type Comment,
  endOf,
  endsLine,
  linesOf,
  positionAt,
  type Source,
  squeeze,
} from './source.js';
import { findStrayComments } from './stray-comments.js';
import { surveyTree } from './survey.js';
import type { Declaration, ImportStatement, ParsedText, Statement } from './types.js';

const OUTERMOST = { scope: [], isLocal: false, depth: 0 };

/** Reads a tree of `text`: its declarations, imports and statements in the order of the text, comments and faults. */
export function readOutline(tree: Tree, text: string, profile: Profile): ParsedText {
  const { source, faults, inString } = surveyTree(tree, text, profile);
  const place: Surroundings = {
    profile,
    source,
    commentEnding: indexByLastLine(source.comments),
    docs: new Map(),
    signatures: new Map(),
  };
  const declarations: Declaration[] = [];
  const imports: ImportStatement[] = [];
  const statements: Statement[] = [];

  const open: { node: Node; sound: boolean }[] = [];
  const push = (nodes: readonly Node[], sound: boolean) =>
    pushAll(open, nodes.map((node) => ({ node, sound })).toReversed());
  push(tree.rootNode.children, !tree.rootNode.isError);
  let leading: Node[] = [];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, sound } = next;
    if (!node.isNamed || profile.comments.has(node.type)) continue;
    if (profile.leading.has(node.type)) {
      leading.push(node);
      continue;
    }
    if (node.isError) {
      push(node.children, false);
      continue;
    }
    const reading = profile.read(node, leading, 'top', source);
    const first = leading[0] ?? node;
    leading = [];
    if (reading.is === 'declarations') pushAll(declarations, declarationsOf(reading.found, OUTERMOST, place));
    else if (reading.is === 'import') imports.push(toImport(reading.import, first, node, source));
    else if (reading.is === 'inside') push(present(reading.nodes), sound);
    else if (reading.is === 'statement' && sound) statements.push(toStatement(first, node, place));
  }
  const comments = findStrayComments(source.comments, { declarations, imports, statements });
  return { declarations, imports, statements, comments, faults, inString };
}

function indexByLastLine(comments: readonly Comment[]): Map<number, Comment> {
  return new Map(comments.filter((comment) => comment.alone).map((comment) => [comment.lines.to, comment]));
}

function toImport(found: FoundImport, first: Node, last: Node, source: Source): ImportStatement {
  const start = first.startIndex;
  const end = endOf(source.text, last);
  const { append } = found;
  return {
    lines: linesOf(source, start, end),
    hasOwnLines: beginsLine(source, start) && endsLine(source, end),
    text: source.text.slice(start, end),
    group: found.group,
    names: found.names,
    append:
      append === undefined ? undefined : { ...positionAt(source, append.behind), before: append.before },
  };
}

function toStatement(first: Node, last: Node, place: Surroundings): Statement {
  const { source } = place;
  const end = endOf(source.text, last);
  return {
    lines: linesOf(source, first.startIndex, end),
    text: squeeze(source, first.startIndex, end),
    members: findWithin([last], OUTERMOST, place),
  };
}
