import type { CheckReport, Verdict } from '../checks/check.js';
import { EXIT, hasCode, NexusError } from '../errors.js';
import type { ObjectId } from '../repository/repository.js';
import { findTask } from '../tasks/find-task.js';
import type { EventSink } from './events.js';
import { acquireLock, type Lock } from './worker/lock.js';
import { readWorker } from './worker/state.js';
import { surveyTasks, type SurveyEntry } from './survey.js';
import { createBackends, createModels } from './models.js';
import { openRunForChecks } from './rebuild-run.js';
import { checkBase, recheckTip } from './check-tip.js';
import type { Workspace } from './workspace.js';

export interface BranchVerdict {
  task: string;
  branch: string;
  tip: ObjectId;
  verdict: Verdict;
  report: CheckReport;
}

/**
 * Runs the checks again on a task's branch as it is now, whoever made its last commit, and records the verdict.
 * @throws NexusError `unknown-task`, `no-branch`, `busy`, `setup-required`
 */
export async function checkBranch(
  workspace: Workspace,
  taskId: string,
  options: { sink: EventSink; signal: AbortSignal },
): Promise<BranchVerdict> {
  const survey = await surveyTasks(workspace);
  const entry = findTask(survey.entries, ({ task }) => task.id, taskId);
  const { task, branch, branchName } = entry;
  if (branch === undefined) throw noBranch(taskId, branchName);
  const lock = await lockUnlessElsewhere(workspace.repository.commonDir, entry);
  try {
    const { config, root: folder } = workspace;
    const models = createModels(config, createBackends(config, { folder }));
    const run = await openRunForChecks({ workspace, task, models, survey, branch, ...options });
    await checkBase(run);
    const { report, verdict } = await recheckTip(run);
    return { task: taskId, branch: branchName, tip: branch.tip, verdict, report };
  } finally {
    await lock?.release();
  }
}

/**
 * While another Nexus works on other tasks, this one's branch can be checked beside it: all that is written is a verdict
 * at the end of its journal. One that is lost or damaged is mended only under the lock.
 */
async function lockUnlessElsewhere(
  commonDir: string,
  { task, record }: SurveyEntry,
): Promise<Lock | undefined> {
  try {
    return await acquireLock(commonDir);
  } catch (error) {
    const worker = hasCode(error, 'busy') ? await readWorker(commonDir) : undefined;
    if (worker === undefined || worker.tasks.includes(task.id) || record === undefined) throw error;
    return undefined;
  }
}

function noBranch(taskId: string, branchName: string): NexusError {
  return new NexusError({
    code: 'no-branch',
    message: `There is no branch ${branchName}: nothing to check.`,
    remedy: `Run the task first: nexus run ${taskId}`,
    exitCode: EXIT.attention,
  });
}
