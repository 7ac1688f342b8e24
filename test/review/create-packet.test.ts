import { afterEach, describe, expect, it } from 'vitest';
import { writeDecision } from '../../src/journal/decisions.js';
import type { AttentionReason } from '../../src/journal/entries.js';
import type { Repository } from '../../src/repository/repository.js';
import { createPacket } from '../../src/review/create-packet.js';
import type { ReviewInput, ReviewPacket } from '../../src/review/packet.js';
import { GOOD, makeReport, makeResult } from '../journal/make.js';
import { BRANCH, changeLine, createReviewed, createScene, type Scene } from './scene.js';

let scene: Scene;
afterEach(() => scene.dispose());

const packetOf = async (values: Partial<ReviewInput> = {}): Promise<ReviewPacket> =>
  createPacket({ ...(await scene.input()), ...values });
const git = (...args: string[]): string => scene.temp.git(args);
const commandsOf = (packet: ReviewPacket): string[] => packet.next.map((action) => action.command);
const usage = {
  reusedTokens: undefined,
  loadMs: undefined,
  promptMs: undefined,
  answerMs: undefined,
  totalMs: 2000,
};

describe('the packet of a branch in review', () => {
  it('has the task, the branch, its files and what can be done', async () => {
    scene = await createReviewed({
      task: { description: 'A form.', acceptance: ['It has a password field.'], kind: 'change' },
    });
    const packet = await packetOf();
    const tip = scene.tip();
    expect(packet).toMatchObject({
      task: { id: 'add-login', description: 'A form.', acceptance: ['It has a password field.'] },
      state: { kind: 'review', tip },
      branch: { name: BRANCH, exists: true, tip },
      base: {
        commit: scene.base,
        name: 'main',
        target: { name: 'main', tip: scene.base, movedOn: 0, containsBase: true },
        merge: { kind: 'fast-forward' },
      },
      verdict: { kind: 'good' },
      checks: [{ name: 'test', outcome: 'passed', command: 'npm test', base: undefined }],
      dropped: [],
      notices: [],
      dirty: [],
    });
    expect(packet.commits.map(({ label, foreign, subject }) => [label, foreign, subject])).toEqual([
      ['plan', false, 'Work of plan'],
      ['step-1', false, 'Work of step-1'],
    ]);
    expect(packet.files).toMatchObject([
      { path: 'docs/nexus/add-login.md', status: 'added', added: 1, deleted: 0, edits: [], flags: [] },
      {
        path: 'src/app.js',
        status: 'modified',
        added: 1,
        deleted: 1,
        edits: [{ label: 'step-1', format: 'search-replace', pass: 'exact', line: 2, bent: false }],
      },
    ]);
    expect(commandsOf(packet)).toEqual([
      'nexus accept add-login',
      `git diff main...${BRANCH}`,
      'nexus reject add-login',
      'nexus retry add-login',
      'nexus check add-login',
    ]);
  });

  it('is plain JSON', async () => {
    scene = await createReviewed();
    const packet = await packetOf();
    expect(JSON.parse(JSON.stringify(packet))).toEqual(packet);
  });

  it('changes no ref, file or index', async () => {
    scene = await createReviewed();
    scene.temp.commit('Meanwhile', { 'src/other.js': 'moved on\n' });
    scene.temp.write('src/app.js', 'dirty\n');
    const before = [git('for-each-ref'), git('status', '--porcelain=v2')];
    await packetOf();
    expect([git('for-each-ref'), git('status', '--porcelain=v2')]).toEqual(before);
  });
});

describe('how the work came about', () => {
  it('tells the plan, what was done to it, attempts, refusals and bent edits', async () => {
    scene = await createScene();
    const rejection = { code: 'not-found' as const, path: 'src/app.js', message: 'no such lines' };
    scene.journal.push(
      {
        type: 'planned',
        plan: {
          summary: 'Shout.',
          steps: [{ title: 'Shout two', instruction: 'x', files: ['src/app.js'], doneWhen: '' }],
          documents: [],
        },
        notes: { fallback: true, attempts: 3, remarks: ['joined'], filesRead: [], leftOut: ['big.js'] },
      },
      { type: 'rejected', exchange: 4, label: 'step-1', attempt: 1, rejections: [rejection, rejection] },
      { type: 'rejected', exchange: 6, label: 'repair-1', attempt: 2, rejections: [] },
      { type: 'rejected', exchange: 2, label: 'plan', attempt: 1, rejections: [] },
    );
    const edits = [
      { path: 'src/app.js', format: 'search-replace' as const, pass: 'indentation' as const, line: 2 },
      { path: 'src/new.js', format: 'whole-file' as const, pass: 'new' as const, line: 0 },
    ];
    await scene.work('step-1', [changeLine('two', 'TWO')], { edits, attempts: 2 });
    await scene.work('step-10', [{ kind: 'create', path: 'src/new.js', newText: 'x\n' }]);
    await scene.end();
    const packet = await packetOf();
    expect(packet.plan).toMatchObject({ summary: 'Shout.', notes: { fallback: true, leftOut: ['big.js'] } });
    expect(packet.steps.map(({ label, attempts, title }) => [label, attempts, title])).toEqual([
      ['plan', 1, undefined],
      ['step-1', 2, 'Shout two'],
      ['step-10', 1, 'Work of step-10'],
      ['repair-1', 2, undefined],
    ]);
    expect(packet.steps[1]).toMatchObject({
      commit: packet.commits[0]?.oid,
      rejections: [{ code: 'not-found', attempt: 1, exchange: 4 }, { code: 'not-found' }],
    });
    expect(packet.steps[3]?.commit).toBeUndefined();
    expect(packet.files.find((file) => file.path === 'src/app.js')?.edits[0]).toMatchObject({ bent: true });
  });

  it('does not count the edits of a commit that was dropped', async () => {
    scene = await createReviewed();
    const edits = [{ path: 'src/app.js', format: 'whole-file' as const, pass: 'context' as const, line: 1 }];
    const oid = 'd'.repeat(40);
    scene.journal.push(
      { type: 'committed', label: 'documents', oid, parent: oid, subject: 's', edits, attempts: 1 },
      { type: 'dropped', label: 'documents', reason: 'they broke the checks' },
      { type: 'notice', message: 'hello' },
    );
    scene.start.dirty = ['src/other.js'];
    const packet = await packetOf();
    expect(packet.files.find((file) => file.path === 'src/app.js')?.edits).toHaveLength(1);
    expect(packet.steps.at(-1)).toMatchObject({ label: 'documents', commit: undefined });
    expect(packet).toMatchObject({
      dropped: [{ label: 'documents', reason: 'they broke the checks' }],
      notices: ['hello'],
      dirty: ['src/other.js'],
    });
  });

  it('sums tokens and time, and says how many requests have no figures', async () => {
    scene = await createReviewed();
    const exchange = {
      type: 'exchange' as const,
      number: 1,
      role: 'coder' as const,
      model: 'm',
      purpose: 'code' as const,
      step: 1,
      attempt: 1,
      key: 'k',
      ending: 'stop' as const,
      estimatedTokens: 1,
    };
    scene.journal.push(
      { ...exchange, usage: { ...usage, promptTokens: 1000, answerTokens: 50 } },
      { ...exchange, model: 'n', usage: { ...usage, promptTokens: undefined, answerTokens: 7 } },
      {
        ...exchange,
        usage: { ...usage, promptTokens: undefined, answerTokens: undefined, totalMs: 1 },
        cached: { ...usage, promptTokens: 900, answerTokens: 9 },
      },
      { type: 'base-checked', report: makeReport('t', makeResult({ outcome: 'failed', durationMs: 500 })) },
    );
    const packet = await packetOf();
    expect(packet.cost).toEqual({
      // The Coder's first model was replaced by another; nothing was asked of the Overseer.
      models: { overseer: 'llama3.1:8b', coder: 'm, then n' },
      requests: 2,
      promptTokens: 1000,
      answerTokens: 57,
      uncounted: 1,
      cached: 1,
      modelMs: 4000,
      checkMs: 2000,
    });
    expect(packet.checks[0]?.base).toBe('failed');
  });
});

describe('the verdict', () => {
  it('is of exactly the tip: anything later is "not checked since"', async () => {
    scene = await createReviewed();
    const checked = scene.tip();
    await scene.work('documents', [{ kind: 'create', path: 'docs/a.md', newText: 'x\n' }]);
    const packet = await packetOf();
    expect(packet.verdict).toMatchObject({ kind: 'not-checked', last: { kind: 'good', commit: checked } });
    expect(packet.checks).toMatchObject([
      {
        name: 'test',
        outcome: 'not-run',
        command: 'npm test',
        earlier: { outcome: 'passed', commit: checked },
      },
    ]);
  });

  it('is of the tree: another commit with the same tree has it, too', async () => {
    scene = await createReviewed();
    git(
      'update-ref',
      `refs/heads/${BRANCH}`,
      git('commit-tree', '-p', scene.base, '-m', 'Squashed', `${BRANCH}^{tree}`),
    );
    const packet = await packetOf();
    expect(packet.verdict.kind).toBe('good');
    expect(packet.commits).toMatchObject([{ subject: 'Squashed', foreign: true, label: undefined }]);
  });

  it('has the failing checks, their output and what they did on the base', async () => {
    scene = await createScene();
    await scene.work('step-1', [changeLine('two', 'TWO')]);
    scene.start.checks = ['test', 'lint'];
    scene.journal.push({ type: 'base-checked', report: makeReport('t', makeResult()) });
    await scene.end(
      { kind: 'needs-attention', reason: 'checks-fail', detail: 'test' },
      { kind: 'failing', failing: ['test'] },
    );
    const packet = await packetOf();
    expect(packet.verdict).toMatchObject({ kind: 'failing', failing: ['test'], reason: undefined });
    expect(packet.checks).toMatchObject([
      { name: 'test', outcome: 'failed', exitCode: 1, output: 'not ok 1\nboom\n', base: 'passed' },
      { name: 'lint', outcome: 'not-run', command: undefined, earlier: undefined },
    ]);
  });

  it('says which results were taken over from an earlier commit', async () => {
    scene = await createReviewed();
    const checked = scene.tip();
    const commit = await scene.work('documents', [{ kind: 'create', path: 'docs/a.md', newText: 'x\n' }]);
    scene.start.checks = ['test', 'links'];
    const report = makeReport(
      await scene.repository.treeOf(commit),
      makeResult(),
      makeResult({ name: 'links', durationMs: 3 }),
      makeResult({ name: 'test', cwd: 'packages/b', outcome: 'failed' }),
    );
    scene.journal.push(
      {
        type: 'base-checked',
        report: makeReport('t', makeResult({ cwd: 'packages/b', outcome: 'timed-out' })),
      },
      { type: 'checked', commit, verdict: GOOD, report },
    );
    const packet = await packetOf();
    expect(packet.checks).toMatchObject([
      { name: 'test', outcome: 'passed', base: undefined, earlier: { outcome: 'passed', commit: checked } },
      { name: 'links', outcome: 'passed', earlier: undefined },
      { name: 'test', outcome: 'failed', base: 'timed-out', earlier: undefined },
    ]);
  });

  it('names a set-up that failed, and why nothing vouches for the tip', async () => {
    scene = await createReviewed();
    const tip = scene.tip() ?? '';
    const setupFailed = makeResult({ name: 'npm ci', outcome: 'failed' });
    scene.journal.push({
      type: 'checked',
      commit: tip,
      verdict: { kind: 'unverified', reason: 'failed-on-base', failing: ['test'] },
      report: { tree: 'other', results: [], setupFailed },
    });
    const packet = await packetOf();
    expect(packet.setupFailed).toEqual(setupFailed);
    expect(packet.verdict).toMatchObject({ kind: 'unverified', reason: 'failed-on-base', failing: ['test'] });
    expect(packet.state).toMatchObject({ kind: 'needs-attention', reason: 'unverified' });
    expect(commandsOf(packet).slice(0, 2)).toEqual([
      'nexus check add-login',
      'nexus accept add-login --anyway',
    ]);
  });
});

describe('the base', () => {
  it('tells how far it has moved on, and that the branch still merges', async () => {
    scene = await createReviewed();
    scene.temp.commit('One', { 'src/other.js': '1\n' });
    scene.temp.commit('Two', { 'src/other.js': '2\n' });
    const packet = await packetOf();
    expect(packet.base).toMatchObject({
      commit: scene.base,
      target: { movedOn: 2 },
      merge: { kind: 'clean' },
    });
    expect(packet.commits).toHaveLength(2);
    expect(packet.next[0]).toEqual({
      command: 'nexus accept add-login',
      does: 'bring it into main (merge commit; the merged tree is not checked)',
    });
  });

  it('names conflicts and offers to merge by hand or to do it anew', async () => {
    scene = await createReviewed();
    scene.temp.commit('Meanwhile', { 'src/app.js': 'other\n' });
    const packet = await packetOf();
    expect(packet.base.merge).toEqual({ kind: 'conflict', paths: ['src/app.js'] });
    expect(commandsOf(packet)).toEqual([
      `git merge ${BRANCH}`,
      'nexus retry add-login',
      `git diff main...${BRANCH}`,
      'nexus reject add-login',
      'nexus check add-login',
    ]);
  });

  it('does not know whether it merges where git is too old', async () => {
    scene = await createReviewed();
    scene.temp.commit('Meanwhile', { 'src/other.js': '1\n' });
    const old = Object.assign(new Error('git 2.31 cannot'), { code: 'merge-unsupported' });
    const packet = await packetOf({
      repository: { ...scene.repository, tryMerge: () => Promise.reject(old) },
    });
    expect(packet.base.merge).toEqual({ kind: 'unknown', because: 'git 2.31 cannot' });
    expect(commandsOf(packet)[0]).toBe(`git merge ${BRANCH}`);
    const broken = {
      ...scene.repository,
      tryMerge: () => Promise.reject(new Error('disk full')),
    } as Repository;
    await expect(packetOf({ repository: broken })).rejects.toThrow('disk full');
  });

  it('was rewritten: the work is still compared with what it started from', async () => {
    scene = await createReviewed();
    const state = await scene.state();
    git('commit', '--quiet', '--amend', '--no-verify', '-m', 'Rewritten');
    const packet = await packetOf({ state });
    expect(packet.base).toMatchObject({ commit: scene.base, target: { containsBase: false, movedOn: 1 } });
    expect(packet.commits).toHaveLength(2);
    expect(packet.next[0]).toMatchObject({ command: 'nexus retry add-login' });
  });

  it('is another feature branch: that has to be accepted first', async () => {
    scene = await createReviewed();
    const first = git('commit-tree', '-p', scene.base, '-m', 'Work of first', 'main^{tree}');
    git('branch', 'nexus/first', first);
    git('rebase', '--quiet', '--onto', first, scene.base, BRANCH);
    git('switch', '--quiet', 'main');
    scene.start = { ...scene.start, base: first, baseName: 'nexus/first' };
    await scene.end();
    const packet = await packetOf();
    expect(packet.base).toMatchObject({
      commit: first,
      stackedOn: 'first',
      target: { name: 'main', containsBase: false },
    });
    expect(packet.commits).toHaveLength(2);
    expect(packet.next[0]).toEqual({ command: 'nexus accept first', does: 'first: this is built on it' });
  });

  it('was merged into the branch by hand: only the branch’s own work counts', async () => {
    scene = await createReviewed();
    const moved = scene.temp.commit('Meanwhile', { 'src/other.js': 'moved on\n' });
    git('switch', '--quiet', BRANCH);
    git('merge', '--quiet', '--no-edit', 'main');
    git('switch', '--quiet', 'main');
    const packet = await packetOf();
    expect(packet.base).toMatchObject({ commit: moved, merge: { kind: 'fast-forward' } });
    expect(packet.files.map((file) => file.path)).toEqual(['docs/nexus/add-login.md', 'src/app.js']);
    expect(packet.commits.map((commit) => commit.foreign)).toEqual([false, false, true]);
    expect(packet.state).toMatchObject({ reason: 'branch-changed' });
    expect(commandsOf(packet)[0]).toBe('nexus check add-login');
  });

  it('is not known when HEAD is detached and the run had no branch', async () => {
    scene = await createReviewed();
    const state = await scene.state();
    scene.start.baseName = undefined;
    git('switch', '--quiet', '--detach');
    const packet = await packetOf({ state });
    expect(packet.base).toMatchObject({ commit: scene.base, target: undefined, merge: { kind: 'unknown' } });
    expect(commandsOf(packet).slice(0, 2)).toEqual([
      'nexus accept add-login --into BRANCH',
      `git diff ${scene.base.slice(0, 12)}...${BRANCH}`,
    ]);
  });
});

describe('what is not as usual', () => {
  it('a task without branch and journal', async () => {
    scene = await createScene();
    const packet = await packetOf({ record: undefined, state: { kind: 'ready', why: 'new' } });
    expect(packet).toMatchObject({
      branch: { exists: false, tip: undefined },
      base: { commit: undefined, target: { name: 'main', movedOn: 0, containsBase: false } },
      commits: [],
      steps: [],
      files: [],
      checks: [],
      cost: undefined,
      plan: undefined,
      verdict: { kind: 'not-checked', last: undefined },
      next: [{ command: 'nexus run add-login', does: 'do it now' }],
    });
  });

  it('a branch without a journal', async () => {
    scene = await createReviewed();
    const tip = scene.tip();
    const state = { kind: 'needs-attention', reason: 'unverified', detail: 'no journal', tip } as const;
    const packet = await packetOf({ record: undefined, state });
    expect(packet.base).toMatchObject({
      commit: scene.base,
      name: undefined,
      target: { containsBase: true },
    });
    expect(packet.commits.map(({ label, foreign }) => [label, foreign])).toEqual([
      ['plan', false],
      ['step-1', false],
    ]);
  });

  it('a branch that shares nothing with any base', async () => {
    scene = await createReviewed();
    const tip = git('commit-tree', '-m', 'Root', 'main^{tree}');
    git('update-ref', `refs/heads/${BRANCH}`, tip);
    const state = { kind: 'needs-attention', reason: 'branch-changed', detail: '', tip } as const;
    const packet = await packetOf({ state });
    expect(packet).toMatchObject({ base: { commit: undefined }, commits: [], files: [] });
    git('switch', '--quiet', '--detach');
    expect((await packetOf({ state, record: undefined })).base.commit).toBeUndefined();
  });

  it('an accepted task whose branch is gone, with what was said', async () => {
    scene = await createReviewed();
    const tip = scene.tip() ?? '';
    git('merge', '--quiet', '--ff-only', BRANCH);
    git('branch', '--quiet', '-D', BRANCH);
    const { id, hash } = scene.task;
    await writeDecision(scene.repository, { task: id, verb: 'accepted', taskHash: hash, tip }, 'Fine');
    const packet = await packetOf();
    expect(packet).toMatchObject({
      state: { kind: 'accepted' },
      decisionMessage: 'Fine',
      branch: { exists: false, tip },
      base: { commit: scene.base, merge: { kind: 'contained' } },
      next: [],
    });
    expect(packet.files).toHaveLength(2);
  });

  it('a rejected task whose commits git has cleaned away', async () => {
    scene = await createScene();
    const packet = await packetOf({ state: { kind: 'rejected', tip: 'd'.repeat(40) } });
    expect(packet).toMatchObject({ branch: { tip: undefined }, files: [], decisionMessage: undefined });
    expect(commandsOf(packet)).toEqual(['nexus retry add-login']);
  });

  it('commits by somebody else, amended ones, and those of a run that was killed', async () => {
    scene = await createReviewed();
    git('switch', '--quiet', BRANCH);
    git('commit', '--quiet', '--amend', '--no-verify', '--no-edit', '--date=2020-01-01T00:00:00Z');
    scene.temp.commit('By hand', { 'by-hand.txt': 'x\n' });
    git('switch', '--quiet', 'main');
    const packet = await packetOf();
    expect(packet.commits.map(({ foreign, authorEmail }) => [foreign, authorEmail])).toEqual([
      [false, 'ada@example.com'],
      [true, 'ada@example.com'],
      [true, 'ada@example.com'],
    ]);
    const ended = scene.journal.pop();
    expect(ended?.type).toBe('ended');
    expect((await packetOf()).commits.map((commit) => commit.foreign)).toEqual([false, false, true]);
    scene.start.run = '0002-ffffff';
    expect((await packetOf()).commits.map((commit) => commit.foreign)).toEqual([false, true, true]);
  });

  // Windows has no such file names.
  it.skipIf(process.platform === 'win32')(
    'renamed, binary and deleted files, and files with names that lie',
    async () => {
      scene = await createScene();
      const evil = 'evil\n\u001b[31m\u202ename.txt';
      scene.temp.write('logo.bin', Buffer.from([0, 1, 2]));
      const base = scene.temp.commit('More', { [evil]: 'x\n' });
      git('switch', '--quiet', '-c', BRANCH);
      git('mv', 'src/app.js', 'src/main.js');
      git('rm', '--quiet', 'test/app.test.js');
      scene.temp.commit('By hand', {
        'logo.bin': Buffer.from([0, 9, 9]),
        [evil]: 'y\n',
        'package.json': '{}\n',
      });
      git('switch', '--quiet', 'main');
      scene.start.base = base;
      const packet = await packetOf({
        state: { kind: 'ready', why: 'interrupted' },
        isProtected: (path) => (path === 'logo.bin' ? 'it is protected' : undefined),
      });
      const rows = packet.files.map((file) => [
        file.path,
        file.status,
        file.added,
        file.flags.map(({ flag }) => flag),
      ]);
      expect(rows.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))).toEqual([
        [evil, 'modified', 1, []],
        ['logo.bin', 'modified', undefined, ['protected']],
        ['package.json', 'added', 1, ['checks']],
        ['src/main.js', 'renamed', 0, []],
        ['test/app.test.js', 'deleted', 0, ['test-deleted']],
      ]);
    },
  );
});

describe('what can be done next', () => {
  const attention = (reason: AttentionReason): ReviewPacket['state'] => ({
    kind: 'needs-attention',
    reason,
    detail: 'x',
    tip: undefined,
  });

  it.each([
    [{ kind: 'ready', why: 'interrupted' }, ['nexus run add-login']],
    [{ kind: 'waiting', because: 'x' }, []],
    [{ kind: 'coding' }, ['nexus status']],
    [attention('question'), ['edit tasks.yml', 'nexus run add-login']],
    [attention('nothing-to-change'), ['nexus log add-login', 'nexus retry add-login']],
    [attention('edits-not-applied'), ['nexus log add-login', 'nexus retry add-login']],
    [attention('base-rewritten'), ['nexus retry add-login']],
    [attention('branch-changed'), ['nexus retry add-login']],
    [attention('cancelled'), ['nexus run add-login', 'nexus retry add-login']],
    [attention('limit-reached'), ['nexus run add-login', 'nexus retry add-login']],
    [attention('model-trouble'), ['nexus doctor', 'nexus run add-login', 'nexus retry add-login']],
    [attention('setup-missing'), ['nexus doctor', 'nexus run add-login', 'nexus retry add-login']],
  ] as [ReviewPacket['state'], string[]][])('without a branch: %o', async (state, commands) => {
    scene = await createScene();
    expect(commandsOf(await packetOf({ state }))).toEqual(commands);
  });

  it.each([
    [
      'checks-fail',
      [
        'nexus log add-login',
        'nexus retry add-login',
        'nexus check add-login',
        'nexus accept add-login --anyway',
        `git diff main...${BRANCH}`,
        'nexus reject add-login',
      ],
    ],
    ['base-rewritten', ['nexus retry add-login', 'nexus reject add-login']],
    ['edits-not-applied', ['nexus log add-login', 'nexus retry add-login', 'nexus reject add-login']],
    ['cancelled', ['nexus run add-login', 'nexus retry add-login', 'nexus reject add-login']],
  ] as [AttentionReason, string[]][])('with a branch: %s', async (reason, commands) => {
    scene = await createReviewed();
    expect(commandsOf(await packetOf({ state: attention(reason) }))).toEqual(commands);
  });

  it('of a plan that waits for approval', async () => {
    scene = await createScene();
    scene.journal.push({
      type: 'planned',
      plan: { summary: '', steps: [], documents: [] },
      notes: { fallback: false, attempts: 1, remarks: [], filesRead: [], leftOut: [] },
    });
    const packet = await packetOf({ state: { kind: 'waiting', because: 'its plan waits' } });
    expect(commandsOf(packet)).toEqual([
      'nexus run add-login',
      'nexus reject add-login',
      'nexus retry add-login',
    ]);
  });
});

describe('a verdict of the same commit', () => {
  it('is the last one', async () => {
    scene = await createReviewed();
    const commit = scene.tip() ?? '';
    const report = makeReport(await scene.repository.treeOf(commit), makeResult({ durationMs: 9 }));
    scene.journal.push({ type: 'checked', commit, verdict: GOOD, report });
    expect((await packetOf()).checks[0]?.durationMs).toBe(9);
  });
});
