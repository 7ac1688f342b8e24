import { isOutrun, readBranchWork } from '../journal/branch-work.js';
import { DECISIONS, decisionsAmong, type Decision } from '../journal/decisions.js';
import type { RunRecord } from '../journal/run-record.js';
import type { StoredRun } from '../journal/run-store.js';
import { decideStates, type TaskFacts, type TaskState } from '../journal/task-state.js';
import { requireBase } from '../repository/open.js';
import type { BranchInfo, ObjectId, Repository } from '../repository/repository.js';
import type { Task } from '../tasks/task.js';
import { readWorker, type WorkerInfo } from './worker/state.js';
import { branchNameOf, type Workspace } from './workspace.js';

export interface SurveyEntry {
  task: Task;
  state: TaskState;
  branchName: string;
  branch: BranchInfo | undefined;
  record: RunRecord | undefined;
  /** What became of it is kept as a ref, and so outlives its branch and its journal. */
  isDecided: boolean;
}

/** Where all tasks stand, taken from git, decisions and journals. */
export interface Survey {
  base: ObjectId;
  /** Branch whose tip the base is; undefined for a detached HEAD. */
  baseName: string | undefined;
  /** The Nexus that works here right now. */
  worker: WorkerInfo | undefined;
  entries: SurveyEntry[];
}

/** @throws NexusError `unborn-head`, `unknown-base` */
export async function surveyTasks(workspace: Workspace): Promise<Survey> {
  const { repository, config, store } = workspace;
  const [{ commit: head, name: current }, { branches, refs }, worker, runs] = await Promise.all([
    requireBase(repository, config.base),
    repository.branchesAndRefs(config.branch_prefix, DECISIONS),
    readWorker(repository.commonDir),
    store.latestOfAll(),
  ]);
  const below = config.base === undefined ? await branchBelow(repository, current, runs) : undefined;
  const baseName = below?.name ?? current;
  const base = below?.tip ?? head;
  const branchByName = new Map(branches.map((branch) => [branch.name, branch]));
  const decisions = decisionsAmong(refs);
  const decisionsOf = groupByTask(decisions);
  const merged = await findMerged(repository, base, { runs, branches: branchByName, decisions });
  const facts = workspace.tasks.map((task): TaskFacts => {
    const branchName = branchNameOf(config, task.id);
    const branch = branchByName.get(branchName);
    const run = runs.get(task.id);
    const lost = run?.record !== undefined && isOutrun(run.record, branch);
    return {
      task,
      branchName,
      branch,
      work: undefined,
      checkedOut: undefined,
      record: lost ? undefined : run?.record,
      journalProblem: lost ? 'the journal of its last run is gone' : run?.problem,
      decisions: decisionsOf.get(task.id) ?? [],
      // While somebody stands on it, it is the base.
      inBase: (commit) => branchName !== baseName && merged.has(commit),
      working: worker?.tasks.includes(task.id) === true,
    };
  });
  const entries = (await decideAll(repository, base, facts)).map(([fact, state]) => {
    const { task, branchName, branch, record } = fact;
    const isDecided = fact.decisions.some(
      ({ taskHash, verb, tip }) =>
        taskHash === task.hash && (verb !== 'merged' || ('tip' in state && state.tip === tip)),
    );
    return { task, state, branchName, branch, record, isDecided };
  });
  return { base, baseName, worker, entries };
}

/** What takes git another look is asked only of the tasks that it decides about: few, mostly none. */
async function decideAll(
  repository: Repository,
  base: ObjectId,
  facts: readonly TaskFacts[],
): Promise<[TaskFacts, TaskState][]> {
  const known: TaskFacts[] = [];
  for (const fact of facts) known.push(await addWork(repository, base, fact));
  const first = decideStates(known);
  const startable = (fact: TaskFacts): boolean =>
    fact.branch !== undefined && first.get(fact.task.id)?.kind === 'ready';
  if (!known.some(startable)) return known.map((fact) => [fact, stateIn(first, fact)]);
  const places = await repository.checkedOut();
  const held = known.map((fact) =>
    startable(fact) ? { ...fact, checkedOut: places.get(fact.branchName) } : fact,
  );
  const states = decideStates(held);
  return held.map((fact) => [fact, stateIn(states, fact)]);
}

function stateIn(states: ReadonlyMap<string, TaskState>, { task }: TaskFacts): TaskState {
  return states.get(task.id) ?? { kind: 'ready', why: 'new' };
}

/** Reads the branch where no record of the task's text knows its tip. */
async function addWork(repository: Repository, base: ObjectId, fact: TaskFacts): Promise<TaskFacts> {
  const { task, branch, record, decisions } = fact;
  const isKnown =
    decisions.some((decision) => decision.taskHash === task.hash) ||
    (record !== undefined &&
      (record.started.task.hash === task.hash || record.committed.some(({ oid }) => oid === branch?.tip)));
  if (branch === undefined || isKnown) return fact;
  return { ...fact, work: await readBranchWork(repository, { task, branch, record, base }) };
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

/** Tips that the base holds already. Asked only of those that could be: an ended run whose tip is known, or no journal. */
async function findMerged(
  repository: Repository,
  base: ObjectId,
  known: {
    runs: ReadonlyMap<string, StoredRun>;
    branches: ReadonlyMap<string, BranchInfo>;
    decisions: readonly Decision[];
  },
): Promise<Set<ObjectId>> {
  const { runs, branches, decisions } = known;
  const tips = new Set(decisions.filter(({ verb }) => verb === 'merged').map(({ tip }) => tip));
  const recorded = new Set<string>();
  for (const { record } of runs.values()) {
    if (record === undefined) continue;
    const tip = branches.get(record.started.branch)?.tip;
    if (!isOutrun(record, branches.get(record.started.branch))) recorded.add(record.started.branch);
    if (record.progress.kind !== 'ended' || record.progress.tip === undefined) continue;
    // A base that has not moved since the run began can't hold what came after it.
    if (record.started.base === base) continue;
    tips.add(record.progress.tip);
    if (tip !== undefined) tips.add(tip);
  }
  for (const { name, tip } of branches.values()) if (!recorded.has(name)) tips.add(tip);
  return repository.selectMerged([...tips], base);
}
