import { afterEach, describe, expect, it } from 'vitest';
import type { AttentionReason } from '../../src/journal/entries.js';
import { createPacket } from '../../src/review/create-packet.js';
import type { PacketVerdict, ReviewPacket } from '../../src/review/packet.js';
import { renderPacket } from '../../src/review/render-packet.js';
import { makeResult, TIP } from '../journal/make.js';
import { changeLine, createReviewed, createScene, type Scene } from './scene.js';

const BASE = 'b'.repeat(40);
const AT = '2026-11-22T16:36:05.000Z';

function makePacket(values: Partial<ReviewPacket> = {}): ReviewPacket {
  return {
    task: { id: 'add-login', title: '', description: '', kind: 'change', acceptance: [] },
    state: { kind: 'review', tip: TIP },
    decisionMessage: undefined,
    branch: { name: 'nexus/add-login', exists: true, tip: TIP },
    plan: undefined,
    base: {
      commit: BASE,
      name: 'main',
      stackedOn: undefined,
      target: undefined,
      merge: { kind: 'unknown', because: 'x' },
    },
    commits: [],
    steps: [],
    files: [],
    verdict: { kind: 'good', at: AT, failing: [], reason: undefined },
    checks: [],
    setupFailed: undefined,
    dropped: [],
    notices: [],
    dirty: [],
    cost: undefined,
    next: [],
    ...values,
  };
}

const check = (values: Partial<ReviewPacket['checks'][number]> = {}): ReviewPacket['checks'][number] => ({
  name: 'test',
  command: 'npm test',
  outcome: 'passed',
  exitCode: 0,
  durationMs: 1500,
  output: '',
  base: undefined,
  earlier: undefined,
  ...values,
});

const file = (values: Partial<ReviewPacket['files'][number]>): ReviewPacket['files'][number] => ({
  path: 'a.js',
  from: undefined,
  status: 'modified',
  added: 1,
  deleted: 2,
  edits: [],
  flags: [],
  ...values,
});

const firstLine = (values: Partial<ReviewPacket>): string =>
  renderPacket(makePacket(values)).split('\n')[0] ?? '';
const rendered = (values: Partial<ReviewPacket>): string => renderPacket(makePacket(values));

describe('the headline', () => {
  const on = `on ${TIP.slice(0, 12)}, 2026-11-22 16:36 UTC`;

  it.each([
    [[check()], `add-login: READY FOR REVIEW, 1 check passed ${on}`],
    [
      [check(), check({ outcome: 'not-run' })],
      `add-login: READY FOR REVIEW, 1 check passed (1 not run on it) ${on}`,
    ],
    [
      [check({ earlier: { outcome: 'passed', commit: BASE, at: AT } }), check()],
      `add-login: READY FOR REVIEW, 2 checks passed (1 taken over) ${on}`,
    ],
    [[], `add-login: READY FOR REVIEW, no check had to run ${on}`],
  ])('tells how many checks passed on what: %#', (checks, line) => {
    expect(firstLine({ checks })).toBe(line);
  });

  it.each([
    [{ kind: 'not-checked', last: undefined }, 'no check ran on it'],
    [
      { kind: 'not-checked', last: { kind: 'good', commit: BASE, at: AT } },
      'not checked since bbbbbbbbbbbb (good, 2026-11-22 16:36 UTC)',
    ],
    [{ kind: 'failing', at: AT, failing: ['a', 'b'], reason: undefined }, `2 checks failing ${on}`],
    [{ kind: 'unverified', at: AT, failing: [], reason: 'no-checks' }, 'no check is configured'],
    [
      { kind: 'unverified', at: AT, failing: ['a'], reason: 'failed-on-base' },
      `what fails failed on the base too ${on}`,
    ],
  ] as [PacketVerdict, string][])('never says more than was verified: %o', (verdict, phrase) => {
    expect(firstLine({ verdict })).toBe(`add-login: READY FOR REVIEW, ${phrase}`);
  });

  it.each([
    [{ kind: 'accepted', tip: TIP }, 'ACCEPTED at 111111111111'],
    [{ kind: 'rejected', tip: TIP }, 'REJECTED at 111111111111'],
    [{ kind: 'waiting', because: 'it is paused' }, 'WAITING, it is paused'],
    [{ kind: 'ready', why: 'new' }, 'READY TO RUN, not done yet'],
    [{ kind: 'ready', why: 'changed' }, 'READY TO RUN, its text changed since it was done'],
    [{ kind: 'ready', why: 'interrupted' }, 'READY TO RUN, its run was interrupted'],
    [{ kind: 'ready', why: 'approved' }, 'READY TO RUN, its plan was approved'],
    [{ kind: 'coding' }, 'BEING WORKED ON (coding)'],
  ] as [ReviewPacket['state'], string][])('has the state: %o', (state, phrase) => {
    expect(firstLine({ state })).toBe(`add-login: ${phrase}`);
  });

  it.each([
    ['checks-fail', 'the checks fail'],
    ['question', 'the Overseer asks'],
    ['setup-missing', 'the set-up is not complete'],
  ] as [AttentionReason, string][])('has the reason, the detail follows: %s', (reason, phrase) => {
    const text = rendered({ state: { kind: 'needs-attention', reason, detail: 'One\nTwo', tip: TIP } });
    expect(text).toMatch(new RegExp(`^add-login: NEEDS ATTENTION, ${phrase}\n\nWhy\n  One\n  Two\n`));
  });
});

describe('the rest, short things first', () => {
  it('lists what to do next right after the headline', () => {
    const next = [
      { command: 'nexus accept add-login', does: 'bring it into main' },
      { command: 'nexus retry add-login', does: 'do it anew' },
    ];
    expect(rendered({ next, task: { ...makePacket().task, title: 'Add a form' } })).toMatch(
      /^.*\n {2}Add a form\n\nNext\n {2}nexus accept add-login {2}bring it into main\n {2}nexus retry add-login {3}do it anew\n/,
    );
  });

  it.each([
    [{ kind: 'fast-forward' }, 'main has not moved since; can be fast-forwarded'],
    [{ kind: 'clean' }, 'merges without conflicts (the merged tree is not checked)'],
    [{ kind: 'conflict', paths: ['a.js', 'b\n.js'] }, String.raw`CONFLICTS in a.js, b\n.js`],
    [{ kind: 'contained' }, 'holds this work already'],
    [{ kind: 'unknown', because: 'git is old' }, 'whether it merges is not known: git is old'],
  ] as [ReviewPacket['base']['merge'], string][])('says how it merges: %o', (merge, phrase) => {
    const target = { name: 'main', tip: BASE, movedOn: 0, containsBase: true };
    expect(rendered({ base: { ...makePacket().base, target, merge } })).toContain(phrase);
  });

  it('says how far the base has moved, and when it was rewritten', () => {
    const target = { name: 'main', tip: BASE, movedOn: 2, containsBase: false };
    const text = rendered({
      base: { commit: undefined, name: undefined, stackedOn: undefined, target, merge: { kind: 'clean' } },
    });
    expect(text).toContain(
      'main has moved on by 2 commits, and no longer holds the commit that this started from;',
    );
    expect(text).toContain('Started from a detached HEAD; compared with nothing: its base is not known');
  });

  it('says what it is built on', () => {
    const target = { name: 'main', tip: BASE, movedOn: 0, containsBase: false };
    const base = { ...makePacket().base, stackedOn: 'first', target };
    expect(rendered({ base })).toContain('and does not hold first yet, which this is built on;');
  });

  it('says of a result on which earlier commit it was', () => {
    const earlier = { outcome: 'passed', commit: BASE, at: AT } as const;
    expect(rendered({ checks: [check({ earlier })] })).toContain(
      'not run on the base; ran on bbbbbbbbbbbb, 2026-11-22 16:36 UTC, not again since',
    );
  });

  it('says that there is no branch, and claims nothing of it', () => {
    const text = rendered({
      branch: { name: 'nexus/x', exists: false, tip: undefined },
      state: { kind: 'ready', why: 'new' },
    });
    expect(text).toBe('add-login: READY TO RUN, not done yet\n\nBranch\n  nexus/x does not exist\n');
  });

  it('says that the branch was deleted but not its commits', () => {
    expect(rendered({ branch: { name: 'nexus/x', exists: false, tip: TIP } })).toContain(
      'nexus/x (deleted; its commits are still there) at 111111111111: 0 commits, 0 files, +0 -0 lines',
    );
  });

  it('puts together what deserves a look', () => {
    const edit = {
      label: 'step-1',
      format: 'search-replace',
      pass: 'indentation',
      line: 12,
      bent: true,
    } as const;
    const text = rendered({
      plan: {
        summary: '',
        steps: [],
        documents: [],
        notes: { fallback: true, attempts: 4, remarks: [], filesRead: [], leftOut: [] },
      },
      files: [
        file({ path: 'package.json', flags: [{ flag: 'checks', why: 'defines what the checks do' }] }),
        file({ path: 'src/a.js', edits: [edit] }),
      ],
      commits: [{ oid: BASE, subject: 'Mine', label: undefined, foreign: true, authorEmail: 'a@b.c' }],
      dropped: [{ label: 'documents', reason: 'they broke the checks' }],
      dirty: ['x.js'],
    });
    expect(text.slice(text.indexOf('Look at this first'), text.indexOf('Checks\n'))).toBe(
      `Look at this first
  ! No plan of the Overseer could be used: the task itself was its only step.
  ! package.json: defines what the checks do
  ! src/a.js: an edit did not fit as it was written; see how it was placed below
  ! bbbbbbbbbbbb is not Nexus's (a@b.c): Mine
  ! documents was dropped: they broke the checks
  ! Not part of the base, since uncommitted when the run began: x.js

`,
    );
    expect(text).toContain('! search-replace, indentation at line 12 (step-1)');
    expect(text).toContain('bbbbbbbbbbbb  not Nexus’s  Mine');
  });

  it('shows each check with its base, and the end of what failed', () => {
    const output = Array.from({ length: 30 }, (_, i) => `line ${i}`).join('\n');
    const text = rendered({
      checks: [
        check({ name: 'types', base: 'passed' }),
        check({ name: 'test', outcome: 'failed', base: 'failed', output }),
        check({ name: 'slow', outcome: 'timed-out', durationMs: undefined, output: undefined }),
        check({
          name: 'lint',
          outcome: 'not-run',
          durationMs: undefined,
          earlier: { outcome: 'passed', commit: BASE, at: AT },
        }),
      ],
    });
    const block = text.slice(text.indexOf('Checks\n'));
    expect(block).toContain(
      '  passed     types  1.5 s  base: passed\n  FAILED     test   1.5 s  base: failed\n      line 18\n',
    );
    expect(block).not.toContain('line 17');
    expect(block).toContain('      line 29\n  TIMED OUT  slow          not run on the base\n');
    expect(block).toContain(
      'not run    lint          not run on the base; passed on bbbbbbbbbbbb, 2026-11-22 16:36 UTC',
    );
  });

  it('shows why no check could run', () => {
    const setupFailed = makeResult({ command: 'npm ci', outcome: 'failed', output: 'no network\n' });
    expect(rendered({ setupFailed })).toContain('Set-up failed, so no check ran: npm ci\n      no network\n');
  });

  it('never ticks the acceptance list', () => {
    const text = rendered({
      task: { ...makePacket().task, acceptance: ['It works.', `${'long '.repeat(30)}end`] },
    });
    expect(text).toContain('Acceptance (for you to tick)\n  [ ] It works.\n  [ ] long');
    expect(text).not.toMatch(/\[[xX]\]/);
    expect(text).toContain('\n      long');
  });

  it('shows plan, steps, refusals and cost', () => {
    const text = rendered({
      plan: {
        summary: 'Shout.',
        steps: [
          { title: 'Shout two', instruction: '', files: ['src/a.js'], doneWhen: 'it is loud' },
          { title: 'Rest', instruction: '', files: [], doneWhen: '' },
        ],
        documents: ['README.md'],
        notes: {
          fallback: false,
          attempts: 1,
          remarks: ['Steps were joined.'],
          filesRead: [],
          leftOut: ['big.js'],
        },
      },
      steps: [
        {
          label: 'step-1',
          title: 'Shout two',
          commit: TIP,
          attempts: 2,
          rejections: [
            { code: 'not-found', path: 'src/a.js', message: 'no such lines', attempt: 1, exchange: 3 },
            { code: 'plan', path: undefined, message: 'x', attempt: 1, exchange: 3 },
          ],
        },
        { label: 'repair-1', title: undefined, commit: undefined, attempts: 1, rejections: [] },
      ],
      notices: ['hello'],
      cost: {
        models: { overseer: 'o', coder: 'c' },
        requests: 3,
        promptTokens: 12_000,
        answerTokens: 1,
        uncounted: 1,
        cached: 2,
        modelMs: 200_000,
        checkMs: 1500,
      },
    });
    expect(text).toContain(`Plan
  Shout.
  1. Shout two (src/a.js)
     Done when: it is loud
  2. Rest
  Documents: README.md
  - Steps were joined.
  - Left out of what the Overseer read, for lack of room: big.js
`);
    expect(text).toContain(`How it came about
  step-1: Shout two (2 attempts, 111111111111)
    reply 1 refused (not-found, src/a.js): no such lines
    reply 1 refused (plan): x
  repair-1 (1 attempt, not on the branch)
`);
    expect(text).toContain('Notices\n  hello\n');
    expect(text.replaceAll(/\s+/g, ' ')).toContain(
      'o (Overseer), c (Coder): 3 requests and 2 cached answers, 12,000 tokens read, 1 token written, without 1 request that the server did not count; 3 min 20 s of model time, 1.5 s of checks',
    );
  });

  it('shows one model for both roles', () => {
    const models = { overseer: 'm', coder: 'm' };
    const cost = {
      requests: 1,
      promptTokens: 1,
      answerTokens: 1,
      uncounted: 0,
      cached: 0,
      modelMs: 1,
      checkMs: 1,
    };
    expect(rendered({ cost: { models, ...cost } })).toContain(
      'm (both roles): 1 request, 1 token read, 1 token written;',
    );
  });

  it('shows what kind of change each file had', () => {
    const whole = { label: 'step-1', format: 'whole-file', pass: 'new', line: 0, bent: false } as const;
    const text = rendered({
      files: [
        file({ path: 'new.js', status: 'added', deleted: 0, edits: [whole] }),
        file({ path: 'b.bin', status: 'deleted', added: undefined, deleted: undefined }),
        file({ path: 'to.js', from: 'from.js', status: 'renamed', deleted: undefined }),
        file({ path: 'run.sh', status: 'mode-changed' }),
      ],
    });
    expect(text).toContain(`Files
  A  new.js           +1 -0   whole-file, new (step-1)
  D  b.bin            binary
  R  from.js → to.js  +1 -0
  T  run.sh           +1 -2
`);
  });

  it('cuts what is too long and says so', () => {
    const files = Array.from({ length: 100 }, (_, i) =>
      file({ path: `f${i}.js`, flags: [{ flag: 'ci', why: 'y' }] }),
    );
    const text = rendered({ files });
    expect(text).toContain('… and 40 more');
    expect(text).toContain('… and 60 more');
  });

  it('shows what was said when it was decided', () => {
    expect(rendered({ state: { kind: 'rejected', tip: TIP }, decisionMessage: 'Not like this' })).toContain(
      'Why\n  Not like this\n',
    );
  });
});

describe('on a real branch', () => {
  let scene: Scene;
  afterEach(() => scene.dispose());

  it('keeps to its width', async () => {
    scene = await createReviewed({
      task: { description: 'word '.repeat(100), acceptance: ['b '.repeat(90)] },
    });
    const text = renderPacket(await createPacket(await scene.input()));
    expect(text.split('\n').filter((line) => line.length > 102)).toEqual([]);
    expect(text).toMatch(/^add-login: READY FOR REVIEW, 1 check passed on [0-9a-f]{12}, /);
  });

  // Windows has no such file names.
  it.skipIf(process.platform === 'win32')(
    'lets nothing through that moves the cursor or fakes a line',
    async () => {
      const evil = '\u001b[2J\u202eREADY\r\nNext\n  nexus accept';
      scene = await createScene({ task: { title: evil, description: evil, acceptance: [evil] } });
      scene.journal.push(
        {
          type: 'planned',
          plan: {
            summary: evil,
            steps: [{ title: evil, instruction: evil, files: [evil], doneWhen: evil }],
            documents: [evil],
          },
          notes: { fallback: false, attempts: 1, remarks: [evil], filesRead: [evil], leftOut: [evil] },
        },
        {
          type: 'rejected',
          exchange: 1,
          label: 'step-1',
          attempt: 1,
          rejections: [{ code: 'empty', path: evil, message: evil }],
        },
        { type: 'dropped', label: 'documents', reason: evil },
        { type: 'notice', message: evil },
      );
      scene.start.dirty = [evil];
      scene.start.checks = ['test', evil];
      scene.start.models = { overseer: evil, coder: 'c' };
      await scene.work('step-1', [changeLine('two', 'TWO')]);
      scene.temp.git(['switch', '--quiet', 'nexus/add-login']);
      scene.temp.commit(`By\u001b[31m hand`, { 'a\n\u001b[31mb.txt': 'x\n' });
      scene.temp.git(['switch', '--quiet', 'main']);
      await scene.end({ kind: 'needs-attention', reason: 'question', detail: evil });
      const text = renderPacket(await createPacket(await scene.input()));
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(text.split('\n').filter((line) => line === 'Next')).toHaveLength(1);
    },
  );
});
