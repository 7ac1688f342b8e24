import { describe, expect, test } from 'vitest';

import type { CheckReport, CheckResult } from '../../src/checks/check.js';
import { decideVerdict, failuresOf, mergeReports } from '../../src/checks/verdict.js';

type Outcome = CheckResult['outcome'];

function result(name: string, outcome: Outcome = 'failed', more: Partial<CheckResult> = {}): CheckResult {
  const rest = { exitCode: undefined, signal: undefined, durationMs: 1, output: '' };
  return { name, command: name, cwd: '.', outcome, ...rest, ...more };
}

function report(outcomes: Record<string, Outcome>, more: Partial<CheckReport> = {}): CheckReport {
  const results = Object.entries(outcomes).map(([name, outcome]) => result(name, outcome));
  return { tree: 't', results, setupFailed: undefined, ...more };
}

describe('verdict', () => {
  test('all pass: good, whatever the base did', () => {
    const now = report({ a: 'passed', b: 'passed' });
    expect(decideVerdict(now, undefined, 2)).toEqual({ kind: 'good' });
    expect(decideVerdict(now, report({ a: 'failed', b: 'passed' }), 2)).toEqual({ kind: 'good' });
  });

  test('no check configured: unverified', () => {
    const verdict = { kind: 'unverified', reason: 'no-checks', failing: [] };
    expect(decideVerdict(report({}), undefined, 0)).toEqual(verdict);
    expect(decideVerdict(report({}, { setupFailed: result('install') }), undefined, 0)).toEqual(verdict);
  });

  test.each<Outcome>(['failed', 'timed-out', 'could-not-run'])('%s counts as failing', (outcome) => {
    expect(
      decideVerdict(report({ a: outcome, b: 'passed' }), report({ a: 'passed', b: 'passed' }), 2),
    ).toEqual({
      kind: 'failing',
      failing: ['a'],
    });
  });

  test('only what failed on the base fails: unverified, in whatever way it failed there', () => {
    const base = report({ a: 'timed-out', b: 'passed', c: 'failed' });
    const now = report({ a: 'failed', b: 'passed', c: 'passed' });
    const verdict = { kind: 'unverified', reason: 'failed-on-base', failing: ['a'] };
    expect(decideVerdict(now, base, 3)).toEqual(verdict);
  });

  test('one new failure beside old ones: failing, and all are named', () => {
    const base = report({ a: 'failed', b: 'passed' });
    const verdict = { kind: 'failing', failing: ['a', 'b'] };
    expect(decideVerdict(report({ a: 'failed', b: 'failed' }), base, 2)).toEqual(verdict);
  });

  test('unknown on the base, or no base: a new failure', () => {
    const now = report({ a: 'failed' });
    expect(decideVerdict(now, undefined, 1)).toMatchObject({ kind: 'failing' });
    expect(decideVerdict(now, report({ b: 'failed' }), 1)).toMatchObject({ kind: 'failing' });
    const elsewhere = report({}, { results: [result('a', 'failed', { cwd: 'sub' })] });
    expect(decideVerdict(now, elsewhere, 1)).toMatchObject({ kind: 'failing' });
    const other = report({}, { results: [result('a', 'failed', { command: 'b' })] });
    expect(decideVerdict(now, other, 1)).toMatchObject({ kind: 'failing' });
  });

  test('a failed setup: held against the branch unless it failed on the base', () => {
    const now = report({}, { setupFailed: result('install') });
    expect(decideVerdict(now, report({ a: 'passed' }), 1)).toEqual({ kind: 'failing', failing: ['install'] });
    expect(decideVerdict(now, now, 1)).toEqual({
      kind: 'unverified',
      reason: 'failed-on-base',
      failing: ['install'],
    });
  });

  test('a check without a result is never good', () => {
    expect(decideVerdict(report({}), undefined, 2)).toEqual({
      kind: 'failing',
      failing: ['2 of 2 checks did not run'],
    });
    const base = report({ a: 'failed', b: 'failed' });
    expect(decideVerdict(report({ a: 'failed' }), base, 2)).toMatchObject({ kind: 'failing' });
  });
});

test('failures: the setup, else what did not pass', () => {
  const setup = result('install');
  expect(failuresOf(report({ a: 'failed' }, { setupFailed: setup }))).toEqual([setup]);
  expect(failuresOf(report({ a: 'failed', b: 'passed', c: 'timed-out' })).map(({ name }) => name)).toEqual([
    'a',
    'c',
  ]);
});

test('merged reports: new results in old places, the later tree', () => {
  const merged = mergeReports(report({ a: 'passed', b: 'passed' }), {
    ...report({ b: 'failed', c: 'passed' }),
    tree: 'later',
  });
  expect(merged.tree).toBe('later');
  expect(merged.results.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
    'a passed',
    'b failed',
    'c passed',
  ]);
  const failed = report({}, { setupFailed: result('install') });
  expect(mergeReports(report({ a: 'passed' }), failed)).toBe(failed);
});
