import { join } from 'node:path';
import { loadConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { loadTemplates, type Templates } from '../config/templates.js';
import { openRunStore, type RunStore } from '../journal/run-store.js';
import { openRepository } from '../repository/open.js';
import type { Repository } from '../repository/repository.js';
import { loadTasks } from '../tasks/load.js';
import type { Task } from '../tasks/task.js';

/** Everything that a command needs to know about the repository it was called in. */
export interface Workspace {
  /** Top of the work tree that the user stands in. */
  root: string;
  repository: Repository;
  config: Config;
  tasks: Task[];
  store: RunStore;
  /** Read when first needed: most commands ask no model. */
  templates: () => Promise<Templates>;
}

/**
 * Opens the repository around `cwd` and reads `.nexus.yml` and `tasks.yml` from its work tree, never from a branch.
 * @throws NexusError of the rooms below: not a repository, a file that is missing or wrong.
 */
export async function openWorkspace(cwd: string): Promise<Workspace> {
  const repository = await openRepository(cwd);
  const { root } = repository;
  const cacheFolder = join(repository.commonDir, 'nexus', 'cache');
  const [config, loaded] = await Promise.all([
    loadConfig(root, { cacheFolder }),
    loadTasks(root, { cacheFolder }),
  ]);
  let templates: Promise<Templates> | undefined;
  return {
    root,
    repository,
    config,
    tasks: loaded.tasks,
    store: openRunStore(repository.commonDir),
    templates: () => (templates ??= loadTemplates(root)),
  };
}

/** `nexus/add-login` for the task `add-login`. */
export function branchNameOf(config: Config, taskId: string): string {
  return `${config.branch_prefix}${taskId}`;
}
