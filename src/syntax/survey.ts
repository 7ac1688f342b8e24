import type { Tree, TreeCursor } from 'web-tree-sitter';

import type { Profile } from './profile.js';
import { bury } from './runtime.js';
import {
  beginsLine,
  type Comment,
  countUpTo,
  findLineStarts,
  lineAt,
  linesOf,
  type Source,
} from './source.js';
import type { SyntaxFault } from './types.js';

/** What one walk over the whole tree tells. */
export interface Survey {
  source: Source;
  faults: SyntaxFault[];
  inString: Set<number>;
}

const MOST_FAULTS = 20;

/**
 * Finds the comments, the faults and the lines that begin inside a string. Nodes on one line are entered only where
 * they are faulty or hold what may be a comment, so that the walk costs little however long a line is; it keeps no
 * stack, so that depth costs nothing.
 */
export function surveyTree(tree: Tree, text: string, profile: Profile): Survey {
  const starts = findLineStarts(text);
  const openers = [...text.matchAll(profile.openers)].map((match) => match.index);
  const comments: Comment[] = [];
  const faults: SyntaxFault[] = [];
  const inString = new Set<number>();
  const source: Source = { text, starts, comments };
  const cursor = tree.walk();
  const faulty = tree.rootNode.hasError;

  const parents: string[] = [];
  function visit(): boolean {
    const type = cursor.nodeType;
    const start = cursor.startIndex;
    const end = cursor.endIndex;
    if (profile.comments.has(type)) {
      comments.push(readComment(source, start, end));
      return false;
    }
    const from = lineAt(starts, start);
    const to = lineAt(starts, end);
    if (faulty && faults.length < MOST_FAULTS && (type === 'ERROR' || cursor.nodeIsMissing)) {
      const missing = cursor.nodeIsMissing ? type : undefined;
      faults.push({ line: from, column: start - (starts[from] ?? 0), missing });
    }
    if (profile.interpolations.has(type))
      for (let line = from + 1; line <= to; line += 1) inString.delete(line);
    if (profile.strings.has(type) && profile.isDocString?.(parents.at(-1)) !== true)
      for (let line = from + 1; line <= to; line += 1) inString.add(line);
    if (from < to || countUpTo(openers, end - 1) > countUpTo(openers, start - 1)) return true;
    return faulty && faults.length < MOST_FAULTS && /^\w/u.test(type) && cursor.currentNode.hasError;
  }
  try {
    walk(cursor, visit, parents);
  } catch (error) {
    bury(cursor);
    throw error;
  }
  cursor.delete();
  return { source, faults, inString };
}

function walk(cursor: TreeCursor, visit: () => boolean, parents: string[]): void {
  for (;;) {
    const type = cursor.nodeType;
    if (visit() && cursor.gotoFirstChild()) {
      parents.push(type);
      continue;
    }
    while (!cursor.gotoNextSibling()) {
      if (!cursor.gotoParent()) return;
      parents.pop();
    }
  }
}

function readComment(source: Source, start: number, nodeEnd: number): Comment {
  const written = source.text.slice(start, nodeEnd).trimEnd();
  const end = start + written.length;
  const lines = linesOf(source, start, end);
  const lineEnd = source.starts[lines.to + 1] ?? source.text.length;
  const alone = beginsLine(source, start) && source.text.slice(end, lineEnd).trim() === '';
  return { start, end, lines, style: /^(?:\/\/[/!]?|\/\*[*!]?|#!|#)/u.exec(written)?.[0] ?? '', alone };
}
