/** What came of one check. Times in ms. `output` is stdout and stderr as they came, cut in the middle past the cap. */
export interface CheckResult {
  name: string;
  command: string;
  /** Folder it ran in, relative to the repository, `.` for the top. */
  cwd: string;
  outcome: 'passed' | 'failed' | 'timed-out' | 'could-not-run';
  exitCode: number | undefined;
  signal: string | undefined;
  durationMs: number;
  output: string;
}

/** All checks of one tree. `setupFailed` means that no check ran. */
export interface CheckReport {
  tree: string;
  results: CheckResult[];
  setupFailed: CheckResult | undefined;
}

/** What the checks say of a tree, given what they said of the base. */
export type Verdict =
  | { kind: 'good' }
  /** A check fails that passed on the base, or that did not run there. */
  | { kind: 'failing'; failing: string[] }
  /** Nothing is configured, or what fails failed on the base too. */
  | { kind: 'unverified'; reason: 'no-checks' | 'failed-on-base'; failing: string[] };
