import { describe, expect, it } from 'vitest';
import type { JournalEntry } from '../../src/journal/entries.js';
import { foldJournal, transition, verdictOf } from '../../src/journal/run-record.js';
import {
  checkedEntry,
  FAILING,
  GOOD,
  makeRecord,
  makeReport,
  makeResult,
  makeStart,
  OTHER,
  stamp,
  TIP,
} from './make.js';

const PLAN: JournalEntry = {
  type: 'planned',
  plan: { summary: 'Do it.', steps: [], documents: [] },
  notes: { fallback: false, attempts: 1, remarks: [], filesRead: [], leftOut: [] },
};

const EXCHANGE: JournalEntry = {
  type: 'exchange',
  number: 1,
  role: 'coder',
  model: 'm',
  purpose: 'code',
  step: 1,
  attempt: 1,
  key: 'k',
  ending: 'stop',
  estimatedTokens: 10,
  usage: {
    promptTokens: 1,
    answerTokens: 2,
    reusedTokens: undefined,
    loadMs: undefined,
    promptMs: undefined,
    answerMs: undefined,
    totalMs: 3,
  },
};

describe('foldJournal', () => {
  it('is nothing without the start of a run', () => {
    expect(foldJournal([])).toBeUndefined();
    expect(foldJournal(stamp({ type: 'stage', stage: 'coding' }))).toBeUndefined();
  });

  it('collects every kind of entry', () => {
    const record = makeRecord(
      {},
      { type: 'base-checked', report: makeReport('t', makeResult()) },
      EXCHANGE,
      PLAN,
      { type: 'plan-approved' },
      { type: 'rejected', exchange: 1, label: 'step-1', attempt: 1, rejections: [] },
      { type: 'committed', label: 'step-1', oid: TIP, parent: OTHER, subject: 's', edits: [], attempts: 2 },
      checkedEntry(TIP, GOOD),
      { type: 'dropped', label: 'documents', reason: 'they broke the checks' },
      { type: 'notice', message: 'hello' },
      { type: 'stage', stage: 'documenting' },
    );
    expect(record).toMatchObject({
      startedAt: '2026-11-22T16:00:00.000Z',
      lastAt: '2026-11-22T16:10:00.000Z',
      progress: { kind: 'working', stage: 'documenting' },
      plan: { summary: 'Do it.' },
      planNotes: { attempts: 1 },
      planApproved: true,
      baseReport: { tree: 't' },
      exchanges: [{ number: 1 }],
      rejected: [{ label: 'step-1' }],
      committed: [{ oid: TIP }],
      checked: [{ commit: TIP, at: '2026-11-22T16:07:00.000Z' }],
      dropped: [{ label: 'documents' }],
      notices: ['hello'],
    });
  });

  it('takes a second start for no more than a sign of life', () => {
    const record = makeRecord({}, makeStart({ base: OTHER }));
    expect(record.started.base).not.toBe(OTHER);
    expect(record.lastAt).toBe('2026-11-22T16:01:00.000Z');
  });
});

describe('transition', () => {
  it('leaves the record it starts from as it was', () => {
    const before = makeRecord({});
    const [entry] = stamp({ type: 'notice', message: 'new' });
    if (entry === undefined) throw new Error('unreachable');
    expect(transition(before, entry).notices).toEqual(['new']);
    expect(before.notices).toEqual([]);
  });
});

describe('verdictOf', () => {
  it('is the last word on that commit, and nothing for others', () => {
    const record = makeRecord(
      {},
      checkedEntry(TIP, FAILING),
      checkedEntry(OTHER, GOOD),
      checkedEntry(TIP, GOOD),
    );
    expect(verdictOf(record, TIP)?.verdict).toEqual(GOOD);
    expect(verdictOf(record, 'f'.repeat(40))).toBeUndefined();
  });
});
