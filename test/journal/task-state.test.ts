import { describe, expect, it } from 'vitest';
import type { AttentionReason, Outcome } from '../../src/journal/entries.js';
import { decideStates, isResumable, type TaskFacts, type TaskState } from '../../src/journal/task-state.js';
import {
  BASE,
  branchAt,
  checkedEntry,
  commitAt,
  committedEntry,
  endedEntry,
  FAILING,
  GOOD,
  makeFacts,
  makeRecord,
  makeTask,
  makeWork,
  OTHER,
  TIP,
  UNVERIFIED,
} from './make.js';

const REVIEW: Outcome = { kind: 'review' };
const attention = (reason: AttentionReason, detail = 'because'): Outcome => ({
  kind: 'needs-attention',
  reason,
  detail,
});

function stateOf(values: Partial<TaskFacts>): TaskState | undefined {
  const facts = makeFacts(values);
  return decideStates([facts]).get(facts.task.id);
}

describe('a task without a journal', () => {
  it('is ready when it was never done', () => {
    expect(stateOf({})).toEqual({ kind: 'ready', why: 'new' });
  });

  it('is ready to be done anew when its journal can’t be read and there is no branch', () => {
    expect(stateOf({ journalProblem: 'line 3 of its journal is damaged' })).toEqual({
      kind: 'ready',
      why: 'journal-lost',
    });
  });

  it.each([
    ['complete', {}, { kind: 'ready', why: 'unverified-branch' }],
    ['cut short', { complete: false }, { kind: 'ready', why: 'journal-lost' }],
    ['of another text', { taskHash: 'ffff' }, { kind: 'ready', why: 'changed' }],
  ])('goes by its branch when that is ours and %s', (_, values, state) => {
    expect(stateOf({ branch: branchAt(TIP), work: makeWork(values) })).toEqual(state);
  });

  it('is accepted when its complete branch was merged by hand', () => {
    const facts = { branch: branchAt(TIP), work: makeWork({}), inBase: () => true };
    expect(stateOf(facts)).toEqual({ kind: 'accepted', tip: TIP });
    expect(stateOf({ ...facts, work: makeWork({ complete: false }) })).toMatchObject({ kind: 'ready' });
  });

  it.each([
    [undefined, 'no journal of its run;'],
    ['line 3 of its journal is damaged', 'line 3 of its journal is damaged;'],
  ])('needs attention when nobody knows whose branch it is', (journalProblem, text) => {
    const branch = branchAt(TIP);
    const unknown = { branch, journalProblem, work: makeWork({ run: undefined }) };
    expect(stateOf(unknown)).toMatchObject({
      reason: 'unverified',
      tip: TIP,
      detail: expect.stringContaining(text),
    });
    const foreign = makeWork({ run: undefined, foreign: commitAt(OTHER) });
    expect(stateOf({ ...unknown, work: foreign })).toMatchObject({
      detail: expect.stringContaining('and 2222222222 is not of Nexus; nexus check add-login'),
    });
  });
});

describe('a task that could start but for its branch', () => {
  it('waits while that is checked out', () => {
    const facts = { branch: branchAt(TIP), work: makeWork({}), checkedOut: '/home/ada/tree' };
    expect(stateOf(facts)).toMatchObject({
      kind: 'waiting',
      because: expect.stringContaining('checked out in /home/ada/tree'),
    });
    const record = makeRecord({}, { type: 'stage', stage: 'coding' });
    expect(stateOf({ ...facts, record })).toMatchObject({ kind: 'waiting' });
    // One that is done needs no branch to move.
    const done = makeRecord({}, checkedEntry(TIP, GOOD), endedEntry(REVIEW, TIP));
    expect(stateOf({ ...facts, record: done })).toEqual({ kind: 'review', tip: TIP });
  });

  it('needs attention when its text changed and somebody else worked on it', () => {
    const record = makeRecord({ task: { ...makeTask(), hash: 'ffff' } });
    const facts = { branch: branchAt(TIP), record };
    expect(stateOf({ ...facts, work: makeWork({ foreign: commitAt(OTHER) }) })).toMatchObject({
      reason: 'branch-changed',
      detail: expect.stringContaining('2222222222 "By hand"'),
    });
    expect(stateOf({ ...facts, work: makeWork({}) })).toEqual({ kind: 'ready', why: 'changed' });
  });

  it('goes on when the branch is back where its run left it', () => {
    const ended = endedEntry(attention('branch-changed'), OTHER);
    const record = makeRecord({}, committedEntry(TIP), ended);
    expect(stateOf({ branch: branchAt(TIP), record })).toEqual({ kind: 'ready', why: 'interrupted' });
    expect(stateOf({ branch: branchAt(OTHER), record })).toMatchObject({ reason: 'branch-changed' });
    expect(stateOf({ record })).toMatchObject({ reason: 'branch-changed' });
  });
});

describe('a task whose run has not ended', () => {
  it.each(['planning', 'coding', 'checking', 'documenting'] as const)(
    'is %s while a Nexus works',
    (stage) => {
      const record = makeRecord({}, { type: 'stage', stage });
      expect(stateOf({ record, working: true })).toEqual({ kind: stage });
    },
  );

  it('is ready to go on when nobody works', () => {
    const record = makeRecord({}, { type: 'stage', stage: 'coding' });
    expect(stateOf({ record, branch: branchAt(TIP) })).toEqual({ kind: 'ready', why: 'interrupted' });
  });

  it('waits for its plan to be approved', () => {
    const record = makeRecord({}, { type: 'waits-for-approval' });
    expect(stateOf({ record })).toMatchObject({
      kind: 'waiting',
      because: expect.stringContaining('nexus run add-login'),
    });
  });

  it('goes on after the approval', () => {
    const record = makeRecord(
      {},
      { type: 'waits-for-approval' },
      { type: 'plan-approved' },
      { type: 'stage', stage: 'coding' },
    );
    expect(stateOf({ record })).toEqual({ kind: 'ready', why: 'interrupted' });
  });
});

describe('a task whose text changed', () => {
  it('is ready again, whatever became of the old text', () => {
    const record = makeRecord({}, checkedEntry(TIP, GOOD), endedEntry(REVIEW, TIP));
    const task = makeTask({ hash: 'ffff' });
    expect(stateOf({ task, record, branch: branchAt(TIP) })).toEqual({ kind: 'ready', why: 'changed' });
  });

  it('is no longer bound by a decision about the old text', () => {
    const decisions = [{ task: 'add-login', verb: 'rejected' as const, taskHash: 'ffff', tip: TIP }];
    expect(stateOf({ decisions })).toEqual({ kind: 'ready', why: 'new' });
  });
});

describe('a decided task', () => {
  it.each(['accepted', 'rejected'] as const)('is %s, whatever the journal says', (verb) => {
    const task = makeTask();
    const decisions = [{ task: task.id, verb, taskHash: task.hash, tip: TIP }];
    const record = makeRecord({}, { type: 'stage', stage: 'coding' });
    expect(stateOf({ task, decisions, record, working: true })).toEqual({ kind: verb, tip: TIP });
  });
});

describe('a task whose run has ended', () => {
  it('is in review when the branch is where the run left it', () => {
    const record = makeRecord({}, checkedEntry(TIP, GOOD), endedEntry(REVIEW, TIP));
    expect(stateOf({ record, branch: branchAt(TIP) })).toEqual({ kind: 'review', tip: TIP });
  });

  it('is in review without any check when the run said so (documents only)', () => {
    const record = makeRecord({}, endedEntry(REVIEW, TIP));
    expect(stateOf({ record, branch: branchAt(TIP) })).toEqual({ kind: 'review', tip: TIP });
  });

  it('stays in review when the run ended so although nothing vouches for documents', () => {
    const record = makeRecord({}, checkedEntry(TIP, UNVERIFIED), endedEntry(REVIEW, TIP));
    expect(stateOf({ record, branch: branchAt(TIP) })).toEqual({ kind: 'review', tip: TIP });
  });

  it.each([
    [FAILING, 'checks-fail'],
    [UNVERIFIED, 'unverified'],
  ])('leaves review when a later check of the same tip is %o', (verdict, reason) => {
    const record = makeRecord(
      {},
      checkedEntry(TIP, GOOD),
      endedEntry(REVIEW, TIP),
      checkedEntry(TIP, verdict),
    );
    expect(stateOf({ record, branch: branchAt(TIP) })).toMatchObject({ kind: 'needs-attention', reason });
  });

  it.each(['checks-fail', 'unverified'] as const)('goes to review when a later check mends %s', (reason) => {
    const record = makeRecord({}, endedEntry(attention(reason), TIP), checkedEntry(TIP, GOOD));
    expect(stateOf({ record, branch: branchAt(TIP) })).toEqual({ kind: 'review', tip: TIP });
  });

  it.each([
    ['unverified', FAILING, 'checks-fail'],
    ['checks-fail', UNVERIFIED, 'unverified'],
  ] as const)('says what the later check says: %s, then %o', (reason, verdict, now) => {
    const record = makeRecord({}, endedEntry(attention(reason), TIP), checkedEntry(TIP, verdict));
    expect(stateOf({ record, branch: branchAt(TIP) })).toMatchObject({ reason: now });
  });

  it.each([
    ['unverified', UNVERIFIED],
    ['checks-fail', FAILING],
  ] as const)('keeps the detail of %s when a later check says the same', (reason, verdict) => {
    const record = makeRecord({}, endedEntry(attention(reason, 'why'), TIP), checkedEntry(TIP, verdict));
    expect(stateOf({ record, branch: branchAt(TIP) })).toMatchObject({ reason, detail: 'why' });
  });

  it('is not done by good checks of half of its work', () => {
    const record = makeRecord({}, checkedEntry(TIP, GOOD), endedEntry(attention('limit-reached'), TIP));
    expect(stateOf({ record, branch: branchAt(TIP) })).toMatchObject({ reason: 'limit-reached' });
  });

  it.each([
    'checks-fail',
    'unverified',
    'edits-not-applied',
    'question',
    'nothing-to-change',
    'limit-reached',
    'model-trouble',
    'base-rewritten',
    'branch-changed',
    'cancelled',
    'setup-missing',
  ] as const)('needs attention for the reason %s, with its detail', (reason) => {
    const record = makeRecord({}, endedEntry(attention(reason, 'Which form?'), undefined));
    expect(stateOf({ record })).toEqual({
      kind: 'needs-attention',
      reason,
      detail: 'Which form?',
      tip: undefined,
    });
  });
});

describe('a branch that is not where the run left it', () => {
  const record = makeRecord({}, checkedEntry(TIP, GOOD), endedEntry(REVIEW, TIP));

  it('needs a new verdict when somebody moved it', () => {
    expect(stateOf({ record, branch: branchAt(OTHER) })).toMatchObject({
      kind: 'needs-attention',
      reason: 'branch-changed',
      tip: OTHER,
      detail: expect.stringContaining('nexus check add-login'),
    });
  });

  it.each([
    [GOOD, { kind: 'review', tip: OTHER }],
    [FAILING, { kind: 'needs-attention', reason: 'checks-fail', tip: OTHER }],
    [UNVERIFIED, { kind: 'needs-attention', reason: 'unverified', tip: OTHER }],
  ])('is judged by the checks of where it is now: %o', (verdict, state) => {
    const checked = makeRecord(
      {},
      checkedEntry(TIP, GOOD),
      endedEntry(REVIEW, TIP),
      checkedEntry(OTHER, verdict),
    );
    expect(stateOf({ record: checked, branch: branchAt(OTHER) })).toMatchObject(state);
  });

  it('was accepted when the base holds its commits', () => {
    const inBase = (commit: string): boolean => commit === TIP;
    expect(stateOf({ record, branch: branchAt(TIP), inBase })).toEqual({ kind: 'accepted', tip: TIP });
    expect(stateOf({ record, branch: undefined, inBase })).toEqual({ kind: 'accepted', tip: TIP });
  });

  it('was accepted by a merge by hand although it needed attention', () => {
    const failed = makeRecord({}, endedEntry(attention('unverified'), TIP));
    expect(stateOf({ record: failed, branch: branchAt(TIP), inBase: () => true })).toEqual({
      kind: 'accepted',
      tip: TIP,
    });
  });

  it('is not accepted by a merge of half of its work', () => {
    const half = makeRecord({}, endedEntry(attention('cancelled'), TIP));
    expect(stateOf({ record: half, branch: branchAt(TIP), inBase: () => true })).toMatchObject({
      reason: 'cancelled',
    });
  });

  it('is not accepted because an empty branch stands on the base itself', () => {
    const empty = makeRecord({}, endedEntry(attention('edits-not-applied'), BASE));
    expect(stateOf({ record: empty, branch: branchAt(BASE), inBase: () => true })).toMatchObject({
      reason: 'edits-not-applied',
    });
  });

  it('needs attention when it was deleted unmerged, and says where its work was', () => {
    expect(stateOf({ record })).toMatchObject({
      kind: 'needs-attention',
      reason: 'branch-changed',
      tip: TIP,
      detail: expect.stringContaining(TIP),
    });
  });

  it('needs attention when a run ended in review without any tip', () => {
    expect(stateOf({ record: makeRecord({}, endedEntry(REVIEW, undefined)) })).toMatchObject({
      reason: 'branch-changed',
      detail: 'its branch is gone',
    });
  });
});

describe('a task that could start', () => {
  const inReview = (id: string): TaskFacts =>
    makeFacts({
      task: makeTask({ id }),
      branch: branchAt(TIP),
      record: makeRecord({}, checkedEntry(TIP, GOOD), endedEntry(REVIEW, TIP)),
    });

  it.each(['draft', 'paused'] as const)('waits while it is marked %s', (status) => {
    expect(stateOf({ task: makeTask({ status }) })).toMatchObject({
      kind: 'waiting',
      because: expect.stringContaining(`status: ${status}`),
    });
  });

  it('waits for what it depends on', () => {
    const task = makeTask({ id: 'second', dependsOn: ['first'] });
    const states = decideStates([inReview('first'), makeFacts({ task })]);
    expect(states.get('second')).toEqual({
      kind: 'waiting',
      because: 'it depends on first, which is not accepted yet (review)',
    });
  });

  it('waits for something unknown, too', () => {
    expect(stateOf({ task: makeTask({ dependsOn: ['nothing'] }) })).toMatchObject({
      because: 'it depends on nothing, which is not accepted yet (unknown)',
    });
  });

  it('starts when what it depends on is accepted', () => {
    const first = makeFacts({
      task: makeTask({ id: 'first' }),
      decisions: [{ task: 'first', verb: 'accepted', taskHash: makeTask().hash, tip: TIP }],
    });
    const second = makeFacts({ task: makeTask({ id: 'second', dependsOn: ['first'] }) });
    expect(decideStates([first, second]).get('second')).toEqual({ kind: 'ready', why: 'new' });
  });

  it('starts from a branch in review when it is stacked, and says so while it can’t', () => {
    const second = makeFacts({ task: makeTask({ id: 'second', dependsOn: ['first'], stack: true }) });
    expect(decideStates([inReview('first'), second]).get('second')).toMatchObject({ kind: 'ready' });
    const first = makeFacts({ task: makeTask({ id: 'first' }) });
    expect(decideStates([first, second]).get('second')).toMatchObject({
      because: expect.stringContaining('in review or accepted'),
    });
  });

  it('does not hold back what is done already', () => {
    const done = { ...inReview('first'), task: makeTask({ id: 'first', status: 'paused' }) };
    expect(decideStates([done]).get('first')).toEqual({ kind: 'review', tip: TIP });
  });
});

describe('isResumable', () => {
  it.each(['limit-reached', 'model-trouble', 'cancelled', 'setup-missing'] as const)(
    'goes on after %s',
    (r) => {
      expect(isResumable(makeRecord({}, endedEntry(attention(r), TIP)), makeTask(), TIP)).toBe(true);
    },
  );

  it.each(['checks-fail', 'question', 'base-rewritten'] as const)('starts anew after %s', (r) => {
    expect(isResumable(makeRecord({}, endedEntry(attention(r), TIP)), makeTask(), TIP)).toBe(false);
  });

  it('goes on with a killed run, but never with one of another text or a finished one', () => {
    const killed = makeRecord({}, { type: 'stage', stage: 'coding' });
    expect(isResumable(killed, makeTask(), TIP)).toBe(true);
    expect(isResumable(killed, makeTask({ hash: 'ffff' }), TIP)).toBe(false);
    expect(isResumable(makeRecord({}, endedEntry(REVIEW, TIP)), makeTask(), TIP)).toBe(false);
  });
});
