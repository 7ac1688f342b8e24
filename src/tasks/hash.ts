import { createHash } from 'node:crypto';
import type { CheckConfig } from '../config/schema.js';
import type { Task } from './task.js';

/** What a task means. Its id names it; priority, status, depends_on and stack only say when it is done. */
export type TaskMeaning = Pick<
  Task,
  'title' | 'description' | 'kind' | 'files' | 'only' | 'acceptance' | 'checks' | 'checksAdd'
>;

/** SHA-256 of the meaning, 16 hex digits. Formatting, key order and comments of the YAML do not count. */
export function hashTask(task: TaskMeaning): string {
  const canonical = JSON.stringify([
    // Raise it when a new key starts to matter and old hashes may not be taken for new ones.
    1,
    task.title,
    task.description,
    task.kind,
    task.files,
    task.only,
    task.acceptance,
    task.checks?.map(listCheck) ?? null,
    task.checksAdd.map(listCheck),
  ]);
  return createHash('sha256').update(canonical).digest('hex').slice(0, 16);
}

function listCheck({ name, run, cwd, paths, timeout }: CheckConfig): unknown[] {
  return [name ?? null, run, cwd, paths, timeout];
}
