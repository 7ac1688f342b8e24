import { hostname } from 'node:os';
import { surveyTasks, type Survey } from '../engine/survey.js';
import { openWorkspace } from '../engine/workspace.js';
import { EXIT, type ExitCode } from '../errors.js';
import type { WorkerInfo } from '../engine/worker/state.js';
import { verdictOf, type RunRecord } from '../journal/run-record.js';
import type { TaskState } from '../journal/task-state.js';
import { cleanLine } from '../report/clean-text.js';
import { count, renderMoment } from '../report/quantities.js';
import { createStyle, type Style } from '../report/style.js';
import { renderTable, type Cell } from '../report/table.js';
import { describeState, nextCommand } from '../report/wording.js';
import { printAnswer, type CommandContext } from './context.js';

type Entry = Survey['entries'][number];

const SHORT_ID = 8;

/** `nexus status`: every task with its state, its branch and what is needed next. */
export async function status(context: CommandContext): Promise<ExitCode> {
  const survey = await surveyTasks(await openWorkspace(context.cwd));
  const { terminal } = context;
  await printAnswer(context, statusDocument(survey), () =>
    renderStatus(survey, createStyle(terminal.colours), terminal.columns()),
  );
  return EXIT.ok;
}

function statusDocument({ base, baseName, worker, entries }: Survey): unknown {
  return {
    base: { commit: base, branch: baseName ?? null },
    worker: worker === undefined ? null : workerDocument(worker),
    tasks: entries.map((entry) => {
      const { task, state, branch, branchName, record } = entry;
      return {
        id: task.id,
        title: task.title,
        kind: task.kind,
        priority: task.priority,
        dependsOn: task.dependsOn,
        state,
        branch: { name: branchName, tip: branch?.tip ?? null },
        verdict: (branch && record && verdictOf(record, branch.tip)?.verdict) ?? null,
        run: record?.started.run ?? null,
        next: nextCommand(task.id, state) ?? null,
      };
    }),
  };
}

function workerDocument({ mode, pid, host, root, since, tasks }: WorkerInfo): unknown {
  return { mode, pid, host, root, since, tasks };
}

async function renderStatus(survey: Survey, style: Style, columns: number | undefined): Promise<string> {
  const { entries, worker } = survey;
  const atWork = worker === undefined ? '' : `\n${style.name(describeWorker(worker, Date.now()))}`;
  if (entries.length === 0) {
    const next =
      worker?.mode === 'watch' ? 'Write one: it is seen.' : 'Write one and start it with: nexus run';
    return `tasks.yml has no task yet. ${next}${atWork}`;
  }
  const table = await renderTable(
    entries.map((entry) => renderRow(entry, style)),
    columns,
  );
  return `${table}\n\n${style.faint(renderSummary(survey))}${atWork}`;
}

function renderRow({ task, state, record }: Entry, style: Style): Cell[] {
  const { word, detail } = describeState(state);
  const step = state.kind === 'coding' && record !== undefined ? describeStep(record) : '';
  return [
    { text: task.id, paint: style.strong },
    { text: `${word}${step}`, paint: paintOf(state, style) },
    { text: nextCommand(task.id, state) ?? '', paint: style.name },
    { text: detail === '' ? task.title : detail, paint: style.faint },
  ];
}

/** ` step 2/3`; empty when the last one is done. */
function describeStep({ plan, committed }: RunRecord): string {
  const steps = plan?.steps.length ?? 0;
  const done = committed.filter(({ label }) => label.startsWith('step-')).length;
  return done < steps ? ` step ${done + 1}/${steps}` : '';
}

/** `nexus watch works on fix-sum (process 4711, since 19:05, in /home/ada/project)`. */
function describeWorker({ mode, pid, host, root, since, tasks }: WorkerInfo, now: number): string {
  const name = { watch: 'nexus watch', run: 'nexus run', hook: 'a run that a hook began' }[mode];
  const idle = mode === 'watch' ? 'waits for tasks' : 'is at work';
  const doing = tasks.length === 0 ? idle : `works on ${tasks.join(', ')}`;
  const place = host === hostname() ? '' : ` on ${host}`;
  const at = renderMoment(Date.parse(since), now);
  return cleanLine(`${name} ${doing} (process ${pid}${place}, since ${at}, in ${root})`);
}

function paintOf(state: TaskState, style: Style): (text: string) => string {
  switch (state.kind) {
    case 'review':
    case 'accepted':
      return style.good;
    case 'needs-attention':
      return style.warn;
    case 'waiting':
    case 'rejected':
      return style.faint;
    case 'ready':
    case 'planning':
    case 'coding':
    case 'checking':
    case 'documenting':
      return style.name;
  }
}

function renderSummary({ base, baseName, entries }: Survey): string {
  const numbers = new Map<string, number>();
  for (const { state } of entries) {
    const { word } = describeState(state);
    numbers.set(word, (numbers.get(word) ?? 0) + 1);
  }
  const parts = [...numbers].map(([word, number]) => `${number} ${word}`);
  const from = `${baseName ?? 'a detached HEAD'} at ${base.slice(0, SHORT_ID)}`;
  return `${count(entries.length, 'task')}: ${parts.join(', ')}. Work starts from ${from}.`;
}
