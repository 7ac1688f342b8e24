import type { EditFormat } from '../types.js';

/** One line of a replacement: kept (` `), taken out (`-`) or put in (`+`). */
export interface EditLine {
  op: ' ' | '-' | '+';
  text: string;
  /** The text with or without its first space, where that may be the sign of a kept line or a part of the text. */
  other?: string;
}

/** What a replacement says about its place besides its lines; each is a signal, none decides alone. */
export interface PlaceHint {
  /** 1-based first old line that a `@@` header states. */
  line?: number;
  /** The text behind `@@`: a line that stands somewhere above the place. */
  sections?: readonly string[];
  /** The old lines end where the file ends (`*** End of File`). */
  atEnd?: boolean;
  /** Names that the prose above speaks of: what is declared under one of them may hold the place. */
  names?: readonly string[];
}

/**
 * Whether something closes what the model wrote: what is open may have been cut off, and what is partial even inside its
 * last line.
 */
export type BlockEnd = 'closed' | 'open' | 'partial';

/** One way to understand the lines that a model wrote. */
export interface Replacement {
  lines: readonly EditLine[];
  /** What a `\ No newline at end of file` marker says of the new text; undefined where there is none. */
  finalNewline?: boolean;
  /** Differs from the reading before it in indentation alone. */
  isReindented?: boolean;
}

interface EditBase {
  format: EditFormat;
  /** The path as the model wrote it; undefined where it gave none. */
  path: string | undefined;
  /** The path was not written with this edit but carried over from the one before. */
  inherited?: boolean;
  /** The model wrote the edit to its end; false only while the reply is open. */
  complete: boolean;
}

/** The whole new content of a file. */
export interface WholeEdit extends EditBase {
  kind: 'whole';
  lines: readonly string[];
  /** The fence's language tag in lower case, or the empty string. */
  tag: string;
  /** The prose line right above the fence. */
  lead: string;
  /** The path stood in a comment that is the first of `lines`. */
  pathInFirstLine: boolean;
  /** The reply has no fence at all: `lines` is all of it, and may be prose. */
  isBare: boolean;
  end: BlockEnd;
}

/** A file that must not exist yet. */
export interface CreateEdit extends EditBase {
  kind: 'create';
  lines: readonly string[];
  finalNewline: boolean;
}

/** Old lines that become new lines. `readings` has more than one entry where the markers can be read in several ways. */
export interface ReplaceEdit extends EditBase {
  kind: 'replace';
  readings: readonly Replacement[];
  hint: PlaceHint;
  /** The old lines are written to their end, whatever becomes of the new ones. */
  oldIsComplete: boolean;
}

/** The end of a file. `lines` is what the model says stands in it, undefined where it did not say. */
export interface DeleteEdit extends EditBase {
  kind: 'delete';
  lines: readonly string[] | undefined;
}

export interface RenameEdit extends EditBase {
  kind: 'rename';
  from: string;
  path: string;
}

/** Something that is meant as an edit but cannot be read as one. */
export interface BrokenEdit extends EditBase {
  kind: 'broken';
  /** What is wrong, for people and model alike; a full sentence. */
  problem: string;
  /** What to send instead, for the model. */
  advice: string;
  /** The reply ends inside it. */
  isCut?: boolean;
}

export type Edit = WholeEdit | CreateEdit | ReplaceEdit | DeleteEdit | RenameEdit | BrokenEdit;

/** What is left of an edit in which the reply ends. */
export function cutOff({ format, path, complete }: EditBase): BrokenEdit {
  return {
    format,
    path,
    complete,
    kind: 'broken',
    problem: 'It has no end: the answer was cut off.',
    advice: 'Send it again to its end.',
    isCut: true,
  };
}

/** The old lines of a replacement. */
export function oldLinesOf(replacement: Replacement): string[] {
  return replacement.lines.filter((line) => line.op !== '+').map((line) => line.text);
}

/** Whether an edit has any old line to find, in whatever way it is read. */
export function hasOldLines(edit: ReplaceEdit): boolean {
  return edit.readings.some((reading) => reading.lines.some((line) => line.op !== '+'));
}

/** The new lines of a replacement. */
export function newLinesOf(replacement: Replacement): string[] {
  return replacement.lines.filter((line) => line.op !== '-').map((line) => line.text);
}
