import { cutOff, type BlockEnd, type Edit, type PlaceHint } from './edit.js';
import { joinDiffPaths, readDiffPath } from './diff-paths.js';
import { changesSomething, readHunkLines } from './hunk-lines.js';

interface Hunk {
  hint: PlaceHint;
  raw: string[];
  /** How many old and new lines the header still announces: believed only to tell content from a header. */
  oldLeft: number;
  newLeft: number;
}

interface Section {
  oldPath?: string;
  newPath?: string;
  renameFrom?: string;
  renameTo?: string;
  isNew: boolean;
  isDeleted: boolean;
  problem?: string;
  hasHeader: boolean;
  /** It changes the mode of the file, or says so. */
  hasMode: boolean;
  hunks: Hunk[];
}

const EXTENDED =
  /^(?:index [0-9a-f]+\.\.|old mode |new mode |similarity index |dissimilarity index |Index: |=================)/;

/**
 * Reads a unified diff as models write them: headers may be missing, wrong or bare, numbers are hints at most.
 * `path` serves hunks without a file header; `complete` is false while the last hunk may still grow, and `end` tells
 * whether something closes the diff.
 */
export function readUnifiedDiff(
  lines: readonly string[],
  path: string | undefined,
  complete: boolean,
  end: BlockEnd,
): Edit[] {
  const sections = splitSections(lines);
  let carried = path;
  const edits = sections.flatMap((section, at) => {
    const own = readSection(section, carried, complete || at < sections.length - 1);
    carried = own.at(-1)?.path ?? carried;
    return own;
  });
  const last = edits.at(-1);
  const isCut = complete && last !== undefined && endsInside(sections.at(-1)?.hunks.at(-1), end);
  return isCut ? [...edits.slice(0, -1), cutOff(last)] : edits;
}

/** Whether a diff that nothing closes stops where more lines are to come, or inside a new one. */
function endsInside(hunk: Hunk | undefined, end: BlockEnd): boolean {
  if (hunk === undefined || end === 'closed') return false;
  const isAdding = hunk.raw.at(-1)?.startsWith('+') === true;
  if (end === 'partial') return isAdding || hunk.newLeft > 0 || hunk.oldLeft > 0;
  return isAdding && hunk.newLeft > 0;
}

function splitSections(lines: readonly string[]): Section[] {
  const sections: Section[] = [];
  let section = newSection();
  const start = () => {
    if (section.hasHeader || section.hunks.length > 0) sections.push(section);
    section = newSection();
  };
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const hunk = section.hunks.at(-1);
    if (/^diff --(?:git|cc) /.test(line)) {
      start();
      section.hasHeader = true;
      readGitLine(section, line);
    } else if (isFileHeader(lines, at, hunk)) {
      if (hunk !== undefined || section.newPath !== undefined) start();
      section.hasHeader = true;
      at += readFileHeader(section, lines, at);
    } else if (line.startsWith('@@')) {
      section.hunks.push(readHunkHeader(line));
    } else if (hunk === undefined && readExtendedHeader(section, line)) {
      section.hasHeader = true;
    } else if (hunk !== undefined) {
      hunk.raw.push(line);
      if (!line.startsWith('+')) hunk.oldLeft -= 1;
      if (!line.startsWith('-')) hunk.newLeft -= 1;
    } else if (/^[ +\-\\]/.test(line) || (section.newPath !== undefined && line !== '')) {
      section.hunks.push({ hint: {}, raw: [line], oldLeft: 0, newLeft: 0 });
    }
  }
  start();
  return sections;
}

function newSection(): Section {
  return { isNew: false, isDeleted: false, hasHeader: false, hasMode: false, hunks: [] };
}

/** A `---`/`+++` pair; inside a hunk a single one of them is a changed line that starts with dashes or pluses. */
function isFileHeader(lines: readonly string[], at: number, hunk: Hunk | undefined): boolean {
  const line = lines[at] ?? '';
  const next = lines[at + 1] ?? '';
  if (/^--- \S/.test(line) && /^\+\+\+ \S/.test(next)) {
    return (
      hunk === undefined || lines[at + 2]?.startsWith('@@') === true || hunk.oldLeft <= 0 || hunk.newLeft <= 0
    );
  }
  return hunk === undefined && /^(?:---|\+\+\+) \S/.test(line);
}

function readFileHeader(section: Section, lines: readonly string[], at: number): 0 | 1 {
  const line = lines[at] ?? '';
  const rest = readDiffPath(line.slice(4));
  if (line.startsWith('+++')) {
    section.newPath = rest;
    return 0;
  }
  section.oldPath = rest;
  const next = lines[at + 1] ?? '';
  if (!/^\+\+\+ \S/.test(next)) return 0;
  section.newPath = readDiffPath(next.slice(4));
  return 1;
}

function readGitLine(section: Section, line: string): void {
  const match = /^diff --git (?:"?a\/(.+?)"?) "?b\/(.+?)"?$/.exec(line);
  if (match?.[1] !== undefined && match[1] === match[2]) {
    section.oldPath = `a/${match[1]}`;
  }
}

/** Reads one of git's extended header lines; false when the line is none. */
function readExtendedHeader(section: Section, line: string): boolean {
  // Of modes nothing is taken over, but text must not become, or be taken for, the target of a link.
  if (/^(?:new (?:file )?mode|index \S+) (?:120000|160000)\s*$/.test(line))
    section.problem = 'It is about a symbolic link or a submodule.';
  if (/^(?:old|new) mode /.test(line)) section.hasMode = true;
  const rename = /^rename (from|to) (.+)$/.exec(line);
  if (rename?.[2] !== undefined) {
    section[rename[1] === 'from' ? 'renameFrom' : 'renameTo'] = readDiffPath(rename[2]);
  } else if (line.startsWith('new file mode ')) {
    section.isNew = true;
  } else if (line.startsWith('deleted file mode ')) {
    section.isDeleted = true;
  } else if (/^copy (?:from|to) /.test(line)) {
    section.problem = 'It copies a file, which is not supported.';
  } else if (/^(?:GIT binary patch|Binary files .* differ)/.test(line)) {
    section.problem = 'It changes a binary file.';
  } else {
    return EXTENDED.test(line);
  }
  return true;
}

/** `@@ -1,2 +3,4 @@ text`, `@@ ... @@`, `@@` and everything in between; only a sensible old line number is kept. */
function readHunkHeader(line: string): Hunk {
  const full = /^@@+\s*-(\d{1,9})(?:,(\d{1,9}))?(?:\s+\+(\d{1,9})(?:,(\d{1,9}))?)?\s*(?:@@+)?(.*)$/.exec(
    line,
  );
  if (full !== null) {
    const hint: PlaceHint = {};
    const start = Number(full[1]);
    if (start > 0) hint.line = start;
    const text = full[5]?.trim() ?? '';
    if (text !== '') hint.sections = [text];
    return { hint, raw: [], oldLeft: Number(full[2] ?? 1), newLeft: Number(full[4] ?? 1) };
  }
  const text = line
    .replace(/^@@+/, '')
    .replace(/^\s*(?:\.\.\.|…)?\s*@@+/, '')
    .replace(/@@+\s*$/, '')
    .trim();
  const hint = text === '' || /^(?:\.\.\.|…)$/.test(text) ? {} : { sections: [text] };
  return { hint, raw: [], oldLeft: 0, newLeft: 0 };
}

function readSection(section: Section, carried: string | undefined, complete: boolean): Edit[] {
  const own = section.renameTo ?? joinDiffPaths(section.oldPath, section.newPath);
  const path = own ?? carried;
  const base = { format: 'unified-diff' as const, path, complete };
  const broken = (problem: string, advice: string): Edit[] => [{ ...base, kind: 'broken', problem, advice }];
  if (section.problem !== undefined) return broken(section.problem, 'Change text files only.');
  if (own === undefined && section.oldPath !== undefined && section.newPath !== undefined) {
    return broken(
      `It names two files, ${section.oldPath} and ${section.newPath}.`,
      'Write the same path behind --- and +++.',
    );
  }
  const hunks = section.hunks.map((hunk, at) => {
    const isComplete = complete || at < section.hunks.length - 1;
    return { hint: hunk.hint, readings: readHunkLines(hunk.raw), isComplete };
  });
  if (section.isNew || section.oldPath === '/dev/null') return [readCreation(base, hunks)];
  if (section.isDeleted || section.newPath === '/dev/null') {
    const lines = hunks.flatMap(({ readings }) => readings[0]?.lines.map((line) => line.text) ?? []);
    return [{ ...base, kind: 'delete', lines: lines.length === 0 ? undefined : lines }];
  }
  const changing = hunks.filter(({ readings }) => readings.some(changesSomething));
  const edits: Edit[] = [];
  const from = section.renameFrom;
  if (from !== undefined && path !== undefined) edits.push({ ...base, path, kind: 'rename', from });
  for (const { hint, readings, isComplete } of changing) {
    edits.push({
      ...base,
      path: from ?? path,
      inherited: own === undefined && carried !== undefined,
      kind: 'replace',
      hint,
      readings,
      complete: isComplete,
      oldIsComplete: isComplete,
    });
  }
  if (edits.length > 0) return edits;
  if (section.hasMode && section.hunks.length === 0)
    return broken(
      'It changes nothing but the mode of the file, which stays as it is.',
      'Change its lines only.',
    );
  return broken(
    'The diff has no line that starts with + or -.',
    'Start each new line with + and each old line with -.',
  );
}

function readCreation(
  base: { format: 'unified-diff'; path: string | undefined; complete: boolean },
  hunks: readonly { readings: ReturnType<typeof readHunkLines> }[],
): Edit {
  const literal = hunks.flatMap(({ readings }) => readings[0] ?? []);
  const lines = literal.flatMap((replacement) => replacement.lines);
  if (lines.some((line) => line.op === '-' || (line.op === ' ' && line.text.trim() !== ''))) {
    return {
      ...base,
      kind: 'broken',
      problem: 'A new file has lines that do not start with +.',
      advice: 'Start every line of a new file with +, or send the file as a whole.',
    };
  }
  const finalNewline = literal.every((replacement) => replacement.finalNewline !== false);
  return { ...base, kind: 'create', lines: lines.map((line) => line.text), finalNewline };
}
