import type { Priority, Task } from './task.js';

const RANK: Readonly<Record<Priority, number>> = { high: 0, normal: 1, low: 2 };

/**
 * The tasks in the order in which they are done: by priority, then as in the file, but a dependency always before
 * what needs it (a task of high priority pulls its dependencies forward). Unknown dependencies and circles are left
 * to `findDependencyProblems`; the order is total all the same.
 */
export function orderTasks<T extends Pick<Task, 'id' | 'dependsOn' | 'priority'>>(tasks: readonly T[]): T[] {
  const byPriority = tasks.toSorted((a, b) => RANK[a.priority] - RANK[b.priority]);
  const place = new Map(byPriority.map((task, index) => [task.id, { task, index }]));
  const ordered: T[] = [];
  const entered = new Set<T>();
  for (const start of byPriority) {
    const stack: { task: T; waiting: T[] }[] = [];
    const enter = (task: T): void => {
      if (entered.has(task)) return;
      entered.add(task);
      const found = task.dependsOn.map((id) => place.get(id)).filter((entry) => entry !== undefined);
      const waiting = found.toSorted((a, b) => b.index - a.index).map((entry) => entry.task);
      stack.push({ task, waiting });
    };
    enter(start);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.waiting.pop();
      if (next !== undefined) enter(next);
      else {
        ordered.push(top.task);
        stack.pop();
      }
    }
  }
  return ordered;
}
