import type { Templates } from '../config/templates.js';
import type { EditFormat, FileContent, RepoPath } from '../edits/types.js';
import type { ChatMessage } from '../models/port.js';
import { joinParts, renderFile, renderFiles, renderTaggedFile, renderTask } from '../models/prompt.js';
import type { Task } from '../tasks/task.js';
import type { Target } from './find-targets.js';
import { nameTargets } from './name-targets.js';

/** The plan as the Coder sees it; a structural part of planning's own type. */
export interface CoderPlan {
  summary: string;
  steps: readonly CoderStep[];
}

export interface CoderStep {
  title: string;
  instruction: string;
  files: readonly RepoPath[];
  doneWhen: string;
}

/** What is asked: one step of the plan, or to make failing checks pass. */
export type Assignment =
  | { kind: 'step'; number: number; step: CoderStep }
  | { kind: 'repair'; number: number; failures: string; offered: readonly RepoPath[] };

/**
 * The Coder's prompt. Its parts stand in the order in which they change least: system, task and plan, files (those that
 * earlier steps changed come last), then what to do and the format (design.md §5.7).
 */
export function renderCoderPrompt(input: {
  task: Task;
  plan: CoderPlan;
  files: ReadonlyMap<RepoPath, FileContent>;
  assignment: Assignment;
  format: EditFormat;
  /** The format rules, filled. */
  rules: string;
  baseFailures: string | undefined;
  templates: Templates;
}): ChatMessage[] {
  const { task, plan, templates } = input;
  const failures =
    input.baseFailures === undefined
      ? undefined
      : `# How the checks fail before the change\n${input.baseFailures}`;
  const content = joinParts([
    renderTask(task),
    renderPlan(plan),
    failures,
    renderFiles(input.files, fileStyle(input.format)),
    renderAssignment(input.assignment, input),
    input.rules,
  ]);
  return [
    { role: 'system', content: templates.fill('coder-system') },
    { role: 'user', content },
  ];
}

function renderPlan(plan: CoderPlan): string | undefined {
  if (plan.steps.length < 2) return undefined;
  const steps = plan.steps.map((step, index) => `${index + 1}. ${step.title} (${step.files.join(', ')})`);
  return [`# Plan: ${plan.summary}`, ...steps].join('\n');
}

function renderAssignment(
  assignment: Assignment,
  { task, plan, templates }: { task: Task; plan: CoderPlan; templates: Templates },
): string {
  if (assignment.kind === 'repair') {
    const { failures, offered } = assignment;
    return templates.fill('repair', { failures, files: offered.join(', ') });
  }
  const { step, number } = assignment;
  const { title, instruction } = plan.steps.length === 1 ? restateTask(task, step) : step;
  return templates.fill('step', {
    number: String(number),
    count: String(plan.steps.length),
    title,
    instruction: instruction === title ? '' : instruction,
    files: step.files.join(', ') || 'none yet: create what is needed',
    done_when: step.doneWhen || 'the change is made',
  });
}

/**
 * The only step of a plan is the whole task: the user's own words say it best, and the plan's are a hint. Small models
 * follow what they read last, and a small Overseer's paraphrase loses what matters (seen on Qwen2.5-Coder 1.5B, which
 * then sent the file back unchanged).
 */
function restateTask(task: Task, step: CoderStep): Pick<CoderStep, 'title' | 'instruction'> {
  const description = task.description.trim();
  const isHint = step.instruction !== description && step.instruction !== task.title;
  const hint = isHint ? `Hint: ${step.instruction}` : '';
  return { title: task.title, instruction: [description, hint].filter((text) => text !== '').join('\n') };
}

/** Whole files are asked for in the very shape in which they are shown; other formats must not invite to that. */
export function fileStyle(format: EditFormat): (path: RepoPath, text: string) => string {
  return format === 'whole-file' ? renderFile : renderTaggedFile;
}

/** What is said about the format that is asked for; `targets` and `offered` count for named declarations only. */
export function renderRules(
  format: EditFormat,
  templates: Templates,
  { targets, offered }: { targets: readonly Target[]; offered: readonly RepoPath[] },
): string {
  switch (format) {
    case 'search-replace':
      return templates.fill('format-search-replace');
    case 'named-declaration':
      return templates.fill('format-named-declaration', nameTargets(targets, offered));
    case 'unified-diff':
    case 'begin-patch':
      return templates.fill('format-unified-diff');
    case 'whole-file':
      return templates.fill('format-whole-file');
  }
}

/**
 * The order of files in every prompt of a run: what no step changes first, then the files of the last step, and those
 * of the first step at the end. So each step leaves as much of the prompt as possible as the server knows it.
 */
export function orderFiles(paths: Iterable<RepoPath>, steps: readonly CoderStep[]): RepoPath[] {
  const firstChange = (path: RepoPath): number => {
    const index = steps.findIndex((step) => step.files.includes(path));
    return index === -1 ? Number.POSITIVE_INFINITY : index;
  };
  return [...new Set(paths)].sort((a, b) => firstChange(b) - firstChange(a) || compare(a, b));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
