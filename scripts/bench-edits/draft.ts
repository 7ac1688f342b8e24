import type { Change, EditKind } from './edit.js';
import type { NamedPiece } from './named.js';
import type { Fold } from './oracle.js';
import type { Source } from './source.js';

/** How a case is written; the engine's own names. */
export const FORMATS = [
  'search-replace',
  'unified-diff',
  'begin-patch',
  'whole-file',
  'named-declaration',
] as const;
export type Format = (typeof FORMATS)[number];

/** One line of an edit. In a context line both sides are the same text. */
export interface HunkLine {
  op: ' ' | '-' | '+';
  text: string;
  /** Line of the file as it was, from 0; undefined for new lines and for what the file does not hold. */
  at: number | undefined;
  /** What a diff has in front of the line instead of `op`: a damage. */
  prefix?: string;
  /** Context that the file does not hold, which the reply made up: a damage. */
  isInvented?: boolean;
  /** Stands for context that was left out: a damage. */
  isGap?: boolean;
}

export interface Hunk {
  lines: HunkLine[];
  /** What a diff says of its place. */
  header: 'numbers' | 'bare' | 'dots' | 'section' | 'missing';
  /** What the stated line numbers are off by. */
  shift: number;
  /** What the stated counts are off by. */
  miscount: [number, number];
  section: string;
}

/** A file as it stands before the edit. */
export interface DraftFile {
  source: Source;
  lines: readonly string[];
  eol: '\n' | '\r\n';
  bom: string;
  finalNewline: boolean;
}

/** Where a reply names the file: on a line of its own, in a heading, on the fence, in a comment, in a sentence. */
export type PathPlace = 'line' | 'heading' | 'bold' | 'info' | 'comment' | 'prose' | 'none';

export interface Target {
  file: DraftFile;
  kind: EditKind;
  changes: readonly Change[];
  hunks: Hunk[];
  /** The path as the reply spells it. */
  spelled: string;
  /** For a whole file: its content. */
  body: string[];
  /** For named declarations: what the lines of the only hunk are made of. */
  pieces: NamedPiece[];
}

/** One case while it is made: damages change it until it is written down. */
export interface Draft {
  format: Format;
  targets: Target[];
  /** Other files that the reply may change, and does not. */
  others: Source[];
  pathPlace: PathPlace;
  fence: { mark: string; tag: string; isOpened: boolean; isClosed: boolean };
  hasFileHeaders: boolean;
  before: string[];
  after: string[];
  markerLength: number;
  divider: 'one' | 'two' | 'as-end';
  replyEol: '\n' | '\r\n';
  ending: 'stop' | 'length';
  /** What a reader must look past to find the place. */
  folds: Set<Fold>;
  /** Applied to the written reply, last. */
  cut: ((reply: string) => string | undefined) | undefined;
}

export function renderFile(file: DraftFile, lines: readonly string[]): string {
  const end = file.finalNewline && lines.length > 0 ? file.eol : '';
  return file.bom + lines.join(file.eol) + end;
}
