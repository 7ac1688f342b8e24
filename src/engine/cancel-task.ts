import { EXIT, NexusError } from '../errors.js';
import { isOutrun } from '../journal/branch-work.js';
import type { Outcome } from '../journal/entries.js';
import type { ObjectId } from '../repository/repository.js';
import { sumCounts } from './counts.js';
import type { EventSink } from './events.js';
import { eventErrorOf } from './event-error.js';
import type { TaskControls } from './task-controls.js';
import { cancelThroughWorker } from './worker/hand-over.js';
import { acquireLock } from './worker/lock.js';
import { readWorker } from './worker/state.js';
import type { Workspace } from './workspace.js';

const DETAIL = 'You cancelled it. What is committed is kept.';

export interface Cancelled {
  task: string;
  branch: string;
  tip: ObjectId | undefined;
  outcome: Outcome;
}

/**
 * Stops a task: the one that another process works on right now, or one whose run was interrupted. What is committed
 * stays on its branch, and `nexus run TASK` goes on with it.
 * @throws NexusError `not-running`, `busy`
 */
export async function cancelTask(
  workspace: Workspace,
  taskId: string,
  signal: AbortSignal,
): Promise<Cancelled> {
  const { commonDir } = workspace.repository;
  for (;;) {
    const worker = await readWorker(commonDir);
    if (worker === undefined) break;
    const ended = await cancelThroughWorker(commonDir, taskId, { signal });
    if (ended.kind === 'ended') return ended;
    if (ended.kind === 'refused') throw new NexusError(ended.error);
  }
  const lock = await acquireLock(commonDir);
  try {
    return await endInterrupted(workspace, taskId);
  } finally {
    await lock.release();
  }
}

/** What a worker does when another process asks it to cancel; it answers in events. */
export async function cancelForOther(
  workspace: Workspace,
  controls: TaskControls,
  sink: EventSink,
  asked: { id: string; task: string },
): Promise<void> {
  if (controls.cancel(asked.task, { kind: 'cancelled', detail: DETAIL })) return;
  try {
    const { task, branch, outcome, tip } = await endInterrupted(workspace, asked.task);
    sink({ type: 'task-ended', task, branch, outcome, tip });
  } catch (error) {
    const told = eventErrorOf(error);
    sink({ type: 'request-done', request: asked.id, summary: sumCounts(), error: told });
  }
}

/**
 * Ends a run that nobody works on, so that the next one does not go on with it by itself. The asker has looked the task up
 * in tasks.yml; what this process has read of that may be hours old.
 */
async function endInterrupted(workspace: Workspace, taskId: string): Promise<Cancelled> {
  const { repository, store } = workspace;
  const record = (await store.latestOfAll()).get(taskId)?.record;
  if (record === undefined || record.progress.kind === 'ended') throw notRunning(taskId);
  const branch = await repository.branch(record.started.branch);
  const journal = isOutrun(record, branch) ? undefined : await store.reopen(taskId);
  if (journal === undefined) throw notRunning(taskId);
  const outcome: Outcome = { kind: 'needs-attention', reason: 'cancelled', detail: DETAIL };
  await journal.append({ type: 'ended', outcome, tip: branch?.tip });
  return { task: taskId, branch: record.started.branch, tip: branch?.tip, outcome };
}

function notRunning(taskId: string): NexusError {
  return new NexusError({
    code: 'not-running',
    message: `${taskId} is not being worked on, and no run of it was interrupted.`,
    remedy:
      'nexus status says where it stands. To keep a watch or the next run from doing it, set `status: paused` in tasks.yml.',
    exitCode: EXIT.attention,
  });
}
