import { writeMerged } from '../journal/decisions.js';
import type { Repository } from '../repository/repository.js';
import type { RunPlan } from './plan-run.js';

/** So that a task that was merged by hand is not done again when its branch and its journal are gone. */
export async function rememberMerged(repository: Repository, { merged }: RunPlan): Promise<void> {
  for (const decision of merged) await writeMerged(repository, decision);
}
