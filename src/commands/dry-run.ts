import type { Config } from '../config/schema.js';
import type { PlannedTask, RunPlan } from '../engine/run.js';
import { cleanLine } from '../report/clean-text.js';
import { count } from '../report/quantities.js';
import { createStyle, type Style } from '../report/style.js';
import type { Terminal } from '../report/terminal.js';

const SHORT_ID = 8;

/** What `run --dry-run --json` prints. */
export function dryRunDocument({ ready, waiting, models }: RunPlan): unknown {
  return {
    ready: ready.map(({ task, baseName, ...rest }) => ({
      task: task.id,
      title: task.title,
      kind: task.kind,
      ...rest,
      baseName: baseName ?? null,
    })),
    waiting,
    models,
  };
}

/** What a run would do and ask, for people. */
export function renderDryRun(plan: RunPlan, config: Config, { colours }: Terminal): string {
  const style = createStyle(colours);
  const { ready, waiting, models } = plan;
  const lines = [
    ...ready.flatMap((planned) => renderTask(planned, style)),
    ...waiting.map(({ task, because }) => style.faint(`${task} waits: ${cleanLine(because)}`)),
  ];
  if (ready.length === 0) return [...lines, 'Nothing is ready to be done.'].join('\n');
  const { attempts, steps } = config.limits;
  return [
    ...lines,
    '',
    `For each: ${cleanLine(models.overseer)} is asked for a plan of at most ${count(steps, 'step')},`,
    `${cleanLine(models.coder)} for the code of each step, ${cleanLine(models.overseer)} for the document;`,
    `at most ${count(attempts, 'reply')} for each of these and for repairs. Nothing was asked now.`,
  ].join('\n');
}

function renderTask(planned: PlannedTask, style: Style): string[] {
  const { task, branch, base, baseName, resume, why, checks, dirty } = planned;
  const from = `${baseName ?? 'a detached HEAD'} at ${base.slice(0, SHORT_ID)}`;
  const start = resume ? `goes on with ${branch}` : `starts ${branch} from ${from}`;
  return [
    `${style.strong(task.id)}: ${cleanLine(task.title)}`,
    `  ${cleanLine(start)} (${why})`,
    `  checks: ${checks.length === 0 ? style.warn('none') : checks.map(cleanLine).join(', ')}`,
    ...(dirty.length === 0
      ? []
      : [style.warn(`  without what is not committed: ${dirty.map(cleanLine).join(', ')}`)]),
  ];
}
