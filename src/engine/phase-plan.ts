import { lastModel } from '../journal/asked-models.js';
import { withSmallerPrompt } from './smaller-prompt.js';
import { renderPlanDocument } from '../planning/plan-document.js';
import { createPlan } from '../planning/create-plan.js';
import { planDocuments } from '../planning/plan-documents.js';
import type { PlanOutcome } from '../planning/plan.js';
import { checkBase, renderFailures } from './check-tip.js';
import { commitChange } from './commit-change.js';
import { endRun, findCommit, noteRejected, tellStage, type PhaseResult, type TaskRun } from './task-run.js';

/** Everything up to the plan document, the first commit of the branch. */
export async function runPlanPhase(run: TaskRun, options: { planOnly: boolean }): Promise<PhaseResult> {
  await tellStage(run, 'planning');
  const isPlanned = run.journal.record.plan !== undefined;
  // What is wrong with the server is told where the plan is asked for.
  const load = (): void => void run.planAhead.load().catch(() => undefined);
  const baseReport = await checkBase(run, isPlanned ? undefined : load);
  if (baseReport?.setupFailed !== undefined) {
    const { command, output } = baseReport.setupFailed;
    return endRun(run, {
      kind: 'needs-attention',
      reason: 'setup-missing',
      detail: `\`${command}\` failed: ${lastLine(output)}`,
    });
  }
  // The documents are the last commit: there is nothing left to plan, also where a lost journal has taken the plan along.
  if (findCommit(run, 'documents') !== undefined) return 'continue';
  const known = run.journal.record.plan;
  if (known === undefined) {
    const outcome = await makePlan(run);
    if (outcome.kind === 'question') {
      return endRun(run, { kind: 'needs-attention', reason: 'question', detail: outcome.question });
    }
    if (outcome.kind === 'nothing-to-change') {
      return endRun(run, { kind: 'needs-attention', reason: 'nothing-to-change', detail: outcome.reason });
    }
    await run.journal.append({ type: 'planned', plan: outcome.plan, notes: outcome.notes });
    run.sink({ type: 'plan', task: run.task.id, plan: outcome.plan, notes: outcome.notes });
    await run.planAhead.note();
  }
  await commitPlanDocument(run);
  return waitsForApproval(run, options.planOnly);
}

async function makePlan(run: TaskRun): Promise<PlanOutcome> {
  return withSmallerPrompt(run, 'overseer', (budget) => {
    const input = {
      task: run.task,
      tree: run.baseTree,
      readFiles: (paths: readonly string[]) => run.repository.readFiles(run.base, paths),
      templates: run.templates,
      budget,
      seed: run.seed,
      baseFailures: renderFailures(run.journal.record.baseReport),
      isProtected: run.isProtected,
      limits: run.config.limits,
      onRejected: async (rejected: { exchange: number; attempt: number; complaints: string[] }) => {
        const { exchange, attempt } = rejected;
        const rejections = rejected.complaints.map((message) => ({
          code: 'plan' as const,
          path: undefined,
          message,
        }));
        await noteRejected(run, { label: 'plan', exchange, attempt, rejections });
      },
    };
    return run.task.kind === 'change' ? createPlan(input, run.ask) : planDocuments(input, run.ask);
  });
}

async function commitPlanDocument(run: TaskRun): Promise<void> {
  const { plan, planNotes } = run.journal.record;
  if (plan === undefined || planNotes === undefined || findCommit(run, 'plan') !== undefined) return;
  const path = `${run.config.docs}/${run.task.id}.md`;
  const old = (await run.repository.readFiles(run.tip, [path])).get(path);
  const newText = renderPlanDocument({ task: run.task, plan, notes: planNotes });
  const change =
    old?.kind === 'text'
      ? ({ kind: 'modify', path, oldText: old.text, newText } as const)
      : ({ kind: 'create', path, newText } as const);
  await commitChange(run, {
    label: 'plan',
    subject: `Plan: ${run.task.title}`,
    body: plan.summary,
    changes: [change],
    models: [lastModel(run.journal.record, 'overseer')],
  });
}

async function waitsForApproval(run: TaskRun, planOnly: boolean): Promise<PhaseResult> {
  const { record } = run.journal;
  const wanted = planOnly || (run.config.approval === 'plan' && !record.planApproved);
  if (!wanted) return 'continue';
  await run.journal.append({ type: 'waits-for-approval' });
  run.sink({ type: 'plan-waits', task: run.task.id, branch: run.branch });
  return 'waits';
}

function lastLine(output: string): string {
  return output.trimEnd().split('\n').at(-1)?.slice(0, 300) ?? '';
}
