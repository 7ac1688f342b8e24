import type { TokenBudget } from '../models/budget.js';
import { ModelError } from '../models/model-error.js';
import type { Role } from '../models/port.js';
import { note, type TaskRun } from './task-run.js';

/** What is left of the budget for the prompt after each refusal by the server. */
const SHARES = [1, 0.65, 0.4];

/**
 * Asks with a smaller budget when the server finds the prompt too long: the estimate was wrong, and the same prompt
 * would be refused again.
 * @throws ModelError `context-exceeded` or `prompt-cut` when even the smallest prompt is too long.
 */
export async function withSmallerPrompt<T>(
  run: TaskRun,
  role: Role,
  ask: (budget: TokenBudget) => Promise<T>,
): Promise<T> {
  for (const share of SHARES) {
    const budget = run.budget(role);
    try {
      return await ask({ ...budget, promptTokens: Math.floor(budget.promptTokens * share) });
    } catch (error) {
      const tooLong =
        error instanceof ModelError && (error.fault === 'context-exceeded' || error.fault === 'prompt-cut');
      if (!tooLong || share === SHARES.at(-1)) throw error;
      await note(run, `The ${role}'s prompt was longer than its context; files were left out of it.`);
    }
  }
  throw new Error('unreachable: the last share throws');
}
