import type { EventSink } from '../engine/events.js';
import { planRun, runOrHandOver } from '../engine/run.js';
import { openWorkspace, type Workspace } from '../engine/workspace.js';
import { EXIT, type ExitCode } from '../errors.js';
import type { RunRecord } from '../journal/run-record.js';
import { cleanLine, cleanText } from '../report/clean-text.js';
import { createStyle, type Style } from '../report/style.js';
import { describeReason } from '../report/wording.js';
import type { Task } from '../tasks/task.js';
import { openAnswers } from './answers.js';
import { printAnswer, type CommandContext } from './context.js';
import { findTask } from '../tasks/find-task.js';
import { requireTrust } from './settings.js';
import { withReporter } from './with-reporter.js';

/** `nexus plan TASK`: the plan of a task as its text is now; it is made if there is none yet. */
export async function plan(context: CommandContext, id: string): Promise<ExitCode> {
  const workspace = await openWorkspace(context.cwd);
  const task = findTask(workspace.tasks, (each) => each.id, id);
  const known = await readRecord(workspace, task);
  if (known?.plan === undefined) await makePlan(context, workspace, id);
  const record = known?.plan === undefined ? await readRecord(workspace, task) : known;
  await printAnswer(context, planDocument(id, record), () =>
    renderPlan(id, record, createStyle(context.terminal.colours)),
  );
  return record?.plan === undefined ? EXIT.attention : EXIT.ok;
}

/** The newest run, unless it was for another text of the task. */
async function readRecord({ store }: Workspace, task: Task): Promise<RunRecord | undefined> {
  const { record } = await store.latest(task.id);
  return record?.started.task.hash === task.hash ? record : undefined;
}

async function makePlan(context: CommandContext, workspace: Workspace, id: string): Promise<void> {
  const request = { tasks: [id] };
  const runPlan = await planRun(workspace, request);
  if (runPlan.ready.length > 0) await requireTrust(context, workspace);
  const { signal, abort } = context;
  const options = { planOnly: true, cache: openAnswers(), signal, abort, request };
  const execute = async (sink: EventSink): Promise<unknown> =>
    runOrHandOver(workspace, runPlan, { ...options, sink });
  // The answer is one document; progress would make it two.
  await (context.json ? execute(() => undefined) : withReporter(context, execute));
}

function planDocument(task: string, record: RunRecord | undefined): unknown {
  return {
    task,
    run: record?.started.run ?? null,
    branch: record?.started.branch ?? null,
    base: record?.started.base ?? null,
    plan: record?.plan ?? null,
    notes: record?.planNotes ?? null,
    progress: record?.progress ?? null,
  };
}

function renderPlan(id: string, record: RunRecord | undefined, style: Style): string {
  if (record?.plan === undefined) return `${style.warn('no plan')}: ${describeWithout(id, record)}`;
  const { plan: made, planNotes, progress } = record;
  const steps = made.steps.flatMap(({ title, instruction, files, doneWhen }, index) => [
    '',
    style.strong(`${index + 1}. ${cleanLine(title)}`),
    indent(instruction),
    ...(files.length === 0 ? [] : [style.faint(indent(`files: ${files.join(', ')}`))]),
    ...(doneWhen === '' ? [] : [style.faint(indent(`done when: ${doneWhen}`))]),
  ]);
  return [
    '',
    cleanText(made.summary),
    ...steps,
    ...(made.documents.length === 0
      ? []
      : ['', `Then documents: ${made.documents.map(cleanLine).join(', ')}`]),
    ...(planNotes?.remarks ?? []).map((remark) => style.faint(cleanLine(remark))),
    ...(progress.kind === 'waits-for-approval'
      ? ['', `To go on with it: ${style.name(`nexus run ${id}`)}`]
      : []),
  ].join('\n');
}

function describeWithout(id: string, record: RunRecord | undefined): string {
  if (record?.progress.kind !== 'ended') return `nexus status says what ${id} waits for`;
  const { outcome } = record.progress;
  if (outcome.kind === 'review') return 'the run needed none';
  return `${describeReason(outcome.reason)}: ${cleanLine(outcome.detail)}`;
}

function indent(text: string): string {
  return cleanText(text)
    .split('\n')
    .map((line) => `   ${line}`)
    .join('\n');
}
