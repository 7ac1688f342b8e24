import type { Parsers } from '../syntax/types.js';

/** A path inside the repository: relative, `/` between its parts, no `.` or `..` part, never empty. */
export type RepoPath = string;

/** How a reply writes its edits. */
export type EditFormat =
  | 'whole-file'
  | 'search-replace'
  | 'named-declaration'
  | 'unified-diff'
  | 'begin-patch';

/**
 * What stands at a path before the edits. `text` is the file's exact UTF-8 content (byte order mark and line ends
 * kept); anything a text edit must not touch says why.
 */
export type FileContent =
  | { kind: 'text'; text: string; executable?: boolean }
  | { kind: 'binary' | 'symlink' | 'submodule' | 'lfs-pointer' | 'not-utf8' | 'too-large' };

/** One file's change with full old and new content. `from` of a rename may differ in content from `path` too. */
export type FileChange =
  | { kind: 'create'; path: RepoPath; newText: string }
  | { kind: 'modify'; path: RepoPath; oldText: string; newText: string }
  | { kind: 'delete'; path: RepoPath; oldText: string }
  | { kind: 'rename'; from: RepoPath; path: RepoPath; oldText: string; newText: string };

/** The name of the way in which an edit's old lines were found; `whole` and `new` need no place. */
export type MatchPass =
  | 'whole'
  | 'new'
  | 'exact'
  | 'line-ends'
  | 'trailing-space'
  | 'indentation'
  | 'blank-lines'
  | 'comments'
  | 'typography'
  | 'ellipsis'
  | 'missing-plus'
  | 'context'
  /** A declaration of that name and scope. */
  | 'declaration'
  /** A search part or hunk without a place, whose two sides are each one whole declaration of the same name. */
  | 'restated'
  /** A declaration that the file lacked, put beside the one that it follows in the reply. */
  | 'new-declaration'
  | 'already';

/** An edit that was located, for the reviewer: how it was written, how it was found and where. */
export interface LocatedEdit {
  path: RepoPath;
  format: EditFormat;
  pass: MatchPass;
  /** 1-based line in the original file; 0 for whole and new files. */
  line: number;
}

export type RejectionCode =
  | 'no-edit'
  | 'unknown-path'
  | 'path-not-allowed'
  | 'not-offered'
  | 'protected'
  | 'not-editable'
  | 'exists'
  | 'not-found'
  | 'ambiguous'
  | 'overlap'
  | 'elided'
  | 'truncated'
  | 'shrunk'
  | 'dropped-declarations'
  | 'no-change'
  | 'empty'
  | 'malformed'
  | 'example-repeated'
  | 'conflict-markers'
  | 'new-syntax-errors'
  | 'special-tokens';

/** An edit that was not applied. `message` is for people, `feedback` for the model that wrote it. */
export interface Rejection {
  code: RejectionCode;
  path: RepoPath | undefined;
  message: string;
  feedback: string;
}

/** What a caller may change about how a reply is applied. */
export interface EditRules {
  /** Paths that no edit may touch although they are inside the repository; the reason is shown. */
  isProtected?: (path: RepoPath) => string | undefined;
  /** Paths outside `offered` that may be created or changed as well; default: new files only. */
  mayTouch?: (path: RepoPath) => boolean;
  /** Names that the task speaks of, so that dropping their declaration is not a mishap. */
  mentioned?: string;
  /** Guards switched off by name. */
  without?: readonly RejectionCode[];
  /** Parsers of the files' languages: without them no declaration is found by name and syntax is not looked at. */
  parsers?: Parsers;
  /** Text of the example in the format rules: a reply that repeats it is rejected as such. */
  example?: string;
}

export interface ApplyInput {
  reply: string;
  /** How the reply ended: `open` while it is still being written. */
  ending: 'open' | 'stop' | 'length';
  /** What exists, for every offered path and every other path that an edit may name. */
  files: ReadonlyMap<RepoPath, FileContent>;
  /** The paths that the model was shown and asked to change. */
  offered: readonly RepoPath[];
  /** Read the reply as this format only. */
  format?: EditFormat;
  /** The format that the prompt asked for: it settles what could be read in two ways. */
  asked?: EditFormat;
  rules?: EditRules;
}

export interface Applied {
  kind: 'applied';
  changes: FileChange[];
  edits: LocatedEdit[];
}
export interface Rejected {
  kind: 'rejected';
  rejections: [Rejection, ...Rejection[]];
  /** What was located all the same; nothing of it is applied. */
  edits: LocatedEdit[];
}
/** Only while the ending is `open`: nothing yet says that the reply cannot succeed. */
export interface Undecided {
  kind: 'undecided';
}
export type ApplyOutcome = Applied | Rejected | Undecided;
