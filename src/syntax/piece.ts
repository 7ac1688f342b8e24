import type { Frame, Profile } from './profile.js';
import { shiftText, withoutScope } from './shift.js';
import type { Declaration, ImportStatement, ParsedText } from './types.js';

type Parse = (text: string) => ParsedText | undefined;

/**
 * Reads a piece of a file: as a file, and if that leaves faults or finds no declaration, as members of a class or
 * object. A piece that is indented as a whole is read without its indentation. Positions are those of `text`.
 */
export function readPiece(text: string, profile: Profile, parse: Parse): ParsedText | undefined {
  const indent = commonIndent(text);
  const dedented = indent === 0 ? text : dedent(text, indent);
  const asFile = parse(dedented);
  if (asFile === undefined) return undefined;
  const best = isGood(asFile) ? asFile : chooseReading(dedented, asFile, profile, parse);
  return indent === 0 ? best : shiftText(best, { lines: 0, columns: indent, lengths: lengthsOf(text) });
}

function isGood(parsed: ParsedText): boolean {
  return parsed.faults.length === 0 && (parsed.declarations.length > 0 || parsed.imports.length > 0);
}

/**
 * The first reading without faults; statements that are sound as they stand (`count = 1;`) are members only if they
 * are nothing but methods. Else the reading with the fewest faults.
 */
function chooseReading(text: string, asFile: ParsedText, profile: Profile, parse: Parse): ParsedText {
  let best = asFile;
  const rest = blank(text, asFile.imports);
  const isSound = asFile.faults.length === 0;
  for (const frame of profile.frames) {
    const members = readFramed(rest, frame, parse);
    if (members === undefined) break;
    const framed = { ...members, imports: asFile.imports };
    const fits = framed.declarations.every((each) => fitsMember(each, isSound));
    if (framed.declarations.length > 0 && framed.faults.length === 0 && fits) return framed;
    if (framed.faults.length < best.faults.length) best = framed;
  }
  return best;
}

/** `text` with nothing on the lines of `imports`: those may stand before members, which are then read by themselves. */
function blank(text: string, imports: readonly ImportStatement[]): string {
  if (imports.length === 0) return text;
  const lines = text.split('\n');
  for (const { lines: span } of imports) lines.fill('', span.from, span.to + 1);
  return lines.join('\n');
}

/** `text` as what stands between the lines of `frame`, with its own positions and scopes. */
function readFramed(text: string, frame: Frame, parse: Parse): ParsedText | undefined {
  const framed = parse(`${frame.before}\n${text}\n${frame.after}`);
  if (framed === undefined) return undefined;
  const around = [...framed.declarations, ...framed.statements];
  const members = frame.isGroup === true ? framed.declarations : around.flatMap((each) => each.members);
  const dropScope = framed.declarations.length > 0 && frame.isGroup !== true ? 1 : 0;
  const last = text.split('\n').length;
  const inner: ParsedText = {
    ...framed,
    declarations: withoutScope(members.map(asMember), dropScope),
    imports: [],
    statements: [],
    comments: framed.comments.filter((each) => each.from > 0 && each.to <= last),
  };
  return shiftText(inner, { lines: -1, columns: 0, lengths: lengthsOf(text) });
}

/** `if (a) {}` is a method called `if` where methods may be called so; nobody calls one so. */
const CONTROL = new Set(['if', 'for', 'while', 'switch', 'with', 'catch']);

function fitsMember({ kind, name }: Declaration, isSoundOtherwise: boolean): boolean {
  return !CONTROL.has(name) && (kind === 'method' || !isSoundOtherwise);
}

function lengthsOf(text: string): number[] {
  return text.split('\n').map((line) => line.replace(/\r$/u, '').length);
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
