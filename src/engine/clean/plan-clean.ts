import type { ObjectId, Repository } from '../../repository/repository.js';
import { measureRefs } from '../../repository/ref-facts.js';
import { surveyTasks, type Survey } from '../survey.js';
import { findHolder } from '../worker/lock.js';
import { readWorkerOf } from '../worker/state.js';
import type { Workspace } from '../workspace.js';
import { CLEAN_KINDS, type CleanItem, type CleanPlan } from './clean-plan.js';
import { findLeftovers } from './find-leftovers.js';
import { findTaskRemains } from './find-task-remains.js';
import { measurePath } from './measure-path.js';
import { judgeTasks } from './task-standing.js';

export interface CleanRequest {
  /** What has not changed for so long is old, in ms. */
  olderThanMs: number;
  /** ms since 1970; the clock's time unless a test says otherwise. */
  now?: number;
}

/**
 * What could be freed, measured; nothing is changed. Never among it: decisions, branches, anything of a task that is not
 * accepted, rejected or gone from tasks.yml, anything that the live worker uses.
 * @throws NexusError those of `surveyTasks`
 */
export async function planClean(workspace: Workspace, request: CleanRequest): Promise<CleanPlan> {
  const { found, kept } = await findCleanItems(workspace, request);
  const groups: CleanPlan['groups'] = [];
  for (const kind of CLEAN_KINDS) {
    const items = found.filter((item) => item.kind === kind);
    if (items.length > 0)
      groups.push({ kind, bytes: await measureItems(workspace.repository, items), items });
  }
  return { groups, kept };
}

/** The same without the sizes. */
export async function findCleanItems(
  workspace: Workspace,
  { olderThanMs, now = Date.now() }: CleanRequest,
): Promise<{ found: CleanItem[]; kept: CleanPlan['kept'] }> {
  const { repository } = workspace;
  const rule = { now, olderThanMs };
  const survey = await surveyTasks(workspace);
  const holder = await findHolder(repository.commonDir);
  const worker = holder === undefined ? undefined : await readWorkerOf(repository.commonDir, holder);
  const standingOf = await judgeTasks(workspace, survey);
  const remains = await findTaskRemains(workspace, standingOf, rule);
  const treesInUse = await readTreesInUse(workspace, survey, (id) => standingOf(id).kind === 'needed');
  const leftovers = await findLeftovers({ repository, rule, treesInUse, liveWorker: holder?.key });
  const found: CleanItem[] = [];
  const kept: CleanPlan['kept'] = [];
  for (const item of [...remains, ...leftovers]) {
    const inUse =
      holder !== undefined &&
      item.task !== undefined &&
      (worker?.tasks.includes(item.task) === true || (await isBeingWorkedOn(workspace, item.task)));
    if (inUse) kept.push({ what: item.what, because: `process ${holder.pid} works on ${item.task}` });
    else found.push(item);
  }
  return { found, kept };
}

/** The worker may be of another version, which tells nothing of itself: then the journal has to do. */
async function isBeingWorkedOn({ store }: Workspace, task: string): Promise<boolean> {
  return (await store.latest(task)).record?.progress.kind === 'working';
}

async function readTreesInUse(
  { repository, store }: Workspace,
  survey: Survey,
  isNeeded: (taskId: string) => boolean,
): Promise<Set<string>> {
  const bases = new Set<ObjectId>([survey.base]);
  for (const [task, { record }] of await store.latestOfAll()) {
    if (record !== undefined && isNeeded(task)) bases.add(record.started.base);
  }
  // A base that was rewritten may be gone from the repository; then nothing starts from its tree.
  const trees = await Promise.all([...bases].map((base) => repository.treeOf(base).catch(() => undefined)));
  return new Set(trees.filter((tree) => tree !== undefined));
}

async function measureItems(repository: Repository, items: readonly CleanItem[]): Promise<number> {
  const refs = new Map<string, ObjectId>();
  let bytes = 0;
  for (const { remove } of items) {
    if (remove.kind === 'ref') refs.set(remove.ref, remove.tip);
    else
      for (const path of remove.kind === 'path' ? [remove.path] : remove.paths)
        bytes += await measurePath(path);
  }
  return bytes + (await measureRefs(repository, refs));
}
