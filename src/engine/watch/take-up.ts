import { CONFIG_FILE, parseConfigText } from '../../config/load.js';
import type { Config } from '../../config/schema.js';
import { EXIT, NexusError } from '../../errors.js';
import { parseTasksText, TASKS_FILE } from '../../tasks/load.js';
import type { Task } from '../../tasks/task.js';
import type { Reading } from '../../tasks/watching/watch-settled-files.js';
import type { EngineEvent, EventSink } from '../events.js';
import { eventErrorOf } from '../event-error.js';
import type { TaskControls } from '../task-controls.js';

/** The last good content of the user's files. */
export interface Good {
  tasks: readonly Task[];
  config: Config;
  /** By file: what is wrong with it now. The same is not told again while somebody types on. */
  problems: Map<string, string>;
}

/**
 * Takes up what has settled; what is wrong is told, and what was there before still counts.
 * @param about.awaited a change was announced, so that its end has to be told, whatever came of it
 */
export async function takeUp(
  good: Good,
  file: string,
  reading: Reading,
  { sink, awaited }: { sink: EventSink; awaited: boolean },
): Promise<void> {
  const tell = (difference: Difference = NO_DIFFERENCE): void => {
    const isNews = good.problems.delete(file) || Object.values(difference).some((ids) => ids.length > 0);
    if (awaited || isNews) sink(settledAs(file, difference));
  };
  try {
    if (reading.kind === 'unreadable') throw reading.error;
    if (file === CONFIG_FILE) {
      good.config = await parseConfigText(reading.kind === 'text' ? reading.text : '');
      tell();
    } else {
      if (reading.kind === 'missing') throw tasksMissing();
      const before = good.tasks;
      good.tasks = await parseTasksText(reading.text);
      tell(compareTasks(before, good.tasks));
    }
  } catch (thrown) {
    const error = eventErrorOf(thrown);
    if (good.problems.get(file) !== error.message) sink({ type: 'file-problem', file, error });
    else if (awaited) sink({ type: 'unchanged', file });
    good.problems.set(file, error.message);
  }
}

/** Stops the tasks under way that the user has changed, put aside or taken out. */
export function stopOutdated(tasks: readonly Task[], controls: TaskControls, root: string): void {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  for (const { task, hash, root: asker } of controls.active()) {
    // What was handed over from another work tree follows the tasks.yml of that one.
    if (asker !== root) continue;
    const now = byId.get(task);
    if (now === undefined) controls.cancel(task, { kind: 'paused', because: `${TASKS_FILE} has it no more` });
    else if (now.status !== undefined) {
      controls.cancel(task, {
        kind: 'paused',
        because: `it is marked \`status: ${now.status}\` in ${TASKS_FILE}`,
      });
    } else if (now.hash !== hash) {
      // Not ended: the user may take the change back, and the new text puts aside what there is of the old one.
      controls.cancel(task, { kind: 'paused', because: `its text changed in ${TASKS_FILE}` });
    }
  }
}

type Settled = Extract<EngineEvent, { type: 'settled' }>;
type Difference = Pick<Settled, 'added' | 'changed' | 'removed'>;

const NO_DIFFERENCE: Difference = { added: [], changed: [], removed: [] };

export function settledAs(file: string, difference: Difference = NO_DIFFERENCE): Settled {
  return { type: 'settled', file, ...difference };
}

function compareTasks(before: readonly Task[], after: readonly Task[]): Difference {
  const old = new Map(before.map((task) => [task.id, task.hash]));
  const ids = new Set(after.map(({ id }) => id));
  return {
    added: after.filter(({ id }) => !old.has(id)).map(({ id }) => id),
    changed: after.filter(({ id, hash }) => old.has(id) && old.get(id) !== hash).map(({ id }) => id),
    removed: before.filter(({ id }) => !ids.has(id)).map(({ id }) => id),
  };
}

function tasksMissing(): NexusError {
  return new NexusError({
    code: 'tasks-missing',
    message: `There is no ${TASKS_FILE} any more.`,
    remedy: 'Put it back, or stop with Ctrl-C.',
    exitCode: EXIT.config,
  });
}
