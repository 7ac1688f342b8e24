import { lastModel } from '../journal/asked-models.js';
import { NexusError } from '../errors.js';
import type { CheckReport, Verdict } from '../checks/check.js';
import { findOccupied } from '../coding/occupied-paths.js';
import { orderFiles, type Assignment } from '../coding/prompt.js';
import { writeChange, type CodingOutcome } from '../coding/write-change.js';
import type { FileContent, Rejection, RepoPath } from '../edits/types.js';
import type { CommitLabel } from '../journal/entries.js';
import type { TokenBudget } from '../models/budget.js';
import { fitFiles } from '../planning/context.js';
import { findNamedFiles } from '../planning/named-files.js';
import type { PlanStep } from '../planning/plan.js';
import { loadParsers } from '../syntax/load-parsers.js';
import { measuredFormats } from './calibrate/figures.js';
import { checkTip, renderFailures } from './check-tip.js';
import { commitChange } from './commit-change.js';
import { withSmallerPrompt } from './smaller-prompt.js';
import {
  endRun,
  findCommit,
  labelOf,
  note,
  noteRejected,
  tellStage,
  type PhaseResult,
  type TaskRun,
} from './task-run.js';

/** All steps of the plan, then the checks and their repairs. Goes on to the documents unless a check fails. */
export async function runCodePhase(run: TaskRun): Promise<PhaseResult> {
  // The documents are the last commit: a run that is resumed behind it only needs its verdict.
  if (findCommit(run, 'documents') !== undefined) return 'continue';
  const steps = run.journal.record.plan?.steps ?? [];
  await tellStage(run, 'coding');
  for (const [index, step] of steps.entries()) {
    const result = await codeStep(run, step, index + 1);
    if (result === 'ended') return result;
  }
  if (steps.length > 0 && run.commits.every((commit) => commit.oid === findCommit(run, 'plan')?.oid)) {
    return endRun(run, {
      kind: 'needs-attention',
      reason: 'edits-not-applied',
      detail: 'The Coder sent the files back as they are: no step of the plan changed anything.',
    });
  }
  await tellStage(run, 'checking');
  const { verdict, report } = await checkAndRepair(run);
  if (verdict.kind !== 'failing') return 'continue';
  if (report.setupFailed !== undefined) {
    const detail = `\`${report.setupFailed.command}\` failed on the branch; no check ran.`;
    return endRun(run, { kind: 'needs-attention', reason: 'setup-missing', detail });
  }
  return endRun(run, {
    kind: 'needs-attention',
    reason: 'checks-fail',
    detail: `These checks fail: ${verdict.failing.join(', ')}.`,
  });
}

async function codeStep(run: TaskRun, step: PlanStep, number: number): Promise<'continue' | 'ended'> {
  const label = `step-${number}` as const;
  if (findCommit(run, label) !== undefined) return 'continue';
  const outcome = await askCoder(run, { kind: 'step', number, step }, label, step.files);
  if (outcome.kind === 'rejected') return giveUpStep(run, number, outcome.rejections);
  await commitChange(run, {
    label,
    subject: step.title,
    body: step.instruction === step.title ? '' : step.instruction,
    changes: outcome.changes,
    edits: outcome.edits,
    attempts: outcome.attempts,
    models: [lastModel(run.journal.record, 'coder')],
  });
  return 'continue';
}

/** A step that changes nothing may be done already, by an earlier one or before: the checks will tell. */
async function giveUpStep(
  run: TaskRun,
  number: number,
  rejections: readonly Rejection[],
): Promise<'continue' | 'ended'> {
  const nothing = rejections.length > 0 && rejections.every((rejection) => rejection.code === 'no-change');
  if (nothing) {
    await note(
      run,
      `Step ${number} changed nothing: what it asks for is there already, or the Coder did not see it.`,
    );
    return 'continue';
  }
  const why = rejections[0]?.message ?? 'no reply held an edit';
  return endRun(run, {
    kind: 'needs-attention',
    reason: 'edits-not-applied',
    detail: `Step ${number}: ${why}`,
  });
}

async function checkAndRepair(run: TaskRun): Promise<{ report: CheckReport; verdict: Verdict }> {
  // Repairs from before an interruption count; what they left is checked as it would have been then.
  let round = run.commits.filter((commit) => labelOf(commit)?.startsWith('repair-')).length;
  for (;;) {
    const checked = await checkTip(run, round);
    const failures = renderFailures(checked.report);
    const spent = round >= run.config.limits.attempts || checked.report.setupFailed !== undefined;
    if (failures === undefined || spent || run.task.kind !== 'change') return checked;
    round += 1;
    if (!(await repair(run, round, failures))) return checked;
    await tellStage(run, 'checking');
  }
}

/** One repair: asks the Coder with what the checks said, and commits. False when no reply could be applied. */
async function repair(run: TaskRun, round: number, failures: string): Promise<boolean> {
  const label = `repair-${round}` as const;
  const touched = (await run.repository.changedFiles(run.base, run.tip))
    .filter((file) => file.status !== 'deleted' && run.isProtected(file.path) === undefined)
    .map((file) => file.path);
  const planned = (run.journal.record.plan?.steps ?? []).flatMap((step) => step.files);
  const offered = [...new Set([...touched, ...planned])];
  const outcome = await askCoder(run, { kind: 'repair', number: round, failures, offered }, label, offered);
  if (outcome.kind === 'rejected') {
    await note(
      run,
      `Repair ${round}: no reply could be applied (${outcome.rejections[0]?.message ?? 'no edit'}).`,
    );
    return false;
  }
  await commitChange(run, {
    label,
    subject: `Repair: make the checks pass (${round})`,
    body: '',
    changes: outcome.changes,
    edits: outcome.edits,
    attempts: outcome.attempts,
    models: [lastModel(run.journal.record, 'coder')],
  });
  return true;
}

async function askCoder(
  run: TaskRun,
  assignment: Assignment,
  label: CommitLabel,
  offered: readonly RepoPath[],
): Promise<CodingOutcome> {
  const plan = run.journal.record.plan;
  if (plan === undefined) throw new Error('a step is coded only once there is a plan');
  const tree = await run.repository.listFiles(run.tip);
  const paths = new Set(tree.map((entry) => entry.path));
  const ofPlan = plan.steps.flatMap((step) => step.files);
  const missing: string[] = [];
  const parsers = await loadParsers([...offered, ...ofPlan], (error) => missing.push(error.message));
  for (const message of missing) await note(run, message);
  return withSmallerPrompt(run, 'coder', async (budget) =>
    writeChange(
      {
        task: run.task,
        plan,
        assignment,
        parsers,
        files: await readForCoder(run, offered, [...paths], budget),
        offered: offered.filter((path) => run.isProtected(path) === undefined),
        exists: findOccupied(paths),
        isProtected: run.isProtected,
        // Also for a repair: it stands before the files, and without it the server would read them again.
        baseFailures: renderFailures(run.journal.record.baseReport),
        format: run.config.coder.format,
        measured: measuredFormats(run.calibration('coder')),
        attempts: run.config.limits.attempts,
        budget,
        templates: run.templates,
        seed: run.seed + (assignment.kind === 'repair' ? 100 * assignment.number : 10 * assignment.number),
        onRejected: async ({ exchange, attempt, rejections }) => {
          const told = rejections.map(({ code, path, message }) => ({ code, path, message }));
          await noteRejected(run, { label, exchange, attempt, rejections: told });
        },
      },
      run.ask,
    ),
  );
}

/**
 * What the Coder is shown: the files of all steps and those that the task names, as they are on the branch now. The
 * files that this very step changes must fit; others are left out, first those that no step changes.
 */
async function readForCoder(
  run: TaskRun,
  offered: readonly RepoPath[],
  tree: readonly RepoPath[],
  budget: TokenBudget,
): Promise<Map<RepoPath, FileContent>> {
  const steps = run.journal.record.plan?.steps ?? [];
  const read = [...offered, ...steps.flatMap((step) => step.files), ...findNamedFiles(run.task, tree)];
  const contents = await run.repository.readFiles(run.tip, new Set(read));
  const { files, leftOut } = fitFiles([...new Set(read)], contents, budget);
  const missing = leftOut.filter((path) => offered.includes(path));
  if (missing.length > 0) throw tooLarge(missing);
  if (leftOut.length > 0)
    await note(run, `Not shown to the Coder, since they did not fit its context: ${leftOut.join(', ')}.`);
  return new Map(orderFiles(files.keys(), steps).flatMap((path) => entryOf(files, path)));
}

function entryOf(files: ReadonlyMap<RepoPath, FileContent>, path: RepoPath): [RepoPath, FileContent][] {
  const content = files.get(path);
  return content === undefined ? [] : [[path, content]];
}

function tooLarge(paths: readonly RepoPath[]): NexusError {
  return new NexusError({
    code: 'files-too-large',
    message: `${paths.join(', ')} does not fit the Coder's context together with the rest of the prompt.`,
    remedy:
      'Raise `coder.context` in .nexus.yml, or split the task so that each part changes fewer or smaller files.',
    exitCode: 1,
  });
}
