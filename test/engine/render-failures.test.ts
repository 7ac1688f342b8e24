import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../src/checks/check.js';
import { renderFailures } from '../../src/engine/check-tip.js';

const result = (more: Partial<CheckResult>): CheckResult => ({
  name: 'test',
  command: 'npm test',
  cwd: '.',
  outcome: 'failed',
  exitCode: 1,
  signal: undefined,
  durationMs: 5,
  output: 'expected 1 to be 2\n',
  ...more,
});

const report = (...results: CheckResult[]): Parameters<typeof renderFailures>[0] => ({
  tree: 't',
  results,
  setupFailed: undefined,
});

describe('the failing checks in a prompt', () => {
  it('are commands with the output that says why', () => {
    expect(renderFailures(report(result({}), result({ outcome: 'passed' })))).toBe(
      '$ npm test\n(ended with exit code 1)\nexpected 1 to be 2',
    );
  });

  it('say that one took too long or was ended', () => {
    const text = renderFailures(
      report(result({ outcome: 'timed-out', exitCode: undefined }), result({ exitCode: undefined })),
    );
    expect(text).toContain('(ran out of time)');
    expect(text).toContain('(ended with exit code none)');
  });

  it('are three at most, and the others are counted', () => {
    const text = renderFailures(report(...['a', 'b', 'c', 'd', 'e'].map((command) => result({ command }))));
    expect(text).toContain('$ c\n');
    expect(text).not.toContain('$ d\n');
    expect(text?.endsWith('\n\n(2 more checks fail)')).toBe(true);
  });

  it('are none when none fails, or none ran', () => {
    expect(renderFailures(report(result({ outcome: 'passed' })))).toBeUndefined();
    expect(renderFailures(undefined)).toBeUndefined();
  });
});
