import { cutOff, type BlockEnd, type Edit, type PlaceHint } from './edit.js';
import { readDiffPath } from './diff-paths.js';
import { changesSomething, readHunkLines } from './hunk-lines.js';

const FILE = /^\s*\*\*\* (Update|Add|Delete) File:\s*(.+?)\s*$/i;
const MOVE = /^\s*\*\*\* Move to:\s*(.+?)\s*$/i;
const FENCING = /^\s*\*\*\* (?:Begin|End) Patch\s*$/i;
const END_OF_FILE = /^\s*\*\*\* End of File\s*$/i;

interface FilePart {
  verb: string;
  path: string;
  moveTo: string | undefined;
  chunks: { sections: string[]; atEnd: boolean; raw: string[] }[];
}

/** Whether a line belongs to the frame of a `*** Begin Patch` reply. */
export function opensBeginPatch(line: string): boolean {
  return (
    line.length > 14 && line.length < 500 && (/^\s*\*\*\* Begin Patch\s*$/i.test(line) || FILE.test(line))
  );
}

export function closesBeginPatch(line: string): boolean {
  return /^\s*\*\*\* End Patch\s*$/i.test(line);
}

/**
 * Reads the `*** Begin Patch` format (grammar: openai/codex apply-patch/src/parser.rs); the frame may be missing, but not
 * its end alone where nothing else closes the patch.
 */
export function readBeginPatch(lines: readonly string[], complete: boolean, end: BlockEnd): Edit[] {
  const parts = splitParts(lines);
  const edits = parts.flatMap((part, at) => readPart(part, complete || at < parts.length - 1));
  const isCut = complete && end !== 'closed' && lines.some(begins) && !lines.some(closesBeginPatch);
  const last = edits.at(-1);
  return isCut && last !== undefined ? [...edits.slice(0, -1), cutOff(last)] : edits;
}

function begins(line: string): boolean {
  return /^\s*\*\*\* Begin Patch\s*$/i.test(line);
}

function splitParts(lines: readonly string[]): FilePart[] {
  const parts: FilePart[] = [];
  for (const line of lines) {
    const part = parts.at(-1);
    const file = line.length < 500 ? FILE.exec(line) : null;
    if (file !== null) {
      parts.push({
        verb: (file[1] ?? '').toLowerCase(),
        path: readDiffPath(file[2] ?? ''),
        moveTo: undefined,
        chunks: [],
      });
      continue;
    }
    if (part === undefined || FENCING.test(line)) continue;
    readPartLine(part, line);
  }
  return parts;
}

function readPartLine(part: FilePart, line: string): void {
  const move = MOVE.exec(line);
  const chunk = part.chunks.at(-1);
  if (move?.[1] !== undefined && chunk === undefined) {
    part.moveTo = readDiffPath(move[1]);
  } else if (END_OF_FILE.test(line)) {
    if (chunk !== undefined) chunk.atEnd = true;
  } else if (line.startsWith('@@')) {
    const text = line.replace(/^@@+\s*/, '').replace(/\s*@@+\s*$/, '');
    if (chunk !== undefined && chunk.raw.length === 0) chunk.sections.push(text);
    else part.chunks.push({ sections: text === '' ? [] : [text], atEnd: false, raw: [] });
  } else if (chunk === undefined) {
    part.chunks.push({ sections: [], atEnd: false, raw: [line] });
  } else {
    chunk.raw.push(line);
  }
}

function readPart(part: FilePart, complete: boolean): Edit[] {
  const base = { format: 'begin-patch' as const, path: part.path, complete };
  if (part.verb === 'delete') return [{ ...base, kind: 'delete', lines: undefined }];
  if (part.verb === 'add') return [readAddition(part, base)];
  const edits: Edit[] = [];
  if (part.moveTo !== undefined) edits.push({ ...base, kind: 'rename', from: part.path, path: part.moveTo });
  const chunks = part.chunks
    .map((chunk) => ({ chunk, readings: readHunkLines(chunk.raw) }))
    .filter(({ readings }) => readings.some(changesSomething));
  for (const { chunk, readings } of chunks) {
    const hint: PlaceHint = {};
    const line = /^-(\d{1,9})/.exec(chunk.sections[0] ?? '');
    if (line !== null) hint.line = Number(line[1]);
    else if (chunk.sections.length > 0) hint.sections = chunk.sections;
    if (chunk.atEnd) hint.atEnd = true;
    const isComplete = complete || chunk !== part.chunks.at(-1);
    edits.push({ ...base, kind: 'replace', readings, hint, complete: isComplete, oldIsComplete: isComplete });
  }
  if (edits.length > 0) return edits;
  return [
    {
      ...base,
      kind: 'broken',
      problem: 'The patch has no line that starts with + or -.',
      advice: 'Start each new line with + and each old line with -.',
    },
  ];
}

function readAddition(
  part: FilePart,
  base: { format: 'begin-patch'; path: string; complete: boolean },
): Edit {
  const raw = part.chunks.flatMap((chunk) => chunk.raw);
  while (raw.at(-1) === '') raw.pop();
  const signed = raw.filter((line) => line.startsWith('+')).length;
  const blank = raw.filter((line) => line === '').length;
  if (signed > 0 && signed + blank < raw.length) {
    return {
      ...base,
      kind: 'broken',
      problem: 'A new file has lines that do not start with +.',
      advice: 'Start every line of a new file with +.',
    };
  }
  const lines = raw.map((line) => (line.startsWith('+') ? line.slice(1) : line));
  return { ...base, kind: 'create', lines, finalNewline: true };
}
