import type { TokenBudget } from '../../src/models/budget.js';
import { estimateTokens } from '../../src/models/token-estimate.js';
import type { TreeEntry } from '../../src/repository/repository.js';
import type { Task } from '../../src/tasks/task.js';

/** A task as `tasks.yml` gives it, of which only the title must be said. */
export function makeTask(fields: Partial<Task> & { title: string }): Task {
  return {
    id: 'a-task',
    description: '',
    kind: 'change',
    files: [],
    only: false,
    acceptance: [],
    checks: undefined,
    checksAdd: [],
    dependsOn: [],
    stack: false,
    priority: 'normal',
    status: undefined,
    hash: '0123456789abcdef',
    position: { line: 1, column: 1 },
    ...fields,
  };
}

/** Entries of a tree: regular files unless a mode is given. */
export function makeTree(...files: readonly (string | Partial<TreeEntry>)[]): TreeEntry[] {
  return files.map((file) => ({
    path: '',
    mode: '100644',
    oid: '0'.repeat(40),
    size: 100,
    ...(typeof file === 'string' ? { path: file } : file),
  }));
}

export function makeBudget(promptTokens = 6000, answerTokens = 1500): TokenBudget {
  return {
    promptTokens,
    answerTokens,
    estimate: (text, path) => estimateTokens(text, path?.split('.').at(-1)),
  };
}
