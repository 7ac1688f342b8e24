import type { Task } from '../tasks/task.js';
import { block, code, inline, nest, quote } from './markdown.js';
import type { Plan, PlanNotes } from './plan.js';

/** What the Overseer says of the finished change. */
export interface Prose {
  what: string;
  why: string;
  review: string;
}

/** What the program knows of the finished change. */
export interface DocumentFacts {
  commits: { oid: string; label: string; subject: string; attempts: number }[];
  files: { path: string; status: string; added: number | undefined; deleted: number | undefined }[];
  checks: { name: string; command: string; outcome: string }[];
  verdict: string;
  rejectedReplies: number;
  models: { overseer: string; coder: string };
}

/** The plan document as the branch's first commit holds it. Facts come from the program, prose from the Overseer. */
export function renderPlanDocument(input: { task: Task; plan: Plan; notes: PlanNotes }): string {
  const { task, plan, notes } = input;
  return joinSections([
    `# ${inline(task.title)}`,
    task.description === '' || task.description === task.title ? undefined : quote(task.description),
    task.acceptance.length === 0
      ? undefined
      : `## Acceptance\n\n${list(task.acceptance.map((a) => `[ ] ${inline(a)}`))}`,
    `## Plan\n\n${block(plan.summary)}`,
    plan.steps.length === 0 ? undefined : plan.steps.map(renderStep).join('\n\n'),
    renderNotes(notes),
  ]);
}

/** The same document once the work is done. */
export function renderFinalDocument(input: {
  task: Task;
  plan: Plan;
  notes: PlanNotes;
  prose: Prose | undefined;
  findings: string | undefined;
  facts: DocumentFacts;
}): string {
  const { prose, findings, facts } = input;
  return joinSections([
    renderPlanDocument(input).trimEnd(),
    findings === undefined ? undefined : `## Findings\n\n${nest(findings, 3)}`,
    prose === undefined ? undefined : `## What changed\n\n${block(prose.what)}\n\n${block(prose.why)}`,
    prose === undefined ? undefined : `## How to review\n\n${block(prose.review)}`,
    renderFacts(facts),
  ]);
}

function renderStep(step: Plan['steps'][number], index: number): string {
  const parts = [`### ${index + 1}. ${inline(step.title)}`, block(step.instruction)];
  if (step.files.length > 0) parts.push(`Files: ${step.files.map(code).join(', ')}`);
  if (step.doneWhen !== '') parts.push(`Done when: ${inline(step.doneWhen)}`);
  return parts.join('\n\n');
}

function renderNotes(notes: PlanNotes): string | undefined {
  const lines = [
    ...(notes.fallback
      ? [`No plan of the model could be used after ${notes.attempts} attempts: the task itself is the plan.`]
      : []),
    ...notes.remarks.map(inline),
    ...(notes.filesRead.length > 0 ? [`Read for this plan: ${notes.filesRead.map(code).join(', ')}.`] : []),
    ...(notes.leftOut.length > 0
      ? [`Left out, since they did not fit the context: ${notes.leftOut.map(code).join(', ')}.`]
      : []),
  ];
  return lines.length === 0 ? undefined : list(lines);
}

function renderFacts(facts: DocumentFacts): string {
  const files = facts.files.map(
    (file) =>
      `${code(file.path)}: ${file.status}${file.added === undefined ? '' : `, +${file.added} −${file.deleted ?? 0}`}`,
  );
  const commits = facts.commits.map(
    (commit) =>
      `${commit.label}: ${inline(commit.subject)}${commit.attempts > 1 ? ` (attempt ${commit.attempts})` : ''}`,
  );
  const checks = facts.checks.map((check) => `${code(check.command)}: ${check.outcome}`);
  return joinSections([
    '## Facts',
    `Files:\n\n${list(files)}`,
    `Commits:\n\n${list(commits)}`,
    `Checks: ${inline(facts.verdict)}${checks.length === 0 ? '' : `\n\n${list(checks)}`}`,
    `Replies that were not applied: ${facts.rejectedReplies}. Planned and written up by ${code(facts.models.overseer)}, coded by ${code(facts.models.coder)}.`,
  ]).trimEnd();
}

function joinSections(sections: readonly (string | undefined)[]): string {
  return `${sections.filter((section) => section !== undefined).join('\n\n')}\n`;
}

function list(items: readonly string[]): string {
  return items.length === 0 ? '- none' : items.map((item) => `- ${item}`).join('\n');
}
