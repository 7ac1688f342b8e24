import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { snapshotCheckout, type CheckoutSnapshot } from '../support/checkout-snapshot.js';
import { readJournals } from './journals.js';
import type { Place } from './place.js';
import type { Survivor } from './processes.js';
import { LAST_TASK } from './project.js';

/** What a repository comes to; the same for every run of the project, however often it was killed. */
export interface Result {
  /** Subject, label and tree of each commit of each branch, oldest first. */
  branches: Readonly<Record<string, string>>;
  /** Refs below `refs/nexus`. */
  refs: string;
  /** Files below `<common dir>/nexus`, without what is random in their names. */
  files: string;
  states: string;
}

/** How long what a killed process has started may go on. */
const ORPHANS_END_WITHIN_MS = 20_000;

export async function readResult(place: Place): Promise<Result> {
  const { repository } = place;
  const branches: Record<string, string> = {};
  for (const id of [...place.tasks, LAST_TASK]) branches[id] = readBranch(place, `nexus/${id}`);
  const status = await place.start(['status', '--json']).ended;
  return {
    branches,
    refs: repository.git(['for-each-ref', '--format=%(refname)', 'refs/nexus']),
    files: listFiles(join(place.commonDir, 'nexus'))
      .filter((path) => !isCleanedLater(path))
      .map(maskNames)
      .sort()
      .join('\n'),
    states: status.exitCode === 0 ? readStates(status.output()) : status.output(),
  };
}

function readBranch({ repository }: Place, branch: string): string {
  if (repository.git(['branch', '--list', branch]) === '') return 'no such branch';
  const format = '%(trailers:key=Nexus-Step,valueonly,separator=%x2C) %T %s';
  return repository.git(['log', '--reverse', `--format=${format}`, `main..${branch}`]);
}

function readStates(json: string): string {
  const { tasks }: { tasks: { id: string; state: { kind: string } }[] } = JSON.parse(json);
  return tasks.map(({ id, state }) => `${id}: ${state.kind}`).join('\n');
}

/** What a kill left half written in the caches is for `nexus clean`, since a live process may be writing there. */
function isCleanedLater(path: string): boolean {
  return /^(?:cache|base-checks)\/[^/]*\.\d+$/.test(path);
}

/** `runs/greet/0001-a1b2c3/…` and files named by a hash of what is in them. */
function maskNames(path: string): string {
  return path.replaceAll(/\b\d{4}-[0-9a-f]{6}\b/g, '*').replaceAll(/\b[0-9a-f]{16,64}\b/g, '*');
}

/** Everything that is not as it should be when the last process has ended; one sentence for each. */
export async function findBreaches(place: Place, expected: Result | undefined): Promise<string[]> {
  const breaches = await findOrphans(place);
  if (expected !== undefined) breaches.push(...compareResults(expected, await readResult(place)));
  breaches.push(...compareCheckouts(place.before, snapshotCheckout(place.repository.path)));
  const status = place.gitStatus();
  if (status !== place.statusBefore) breaches.push(`git status says:\n${status}`);
  breaches.push(...findLeftovers(place), ...readJournalBreaches(place));
  breaches.push(
    ...place.asked.repeated.map((request) => `asked again though its reply was kept: ${request}`),
  );
  breaches.push(...place.scriptFailures.map((failure) => `the model server: ${failure}`));
  breaches.push(...checkObjects(place));
  return breaches;
}

/** Orphans of killed processes go on for a while: that they end is what counts. */
async function findOrphans(place: Place): Promise<string[]> {
  const until = performance.now() + ORPHANS_END_WITHIN_MS;
  let left: Survivor[] = place.survivors();
  while (left.length > 0 && performance.now() < until) {
    await delay(20);
    left = place.survivors();
  }
  return left.map(({ pid, command }) => `process ${pid} is still there: ${command}`);
}

function compareResults(expected: Result, result: Result): string[] {
  const branches = Object.entries(expected.branches).flatMap(([id, commits]) =>
    compareTexts(`branch nexus/${id}`, commits, result.branches[id] ?? ''),
  );
  const rest = (['refs', 'files', 'states'] as const).flatMap((key) =>
    compareTexts(`${key} of Nexus`, expected[key], result[key]),
  );
  return [...branches, ...rest];
}

/** What is there once too often or too seldom; the order too, where only that differs. */
function compareTexts(what: string, expected: string, found: string): string[] {
  if (expected === found) return [];
  const missing = subtract(expected, found).map((line) => `  - ${line}`);
  const extra = subtract(found, expected).map((line) => `  + ${line}`);
  const lines = [...missing, ...extra];
  return [`${what} differ:\n${lines.length === 0 ? found : lines.join('\n')}`];
}

function subtract(from: string, what: string): string[] {
  const rest = from.split('\n');
  for (const line of what.split('\n')) {
    const at = rest.indexOf(line);
    if (at !== -1) rest.splice(at, 1);
  }
  return rest;
}

function compareCheckouts(before: CheckoutSnapshot, after: CheckoutSnapshot): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names]
    .filter((name) => before[name] !== after[name])
    .map((name) => `the checkout's ${name} was ${before[name] ?? 'not there'}, is ${after[name] ?? 'gone'}`);
}

function findLeftovers(place: Place): string[] {
  const temporary = listFiles(place.temporary, 2).map((path) => `left in the temporary folder: ${path}`);
  const worktrees = place.repository.git(['worktree', 'list', '--porcelain']).match(/^worktree .*$/gm) ?? [];
  const registered = worktrees.slice(1).map((line) => `left registered: ${line}`);
  const entries = listFiles(join(place.commonDir, 'worktrees'), 1).map(
    (path) => `left: .git/worktrees/${path}`,
  );
  const locks = listFiles(place.commonDir)
    .filter((path) => path.endsWith('.lock'))
    .map((path) => `left: .git/${path}`);
  return [...temporary, ...registered, ...entries, ...locks];
}

function readJournalBreaches(place: Place): string[] {
  return readJournals(place.commonDir).flatMap(({ task, entries }) => {
    const once = entries.flatMap((entry) => {
      if (entry.type === 'committed') return [`commit ${entry.label}`];
      return entry.type === 'exchange' ? [`exchange ${entry.number}`] : entry.type === 'ended' ? ['end'] : [];
    });
    const twice = once.filter((name, index) => once.indexOf(name) !== index);
    return twice.map((name) => `the journal of ${task} has twice: ${name}`);
  });
}

function checkObjects({ repository }: Place): string[] {
  try {
    repository.git(['fsck', '--full', '--strict', '--no-dangling', '--no-progress']);
    return [];
  } catch (error) {
    return [String(error)];
  }
}

/** Files, and folders that are empty, below `top`; to a depth if one is given. */
function listFiles(top: string, depth = Infinity): string[] {
  const visit = (folder: string, level: number): string[] => {
    const entries = list(folder);
    if (entries.length === 0 && folder !== top) return [`${relative(top, folder)}/`];
    return entries.flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() && level < depth ? visit(path, level + 1) : [relative(top, path)];
    });
  };
  return visit(top, 1);
}

function list(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
