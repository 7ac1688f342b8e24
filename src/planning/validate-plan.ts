import { isSafeRepoPath } from '../edits/repo-path.js';
import type { RepoPath } from '../edits/types.js';
import type { TreeEntry } from '../repository/repository.js';
import { complainAboutPath, findClash, readPath } from './plan-paths.js';
import type { PlanAnswer } from './plan-answer.js';
import type { Plan, PlanStep } from './plan.js';
import { kindOf } from './step-kind.js';

export interface PlanRules {
  tree: ReadonlyMap<RepoPath, TreeEntry>;
  isProtected: (path: RepoPath) => string | undefined;
  /** Whether the task itself names this path. */
  isNamed: (path: RepoPath) => boolean;
  maxSteps: number;
}

/** Complaints are sentences for the model; each names the step and what to do. */
export type CheckedPlan = { plan: Plan } | { complaints: string[] };

/** More would only drown the first ones. */
const MAX_COMPLAINTS = 8;
const MAX_DOCUMENTS = 3;

/**
 * Holds a plan against the base commit. A step that only looks may name any file: it is not going to be changed. Steps
 * without any file are left to `joinSteps`.
 */
export function validatePlan(answer: PlanAnswer, rules: PlanRules): CheckedPlan {
  const complaints: string[] = [];
  const steps = answer.steps.map((planned, index): PlanStep => {
    const step = readStep(planned, rules);
    const wrong = new Map(step.files.map((path) => [path, complainAboutPath(path, rules)] as const));
    const usable = step.files.filter((path) => wrong.get(path) === undefined);
    const isThere = (path: RepoPath): boolean => rules.tree.has(path) || !usable.includes(path);
    if (kindOf(step, isThere) !== 'looks') {
      for (const complaint of wrong.values())
        if (complaint !== undefined) complaints.push(`Step ${index + 1}: ${complaint}`);
    }
    if (step.title === '') complaints.push(`Step ${index + 1} is empty.`);
    return { ...step, files: usable };
  });
  if (steps.length === 0) complaints.push('There is no step. Plan at least one step that changes a file.');
  else if (complaints.length === 0 && steps.every((step) => step.files.length === 0)) {
    complaints.push('No step names a file. Name in "files" the paths that each step changes or creates.');
  }
  const clash = findClash(
    steps.flatMap((step) => step.files),
    rules.tree,
  );
  if (clash !== undefined) complaints.push(clash);
  if (complaints.length > 0) return { complaints: [...new Set(complaints)].slice(0, MAX_COMPLAINTS) };
  return {
    plan: { summary: oneLine(answer.summary), steps, documents: selectDocuments(answer.documents, rules) },
  };
}

/** Said of a plan that is too long even after its steps were joined. */
export function complainAboutLength(count: number, maxSteps: number): string {
  return `The plan has ${count} steps; at most ${maxSteps} are allowed. Put changes that belong together into one step.`;
}

export function isDocument(path: RepoPath): boolean {
  return /\.(md|mdx|markdown|rst|adoc|txt)$/i.test(path);
}

function readStep(planned: PlanAnswer['steps'][number], rules: PlanRules): PlanStep {
  const instruction = planned.instruction.trim();
  const title = oneLine(planned.title).replace(/^(?:step\s*\d+\s*[.:)-]|\d+[.:)])\s*/i, '');
  const files = planned.files.map((path) => readPath(path, rules.tree)).filter((path) => path !== '');
  return {
    title: title || oneLine(instruction).slice(0, 72),
    instruction: instruction || title,
    files: [...new Set(files)],
    doneWhen: oneLine(planned.done_when),
  };
}

/** Only documentation that exists and may be changed; a wish for anything else is not worth another request. */
function selectDocuments(paths: readonly string[], rules: PlanRules): RepoPath[] {
  const wanted = [...new Set(paths.map((path) => readPath(path, rules.tree)))];
  return wanted
    .filter((path) => isDocument(path) && rules.tree.get(path)?.mode.startsWith('100') === true)
    .filter((path) => rules.isProtected(path) === undefined && isSafeRepoPath(path) === true)
    .slice(0, MAX_DOCUMENTS);
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
