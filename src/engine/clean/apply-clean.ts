import { existsSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../../errors.js';
import { createPlatform, type Platform } from '../../platform.js';
import type { Repository } from '../../repository/repository.js';
import type { Workspace } from '../workspace.js';
import type { CleanItem, CleanPlan } from './clean-plan.js';
import { findCleanItems, type CleanRequest } from './plan-clean.js';

export interface CleanResult {
  /** What is gone. */
  freed: CleanItem[];
  /** Needed again since the plan was made: a task was changed or taken up, say. */
  needed: CleanItem[];
  failed: { item: CleanItem; because: string }[];
}

/**
 * Frees what a plan says, as far as it still holds: a person may have taken their time to agree to it. One thing that
 * can't be removed keeps no other from going.
 * @throws NexusError those of `planClean`
 */
export async function applyClean(
  workspace: Workspace,
  plan: CleanPlan,
  request: CleanRequest,
  platform: Platform = createPlatform(),
): Promise<CleanResult> {
  const result: CleanResult = { freed: [], needed: [], failed: [] };
  const { found } = await findCleanItems(workspace, request);
  const still = new Set(found.map(keyOf));
  for (const item of plan.groups.flatMap(({ items }) => items)) {
    if (!still.has(keyOf(item))) {
      result.needed.push(item);
      continue;
    }
    try {
      await free(item, workspace.repository, platform);
      result.freed.push(item);
    } catch (error) {
      result.failed.push({ item, because: messageOf(error) });
    }
  }
  return result;
}

/** A ref that points elsewhere by now is another thing. */
function keyOf({ kind, what, remove }: CleanItem): string {
  return JSON.stringify([kind, what, remove.kind === 'ref' ? remove.tip : null]);
}

async function free({ kind, remove }: CleanItem, repository: Repository, platform: Platform): Promise<void> {
  switch (remove.kind) {
    case 'ref':
      return repository.deleteRef(remove.ref);
    case 'worktree':
      await remove.remove();
      if (existsSync(remove.paths[0] ?? ''))
        throw new Error('something still uses it, or the rights are missing');
      return;
    case 'path':
      await platform.removeTree(remove.path);
      // The folder of a task goes with its last run; it stays while there is anything in it.
      if (kind === 'runs') await rmdir(dirname(remove.path)).catch(() => undefined);
  }
}
