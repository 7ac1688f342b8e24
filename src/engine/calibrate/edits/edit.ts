import type { RepoPath } from '../../../edits/types.js';

/**
 * One small change with an answer that is as good as unique, on a text written for this. It names what must change in the
 * words of a task, so that every format gets what it gets in a real step.
 */
export interface CalibrationEdit {
  id: string;
  path: RepoPath;
  title: string;
  description: string;
  /** The whole file. */
  text: string;
  /** Where the text must change, from its beginning to its end. Everything else must stay, but for blank lines. */
  places: readonly Place[];
}

export interface Place {
  /** As the text has it; with the lines that may move: blank ones around a function that goes, say. */
  old: string;
  /** What may stand there instead, compared without what does not matter (see judge-edit.ts). */
  right: readonly (string | RegExp)[];
}
