import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { listFolders, listRuns, numberOfRun } from '../../journal/run-folders.js';
import { readRefTimes } from '../../repository/ref-facts.js';
import type { Workspace } from '../workspace.js';
import { changeTime, isOld, type AgeRule } from './age.js';
import type { CleanItem } from './clean-plan.js';
import type { Standing } from './task-standing.js';

const JOURNAL = 'journal.jsonl';
const HISTORY = 'refs/nexus/history/';

/** Runs and history refs of settled tasks that nobody needs any more. */
export async function findTaskRemains(
  workspace: Workspace,
  standingOf: (taskId: string) => Standing,
  rule: AgeRule,
): Promise<CleanItem[]> {
  const items: CleanItem[] = [];
  const root = join(workspace.repository.commonDir, 'nexus', 'runs');
  for (const task of listFolders(root)) {
    const standing = standingOf(task);
    if (standing.kind === 'settled') items.push(...(await findRuns(workspace, task, standing.because, rule)));
  }
  return [...items, ...(await findHistory(workspace, standingOf, rule))];
}

/** The newest run of a task is what `nexus log` and `review` tell of, so it stays until it is old; others need not. */
async function findRuns(
  { repository, store }: Workspace,
  task: string,
  because: string,
  rule: AgeRule,
): Promise<CleanItem[]> {
  const folder = join(repository.commonDir, 'nexus', 'runs', task);
  const { runs, lastAside } = listRuns(folder);
  const newest = runs.findLast(
    (run) => numberOfRun(run) >= lastAside && existsSync(join(folder, run, JOURNAL)),
  );
  const last = (await store.latest(task)).record?.lastAt;
  const items: CleanItem[] = [];
  for (const name of listFolders(folder)) {
    const path = join(folder, name);
    const written = name === newest && last !== undefined ? Date.parse(last) : await journalTime(path);
    const isSuperseded = runs.includes(name) && name !== newest;
    if (!isSuperseded && !isOld(written, rule)) continue;
    items.push({
      kind: 'runs',
      what: `nexus/runs/${task}/${name}`,
      task,
      because: isSuperseded ? `a later run of its task counts, and ${because}` : because,
      remove: { kind: 'path', path },
    });
  }
  return items;
}

async function journalTime(folder: string): Promise<number | undefined> {
  return (await changeTime(join(folder, JOURNAL))) ?? changeTime(folder);
}

async function findHistory(
  { repository, store }: Workspace,
  standingOf: (taskId: string) => Standing,
  rule: AgeRule,
): Promise<CleanItem[]> {
  const items: CleanItem[] = [];
  for (const [ref, { tip, at }] of await readRefTimes(repository, HISTORY)) {
    const task = ref.slice(HISTORY.length).replace(/\/[^/]*$/, '');
    const standing = standingOf(task);
    if (standing.kind !== 'settled' || at === undefined) continue;
    const last = (await store.latest(task)).record?.lastAt;
    if (!isOld(Math.max(at, last === undefined ? 0 : Date.parse(last)), rule)) continue;
    const remove = { kind: 'ref' as const, ref, tip };
    items.push({ kind: 'history', what: ref, task, because: standing.because, remove });
  }
  return items;
}
