import type { Comment } from './source.js';
import type { Declaration, LineSpan, ParsedText } from './types.js';

/** Kinds of declaration among whose members a comment can stand by itself. */
const HOLDERS = new Set(['class', 'type', 'namespace']);

/**
 * The comments that stand alone at the top of the file or among the members of a class and are nobody's doc; those of
 * one style without a blank line between count as one.
 */
export function findStrayComments(
  comments: readonly Comment[],
  { declarations, imports, statements }: Pick<ParsedText, 'declarations' | 'imports' | 'statements'>,
): LineSpan[] {
  const taken: LineSpan[] = [...imports, ...statements].map((each) => each.lines);
  collectTaken(declarations, taken);
  const inOrder = taken.toSorted((a, b) => a.from - b.from);
  const stray: { lines: LineSpan; style: string }[] = [];
  let next = 0;
  let reach = -1;
  for (const comment of comments) {
    if (!comment.alone) continue;
    for (; (inOrder[next]?.from ?? Infinity) <= comment.lines.from; next += 1)
      reach = Math.max(reach, inOrder[next]?.to ?? -1);
    if (comment.lines.from <= reach) continue;
    const last = stray.at(-1);
    if (last !== undefined && last.lines.to === comment.lines.from - 1 && last.style === comment.style)
      last.lines.to = comment.lines.to;
    else stray.push({ lines: { ...comment.lines }, style: comment.style });
  }
  return stray.map(({ lines }) => lines);
}

/** Lines in which a comment is no stray: docs, and declarations up to where members can begin. */
function collectTaken(declarations: readonly Declaration[], taken: LineSpan[]): void {
  for (const declaration of declarations) {
    if (declaration.doc !== undefined) taken.push(declaration.doc);
    const first = declaration.members[0];
    if (!HOLDERS.has(declaration.kind) || first === undefined) taken.push(declaration.lines);
    else {
      taken.push({ from: declaration.lines.from, to: declaration.head.line });
      collectTaken(declaration.members, taken);
    }
  }
}
