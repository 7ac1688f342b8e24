import { describe, expect, it } from 'vitest';
import type { AttentionReason } from '../../src/journal/entries.js';
import type { TaskState } from '../../src/journal/task-state.js';
import { advance, IDLE, renderActivity } from '../../src/report/activity.js';
import { describeEvent } from '../../src/report/describe-event.js';
import { createStyle } from '../../src/report/style.js';
import {
  describeRequest,
  describeResult,
  describeState,
  describeVerdict,
  nextCommand,
} from '../../src/report/wording.js';
import { checkEnded, ended, failedCheck, progress, reply, request, started } from './events.js';

const plainStyle = createStyle(false);

describe('states', () => {
  it.each<[TaskState, string, string, string | undefined]>([
    [{ kind: 'waiting', because: 'it is a draft' }, 'waiting', 'it is a draft', undefined],
    [{ kind: 'ready', why: 'new' }, 'ready', '', 'nexus run t'],
    [{ kind: 'ready', why: 'changed' }, 'ready', 'its text changed since the last run', 'nexus run t'],
    [{ kind: 'coding' }, 'coding', '', undefined],
    [{ kind: 'review', tip: 'x' }, 'review', '', 'nexus review t'],
    [{ kind: 'accepted', tip: 'x' }, 'accepted', '', undefined],
    [{ kind: 'rejected', tip: 'x' }, 'rejected', '', undefined],
    [
      { kind: 'needs-attention', reason: 'checks-fail', detail: 'npm test', tip: 'x' },
      'needs attention',
      'checks fail: npm test',
      'nexus review t',
    ],
  ])('%o', (state, word, detail, next) => {
    expect(describeState(state)).toEqual({ word, detail });
    expect(nextCommand('t', state)).toBe(next);
  });

  it.each<[AttentionReason, string]>([
    ['unverified', 'nexus review t'],
    ['branch-changed', 'nexus check t'],
    ['setup-missing', 'nexus doctor'],
    ['cancelled', 'nexus run t'],
    ['limit-reached', 'nexus run t'],
    ['model-trouble', 'nexus run t'],
    ['edits-not-applied', 'nexus log t'],
    ['question', 'edit t in tasks.yml'],
    ['nothing-to-change', 'edit t in tasks.yml'],
    ['base-rewritten', 'nexus retry t'],
  ])('%s is followed by: %s', (reason, next) => {
    expect(nextCommand('t', { kind: 'needs-attention', reason, detail: '', tip: undefined })).toBe(next);
  });
});

it('verdicts', () => {
  expect(describeVerdict({ kind: 'good' })).toBe('good: all checks pass');
  expect(describeVerdict({ kind: 'unverified', reason: 'no-checks', failing: [] })).toBe(
    'unverified: no check is configured',
  );
  expect(describeVerdict({ kind: 'unverified', reason: 'failed-on-base', failing: ['a', 'b'] })).toBe(
    'unverified: what fails failed on the base too: a, b',
  );
});

it('results of checks', () => {
  expect(describeResult({ ...failedCheck, outcome: 'passed' })).toBe('passed after 3 s');
  expect(describeResult({ ...failedCheck, exitCode: undefined, signal: 'SIGKILL' })).toBe(
    'was ended by SIGKILL after 3 s',
  );
  expect(describeResult({ ...failedCheck, exitCode: undefined })).toBe('failed with exit code ? after 3 s');
  expect(describeResult({ ...failedCheck, outcome: 'timed-out' })).toBe(
    'took too long and was ended after 3 s',
  );
  expect(describeResult({ ...failedCheck, outcome: 'could-not-run' })).toBe('could not run');
});

it('requests', () => {
  const ask = (purpose: 'plan' | 'choose-files' | 'repair' | 'document', attempt = 1) =>
    describeRequest({ purpose, step: undefined, attempt }, 3);
  expect([ask('plan', 2), ask('choose-files'), ask('repair'), ask('document')]).toEqual([
    'planning, attempt 2',
    'choosing files to read',
    'repairing',
    'writing the document',
  ]);
});

describe('events that are rare', () => {
  const lines = (event: Parameters<typeof describeEvent>[0], passing = false) =>
    describeEvent(event, plainStyle, passing);

  it('a queue with nothing in it', () => {
    expect(lines({ type: 'queue', ready: [], waiting: [] })).toEqual(['Nothing is ready to be done.']);
  });

  it('a run that goes on, with an answer from before', () => {
    expect(lines({ ...started, resumed: true })[1]).toBe('add-login: goes on where its last run stopped');
    expect(lines({ ...reply, reused: true })).toEqual([
      'add-login: the answer is kept from before the interruption',
    ]);
    expect(lines({ ...reply, cached: true })).toEqual([
      'add-login: an earlier run has the answer (--no-cache asks again)',
    ]);
  });

  it('an answer that was cut off, and one of which the server told nothing', () => {
    expect(lines({ ...reply, ending: 'length' })[0]).toContain('cut off');
    const usage = {
      promptTokens: undefined,
      answerTokens: undefined,
      reusedTokens: undefined,
      loadMs: undefined,
      promptMs: undefined,
      answerMs: undefined,
      totalMs: 2000,
    };
    expect(lines({ ...reply, usage }, true)).toEqual(['add-login: answered after 2 s']);
  });

  it('a check on the base, whose output is nobody’s fault', () => {
    expect(lines(checkEnded({}, 'base'))).toEqual([
      'add-login: check npm test on the base failed with exit code 1 after 3 s',
    ]);
    expect(lines(checkEnded({ outcome: 'passed' }))).toEqual(['add-login: check npm test passed after 3 s']);
    const onBase = {
      type: 'check-started',
      task: 'a',
      name: 'npm test',
      command: 'npm test',
      on: 'base',
    } as const;
    expect(lines(onBase, true)).toEqual(['a: running npm test on the base']);
    expect(lines(onBase)).toEqual([]);
  });

  it('a plan that waits, and verdicts in their colours', () => {
    expect(lines({ type: 'plan-waits', task: 'a', branch: 'nexus/a' })).toEqual([
      'a: the plan waits for you: nexus plan a, then nexus run a',
    ]);
    const good = { type: 'verdict', task: 'a', commit: 'x', verdict: { kind: 'good' } } as const;
    const style = createStyle(true);
    expect(describeEvent(good, style, false)).toEqual([`a: verdict: ${style.good('good: all checks pass')}`]);
  });

  it('a finish without anything left over', () => {
    expect(lines({ type: 'finished', review: 2, needsAttention: 0, waiting: 0, elapsedMs: 1000 })).toEqual([
      '2 ready for review (1 s)',
    ]);
  });
});

describe('activity', () => {
  const after = (...events: Parameters<typeof advance>[1][]) =>
    events.reduce((activity, event) => advance(activity, event, 1000), IDLE);

  it('says what it waits for', () => {
    const at = (waitingFor: 'connect' | 'load' | 'prompt' | 'answer', thinking = false) =>
      renderActivity(
        after(started, request, { ...progress, waitingFor, thinking, tokensPerSecond: undefined }),
        3000,
      );
    expect(at('connect')[1]).toBe('connecting to the server');
    expect(at('load')[1]).toBe('loading qwen2.5-coder:7b');
    expect(at('prompt')[1]).toBe('reading the prompt, about 1240 tokens');
    expect(at('answer')[1]).toBe('writing, 20 tokens');
    expect(at('answer', true)[1]).toBe('thinking, 20 tokens');
  });

  it('counts down to a retry, and forgets it when the answer comes', () => {
    const retrying = {
      type: 'retrying',
      task: 'add-login',
      because: 'the server is busy.',
      inMs: 5000,
    } as const;
    const waits = after(started, { ...request, expectedMs: 9000 }, retrying);
    expect(renderActivity(waits, 3000)).toEqual([
      'add-login: coding step 2',
      'the server is busy, again in 3 s',
      '2 s',
    ]);
    expect(renderActivity(advance(waits, progress, 6000), 6000)[1]).toMatch(/^writing/u);
  });

  it('says that it takes longer once the estimate has run out', () => {
    const parts = renderActivity(after(started, { ...request, expectedMs: 1000 }, progress), 9000);
    expect(parts.at(-1)).toBe('longer than earlier ones');
  });

  it('shows stages and checks, and nothing between tasks', () => {
    const stage = { type: 'stage', task: 'add-login', stage: 'checking' } as const;
    const check = {
      type: 'check-started',
      task: 'add-login',
      name: 'npm test',
      command: 'x',
      on: 'base',
    } as const;
    expect(renderActivity(after(started, stage), 1000)[0]).toBe('add-login: checking');
    expect(renderActivity(after(started, { ...stage, detail: 'npm ci' }), 1000)[0]).toBe(
      'add-login: checking: npm ci',
    );
    expect(renderActivity(after(started, check), 1000)[0]).toBe('add-login: checking the base: npm test');
    expect(renderActivity(after(started, ended()), 1000)).toEqual([]);
    const waits = after(started, { type: 'plan-waits', task: 'add-login', branch: 'b' });
    expect(renderActivity(waits, 1000)).toEqual([]);
  });
});
