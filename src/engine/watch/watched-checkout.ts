import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { CONFIG_FILE } from '../../config/load.js';
import { loadTemplates } from '../../config/templates.js';
import { EXIT, NexusError } from '../../errors.js';
import { TASKS_FILE } from '../../tasks/load.js';
import { watchFolder } from '../../tasks/watching/watch-folder.js';
import {
  watchSettledFiles,
  type Reading,
  type SettledFilesWatch,
} from '../../tasks/watching/watch-settled-files.js';
import { assertApproved } from '../approval.js';
import type { EventSink } from '../events.js';
import { eventErrorOf } from '../serve-request.js';
import type { TaskControls } from '../task-controls.js';
import type { Workspace } from '../workspace.js';
import { settledAs, stopOutdated, takeUp, type Good } from './take-up.js';
import type { Wake } from './wake.js';

/** The user's files as they have settled. */
export interface WatchedCheckout {
  /** With the last good content; undefined as long as the user has not agreed to what it would do. */
  workspace(): Promise<Workspace | undefined>;
  /** Stops what is worked on although the user has changed it, put it aside or taken it out. */
  stopOutdated(): void;
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

/** Watches `tasks.yml` and `.nexus.yml`, and where HEAD is. `opened` was read just now. */
export async function watchCheckout(opened: Workspace, options: CheckoutOptions): Promise<WatchedCheckout> {
  const { root, repository } = opened;
  const { sink, wake, signal, controls } = options;
  const good: Good = { tasks: opened.tasks, config: opened.config, problems: new Map() };
  let gone = false;
  const onGone = (): void => {
    gone = true;
    wake.ring();
  };
  const troubles = new Set<string>();
  const onTrouble = ({ message }: Error): void => {
    // Both watches have the same trouble.
    if (!troubles.has(message)) sink({ type: 'notice', task: undefined, message });
    troubles.add(message);
  };
  const probeFolder = join(repository.commonDir, 'nexus');
  const stopOld = (): void => stopOutdated(good.tasks, controls, root);
  let last = Promise.resolve();
  let settle = good.config.watch.settle;
  const files = [TASKS_FILE, CONFIG_FILE];
  const paths = files.map((file) => join(root, file));
  const openFiles = async (): Promise<SettledFilesWatch> => {
    const settleMs = settle * 1000;
    for (;;) {
      await waitUntilSettled(paths, settleMs, signal);
      const opening = await watchSettledFiles(root, {
        files,
        settleMs,
        probeFolder,
        onUnsettled: (file) => sink({ type: 'settling', file, inMs: settleMs }),
        onSettled(file, reading) {
          // One after the other: parsing takes longer for one file than for another.
          last = last.then(() => settled(file, reading));
        },
        onCalm: (file) => sink({ type: 'unchanged', file }),
        onTrouble,
        onGone,
      });
      if ((await youngest(paths)) >= settleMs) {
        // What was written since the files were read last.
        for (const [file, reading] of opening.baseline)
          await takeUp(good, file, reading, { sink, awaited: false });
        return opening;
      }
      await opening.close();
    }
  };
  const settled = async (file: string, reading: Reading): Promise<void> => {
    await takeUp(good, file, reading, { sink, awaited: true });
    if (good.config.watch.settle !== settle) {
      settle = good.config.watch.settle;
      await watched.close();
      watched = await openFiles();
    }
    stopOld();
    wake.ring();
  };
  let watched = await openFiles();
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
        // Not approved, or a template of the user's that is wrong.
        if (!(error instanceof NexusError) || error.exitCode !== EXIT.config) throw error;
        const told = eventErrorOf(error);
        if (unapproved !== told.message) sink({ type: 'file-problem', file: CONFIG_FILE, error: told });
        unapproved = told.message;
        return undefined;
      }
    },
    stopOutdated: stopOld,
    assertThere() {
      if (gone) throw repositoryGone(root);
    },
    async close() {
      await Promise.all([watched.close(), head.close()]);
    },
  };
}

/** A file that was saved a moment ago may not be complete. */
async function waitUntilSettled(
  paths: readonly string[],
  settleMs: number,
  signal: AbortSignal,
): Promise<void> {
  for (let age = await youngest(paths); age < settleMs; age = await youngest(paths)) {
    await wait(settleMs - age, undefined, { signal });
  }
}

/** For how long none of the files has changed, in ms. A time in the future says nothing: the clock was set. */
async function youngest(paths: readonly string[]): Promise<number> {
  const ages = await Promise.all(
    paths.map(async (path) =>
      stat(path).then(
        ({ mtimeMs }) => Date.now() - mtimeMs,
        () => Infinity,
      ),
    ),
  );
  return Math.min(...ages.map((age) => (age < 0 ? Infinity : age)));
}

function repositoryGone(root: string): NexusError {
  return new NexusError({
    code: 'repository-gone',
    message: `The repository at ${root} is gone.`,
    remedy: 'If it was moved, start nexus watch where it is now.',
    exitCode: EXIT.repository,
  });
}
