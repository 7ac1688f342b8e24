import { limit, nameEdit } from './feedback.js';
import type { Edit } from './reading/edit.js';
import type { LocatedEdit, MatchPass, Rejection, RejectionCode, RepoPath } from './types.js';

/** An edit with the file that it is about. */
export interface SettledEdit<Kind extends Edit = Edit> {
  edit: Kind;
  /** Its place among the edits of the reply, from 1. */
  number: number;
  path: RepoPath;
  /** How many edits the reply has. */
  count: number;
}

/** What all edits of one file come to. */
export interface FileResult {
  path: RepoPath;
  /** Undefined when the file was rejected, null when it is deleted. */
  newText: string | null | undefined;
  /** The path it moves to. */
  renamedTo: RepoPath | undefined;
  /** Lines that the edits add, as they stand in the new text. */
  added: readonly string[];
  /** The reply holds an existing file as a whole. */
  isWhole: boolean;
  edits: LocatedEdit[];
  rejections: Rejection[];
}

export function emptyResult(path: RepoPath): FileResult {
  return {
    path,
    newText: undefined,
    renamedTo: undefined,
    added: [],
    isWhole: false,
    edits: [],
    rejections: [],
  };
}

/** Refuses an edit for a reason that needs no excerpt of the file. */
export function rejectEdit(
  settled: SettledEdit,
  code: RejectionCode,
  why: string,
  advice: string,
): Rejection {
  const name = nameEdit(settled.path, settled.number, settled.count);
  return {
    code,
    path: settled.path,
    message: `${name}: ${why}`,
    feedback: limit(`${name} was not applied. ${why} ${advice}`),
  };
}

/** What a reviewer sees of an edit; `line` counts from 1, 0 stands for whole and new files. */
export function noteEdit(settled: SettledEdit, pass: MatchPass, line: number): LocatedEdit {
  return { path: settled.path, format: settled.edit.format, pass, line };
}
