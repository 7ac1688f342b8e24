import { addSums, type RoleFigures, type RunFigures, type Sum } from './log-figures.js';
import { SUMS } from './log-stats.js';

/** What several models were asked in several runs. */
export interface Totals extends Omit<RoleFigures, 'role' | 'model'> {
  runs: number;
  checkingMs: Sum;
}

export interface TaskTotals extends Totals {
  task: string;
}

/** What all kept runs have cost. */
export interface AllFigures {
  /** Each model in each role. */
  roles: RoleFigures[];
  tasks: TaskTotals[];
  total: Totals;
}

const NOTHING: Sum = { known: 0, unknown: 0, estimated: 0 };

/** Adds up the figures of runs, in the order of their tasks. */
export function addRuns(runs: readonly { task: string; figures: RunFigures }[]): AllFigures {
  const roles = new Map<string, RoleFigures>();
  const tasks = new Map<string, TaskTotals>();
  let total: Totals = createTotals();
  for (const { task, figures } of runs) {
    for (const each of figures.roles) {
      const key = `${each.role} ${each.model}`;
      const before = roles.get(key);
      roles.set(key, before === undefined ? each : { ...each, ...addCosts(before, each) });
    }
    tasks.set(task, { task, ...addRun(tasks.get(task) ?? createTotals(), figures) });
    total = addRun(total, figures);
  }
  return { roles: [...roles.values()], tasks: [...tasks.values()], total };
}

function addRun(totals: Totals, { roles, checkingMs }: RunFigures): Totals {
  return {
    ...totals,
    ...roles.reduce<Costs>((sum, role) => ({ ...sum, ...addCosts(sum, role) }), totals),
    runs: totals.runs + 1,
    checkingMs: addSums(totals.checkingMs, checkingMs),
  };
}

type Costs = Omit<RoleFigures, 'role' | 'model'>;

function addCosts(one: Costs, other: Costs): Costs {
  const sums = { ...one };
  for (const name of SUMS) sums[name] = addSums(one[name], other[name]);
  return {
    ...sums,
    requests: one.requests + other.requests,
    unused: one.unused + other.unused,
    cached: one.cached + other.cached,
    estimatedTokens: one.estimatedTokens + other.estimatedTokens,
  };
}

function createTotals(): Totals {
  return {
    runs: 0,
    requests: 0,
    retries: NOTHING,
    unused: 0,
    cached: 0,
    savedMs: NOTHING,
    estimatedTokens: 0,
    promptTokens: NOTHING,
    reusedTokens: NOTHING,
    readTokens: NOTHING,
    answerTokens: NOTHING,
    loads: NOTHING,
    loadingMs: NOTHING,
    waitingMs: NOTHING,
    readingMs: NOTHING,
    writingMs: NOTHING,
    checkingMs: NOTHING,
  };
}
