import type { CheckConfig, Config } from '../config/schema.js';
import type { Task } from '../tasks/task.js';

/** The checks that decide about a task: its own instead of the configured ones, or those and what it adds. */
export function effectiveChecks(config: Config, task: Task): CheckConfig[] {
  return task.checks ?? [...config.checks, ...task.checksAdd];
}
