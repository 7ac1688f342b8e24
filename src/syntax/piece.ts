import type { Profile } from './profile.js';
import { shiftDeclarations, shiftText } from './shift.js';
import type { Declaration, ParsedText } from './types.js';

type Parse = (text: string) => ParsedText | undefined;

/**
 * Reads a piece of a file: as a file, and if that leaves faults or finds no declaration, as members of a class or
 * object. A piece that is indented as a whole is read without its indentation. Positions are those of `text`.
 */
export function readPiece(text: string, profile: Profile, parse: Parse): ParsedText | undefined {
  const indent = commonIndent(text);
  const dedented = indent === 0 ? text : dedent(text, indent);
  const readings = [parse(dedented)];
  const asFile = readings[0];
  if (asFile === undefined) return undefined;
  if (!isGood(asFile)) for (const frame of profile.frames) readings.push(readFramed(dedented, frame, parse));
  const best = choose(readings.filter((each) => each !== undefined)) ?? asFile;
  return indent === 0 ? best : shiftText(best, { lines: 0, columns: indent });
}

function isGood(parsed: ParsedText): boolean {
  return parsed.faults.length === 0 && (parsed.declarations.length > 0 || parsed.imports.length > 0);
}

/** The first good one, else the first without faults, else the one with the fewest. */
function choose(readings: readonly ParsedText[]): ParsedText | undefined {
  const fewest = Math.min(...readings.map((each) => each.faults.length));
  return readings.find(isGood) ?? readings.find((each) => each.faults.length === fewest);
}

function readFramed(
  text: string,
  frame: { before: string; after: string },
  parse: Parse,
): ParsedText | undefined {
  const framed = parse(`${frame.before}\n${text}\n${frame.after}`);
  if (framed === undefined) return undefined;
  const around = framed.declarations[0]?.members ?? framed.statements[0]?.members ?? [];
  const last = text.split('\n').length;
  const inner: ParsedText = {
    ...framed,
    declarations: around.map((each) => asMember(each)),
    imports: [],
    statements: [],
    comments: framed.comments.filter((each) => each.from > 0 && each.to <= last),
  };
  return shiftText(
    {
      ...inner,
      declarations: shiftDeclarations(inner.declarations, {
        dropScope: framed.declarations.length > 0 ? 1 : 0,
      }),
    },
    { lines: -1, columns: 0, last: last - 1 },
  );
}

function asMember(declaration: Declaration): Declaration {
  return { ...declaration, place: 'member' };
}

/** How many characters of white space all lines with text begin with, and the same ones. */
function commonIndent(text: string): number {
  let common: string | undefined;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const indent = /^[ \t]*/u.exec(line)?.[0] ?? '';
    if (common === undefined) common = indent;
    while (!indent.startsWith(common)) common = common.slice(0, -1);
    if (common === '') return 0;
  }
  return common?.length ?? 0;
}

function dedent(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => (line.trim() === '' ? line.trimStart() : line.slice(width)))
    .join('\n');
}
