import { readDecisions } from '../journal/decisions.js';
import type { RunRecord } from '../journal/run-record.js';
import type { StoredRun } from '../journal/run-store.js';
import { decideStates, type TaskFacts, type TaskState } from '../journal/task-state.js';
import { requireBase } from '../repository/open.js';
import type { BranchInfo, ObjectId, Repository } from '../repository/repository.js';
import type { Task } from '../tasks/task.js';
import { findHolder } from './worker/lock.js';
import { branchNameOf, type Workspace } from './workspace.js';

export interface SurveyEntry {
  task: Task;
  state: TaskState;
  branchName: string;
  branch: BranchInfo | undefined;
  record: RunRecord | undefined;
}

/** Where all tasks stand, taken from git, decisions and journals. */
export interface Survey {
  base: ObjectId;
  /** Branch whose tip the base is; undefined for a detached HEAD. */
  baseName: string | undefined;
  entries: SurveyEntry[];
}

/** @throws NexusError `unborn-head`, `unknown-base` */
export async function surveyTasks(workspace: Workspace): Promise<Survey> {
  const { repository, config, store } = workspace;
  const [head, current, branches, decisions, holder, runs] = await Promise.all([
    // By name only where the user gave one: of an unborn branch the name would say less.
    requireBase(repository, config.base),
    config.base ?? repository.currentBranch(),
    repository.branches(config.branch_prefix),
    readDecisions(repository),
    findHolder(repository.commonDir),
    store.latestOfAll(),
  ]);
  const below = config.base === undefined ? await branchBelow(repository, current, runs) : undefined;
  const baseName = below?.name ?? current;
  const base = below?.tip ?? head;
  const branchByName = new Map(branches.map((branch) => [branch.name, branch]));
  const decisionsOf = groupByTask(decisions);
  const merged = await findMerged(
    repository,
    base,
    [...runs.values()].map((run) => run.record),
    branchByName,
  );
  const facts = workspace.tasks.map((task): TaskFacts => {
    const branchName = branchNameOf(config, task.id);
    const run = runs.get(task.id);
    return {
      task,
      branchName,
      branch: branchByName.get(branchName),
      record: run?.record,
      journalProblem: run?.problem,
      decisions: decisionsOf.get(task.id) ?? [],
      inBase: (commit) => merged.has(commit),
      working: holder !== undefined,
    };
  });
  const states = decideStates(facts);
  const entries = facts.map(({ task, branchName, branch, record }) => {
    const state: TaskState = states.get(task.id) ?? { kind: 'ready', why: 'new' };
    return { task, state, branchName, branch, record };
  });
  return { base, baseName, entries };
}

/**
 * What work starts from while the user looks at a feature branch: the branch that its run started from. The feature
 * branch itself would be its own base, and so count as accepted. Undefined on any other branch.
 */
async function branchBelow(
  repository: Repository,
  current: string | undefined,
  runs: ReadonlyMap<string, StoredRun>,
): Promise<BranchInfo | undefined> {
  const started = [...runs.values()].flatMap(({ record }) => (record === undefined ? [] : [record.started]));
  const below = new Map(started.map(({ branch, baseName }) => [branch, baseName]));
  let name = current;
  // Stacked branches have others below them; the count ends a circle.
  for (let steps = 0; name !== undefined && below.has(name) && steps < below.size; steps++) {
    name = below.get(name);
  }
  return name === undefined || name === current ? undefined : repository.branch(name);
}

function groupByTask<T extends { task: string }>(items: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(item.task, [...(groups.get(item.task) ?? []), item]);
  return groups;
}

/** Tips that the base holds already. Asked only of those that could be: an ended run whose tip is known. */
async function findMerged(
  repository: Repository,
  base: ObjectId,
  records: readonly (RunRecord | undefined)[],
  branches: ReadonlyMap<string, BranchInfo>,
): Promise<Set<ObjectId>> {
  const tips = new Set<ObjectId>();
  for (const record of records) {
    if (record?.progress.kind !== 'ended' || record.progress.tip === undefined) continue;
    // A base that has not moved since the run began can't hold what came after it.
    if (record.started.base === base) continue;
    tips.add(record.progress.tip);
    const tip = branches.get(record.started.branch)?.tip;
    if (tip !== undefined) tips.add(tip);
  }
  return repository.selectMerged([...tips], base);
}
