import type { Declaration, ImportStatement, LineSpan, ParsedText, Position } from './types.js';

/** How far positions are off, and how long the lines are that they are in: none leaves them. */
interface Shift {
  lines: number;
  columns: number;
  lengths: readonly number[];
}

/** `parsed` with every position moved. */
export function shiftText(parsed: ParsedText, shift: Shift): ParsedText {
  const span = (lines: LineSpan): LineSpan => ({
    from: clamp(lines.from, shift),
    to: clamp(lines.to, shift),
  });
  return {
    declarations: parsed.declarations.map((each) => shiftDeclaration(each, shift, span)),
    imports: parsed.imports.map((each): ImportStatement => ({
      ...each,
      lines: span(each.lines),
      append: each.append === undefined ? undefined : { ...each.append, ...move(each.append, shift) },
    })),
    statements: parsed.statements.map((each) => ({
      ...each,
      lines: span(each.lines),
      members: each.members.map((member) => shiftDeclaration(member, shift, span)),
    })),
    comments: parsed.comments.map(span),
    faults: parsed.faults.map((each) => ({ ...each, ...move(each, shift) })),
    inString: new Set([...parsed.inString].map((line) => clamp(line, shift))),
  };
}

function shiftDeclaration(each: Declaration, shift: Shift, span: (lines: LineSpan) => LineSpan): Declaration {
  return {
    ...each,
    lines: span(each.lines),
    doc: each.doc && span(each.doc),
    decorators: each.decorators && span(each.decorators),
    head: move(each.head, shift),
    members: each.members.map((member) => shiftDeclaration(member, shift, span)),
  };
}

function move(at: Position, shift: Shift): Position {
  const line = clamp(at.line, shift);
  const length = shift.lengths[line] ?? 0;
  const isBehind = at.line + shift.lines > line;
  return { line, column: isBehind ? length : Math.min(at.column + shift.columns, length) };
}

function clamp(line: number, shift: Shift): number {
  return Math.max(0, Math.min(line + shift.lines, shift.lengths.length - 1));
}

/** `declarations` without the `count` outermost names of their scopes. */
export function withoutScope(declarations: readonly Declaration[], count: number): Declaration[] {
  return declarations.map((each) => ({
    ...each,
    scope: each.scope.slice(count),
    members: withoutScope(each.members, count),
  }));
}
