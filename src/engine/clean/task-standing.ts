import { hasCode } from '../../errors.js';
import { worktreeFolders } from '../../repository/checked-out.js';
import { loadTasks } from '../../tasks/load.js';
import type { Survey } from '../survey.js';
import { branchNameOf, type Workspace } from '../workspace.js';

/** Whether what is kept of a task may go once it is old; `because` follows "since". */
export type Standing = { kind: 'settled'; because: string } | { kind: 'needed' };

const NEEDED: Standing = { kind: 'needed' };

/**
 * Tells of a task id how its task stands. Settled: accepted or rejected, or in no tasks.yml of any worktree and without a
 * branch that somebody may still want to review.
 */
export async function judgeTasks(
  workspace: Workspace,
  survey: Survey,
): Promise<(taskId: string) => Standing> {
  const { repository, config } = workspace;
  const states = new Map(survey.entries.map(({ task, state }) => [task.id, state]));
  const branches = new Set((await repository.branches(config.branch_prefix)).map(({ name }) => name));
  const elsewhere = await readOtherTasks(workspace);
  return (taskId) => {
    const state = states.get(taskId);
    if (state?.kind === 'accepted' || state?.kind === 'rejected') {
      return { kind: 'settled', because: `you ${state.kind} its task` };
    }
    if (state !== undefined || branches.has(branchNameOf(config, taskId))) return NEEDED;
    if (elsewhere === undefined || elsewhere.has(taskId)) return NEEDED;
    return { kind: 'settled', because: 'its task is no longer in tasks.yml' };
  };
}

/** Ids of the tasks of all other worktrees; undefined when one can't be read, so that nobody knows what it needs. */
async function readOtherTasks({ root, repository }: Workspace): Promise<Set<string> | undefined> {
  const ids = new Set<string>();
  for (const { worktree } of worktreeFolders(repository.commonDir)) {
    if (worktree === root) continue;
    try {
      for (const task of (await loadTasks(worktree)).tasks) ids.add(task.id);
    } catch (error) {
      if (!hasCode(error, 'tasks-missing')) return undefined;
    }
  }
  return ids;
}
