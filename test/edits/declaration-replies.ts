import type { Declaration, ParsedText, SourceParser } from '../../src/syntax/types.js';

/** A reply that holds one declaration of a file, changed by one line, and what the file must then be. */
export interface DeclarationReply {
  name: string;
  kind: ReplyKind;
  reply: string;
  expected: string;
}

/** How the declaration is written. */
export type ReplyKind =
  | 'as it stands'
  | 'in its class'
  | 'without indentation'
  | 'with only its first line moved'
  | 'with another step'
  | 'with tabs'
  | 'without its doc comment'
  | 'without export'
  | 'with export'
  | 'unchanged';

const REMARK: Readonly<Record<string, string>> = { Python: '  # changed' };
const SCRIPT = /^(?:JavaScript|TypeScript|TSX)$/;

/**
 * Replies of all kinds for the declarations of a text that other code can see, `most` of them at most, taken evenly from
 * its start to its end.
 */
export function writeReplies(
  path: string,
  text: string,
  parser: SourceParser,
  most = Infinity,
): DeclarationReply[] {
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const parsed = parser.parse(text);
  if (parsed === undefined || parsed.faults.length > 0) return [];
  const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
  const replies: DeclarationReply[] = [];
  const all = listAll(parsed).filter(({ declaration }) => !declaration.isLocal && declaration.hasOwnLines);
  const step = Math.max(1, all.length / most);
  for (let at = Math.floor(step / 2); at < all.length; at += step) {
    const { declaration, holder } = all[Math.floor(at)] ?? {};
    if (declaration === undefined) continue;
    replies.push(...writeKinds(path, lines, parsed, declaration, holder, parser));
  }
  return replies.map((reply) => ({ ...reply, expected: reply.expected.replace(/\n/g, end) }));
}

function listAll(parsed: ParsedText): { declaration: Declaration; holder: Declaration | undefined }[] {
  const all: { declaration: Declaration; holder: Declaration | undefined }[] = [];
  const visit = (declarations: readonly Declaration[], holder: Declaration | undefined) => {
    for (const declaration of declarations) {
      all.push({ declaration, holder });
      visit(declaration.members, declaration);
    }
  };
  visit(parsed.declarations, undefined);
  return all;
}

function writeKinds(
  path: string,
  lines: readonly string[],
  parsed: ParsedText,
  declaration: Declaration,
  holder: Declaration | undefined,
  parser: SourceParser,
): DeclarationReply[] {
  const { from, to } = declaration.lines;
  const docFrom = declaration.doc?.from ?? from;
  const remark = REMARK[parser.language] ?? ' // changed';
  const middle = Math.max(declaration.head.line, Math.floor((from + to) / 2));
  const at = lines.findIndex((line, index) => index >= middle && line.trim() !== '');
  const changed = lines.map((line, index) => (index === at ? line + remark : line));
  const expected = changed.join('\n');
  if ((parser.parse(expected)?.faults.length ?? 1) > 0) return [];
  const block = changed.slice(docFrom, to + 1);
  const bare = changed.slice(from, to + 1);
  const inString = (index: number) => parsed.inString.has(docFrom + index);
  const head = lines[declaration.head.line] ?? '';
  const indent = /^[ \t]*/.exec(head)?.[0] ?? '';
  const name = [...declaration.scope, declaration.name].join('.');
  const write = (kind: ReplyKind, code: readonly string[], becomes = expected): DeclarationReply => ({
    name,
    kind,
    reply: `${path}\n\`\`\`\`\`\`\n${code.join('\n')}\n\`\`\`\`\`\`\n`,
    expected: becomes,
  });
  const replies = [
    write('as it stands', block),
    write('unchanged', lines.slice(docFrom, to + 1), lines.join('\n')),
  ];
  const step = stepOf(lines);
  if (step > 0) {
    replies.push(write('with another step', restep(block, step, step === 4 ? '  ' : '    ', inString)));
    replies.push(write('with tabs', restep(block, step, '\t', inString)));
  }
  if (declaration.doc !== undefined && at >= from) replies.push(write('without its doc comment', bare));
  if (indent !== '') {
    const dedented = block.map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
    replies.push(write('without indentation', dedented));
    if (from === declaration.head.line)
      replies.push(
        write('with only its first line moved', [bare[0]?.slice(indent.length) ?? '', ...bare.slice(1)]),
      );
  }
  const wrapped = holder === undefined ? undefined : wrap(lines, holder, block, parser);
  if (wrapped !== undefined) replies.push(write('in its class', wrapped));
  if (holder === undefined && SCRIPT.test(parser.language))
    replies.push(...writeExports(lines, parsed, declaration));
  return replies;

  function writeExports(all: readonly string[], { statements }: ParsedText, { visibility }: Declaration) {
    const row = declaration.head.line - docFrom;
    const rest = head.slice(declaration.head.column);
    const swap = (by: string) =>
      block.map((line, index) => (index === row ? by + line.slice(declaration.head.column) : line));
    if (visibility === 'export ') return [write('without export', swap(''))];
    const isModule =
      statements.some(({ text: one }) => one.startsWith('export')) ||
      all.some((line) => /^(?:import|export) /.test(line));
    const isListed = statements.some(
      ({ text: one }) => /^export ?\{/.test(one) && one.split(/[^\w$]+/).includes(declaration.name),
    );
    if (
      visibility !== '' ||
      declaration.head.column > 0 ||
      declaration.kind === 'assignment' ||
      /^declare\b/.test(rest)
    )
      return [];
    const withExport = changed.map((line, index) =>
      index === declaration.head.line ? `export ${line}` : line,
    );
    return [write('with export', swap('export '), isModule && !isListed ? withExport.join('\n') : expected)];
  }
}

/** Spaces for a step in most places of a text; 0 where it has tabs or shows none. */
function stepOf(lines: readonly string[]): number {
  const counts = new Map<number, number>();
  for (const [at, line] of lines.entries()) {
    if (line.startsWith('\t')) return 0;
    const width = (text: string) => /^ */.exec(text)?.[0].length ?? 0;
    const step = width(lines[at + 1] ?? '') - width(line);
    if (/[{:]$/.test(line) && step > 0) counts.set(step, (counts.get(step) ?? 0) + 1);
  }
  const most = [...counts].sort((one, other) => other[1] - one[1])[0]?.[0] ?? 0;
  return most === 2 || most === 4 ? most : 0;
}

/** Each step of the text's written otherwise. */
function restep(
  block: readonly string[],
  unit: number,
  step: string,
  inString: (index: number) => boolean,
): string[] {
  return block.map((line, index) => {
    const own = /^ */.exec(line)?.[0].length ?? 0;
    if (inString(index) || line.trim() === '') return line;
    return step.repeat(Math.floor(own / unit)) + ' '.repeat(own % unit) + line.slice(own);
  });
}

/** A member within the first line and the last of what holds it; undefined where those are not plain. */
function wrap(
  lines: readonly string[],
  holder: Declaration,
  block: readonly string[],
  { byIndentation }: SourceParser,
): string[] | undefined {
  if (holder.isLocal || holder.kind === 'value' || holder.kind === 'assignment') return undefined;
  const open = lines.slice(holder.head.line, holder.lines.to).findIndex((line) => /[{:]\s*$/.test(line));
  const first = holder.members[0];
  if (open !== 0 || first === undefined) return undefined;
  const headEnd = holder.head.line + open;
  if (headEnd >= (first.doc?.from ?? first.lines.from)) return undefined;
  const head = lines.slice(holder.lines.from, headEnd + 1);
  return byIndentation ? [...head, ...block] : [...head, ...block, lines[holder.lines.to] ?? ''];
}
