import { join } from 'node:path';
import { CONFIG_FILE } from '../../config/load.js';
import { loadTemplates } from '../../config/templates.js';
import { EXIT, NexusError } from '../../errors.js';
import { requireBase } from '../../repository/open.js';
import { watchFolder } from '../../tasks/watching/watch-folder.js';
import { assertApproved } from '../approval.js';
import type { EventSink } from '../events.js';
import { addressesOf, ROLES } from '../models.js';
import { eventErrorOf } from '../event-error.js';
import type { TaskControls } from '../task-controls.js';
import type { Workspace } from '../workspace.js';
import { settledAs, stopOutdated, type Good } from './take-up.js';
import type { Wake } from './wake.js';
import { watchUserFiles, type WatchBasics } from './watch-user-files.js';

/** The user's files as they have settled. */
export interface WatchedCheckout {
  /** With the last good content; undefined while only the user can put right what is in its way. */
  workspace(): Promise<Workspace | undefined>;
  /** Stops what is worked on although the user has changed it, put it aside or taken it out. */
  stopOutdated(): void;
  /** @throws NexusError `repository-gone`; why the files can't be watched any more */
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
  let failure: unknown;
  const basics: WatchBasics = {
    probeFolder: join(repository.commonDir, 'nexus'),
    onTrouble: tellOnce(sink),
    onGone() {
      gone = true;
      wake.ring();
    },
  };
  const stop = (): void => stopOutdated(good.tasks, controls, root);
  const onTakenUp = (): void => {
    stop();
    wake.ring();
  };
  const onFailed = (error: unknown): void => {
    failure = error;
    wake.ring();
  };
  const files = await watchUserFiles(root, good, { basics, sink, signal, onTakenUp, onFailed });
  // A commit makes files clean and moves the base; what waited for that may be ready.
  const head = await watchFolder(repository.gitDir, ['HEAD', 'index'], {
    ...basics,
    onEvent: () => wake.ring(),
  });
  return {
    workspace: usableOnly(opened, good, sink),
    stopOutdated: stop,
    assertThere() {
      if (gone) throw repositoryGone(root);
      if (failure !== undefined) throw failure;
    },
    async close() {
      await Promise.all([files.close(), head.close()]);
    },
  };
}

/** Both watches have the same trouble. */
function tellOnce(sink: EventSink): (error: Error) => void {
  const told = new Set<string>();
  return ({ message }) => {
    if (!told.has(message)) sink({ type: 'notice', task: undefined, message });
    told.add(message);
  };
}

/** The workspace with what is good now, or what is in its way, told once. */
function usableOnly(opened: Workspace, good: Good, sink: EventSink): WatchedCheckout['workspace'] {
  let told: string | undefined;
  return async () => {
    const { config, tasks } = good;
    let templates: ReturnType<typeof loadTemplates> | undefined;
    const workspace: Workspace = {
      ...opened,
      config,
      tasks: [...tasks],
      templates: () => (templates ??= loadTemplates(opened.root)),
    };
    try {
      await assertUsable(workspace);
      if (told !== undefined) sink(settledAs(CONFIG_FILE));
      told = undefined;
      return workspace;
    } catch (thrown) {
      if (!isForUser(thrown)) throw thrown;
      const error = eventErrorOf(thrown);
      if (told !== error.message) sink({ type: 'file-problem', file: CONFIG_FILE, error });
      told = error.message;
      return undefined;
    }
  };
}

/** What no work can begin without, and only the user can put right: no reason to stop watching. */
async function assertUsable(workspace: Workspace): Promise<void> {
  const { config, repository } = workspace;
  await assertApproved(workspace);
  for (const role of ROLES) addressesOf(config, role);
  await requireBase(repository, config.base);
}

/** Not approved, a template that is wrong, a server that may not be used; no base, or no commit yet. */
function isForUser(error: unknown): error is NexusError {
  if (!(error instanceof NexusError)) return false;
  return error.exitCode === EXIT.config || error.code === 'unknown-base' || error.code === 'unborn-head';
}

function repositoryGone(root: string): NexusError {
  return new NexusError({
    code: 'repository-gone',
    message: `The repository at ${root} is gone.`,
    remedy: 'If it was moved, start nexus watch where it is now.',
    exitCode: EXIT.repository,
  });
}
