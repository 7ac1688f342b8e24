import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { CONFIG_FILE, parseConfigText } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { loadTemplates } from '../config/templates.js';
import { EXIT, hasCode, NexusError } from '../errors.js';
import { parseTasksText, TASKS_FILE } from '../tasks/load.js';
import type { Task } from '../tasks/task.js';
import { watchFolder } from '../tasks/watching/watch-folder.js';
import { watchSettledFiles, type Reading } from '../tasks/watching/watch-settled-files.js';
import { assertApproved } from './approval.js';
import type { EngineEvent, EventSink } from './events.js';
import { eventErrorOf } from './serve-request.js';
import type { TaskControls } from './task-controls.js';
import type { Wake } from './wake.js';
import type { Workspace } from './workspace.js';

/** The user's files as they have settled. */
export interface WatchedCheckout {
  /** With the last good content; undefined as long as the user has not agreed to what it would do. */
  workspace(): Promise<Workspace | undefined>;
  /** @throws NexusError `repository-gone` */
  assertThere(): void;
  close(): Promise<void>;
}

interface CheckoutOptions {
  sink: EventSink;
  controls: TaskControls;
  wake: Wake;
  signal: AbortSignal;
}

/** The last good content of the user's files. */
interface Good {
  tasks: readonly Task[];
  config: Config;
  /** By file: what is wrong with it now. The same is not told again while somebody types on. */
  problems: Map<string, string>;
}

/** Watches `tasks.yml` and `.nexus.yml`, and where HEAD is. `opened` was read just now. */
export async function watchCheckout(opened: Workspace, options: CheckoutOptions): Promise<WatchedCheckout> {
  const { root, repository } = opened;
  const { sink, wake, signal } = options;
  const good: Good = { tasks: opened.tasks, config: opened.config, problems: new Map() };
  let gone = false;
  const onGone = (): void => {
    gone = true;
    wake.ring();
  };
  const onTrouble = (error: Error): void =>
    sink({ type: 'notice', task: undefined, message: `Watching is impaired: ${error.message}` });
  let last = Promise.resolve();
  const probeFolder = join(repository.commonDir, 'nexus');
  const settleMs = opened.config.watch.settle * 1000;
  await waitUntilSettled(join(root, TASKS_FILE), settleMs, signal);
  const files = await watchSettledFiles(root, {
    files: [TASKS_FILE, CONFIG_FILE],
    settleMs,
    probeFolder,
    onUnsettled: (file) => sink({ type: 'settling', file, inMs: settleMs }),
    onSettled(file, reading) {
      // One after the other: parsing takes longer for one file than for another.
      last = last
        .then(() => takeUp(good, file, reading, { ...options, root, awaited: true }))
        .then(() => wake.ring());
    },
    onCalm: (file) => sink({ type: 'unchanged', file }),
    onTrouble,
    onGone,
  });
  // What was written since `opened` was read.
  for (const [file, reading] of files.baseline) {
    await takeUp(good, file, reading, { ...options, root, awaited: false });
  }
  // A commit makes files clean and moves the base; what waited for that may be ready.
  const head = await watchFolder(repository.gitDir, ['HEAD', 'index'], {
    probeFolder,
    onEvent: () => wake.ring(),
    onTrouble,
    onGone,
  });
  let unapproved: string | undefined;
  return {
    async workspace() {
      const { config, tasks } = good;
      let templates: ReturnType<typeof loadTemplates> | undefined;
      const workspace: Workspace = {
        ...opened,
        config,
        tasks: [...tasks],
        templates: () => (templates ??= loadTemplates(root)),
      };
      try {
        await assertApproved(workspace);
        if (unapproved !== undefined) sink(settledAs(CONFIG_FILE));
        unapproved = undefined;
        return workspace;
      } catch (error) {
        if (!hasCode(error, 'not-approved') && !hasCode(error, 'template-invalid')) throw error;
        const told = eventErrorOf(error);
        if (unapproved !== told.message) sink({ type: 'file-problem', file: CONFIG_FILE, error: told });
        unapproved = told.message;
        return undefined;
      }
    },
    assertThere() {
      if (gone) throw repositoryGone(root);
    },
    async close() {
      await Promise.all([files.close(), head.close()]);
    },
  };
}

/** Takes up what has settled; what is wrong is told, and what was there before still counts. */
async function takeUp(
  good: Good,
  file: string,
  reading: Reading,
  { sink, controls, root, awaited }: CheckoutOptions & { root: string; awaited: boolean },
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
      stopOutdated(good.tasks, controls, root);
    }
  } catch (thrown) {
    const error = eventErrorOf(thrown);
    if (good.problems.get(file) !== error.message) sink({ type: 'file-problem', file, error });
    else if (awaited) sink({ type: 'unchanged', file });
    good.problems.set(file, error.message);
  }
}

/** A file that was saved a moment ago may not be complete, at the start of the watch neither. */
async function waitUntilSettled(file: string, settleMs: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    const age = await stat(file).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => settleMs,
    );
    // A time in the future says nothing: the clock was set.
    if (age < 0 || age >= settleMs) return;
    await wait(settleMs - age, undefined, { signal });
  }
}

/** Stops the tasks under way that the user has changed, put aside or taken out. */
function stopOutdated(tasks: readonly Task[], controls: TaskControls, root: string): void {
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
      controls.cancel(task, { kind: 'cancelled', detail: 'Its text changed while it was being worked on.' });
    }
  }
}

type Settled = Extract<EngineEvent, { type: 'settled' }>;
type Difference = Pick<Settled, 'added' | 'changed' | 'removed'>;

const NO_DIFFERENCE: Difference = { added: [], changed: [], removed: [] };

function settledAs(file: string, difference: Difference = NO_DIFFERENCE): Settled {
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

function repositoryGone(root: string): NexusError {
  return new NexusError({
    code: 'repository-gone',
    message: `The repository at ${root} is gone.`,
    remedy: 'If it was moved, start nexus watch where it is now.',
    exitCode: EXIT.repository,
  });
}
