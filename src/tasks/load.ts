import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { parseCached } from '../config/parse-cache.js';
import { createProblemsError } from '../config/problem.js';
import { readUserFile } from '../config/read-user-file.js';
import { EXIT, NexusError } from '../errors.js';
import type { Task } from './task.js';

export const TASKS_FILE = 'tasks.yml';

/** How the file is read. 5,000 tasks with descriptions need about a quarter of `maxBytes`. */
export const TASKS_LIMITS = { code: 'tasks-unreadable', maxBytes: 4 * 1024 * 1024 };

/** `tasks.yml` as it was read: `text` is what the tasks were made from. */
export interface LoadedTasks {
  tasks: Task[];
  text: string;
  path: string;
}

/**
 * Reads `tasks.yml` at the top of the working tree `root`. Throws `NexusError` `tasks-missing`, `tasks-unreadable`
 * (not a regular file, too long, not UTF-8) or `tasks-invalid`, which lists all mistakes; exit code 3 each.
 * With `cacheFolder` an unchanged file is not parsed again, and the YAML parser is not loaded.
 */
export async function loadTasks(root: string, options: { cacheFolder?: string } = {}): Promise<LoadedTasks> {
  const path = join(root, TASKS_FILE);
  const text = await readUserFile(path, TASKS_LIMITS);
  if (text === undefined) throw await createMissingError(root);
  const tasks = await parseCached(options.cacheFolder, 'tasks', text, () => parseTasksText(text));
  return { tasks, text, path };
}

/** The text of a `tasks.yml`; throws `NexusError` `tasks-invalid`, which lists all mistakes. */
export async function parseTasksText(text: string): Promise<Task[]> {
  const { parseTasks } = await import('./parse.js');
  const { tasks, problems } = parseTasks(text);
  if (problems.length > 0) throw createProblemsError('tasks-invalid', TASKS_FILE, problems);
  return tasks;
}

async function createMissingError(root: string): Promise<NexusError> {
  const other = 'tasks.yaml';
  const misnamed = await access(join(root, other)).then(
    () => true,
    () => false,
  );
  return new NexusError({
    code: 'tasks-missing',
    message: `There is no ${TASKS_FILE} in ${root}.`,
    remedy: misnamed ? `Rename ${other} to ${TASKS_FILE}.` : 'Run `nexus init`.',
    exitCode: EXIT.config,
  });
}
