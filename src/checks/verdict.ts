import type { CheckReport, CheckResult, Verdict } from './check.js';

/**
 * What the checks say of a tree. Anything but `passed` is a failure: a check that took too long or could not run proves
 * nothing. A failure is held against the branch unless the same check, or the same `setup` command, failed on the base
 * too.
 * @param base undefined when the base was not checked: then every failure counts as new
 * @param configured how many checks there are; fewer results than that are failures without a name
 */
export function decideVerdict(now: CheckReport, base: CheckReport | undefined, configured: number): Verdict {
  if (configured === 0) return { kind: 'unverified', reason: 'no-checks', failing: [] };
  const failed = failuresOf(now);
  const missing = now.setupFailed === undefined ? configured - now.results.length : 0;
  const failing = failed.map((result) => result.name);
  if (missing > 0) failing.push(`${missing} of ${configured} checks did not run`);
  if (failing.length === 0) return { kind: 'good' };
  const before = new Set(base === undefined ? [] : failuresOf(base).map(checkKey));
  const allBefore = missing <= 0 && failed.every((result) => before.has(checkKey(result)));
  return allBefore ? { kind: 'unverified', reason: 'failed-on-base', failing } : { kind: 'failing', failing };
}

/** What did not pass: the failed `setup` command, else checks. */
export function failuresOf(report: CheckReport): CheckResult[] {
  if (report.setupFailed !== undefined) return [report.setupFailed];
  return report.results.filter((result) => result.outcome !== 'passed');
}

/**
 * The report after some checks ran again on a later tree: their new results, and the old ones of those that the change
 * between the two trees could not touch.
 */
export function mergeReports(earlier: CheckReport, later: CheckReport): CheckReport {
  if (later.setupFailed !== undefined) return later;
  const fresh = new Map(later.results.map((result) => [checkKey(result), result]));
  const results = earlier.results.map((result) => fresh.get(checkKey(result)) ?? result);
  const known = new Set(earlier.results.map(checkKey));
  const added = later.results.filter((result) => !known.has(checkKey(result)));
  return { tree: later.tree, results: [...results, ...added], setupFailed: undefined };
}

function checkKey({ name, command, cwd }: CheckResult): string {
  return JSON.stringify([name, command, cwd]);
}
