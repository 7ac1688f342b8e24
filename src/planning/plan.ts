import type { RepoPath } from '../edits/types.js';

/** One unit that the Coder gets. */
export interface PlanStep {
  title: string;
  instruction: string;
  /** Files to change or create. */
  files: RepoPath[];
  /** How to tell that it is done. */
  doneWhen: string;
}

/** The Overseer's ordered answer, checked against the base commit. */
export interface Plan {
  summary: string;
  steps: PlanStep[];
  /** Documentation files to update once the code is done. */
  documents: RepoPath[];
}

export type PlanOutcome =
  | { kind: 'plan'; plan: Plan; notes: PlanNotes }
  | { kind: 'question'; question: string }
  | { kind: 'nothing-to-change'; reason: string };

/** What the program did to the model's plan, for the packet. */
export interface PlanNotes {
  /** No plan of the model could be used: the one step is the task itself. */
  fallback: boolean;
  attempts: number;
  /** Sentences such as "Steps 2 and 3 were joined: both change src/a.js". */
  remarks: string[];
  /** Files whose content the Overseer was shown. */
  filesRead: RepoPath[];
  /** Files that were wanted but did not fit the context. */
  leftOut: RepoPath[];
}
