import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readDecisionMessage, readDecisions } from '../../src/journal/decisions.js';
import type { Repository } from '../../src/repository/repository.js';
import { acceptTask, type AcceptInput } from '../../src/review/accept.js';
import { BRANCH, changeLine, createReviewed, createScene, type Scene } from './scene.js';

let scene: Scene;
afterEach(() => scene.dispose());

const accept = async (values: Partial<AcceptInput> = {}) =>
  acceptTask({ ...(await scene.input()), ...values });
const git = (...args: string[]): string => scene.temp.git(args);
const fileText = (path: string): string => readFileSync(join(scene.temp.path, path), 'utf8');

const snapshot = (): string =>
  [git('for-each-ref'), git('status', '--porcelain=v2', '--branch'), git('diff'), git('stash', 'list')].join(
    '\n--\n',
  );

/** What accepting is refused with; it must leave everything as it was. */
async function refusal(values: Partial<AcceptInput>): Promise<Error> {
  const before = snapshot();
  const error = await accept(values).then(
    () => new Error('it was accepted'),
    (thrown: unknown) => (thrown instanceof Error ? thrown : new Error(String(thrown))),
  );
  expect(snapshot()).toBe(before);
  return error;
}

const part = (text: string): string => expect.stringContaining(text);

describe('accepting by fast-forward', () => {
  it('brings the checked-out base along, files too, and cleans up', async () => {
    scene = await createReviewed();
    const tip = scene.tip() ?? '';
    const result = await accept({ message: 'Well done' });
    expect(result).toEqual({
      task: 'add-login',
      branch: BRANCH,
      into: 'main',
      how: 'fast-forward',
      tip,
      before: scene.base,
      after: tip,
      worktree: scene.temp.path,
      verdict: 'good',
      removed: { kind: 'deleted' },
      remarks: [],
    });
    expect(git('rev-parse', 'main')).toBe(tip);
    expect(git('status', '--porcelain')).toBe('');
    expect(fileText('src/app.js')).toContain('TWO');
    expect(scene.tip()).toBeUndefined();
    expect(await readDecisions(scene.repository)).toEqual([
      { task: 'add-login', verb: 'accepted', taskHash: scene.task.hash, tip },
    ]);
    expect(
      await readDecisionMessage(scene.repository, { task: 'add-login', taskHash: scene.task.hash }),
    ).toBe('Well done');
    expect(await scene.state()).toEqual({ kind: 'accepted', tip });
  });

  it('leaves uncommitted changes alone where they do not overlap', async () => {
    scene = await createReviewed();
    scene.temp.write('src/other.js', 'mine\n');
    scene.temp.write('notes.txt', 'untracked\n');
    scene.temp.write('staged.txt', 'staged\n');
    git('add', 'staged.txt');
    await accept();
    expect(fileText('src/other.js')).toBe('mine\n');
    expect(
      git('status', '--porcelain')
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual(['M src/other.js', 'A  staged.txt', '?? notes.txt']);
  });

  it.each([
    ['a changed file', 'src/app.js'],
    ['an untracked file', 'docs/nexus/add-login.md'],
  ])('refuses when %s would be overwritten, and changes nothing', async (_, path) => {
    scene = await createReviewed();
    scene.temp.write(path, 'mine\n');
    expect(await refusal({})).toMatchObject({ code: 'dirty-overlap', message: part(path) });
    expect(fileText(path)).toBe('mine\n');
    expect(await readDecisions(scene.repository)).toEqual([]);
  });

  it('moves only the ref of a base that is not checked out', async () => {
    scene = await createReviewed();
    git('switch', '--quiet', '-c', 'elsewhere');
    scene.temp.write('src/app.js', 'mine, uncommitted\n');
    const result = await accept();
    expect(result).toMatchObject({ into: 'main', how: 'fast-forward', worktree: undefined });
    expect(git('rev-parse', 'main')).toBe(result.tip);
    expect(git('rev-parse', 'HEAD')).toBe(scene.base);
    expect(fileText('src/app.js')).toBe('mine, uncommitted\n');
  });

  it('brings the linked worktree along that has the base checked out', async () => {
    scene = await createReviewed();
    git('switch', '--quiet', '--detach');
    const linked = join(scene.temp.folder, 'linked wörk tree');
    git('worktree', 'add', '--quiet', linked, 'main');
    const result = await accept();
    expect(result.worktree).toBe(linked);
    expect(readFileSync(join(linked, 'src/app.js'), 'utf8')).toContain('TWO');
    expect(fileText('src/app.js')).not.toContain('TWO');
    expect(git('-C', linked, 'status', '--porcelain')).toBe('');
  });
});

describe('accepting without a verdict', () => {
  it('takes documents that no check vouches for, and says so', async () => {
    scene = await createScene();
    scene.start.checks = [];
    const tip = await scene.work('documents', [{ kind: 'create', path: 'docs/a.md', newText: 'a\n' }]);
    scene.journal.push({ type: 'ended', outcome: { kind: 'review' }, tip });
    expect(await accept()).toMatchObject({
      how: 'fast-forward',
      verdict: 'not-checked',
      remarks: ['No check ran on what main is now.'],
    });
  });
});

describe('accepting by merge', () => {
  it('merges when the base has moved on, and says that the merged tree was not checked', async () => {
    scene = await createReviewed({ task: { title: 'Add a login form\u001b[31m\nNexus-Evil: yes' } });
    const moved = scene.temp.commit('Meanwhile', { 'src/other.js': 'moved on\n' });
    const tip = scene.tip() ?? '';
    scene.temp.write('notes.txt', 'untracked\n');
    const result = await accept();
    expect(result).toMatchObject({
      how: 'merge',
      before: moved,
      verdict: 'not-checked',
      worktree: scene.temp.path,
    });
    expect(result.remarks).toEqual(['The merged tree was not checked: run your checks on main.']);
    expect(git('rev-parse', 'main^1', 'main^2').split('\n')).toEqual([moved, tip]);
    expect(fileText('src/app.js')).toContain('TWO');
    expect(fileText('src/other.js')).toBe('moved on\n');
    expect(git('status', '--porcelain')).toBe('?? notes.txt');
    expect(git('log', '-1', '--format=%s', 'main')).toBe(`Merge ${BRANCH} into main`);
    expect(git('log', '-1', '--format=%(trailers:only)', 'main').trim().split('\n')).toEqual([
      'Nexus-Task: add-login',
      'Nexus-Run: 0001-abcdef',
    ]);
    expect(git('log', '-1', '--format=%B', 'main')).not.toContain('\u001b');
    expect(scene.tip()).toBeUndefined();
  });

  it('merges into a base that is not checked out', async () => {
    scene = await createReviewed();
    scene.temp.commit('Meanwhile', { 'src/other.js': 'moved on\n' });
    git('switch', '--quiet', '--detach', scene.base);
    const result = await accept();
    expect(result).toMatchObject({ how: 'merge', worktree: undefined });
    expect(git('show', 'main:src/app.js')).toContain('TWO');
    expect(git('show', 'main:src/other.js')).toBe('moved on');
    expect(fileText('src/other.js')).toBe('other\n');
  });

  it('merges a change into the file’s new name', async () => {
    scene = await createReviewed();
    git('mv', 'src/app.js', 'src/main.js');
    scene.temp.commit('Rename');
    await accept();
    expect(fileText('src/main.js')).toContain('TWO');
    expect(existsSync(join(scene.temp.path, 'src/app.js'))).toBe(false);
  });

  it('refuses conflicts with their paths and the ways on, and changes nothing', async () => {
    scene = await createReviewed();
    scene.temp.commit('Meanwhile', { 'src/app.js': 'one\n2\nthree\nfour\nfive\nsix\nseven\n' });
    expect(await refusal({})).toMatchObject({
      code: 'merge-conflict',
      exitCode: 4,
      message: part('src/app.js'),
      remedy: expect.stringMatching(/git merge nexus\/add-login.*nexus retry add-login/),
    });
  });

  // Windows has no such file names.
  it.skipIf(process.platform === 'win32')(
    'names ten conflicting files, harmless to print, and counts the others',
    async () => {
      scene = await createScene();
      const names = Array.from({ length: 12 }, (_, i) => `f${i}\u001b[2J.txt`);
      for (const path of names) await scene.work('step-1', [{ kind: 'create', path, newText: 'theirs\n' }]);
      await scene.end();
      scene.temp.commit('Meanwhile', Object.fromEntries(names.map((name) => [name, 'ours\n'])));
      const { message } = await refusal({});
      expect(message).toMatch(/f0\\x1b\[2J\.txt.* and 2 more/);
      expect(message).not.toContain('\u001b');
    },
  );

  it('tells how to merge by hand where git is too old to merge without a checkout', async () => {
    scene = await createReviewed();
    scene.temp.commit('Meanwhile', { 'src/other.js': 'moved on\n' });
    const old = Object.assign(new Error('git 2.31 cannot merge'), { code: 'merge-unsupported' });
    const repository: Repository = { ...scene.repository, tryMerge: () => Promise.reject(old) };
    expect(await refusal({ repository })).toMatchObject({
      code: 'merge-unsupported',
      remedy: part(`git switch main && git merge ${BRANCH}`),
    });
    const broken: Repository = {
      ...scene.repository,
      tryMerge: () => Promise.reject(new Error('disk full')),
    };
    expect(await refusal({ repository: broken })).toMatchObject({ message: 'disk full' });
  });

  it('knows a merged tree that the checks ran on', async () => {
    scene = await createReviewed();
    scene.temp.commit('Meanwhile, an empty commit');
    expect(await accept()).toMatchObject({ how: 'merge', verdict: 'good', remarks: [] });
  });
});

describe('accepting what was merged by hand', () => {
  it('only records it', async () => {
    scene = await createReviewed();
    const state = await scene.state();
    git('merge', '--quiet', '--no-ff', '--no-edit', BRANCH);
    const merged = git('rev-parse', 'main');
    const result = await accept({ state });
    expect(result).toMatchObject({ how: 'contained', before: merged, after: merged, worktree: undefined });
    expect(result.remarks[0]).toBe('main held the work already; nothing was merged.');
    expect(scene.tip()).toBeUndefined();
    expect(await readDecisions(scene.repository)).toHaveLength(1);
  });
});

describe('a task that needs attention', () => {
  const failing = { kind: 'failing' as const, failing: ['test'] };
  const outcome = {
    kind: 'needs-attention' as const,
    reason: 'checks-fail' as const,
    detail: 'test fails:\nNexus-Task: x',
  };

  it('is not accepted', async () => {
    scene = await createReviewed();
    await scene.end(outcome, failing);
    expect(await refusal({})).toMatchObject({
      code: 'not-acceptable',
      exitCode: 1,
      remedy: part('--anyway'),
    });
  });

  it('is accepted anyway by a merge commit that says why it needed attention', async () => {
    scene = await createReviewed();
    await scene.end(outcome, failing);
    const result = await accept({ anyway: true });
    expect(result).toMatchObject({ how: 'merge', verdict: 'failing' });
    expect(result.remarks).toEqual([
      'The checks say "failing" of what main is now.',
      'It needed attention: checks-fail, test fails:\nNexus-Task: x',
    ]);
    expect(git('log', '-1', '--format=%B', 'main')).toContain(
      'Accepted although it needed attention (checks-fail): test fails: Nexus-Task: x\n',
    );
    expect(git('log', '-1', '--format=%(trailers:key=Nexus-Task,valueonly)', 'main').trim()).toBe(
      'add-login',
    );
    expect(await scene.state()).toMatchObject({ kind: 'accepted' });
  });

  it('can’t be accepted anyway without a branch', async () => {
    scene = await createScene();
    scene.journal.push({ type: 'ended', outcome: { ...outcome, reason: 'question' }, tip: undefined });
    expect(await refusal({ anyway: true })).toMatchObject({
      code: 'not-acceptable',
      message: part(`${BRANCH} does not exist`),
    });
  });
});

describe('refusals', () => {
  it.each([
    [{ kind: 'ready', why: 'new' }, 'not done yet'],
    [{ kind: 'ready', why: 'changed' }, 'its text in tasks.yml has changed'],
    [{ kind: 'waiting', because: 'it is paused' }, 'it waits: it is paused'],
    [{ kind: 'coding' }, 'being worked on (coding)'],
    [{ kind: 'accepted', tip: 'x' }, 'accepted already'],
    [{ kind: 'rejected', tip: 'x' }, 'it was rejected'],
  ] as const)('%o', async (state, message) => {
    scene = await createReviewed();
    expect(await refusal({ state, anyway: true })).toMatchObject({
      code: 'not-acceptable',
      message: part(message),
    });
  });

  it('a branch that was moved since it was found in review', async () => {
    scene = await createReviewed();
    const state = await scene.state();
    await scene.work('repair-1', [{ kind: 'create', path: 'new.txt', newText: 'new\n' }]);
    expect(await refusal({ state })).toMatchObject({ code: 'branch-moved', remedy: part('nexus review') });
    const unknown = { kind: 'needs-attention', reason: 'unverified', detail: '', tip: undefined } as const;
    expect(await refusal({ state: unknown, anyway: true })).toMatchObject({ message: part('is of nothing') });
  });

  it('a branch that somebody committed to, until it is checked', async () => {
    scene = await createReviewed();
    git('switch', '--quiet', BRANCH);
    const tip = scene.temp.commit('By hand', { 'by-hand.txt': 'x\n' });
    git('switch', '--quiet', 'main');
    expect(await refusal({})).toMatchObject({ code: 'not-acceptable', message: part('branch-changed') });
    await scene.end({ kind: 'review' });
    expect(await accept()).toMatchObject({ how: 'fast-forward', tip, verdict: 'good' });
  });

  it('a base that was moved while the merge was prepared', async () => {
    scene = await createReviewed();
    const moving = (checkedOut: boolean): Repository => ({
      ...scene.repository,
      isAncestor: async (a, b) => {
        const answer = await scene.repository.isAncestor(a, b);
        if (git('rev-parse', 'main') === scene.base) {
          const moved = git('commit-tree', '-p', scene.base, '-m', 'meanwhile', 'main^{tree}');
          git('update-ref', 'refs/heads/main', moved);
        }
        return answer;
      },
      checkedOut: () => (checkedOut ? scene.repository.checkedOut() : Promise.resolve(new Map())),
    });
    await expect(accept({ repository: moving(true) })).rejects.toMatchObject({ code: 'branch-moved' });
    expect(git('log', '-1', '--format=%s', 'main')).toBe('meanwhile');
    git('update-ref', 'refs/heads/main', scene.base);
    git('switch', '--quiet', '--detach');
    await expect(accept({ repository: moving(false) })).rejects.toMatchObject({ code: 'branch-moved' });
    expect(git('log', '-1', '--format=%s', 'main')).toBe('meanwhile');
    expect(scene.tip()).toBeDefined();
    expect(await readDecisions(scene.repository)).toEqual([]);
  });

  it('a fast-forward that went somewhere else', async () => {
    scene = await createReviewed();
    const repository: Repository = { ...scene.repository, fastForwardCheckedOut: () => Promise.resolve() };
    expect(await refusal({ repository })).toMatchObject({ code: 'branch-moved' });
  });

  it('a base in whose work tree a merge waits to be finished', async () => {
    scene = await createReviewed();
    git('switch', '--quiet', '-c', 'side');
    scene.temp.commit('Side', { 'src/other.js': 'side\n' });
    git('switch', '--quiet', 'main');
    git('merge', '--quiet', '--no-commit', '--no-ff', 'side');
    expect(await refusal({})).toMatchObject({
      code: 'operation-in-progress',
      remedy: part('git merge --abort'),
    });
  });

  it('a base that is being bisected: its HEAD is another', async () => {
    scene = await createReviewed();
    git('bisect', 'start', 'main', 'main~1');
    git('checkout', '--quiet', 'main~1');
    expect(await refusal({})).toMatchObject({
      code: 'operation-in-progress',
      remedy: part('git bisect reset'),
    });
    git('bisect', 'reset');
  });

  it('a base that is being rebased in a linked worktree', async () => {
    scene = await createReviewed();
    const onto = git('commit-tree', '-m', 'onto', 'main^{tree}');
    git('switch', '--quiet', '--detach');
    const linked = join(scene.temp.folder, 'linked');
    git('worktree', 'add', '--quiet', linked, 'main');
    scene.temp.git(['-C', linked, 'rebase', '--quiet', '--exec', 'false', onto], { exits: [1] });
    expect(await refusal({})).toMatchObject({
      code: 'operation-in-progress',
      message: part('a rebase waits'),
    });
  });

  it('a base whose work tree is gone', async () => {
    scene = await createReviewed();
    git('switch', '--quiet', '--detach');
    const linked = join(scene.temp.folder, 'linked');
    git('worktree', 'add', '--quiet', linked, 'main');
    rmSync(linked, { recursive: true });
    expect(await refusal({})).toMatchObject({ code: 'worktree-missing', remedy: part('git worktree prune') });
  });
});

describe('the branch to accept into', () => {
  it('is the one that the user names', async () => {
    scene = await createReviewed();
    git('branch', 'release');
    expect(await accept({ into: 'release' })).toMatchObject({ into: 'release', worktree: undefined });
    expect(git('rev-parse', 'main')).toBe(scene.base);
  });

  it.each(['nowhere', BRANCH])('is refused when it is %s', async (into) => {
    scene = await createReviewed();
    expect(await refusal({ into })).toMatchObject({
      code: 'target-missing',
      message: part(into),
      remedy: part('--into main'),
    });
  });

  it('is the current one when the start’s is gone and it holds the start', async () => {
    scene = await createReviewed();
    scene.start.baseName = 'gone';
    expect(await accept()).toMatchObject({ into: 'main' });
  });

  it('is the configured one before the current one', async () => {
    scene = await createReviewed();
    git('branch', 'develop');
    scene.start.baseName = undefined;
    expect(await accept({ configuredBase: 'develop' })).toMatchObject({ into: 'develop' });
  });

  it('is not guessed when HEAD is detached and nothing else is known', async () => {
    scene = await createReviewed();
    scene.start.baseName = undefined;
    git('switch', '--quiet', '--detach');
    expect(await refusal({})).toMatchObject({
      code: 'target-missing',
      message: part('from no branch'),
      remedy: part('--into BRANCH'),
    });
  });

  it('is not the current one when that does not hold the start', async () => {
    scene = await createReviewed();
    scene.start.baseName = undefined;
    git('switch', '--quiet', '--orphan', 'unrelated');
    scene.temp.commit('Unrelated', { 'x.txt': 'x' });
    expect(await refusal({})).toMatchObject({ code: 'target-missing' });
  });

  it('must hold the commit that the work started from', async () => {
    scene = await createReviewed();
    const state = await scene.state();
    git('commit', '--quiet', '--amend', '--no-verify', '-m', 'Rewritten');
    expect(await refusal({ state })).toMatchObject({
      code: 'base-not-in-target',
      message: part('other commits would come along'),
    });
    scene.start.base = 'd'.repeat(40);
    expect(await refusal({ state })).toMatchObject({ code: 'base-not-in-target' });
  });

  it('is never a feature branch: what is stacked on one waits for it', async () => {
    scene = await createReviewed();
    const first = git('commit-tree', '-p', scene.base, '-m', 'Work of first', 'main^{tree}');
    git('branch', 'nexus/first', first);
    git('rebase', '--quiet', '--onto', first, scene.base, BRANCH);
    git('switch', '--quiet', 'main');
    scene.start = { ...scene.start, base: first, baseName: 'nexus/first' };
    await scene.end();
    expect(await refusal({})).toMatchObject({
      code: 'base-not-in-target',
      message: part("can't be accepted into main"),
      remedy: part('nexus accept first'),
    });
    git('merge', '--quiet', '--ff-only', 'nexus/first');
    expect(await accept()).toMatchObject({ into: 'main', how: 'fast-forward' });
    expect(git('rev-parse', 'nexus/first')).toBe(first);
  });

  it('is not the feature branch that somebody looks at', async () => {
    scene = await createReviewed();
    scene.start.baseName = undefined;
    git('switch', '--quiet', '-c', 'nexus/other');
    expect(await refusal({})).toMatchObject({ code: 'target-missing' });
  });

  it('is the configured or current one when there is no journal', async () => {
    scene = await createReviewed();
    const tip = scene.tip();
    const state = { kind: 'needs-attention', reason: 'unverified', detail: 'no journal', tip } as const;
    const result = await accept({ record: undefined, state, anyway: true });
    expect(result).toMatchObject({ into: 'main', how: 'merge', verdict: 'not-checked' });
    expect(git('log', '-1', '--format=%B', 'main')).not.toContain('Nexus-Run');
  });
});

describe('a branch that has nothing in common with the base', () => {
  it('is not merged', async () => {
    scene = await createReviewed();
    const tip = git('commit-tree', '-m', 'Root', 'main^{tree}');
    git('update-ref', `refs/heads/${BRANCH}`, tip);
    const state = { kind: 'needs-attention', reason: 'unverified', detail: 'no journal', tip } as const;
    expect(await refusal({ record: undefined, state, anyway: true })).toMatchObject({
      code: 'base-not-in-target',
      message: part('no commit in common'),
    });
  });
});

describe('the feature branch afterwards', () => {
  it('stays where it is checked out', async () => {
    scene = await createReviewed();
    const linked = join(scene.temp.folder, 'looking at it');
    git('worktree', 'add', '--quiet', linked, BRANCH);
    const result = await accept();
    expect(result.removed).toEqual({ kind: 'kept', because: `it is checked out in ${linked}` });
    expect(result.remarks).toEqual([`The branch ${BRANCH} stays: it is checked out in ${linked}.`]);
    expect(git('rev-parse', 'main')).toBe(result.tip);
    expect(await scene.state()).toMatchObject({ kind: 'accepted' });
  });

  it('stays when somebody moves it in that moment', async () => {
    scene = await createReviewed();
    const tip = scene.tip() ?? '';
    const repository: Repository = {
      ...scene.repository,
      deleteBranch: async (name, expected) => {
        git('update-ref', `refs/heads/${BRANCH}`, scene.base);
        await scene.repository.deleteBranch(name, expected);
      },
    };
    expect(await accept({ repository })).toMatchObject({
      tip,
      removed: { kind: 'kept', because: 'somebody moved it just now' },
    });
    expect(scene.tip()).toBe(scene.base);
  });

  it('is not passed over when it can’t be deleted for another reason', async () => {
    scene = await createReviewed();
    const repository: Repository = {
      ...scene.repository,
      deleteBranch: () => Promise.reject(new Error('disk full')),
    };
    await expect(accept({ repository })).rejects.toThrow('disk full');
  });
});

describe('what only git knows how to carry', () => {
  // Windows has no such file names.
  it.skipIf(process.platform === 'win32')(
    'binary files and hostile names come through a merge unharmed',
    async () => {
      scene = await createScene();
      const binary = Buffer.from([0, 255, 13, 10, 200]);
      mkdirSync(join(scene.temp.path, 'bin'));
      writeFileSync(join(scene.temp.path, 'bin/a.bin'), binary);
      const base = scene.temp.commit('Binary', { 'evil\n\u001b[31m "name".txt': 'evil\n' });
      scene.start.base = base;
      await scene.repository.updateBranch(BRANCH, base, undefined);
      await scene.work('step-1', [changeLine('two', 'TWO')]);
      await scene.end();
      scene.temp.commit('Meanwhile', { 'src/other.js': 'moved on\n' });
      await accept();
      expect(readFileSync(join(scene.temp.path, 'bin/a.bin'))).toEqual(binary);
      expect(fileText('evil\n\u001b[31m "name".txt')).toBe('evil\n');
      expect(git('status', '--porcelain')).toBe('');
    },
  );
});
