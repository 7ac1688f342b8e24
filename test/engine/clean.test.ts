import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findCacheFolder } from '../../src/config/user-folder.js';
import { applyClean } from '../../src/engine/clean/apply-clean.js';
import type { CleanKind, CleanPlan } from '../../src/engine/clean/clean-plan.js';
import { measurePath } from '../../src/engine/clean/measure-path.js';
import { planClean } from '../../src/engine/clean/plan-clean.js';
import { openWorkspace, type Workspace } from '../../src/engine/workspace.js';
import { acquireLock } from '../../src/engine/worker/lock.js';
import { createWorkerState } from '../../src/engine/worker/state.js';
import { writeDecision } from '../../src/journal/decisions.js';
import { keepInHistory } from '../../src/journal/history.js';
import { answersFolder, openResponseCache } from '../../src/models/cache/response-cache.js';
import { createPlatform } from '../../src/platform.js';
import type { ThrowawayWorktree } from '../../src/repository/repository.js';
import { makeStart } from '../journal/make.js';
import { createTempRepository, type TempRepository } from '../support/temp-repository.js';

const NO_USAGE = {
  promptTokens: undefined,
  reusedTokens: undefined,
  answerTokens: undefined,
  loadMs: undefined,
  promptMs: undefined,
  answerMs: undefined,
};
const DAY = 24 * 60 * 60 * 1000;
const MONTH = { olderThanMs: 30 * DAY };
const inDays = (days: number) => ({ ...MONTH, now: Date.now() + days * DAY });
/** Whatever its age. */
const ALL = { olderThanMs: 0 };

const TASKS = ['accepted', 'rejected', 'open', 'paused'];

interface Scene {
  repository: TempRepository;
  workspace: Workspace;
  /** Below `.git`. */
  path: (...names: string[]) => string;
  addRun: (task: string, number: number, ended?: boolean) => Promise<string>;
  addHistory: (task: string, size: number) => Promise<string>;
  plan: (request?: { olderThanMs: number; now?: number }) => Promise<CleanPlan>;
}

async function makeScene(): Promise<Scene> {
  const repository = createTempRepository();
  onTestFinished(() => repository.dispose());
  const list = TASKS.map((id) => `  - id: ${id}\n    title: Do ${id}\n`);
  repository.commit('Tasks', {
    'tasks.yml': `tasks:\n${list.join('')}    status: paused\n`,
    '.nexus.yml': '',
  });
  const workspace = await openWorkspace(repository.path);
  const head = repository.git(['rev-parse', 'HEAD']);
  for (const verb of ['accepted', 'rejected'] as const) {
    const taskHash = workspace.tasks.find(({ id }) => id === verb)?.hash ?? '';
    await writeDecision(workspace.repository, { task: verb, verb, taskHash, tip: head });
  }
  const path = (...names: string[]) => join(repository.path, '.git', ...names);
  rmSync(path('nexus', 'cache'), { recursive: true });
  return {
    repository,
    workspace,
    path,
    async addRun(task, number, ended = true) {
      const run = `${String(number).padStart(4, '0')}-abcdef`;
      const hash = workspace.tasks.find(({ id }) => id === task)?.hash ?? 'none';
      const journal = await workspace.store.create(
        makeStart({
          run,
          task: { id: task, title: task, hash, kind: 'change' },
          base: head,
          branch: `nexus/${task}`,
        }),
      );
      const outcome = { kind: 'needs-attention' as const, reason: 'question' as const, detail: 'Which?' };
      if (ended) await journal.append({ type: 'ended', outcome, tip: undefined });
      return run;
    },
    async addHistory(task, size) {
      const blob = repository.git(['hash-object', '-w', '--stdin'], { input: noise(size) });
      const tree = repository.git(['mktree'], { input: `100644 blob ${blob}\tnoise\n` });
      // Each its own commit, also within one second.
      const commit = repository.git(['commit-tree', tree, '-m', `Old work on ${task}`]);
      return (await keepInHistory(workspace.repository, task, commit)).ref;
    },
    plan: (request = inDays(31)) => planClean(workspace, request),
  };
}

/** Text that does not compress to much less. */
function noise(size: number): string {
  let seed = size;
  return Array.from({ length: size }, () => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return String.fromCharCode(33 + ((seed >> 8) % 90));
  }).join('');
}

function whats(plan: CleanPlan, kind?: CleanKind): string[] {
  return plan.groups
    .filter((group) => kind === undefined || group.kind === kind)
    .flatMap(({ items }) => items.map(({ what }) => what));
}

function makeOld(path: string, ms = 40 * DAY): void {
  const time = (Date.now() - ms) / 1000;
  utimesSync(path, time, time);
}

describe('what is freed of tasks', () => {
  it('is that of settled tasks, once it is old', async () => {
    const { addRun, addHistory, plan } = await makeScene();
    for (const task of [...TASKS, 'gone']) {
      await addRun(task, 1);
      await addHistory(task, 100);
    }
    expect(whats(await plan(inDays(29)))).toEqual([]);
    const { groups } = await plan(inDays(31));
    expect(
      groups.map(({ kind, items }) => [kind, ...items.map(({ what, because }) => `${what}: ${because}`)]),
    ).toEqual([
      [
        'runs',
        'nexus/runs/accepted/0001-abcdef: you accepted its task',
        'nexus/runs/gone/0001-abcdef: its task is no longer in tasks.yml',
        'nexus/runs/rejected/0001-abcdef: you rejected its task',
      ],
      [
        'history',
        'refs/nexus/history/accepted/1: you accepted its task',
        'refs/nexus/history/gone/1: its task is no longer in tasks.yml',
        'refs/nexus/history/rejected/1: you rejected its task',
      ],
    ]);
  });

  it('is every run but the newest of a settled task, whatever its age', async () => {
    const { addRun, plan } = await makeScene();
    for (const number of [1, 2, 12]) await addRun('accepted', number);
    for (const number of [1, 2]) await addRun('open', number);
    expect(whats(await plan(inDays(0)))).toEqual([
      'nexus/runs/accepted/0001-abcdef',
      'nexus/runs/accepted/0002-abcdef',
    ]);
  });

  it('is nothing of a task that is open, whatever its age', async () => {
    const { addRun, addHistory, plan, repository } = await makeScene();
    for (const task of ['open', 'paused', 'with-branch']) {
      for (const number of [1, 2]) await addRun(task, number);
      await addHistory(task, 100);
    }
    repository.git(['branch', 'nexus/with-branch']);
    expect(await plan({ ...ALL, now: Date.now() + 9999 * DAY })).toEqual({ groups: [], kept: [] });
  });

  it('waits for the clock when that was set back', async () => {
    const { addRun, addHistory, plan } = await makeScene();
    await addRun('accepted', 1);
    await addHistory('accepted', 100);
    expect(whats(await plan(inDays(-400)))).toEqual([]);
    expect(whats(await plan({ ...ALL, now: Date.now() - 400 * DAY }))).toHaveLength(2);
  });

  it('is nothing that another worktree has a task for, or may have', async () => {
    const { addRun, plan, repository } = await makeScene();
    await addRun('there', 1);
    expect(whats(await plan())).toEqual(['nexus/runs/there/0001-abcdef']);
    const other = join(repository.folder, 'other');
    repository.git(['worktree', 'add', '--quiet', '--detach', other]);
    expect(whats(await plan())).toEqual(['nexus/runs/there/0001-abcdef']);
    writeFileSync(join(other, 'tasks.yml'), 'tasks:\n  - id: there\n    title: Something\n');
    expect(whats(await plan())).toEqual([]);
    writeFileSync(join(other, 'tasks.yml'), 'tasks: [');
    expect(whats(await plan())).toEqual([]);
  });

  it('is a run that was set aside, too, and goes by the file where the journal can’t be read', async () => {
    const { addRun, plan, path } = await makeScene();
    await addRun('accepted', 1);
    await addRun('accepted', 2);
    writeFileSync(path('nexus', 'runs', 'accepted', '0002-abcdef', 'journal.jsonl'), 'damaged\n');
    expect(whats(await plan(inDays(1)))).toEqual(['nexus/runs/accepted/0001-abcdef']);
    expect(whats(await plan())).toHaveLength(2);
    mkdirSync(path('nexus', 'runs', 'accepted', 'set-aside-0003-abcdef'));
    expect(whats(await plan(inDays(1)))).toHaveLength(2);
    expect(whats(await plan())).toContain('nexus/runs/accepted/set-aside-0003-abcdef');
  });

  it('stays while the worker that lives is at it', async () => {
    const { addRun, plan, repository, workspace } = await makeScene();
    await addRun('gone', 1, false);
    await addRun('told', 1);
    await addRun('accepted', 1);
    const lock = await acquireLock(workspace.repository.commonDir);
    onTestFinished(() => lock.release());
    const state = createWorkerState(workspace.repository.commonDir, lock, 'run', repository.path);
    onTestFinished(() => state.dispose());
    state.setTasks(['told']);
    await expect.poll(async () => (await plan()).kept).toHaveLength(2);
    const { kept, groups } = await plan();
    expect(kept.map(({ what }) => what)).toEqual([
      'nexus/runs/gone/0001-abcdef',
      'nexus/runs/told/0001-abcdef',
    ]);
    expect(kept[0]?.because).toBe(`process ${process.pid} works on gone`);
    expect(groups.flatMap(({ items }) => items.map(({ what }) => what))).toEqual([
      'nexus/runs/accepted/0001-abcdef',
    ]);
  });
});

describe('what is freed besides', () => {
  it('reports on bases that no open task starts from', async () => {
    const { addRun, plan, path, repository } = await makeScene();
    const tree = repository.git(['rev-parse', 'HEAD^{tree}']);
    repository.commit('Next', { a: 'b' });
    const current = repository.git(['rev-parse', 'HEAD^{tree}']);
    mkdirSync(path('nexus', 'base-checks'), { recursive: true });
    const names = [tree, current, 'e'.repeat(40)].map((oid) => `${oid}-0123456789abcdef.json`);
    for (const name of [...names, 'of another form.json'])
      writeFileSync(path('nexus', 'base-checks', name), '{}');
    expect(whats(await plan(inDays(29)))).toEqual([]);
    expect(whats(await plan()).toSorted()).toEqual(
      [names[0], names[2]].map((name) => `nexus/base-checks/${name}`).toSorted(),
    );
    await addRun('open', 1);
    expect(whats(await plan())).toEqual([`nexus/base-checks/${names[2]}`]);
  });

  it('what workers that are gone have told, but not that of the one that lives', async () => {
    const { plan, path, workspace } = await makeScene();
    const lock = await acquireLock(workspace.repository.commonDir);
    onTestFinished(() => lock.release());
    for (const key of [lock.key, '0123456789ab', 'ba9876543210']) {
      mkdirSync(path('nexus', 'workers', key), { recursive: true });
      writeFileSync(path('nexus', 'workers', key, 'events.1.ndjson'), 'x'.repeat(50));
      if (!key.startsWith('ba')) makeOld(path('nexus', 'workers', key), 120_000);
    }
    const { groups } = await plan(inDays(0));
    expect(groups).toMatchObject([
      { kind: 'workers', bytes: 50, items: [{ what: 'nexus/workers/0123456789ab', task: undefined }] },
    ]);
  });

  it('drafts that were never put in place, caches and logs that nobody needed for long', async () => {
    const { plan, path } = await makeScene();
    const drafts = [
      'lock.0123456789ab',
      'cache/tasks.json.1234567',
      'base-checks/x.json.7654321',
      'temporary/.abc',
    ];
    const files = ['hook.log', 'cache/older.json', 'notes.txt'];
    for (const name of [...drafts, ...files]) {
      mkdirSync(path('nexus', name, '..'), { recursive: true });
      writeFileSync(path('nexus', name), 'text');
      makeOld(path('nexus', name), 2 * 60 * 60 * 1000);
    }
    writeFileSync(path('nexus', 'lock.ba9876543210'), 'new');
    expect(whats(await plan(inDays(0))).toSorted()).toEqual(drafts.map((name) => `nexus/${name}`).toSorted());
    for (const name of files) makeOld(path('nexus', name));
    const plain = await plan(inDays(0));
    expect(whats(plain, 'caches')).toEqual(['nexus/cache/older.json']);
    expect(whats(plain, 'logs')).toEqual(['nexus/hook.log']);
  });

  it('worktrees of processes that are gone, with what they take up', async () => {
    const { plan, path, workspace, repository } = await makeScene();
    const head = repository.git(['rev-parse', 'HEAD']);
    const made: ThrowawayWorktree[] = [];
    for (let index = 0; index < 2; index += 1)
      made.push(await workspace.repository.addThrowawayWorktree(head));
    onTestFinished(async () => {
      for (const worktree of made) await worktree.dispose();
    });
    const [live, dead] = readdirSync(path('nexus', 'temporary')).filter((key) =>
      readdirSync(path('nexus', 'temporary', key)).includes('worktree'),
    );
    expect(whats(await plan(inDays(0)))).toEqual([]);
    const owner = path('nexus', 'temporary', dead ?? '', 'owner.json');
    writeFileSync(owner, readFileSync(owner, 'utf8').replace(/"pid":\d+/, '"pid":4194304'));
    const folder = readFileSync(path('nexus', 'temporary', dead ?? '', 'worktree'), 'utf8');
    const before = await planClean(workspace, inDays(0));
    expect(whats(before)).toEqual([`nexus/temporary/${dead}`]);
    const bytes = (await measurePath(folder)) + (await measurePath(path('nexus', 'temporary', dead ?? '')));
    expect(before.groups[0]?.bytes).toBeGreaterThan(bytes);
    const result = await applyClean(workspace, before, inDays(0));
    expect(result).toMatchObject({ freed: [{ kind: 'worktrees' }], failed: [], needed: [] });
    expect([existsSync(folder), existsSync(path('nexus', 'temporary', dead ?? ''))]).toEqual([false, false]);
    expect(existsSync(path('nexus', 'temporary', live ?? ''))).toBe(true);
    expect(repository.git(['worktree', 'list']).split('\n')).toHaveLength(2);
  });
});

describe('the sizes', () => {
  it('are those of the files, and of the objects that only these refs hold', async () => {
    const { addRun, addHistory, plan, path, repository, workspace } = await makeScene();
    await addRun('accepted', 1);
    const journal = readFileSync(path('nexus', 'runs', 'accepted', '0001-abcdef', 'journal.jsonl'));
    writeFileSync(
      path('nexus', 'runs', 'accepted', '0001-abcdef', 'exchanges', '001.json'),
      'x'.repeat(1234),
    );
    await addHistory('accepted', 5000);
    const shared = await addHistory('rejected', 5000);
    const { groups } = await plan();
    expect(groups[0]?.bytes).toBe(journal.length + 1234);
    const history = groups[1]?.bytes ?? 0;
    expect(history).toBeGreaterThan(4000);
    // The same noise: one object for both.
    expect(history).toBeLessThan(6000);
    repository.git(['branch', 'keeps-it', shared]);
    expect((await plan()).groups[1]?.bytes).toBeLessThan(500);
    await applyClean(workspace, await plan(), inDays(31));
    expect((await plan()).groups).toEqual([]);
  });

  it('count a file with several names once, and only when all of them go', async () => {
    const { path } = await makeScene();
    mkdirSync(path('a', 'b'), { recursive: true });
    writeFileSync(path('a', 'one'), 'x'.repeat(100));
    linkSync(path('a', 'one'), path('a', 'b', 'two'));
    writeFileSync(path('outside'), 'x'.repeat(1000));
    linkSync(path('outside'), path('a', 'three'));
    symlinkSync(path('outside'), path('a', 'link'));
    expect(await measurePath(path('a'))).toBe(100);
    expect(await measurePath(path('a', 'one'))).toBe(0);
    expect(await measurePath(path('missing'))).toBe(0);
  });
});

describe('answers of models that are kept for later runs', () => {
  it('are freed when no run has asked for them for long, and nothing beside them', async () => {
    const { plan, workspace } = await makeScene();
    const folder = answersFolder(findCacheFolder());
    const cache = openResponseCache(folder);
    const usage = { ...NO_USAGE, totalMs: 1 };
    const keys = ['a', 'b'].map((digit) => digit.repeat(64));
    for (const key of keys) await cache.write(key, { text: 'Yes.', usage });
    const [old = '', fresh = ''] = keys.map((key) => join(folder, `${key}.json`));
    writeFileSync(join(folder, 'mine.json'), '{}');
    for (const file of [old, join(folder, 'mine.json')]) makeOld(file);
    expect(whats(await plan(inDays(-11)))).toEqual([]);
    const now = inDays(0);
    const before = await plan(now);
    expect(before.groups).toMatchObject([
      { kind: 'answers', bytes: statSync(old).size, items: [{ what: old, task: undefined }] },
    ]);
    expect((await applyClean(workspace, before, now)).freed).toHaveLength(1);
    expect([old, fresh].map((file) => existsSync(file))).toEqual([false, true]);
    expect(existsSync(join(folder, 'mine.json'))).toBe(true);
  });

  it('stay when one is read in the meantime', async () => {
    const { plan, workspace } = await makeScene();
    const folder = answersFolder(findCacheFolder());
    const cache = openResponseCache(folder);
    const key = 'a'.repeat(64);
    await cache.write(key, { text: 'Yes.', usage: { ...NO_USAGE, totalMs: 1 } });
    makeOld(join(folder, `${key}.json`));
    const before = await plan(inDays(0));
    expect(whats(before, 'answers')).toHaveLength(1);
    await cache.read(key);
    expect((await applyClean(workspace, before, inDays(0))).needed).toHaveLength(1);
    expect(await cache.read(key)).toBeDefined();
  });
});

describe('freeing it', () => {
  it('leaves decisions, branches and open tasks as they were', async () => {
    const { addRun, addHistory, plan, path, repository, workspace } = await makeScene();
    for (const task of TASKS) {
      await addRun(task, 1);
      await addHistory(task, 50);
    }
    repository.git(['branch', 'nexus/accepted']);
    const refs = repository.git(['for-each-ref', '--format=%(refname) %(objectname)']).split('\n');
    const request = inDays(31);
    const result = await applyClean(workspace, await plan(request), request);
    expect(result.freed).toHaveLength(4);
    const left = repository.git(['for-each-ref', '--format=%(refname) %(objectname)']).split('\n');
    expect(left).toEqual(refs.filter((line) => !/history\/(accepted|rejected)\//.test(line)));
    expect(readdirSync(path('nexus', 'runs')).toSorted()).toEqual(['open', 'paused']);
    expect((await plan(request)).groups).toEqual([]);
  });

  it('holds only as far as the plan still does', async () => {
    const { addRun, addHistory, plan, path, repository, workspace } = await makeScene();
    await addRun('gone', 1);
    await addRun('accepted', 1);
    const ref = await addHistory('accepted', 50);
    const before = await plan();
    repository.git(['branch', 'nexus/gone']);
    repository.git(['update-ref', ref, 'HEAD']);
    const { freed, needed, failed } = await applyClean(workspace, before, inDays(31));
    expect(freed.map(({ what }) => what)).toEqual(['nexus/runs/accepted/0001-abcdef']);
    expect(needed.map(({ what }) => what)).toEqual(['nexus/runs/gone/0001-abcdef', ref]);
    expect(failed).toEqual([]);
    expect(existsSync(path('nexus', 'runs', 'gone'))).toBe(true);
  });

  it('goes on after what can’t be removed, and says it', async () => {
    const { addRun, plan, workspace } = await makeScene();
    await addRun('accepted', 1);
    await addRun('rejected', 1);
    const platform = {
      ...createPlatform(),
      removeTree: async (target: string) => {
        if (target.includes('accepted')) throw new Error('EBUSY: in use');
        await createPlatform().removeTree(target);
      },
    };
    const { freed, failed } = await applyClean(workspace, await plan(), inDays(31), platform);
    expect(freed.map(({ task }) => task)).toEqual(['rejected']);
    expect(failed).toMatchObject([{ item: { task: 'accepted' }, because: 'EBUSY: in use' }]);
  });
});
