import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findCacheFolder } from '../../config/user-folder.js';
import { listStored } from '../../models/cache/free-space.js';
import { answersFolder } from '../../models/cache/response-cache.js';
import { findStaleWorktrees } from '../../repository/stale-worktrees.js';
import type { Repository } from '../../repository/repository.js';
import { changeTime, isOld, type AgeRule } from './age.js';
import type { CleanItem, CleanKind } from './clean-plan.js';

/** Files that live for an instant are left over after so long, in ms. */
const TEMPORARY_MS = 60 * 60 * 1000;
/** Time for the last followers of a worker that has left to read what it told at the end, in ms. */
const FOLLOWED_MS = 60_000;

/** Drafts of files that are put in place at once: of write-file-atomic (`name.1234567890`), and our own. */
const DRAFT = /\.(?:\d{5,}|[0-9a-f]{12})$|^lock\./;

export interface LeftoverInput {
  repository: Repository;
  rule: AgeRule;
  /** Trees that a task which is not settled starts from. */
  treesInUse: ReadonlySet<string>;
  /** Key of the worker that lives. */
  liveWorker: string | undefined;
}

/** What is not of one task: caches, and what processes that are gone have left. */
export async function findLeftovers(input: LeftoverInput): Promise<CleanItem[]> {
  const { rule } = input;
  const logs = await find(input, { kind: 'logs', below: '', because: 'nothing was added for long' }, (name) =>
    name.endsWith('.log') ? rule : undefined,
  );
  const caches = await find(
    input,
    { kind: 'caches', below: 'cache', because: 'it is made anew when it is needed' },
    (name) => (DRAFT.test(name) ? undefined : rule),
  );
  return [
    ...(await findBaseChecks(input)),
    ...(await findWorktrees(input.repository)),
    ...(await findWorkers(input)),
    ...(await findDrafts(input)),
    ...caches,
    ...(await findAnswers(rule)),
    ...logs,
  ];
}

/** Of the response cache, which is the user's and not the repository's: other repositories may have used them. */
async function findAnswers(rule: AgeRule): Promise<CleanItem[]> {
  const stored = await listStored(answersFolder(findCacheFolder()), rule.now);
  return stored
    .filter(({ usedAt }) => isOld(usedAt, rule))
    .map(({ path }) => ({
      kind: 'answers' as const,
      what: path,
      task: undefined,
      because: 'no run has asked for it for long',
      remove: { kind: 'path' as const, path },
    }));
}

/** Entries of one folder below `nexus/` that `ruleOf` gives a rule for, and that are old by it. */
async function find(
  { repository }: LeftoverInput,
  place: { kind: CleanKind; below: string; because: string },
  ruleOf: (name: string) => AgeRule | undefined,
): Promise<CleanItem[]> {
  const folder = join(repository.commonDir, 'nexus', place.below);
  const items: CleanItem[] = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    const rule = ruleOf(name);
    if (rule === undefined || !isOld(await changeTime(path), rule)) continue;
    const what = ['nexus', place.below, name].filter((part) => part !== '').join('/');
    const { kind, because } = place;
    items.push({ kind, what, task: undefined, because, remove: { kind: 'path', path } });
  }
  return items;
}

/** `<tree>-<hash of the checks>.json`: needed for as long as a task starts from that tree. */
function findBaseChecks(input: LeftoverInput): Promise<CleanItem[]> {
  const because = 'no task that is open starts from there';
  return find(input, { kind: 'base-checks', below: 'base-checks', because }, (name) => {
    const tree = /^([0-9a-f]{40,64})-[0-9a-f]+\.json$/.exec(name)?.[1];
    return tree === undefined || input.treesInUse.has(tree) ? undefined : input.rule;
  });
}

function findWorkers(input: LeftoverInput): Promise<CleanItem[]> {
  const because = 'that worker is gone';
  return find(input, { kind: 'workers', below: 'workers', because }, (name) =>
    name === input.liveWorker ? undefined : { ...input.rule, olderThanMs: FOLLOWED_MS },
  );
}

async function findDrafts(input: LeftoverInput): Promise<CleanItem[]> {
  const rule = { ...input.rule, olderThanMs: TEMPORARY_MS };
  const because = 'a process was ended while it wrote it';
  const found = await Promise.all(
    ['', 'cache', 'base-checks', 'temporary'].map((below) => {
      const pattern = below === 'temporary' ? /^\./ : DRAFT;
      return find(input, { kind: 'temporary', below, because }, (name) =>
        pattern.test(name) ? rule : undefined,
      );
    }),
  );
  return found.flat();
}

async function findWorktrees(repository: Repository): Promise<CleanItem[]> {
  return (await findStaleWorktrees(repository)).map((stale) => ({
    kind: 'worktrees' as const,
    what: `nexus/temporary/${stale.key}`,
    task: undefined,
    because: 'the process that used it is gone',
    remove: { kind: 'worktree' as const, paths: stale.paths, remove: () => stale.remove() },
  }));
}
