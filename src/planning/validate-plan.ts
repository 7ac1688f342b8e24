import { basename } from 'node:path/posix';
import { isSafeRepoPath } from '../edits/repo-path.js';
import type { RepoPath } from '../edits/types.js';
import type { TreeEntry } from '../repository/repository.js';
import type { PlanAnswer } from './plan-answer.js';
import type { Plan, PlanStep } from './plan.js';

export interface PlanRules {
  tree: ReadonlyMap<RepoPath, TreeEntry>;
  isProtected: (path: RepoPath) => string | undefined;
  /** Whether the task itself names this path. */
  isNamed: (path: RepoPath) => boolean;
  maxSteps: number;
}

/** Complaints are sentences for the model; each names the step and what to do. */
export type CheckedPlan = { plan: Plan } | { complaints: string[] };

/** Holds a plan against the base commit. Steps without any file are left to `joinSteps`. */
export function validatePlan(answer: PlanAnswer, rules: PlanRules): CheckedPlan {
  const complaints: string[] = [];
  const steps = answer.steps.map((step, index): PlanStep => {
    const files = [...new Set(step.files.map(cleanPath).filter((path) => path !== ''))];
    for (const path of files) {
      const complaint = complainAbout(path, rules);
      if (complaint !== undefined) complaints.push(`Step ${index + 1}: ${complaint}`);
    }
    if (step.instruction.trim() === '' && step.title.trim() === '')
      complaints.push(`Step ${index + 1} is empty.`);
    return {
      title: oneLine(step.title) || oneLine(step.instruction).slice(0, 72),
      instruction: step.instruction.trim() || step.title.trim(),
      files,
      doneWhen: oneLine(step.done_when),
    };
  });
  if (steps.length === 0) complaints.push('There is no step. Plan at least one step that changes a file.');
  if (steps.length > 0 && steps.every((step) => step.files.length === 0)) {
    complaints.push('No step names a file. Name in "files" the paths that each step changes or creates.');
  }
  if (complaints.length > 0) return { complaints };
  return {
    plan: { summary: oneLine(answer.summary), steps, documents: selectDocuments(answer.documents, rules) },
  };
}

/** Said of a plan that is too long even after its steps were joined. */
export function complainAboutLength(count: number, maxSteps: number): string {
  return `The plan has ${count} steps; at most ${maxSteps} are allowed. Put changes that belong together into one step.`;
}

function complainAbout(path: RepoPath, rules: PlanRules): string | undefined {
  const safe = isSafeRepoPath(path);
  if (safe !== true)
    return `"${path}" ${safe}. Use exact paths from the list, or a new path inside the repository.`;
  const guarded = rules.isProtected(path);
  if (guarded !== undefined) return `"${path}" must not be changed: ${guarded}.`;
  const entry = rules.tree.get(path);
  if (entry !== undefined)
    return entry.mode.startsWith('100')
      ? undefined
      : `"${path}" is a link or a submodule and can't be edited.`;
  const inTheWay = parentFile(path, rules.tree);
  if (inTheWay !== undefined) return `"${path}" can't be created: "${inTheWay}" is a file.`;
  if (isFolder(path, rules.tree)) return `"${path}" is a folder. Name the files in it that change.`;
  return rules.isNamed(path) ? undefined : namesakeOf(path, rules.tree);
}

/** A path that does not exist may be a new file, unless a file of that very name lives in another folder. */
function namesakeOf(path: RepoPath, tree: ReadonlyMap<RepoPath, TreeEntry>): string | undefined {
  const name = basename(path);
  const namesakes = [...tree.keys()].filter((known) => basename(known) === name);
  const [only] = namesakes;
  if (only === undefined || namesakes.length > 1 || /^(index|main|mod|__init__|README)\./i.test(name))
    return undefined;
  return `"${path}" does not exist, but "${only}" does. Which is meant? Use exact paths from the list.`;
}

function parentFile(path: RepoPath, tree: ReadonlyMap<RepoPath, TreeEntry>): RepoPath | undefined {
  const parts = path.split('/');
  return parts
    .slice(0, -1)
    .map((_, index) => parts.slice(0, index + 1).join('/'))
    .find((parent) => tree.has(parent));
}

function isFolder(path: RepoPath, tree: ReadonlyMap<RepoPath, TreeEntry>): boolean {
  for (const known of tree.keys()) if (known.startsWith(`${path}/`)) return true;
  return false;
}

/** Only documentation that exists and may be changed; a wish for anything else is not worth another request. */
function selectDocuments(paths: readonly string[], rules: PlanRules): RepoPath[] {
  const wanted = [...new Set(paths.map(cleanPath))];
  return wanted
    .filter((path) => isDocument(path) && rules.tree.has(path) && rules.isProtected(path) === undefined)
    .slice(0, 3);
}

export function isDocument(path: RepoPath): boolean {
  return /\.(md|mdx|markdown|rst|adoc|txt)$/i.test(path);
}

function cleanPath(path: string): RepoPath {
  return path
    .trim()
    .replace(/^\.\//, '')
    .replace(/^`(.*)`$/, '$1');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
