import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseTasks } from '../../src/tasks/parse.js';
import type { Task } from '../../src/tasks/task.js';
import { readJournals, type ReadJournal } from '../chaos/journals.js';
import type { Field } from './field.js';
import { fileOf } from './task-list.js';

interface ToldState {
  id: string;
  state: { kind: string; reason?: string; because?: string; detail?: string };
}

/** What `nexus status` says. */
export async function readStates(field: Field): Promise<ToldState[]> {
  const { exitCode, output } = await field.nexus(['status', '--json']);
  if (exitCode !== 0) throw new Error(`nexus status ended with ${exitCode}: ${output()}`);
  const { tasks }: { tasks: ToldState[] } = JSON.parse(output());
  return tasks;
}

/** Whether every task of the file as it is now was done, once, and whatever was made is still there. */
export async function findFinalBreaches(field: Field): Promise<string[]> {
  const states = new Map((await readStates(field)).map(({ id, state }) => [id, state]));
  const journals = readJournals(field.commonDir);
  const { tasks } = parseTasks(field.disk.stood.at(-1)?.text ?? '');
  const ofTasks = tasks.flatMap((task) => {
    const state = states.get(task.id);
    if (state?.kind === 'review' || state?.kind === 'accepted')
      return checkDone(field, task, state.kind, journals);
    return [`${task.id} ("${task.title}") is not done: ${JSON.stringify(state)}`];
  });
  return [...ofTasks, ...journals.flatMap((journal) => checkJournal(field, journal)), ...findTwice(journals)];
}

function checkDone(field: Field, task: Task, state: string, journals: readonly ReadJournal[]): string[] {
  const own = journals.filter((journal) => journal.task === task.id);
  const ofText = own.filter((journal) => hashOf(journal) === task.hash);
  const done = ofText.findLast(({ entries }) =>
    entries.some((entry) => entry.type === 'ended' && entry.outcome.kind === 'review'),
  );
  if (done === undefined) return [`${task.id} is in ${state}, but no run of its text came to its end`];
  const breaches: string[] = [];
  if (state === 'review' && done !== own.at(-1))
    breaches.push(`the last run of ${task.id} is of another text`);
  const end = done.entries.findLast((entry) => entry.type === 'ended');
  const tip = end?.type === 'ended' ? (end.tip ?? '') : '';
  if (state === 'review' && field.repository.git(['rev-parse', `nexus/${task.id}`]) !== tip)
    breaches.push(`nexus/${task.id} is not where its run left it`);
  const text = field.repository.git(['show', `${tip}:${fileOf(task.title)}`], { exits: [128] });
  if (!text.includes(JSON.stringify(task.title)))
    breaches.push(`${task.id} is done without the file of its text: ${JSON.stringify(text)}`);
  const labels = stepsOf(field, done, tip);
  if (labels !== 'plan step-1 documents') breaches.push(`the commits of ${task.id} are: ${labels}`);
  return breaches;
}

/** `Nexus-Step` of the commits of a run, oldest first. */
function stepsOf({ repository }: Field, { entries: [first] }: ReadJournal, tip: string): string {
  const base = first?.type === 'run-started' ? first.base : '';
  const format = '--format=%(trailers:key=Nexus-Step,valueonly,separator=%x2C)';
  return repository.git(['log', '--reverse', format, `${base}..${tip}`]).replaceAll('\n', ' ');
}

/** Every run ended well, was cancelled, or waits to go on; its commits are there, each once. */
function checkJournal({ repository }: Field, { task, run, entries }: ReadJournal): string[] {
  const breaches: string[] = [];
  const labels = entries.flatMap((entry) => (entry.type === 'committed' ? [entry.label] : []));
  if (new Set(labels).size < labels.length)
    breaches.push(`run ${run} of ${task} has commits twice: ${labels.join(', ')}`);
  for (const entry of entries) {
    if (entry.type !== 'ended' || entry.outcome.kind === 'review') continue;
    if (entry.outcome.reason !== 'cancelled')
      breaches.push(`run ${run} of ${task} ended with ${entry.outcome.reason}: ${entry.outcome.detail}`);
  }
  const last = entries.findLast((entry) => entry.type === 'committed');
  if (last?.type === 'committed') {
    const refs = repository.git(['for-each-ref', '--count=1', '--contains', last.oid], { exits: [129] });
    if (refs === '') breaches.push(`the work of run ${run} of ${task} (${last.oid}) is under no ref`);
  }
  return breaches;
}

/** Nothing is begun anew whose text is that of the run before. */
function findTwice(journals: readonly ReadJournal[]): string[] {
  return journals.flatMap((journal, index) => {
    const before = journals[index - 1];
    const isSame = before?.task === journal.task && hashOf(before) === hashOf(journal);
    return isSame
      ? [`${journal.task} was begun twice with one text: runs ${before.run}, ${journal.run}`]
      : [];
  });
}

function hashOf({ entries: [first] }: ReadJournal): string | undefined {
  return first?.type === 'run-started' ? first.task.hash : undefined;
}

/** What should have gone with the watch. */
export function findLeftovers({ repository, temporary, commonDir }: Field): string[] {
  const worktrees = repository.git(['worktree', 'list', '--porcelain']).match(/^worktree .*$/gm) ?? [];
  const locks = readdirSync(commonDir, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.lock'),
  );
  const own = readdirSync(join(commonDir, 'nexus')).filter((name) => name === 'lock');
  return [
    ...readdirSync(temporary).map((path) => `left in the temporary folder: ${path}`),
    ...worktrees.slice(1).map((line) => `left registered: ${line}`),
    ...locks.map((path) => `left: .git/${path}`),
    ...own.map((name) => `left: .git/nexus/${name}`),
    ...checkObjects(repository),
  ];
}

function checkObjects(repository: Field['repository']): string[] {
  try {
    repository.git(['fsck', '--full', '--strict', '--no-dangling', '--no-progress']);
    return [];
  } catch (error) {
    return [String(error)];
  }
}
