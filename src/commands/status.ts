import { surveyTasks, type Survey } from '../engine/survey.js';
import { openWorkspace } from '../engine/workspace.js';
import { EXIT, type ExitCode } from '../errors.js';
import { verdictOf } from '../journal/run-record.js';
import type { TaskState } from '../journal/task-state.js';
import { count } from '../report/quantities.js';
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

function statusDocument({ base, baseName, entries }: Survey): unknown {
  return {
    base: { commit: base, branch: baseName ?? null },
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

async function renderStatus(survey: Survey, style: Style, columns: number | undefined): Promise<string> {
  const { entries } = survey;
  if (entries.length === 0) return 'tasks.yml has no task yet. Write one and start it with: nexus run';
  const table = await renderTable(
    entries.map((entry) => renderRow(entry, style)),
    columns,
  );
  return `${table}\n\n${style.faint(renderSummary(survey))}`;
}

function renderRow({ task, state }: Entry, style: Style): Cell[] {
  const { word, detail } = describeState(state);
  return [
    { text: task.id, paint: style.strong },
    { text: word, paint: paintOf(state, style) },
    { text: nextCommand(task.id, state) ?? '', paint: style.name },
    { text: detail === '' ? task.title : detail, paint: style.faint },
  ];
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
