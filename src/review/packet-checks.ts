import { isDeepStrictEqual } from 'node:util';
import type { CheckReport, CheckResult } from '../checks/check.js';
import type { RunRecord } from '../journal/run-record.js';
import type { ObjectId } from '../repository/repository.js';
import type { PacketCheck, PacketVerdict } from './packet.js';

type Checked = RunRecord['checked'][number];

/** What was last said of exactly this commit, or of another with the same tree. */
export function findChecked(
  record: RunRecord | undefined,
  tip: ObjectId | undefined,
  tree: ObjectId | undefined,
): Checked | undefined {
  if (tip === undefined) return undefined;
  return record?.checked.findLast(
    (entry) => entry.commit === tip || (tree !== undefined && entry.report.tree === tree),
  );
}

/** The verdict on the tip; anything older is no verdict, only mentioned. */
export function describeVerdict(record: RunRecord | undefined, checked: Checked | undefined): PacketVerdict {
  if (checked === undefined) {
    const last = record?.checked.at(-1);
    return {
      kind: 'not-checked',
      last: last === undefined ? undefined : { kind: last.verdict.kind, commit: last.commit, at: last.at },
    };
  }
  const { verdict, at } = checked;
  return {
    kind: verdict.kind,
    at,
    failing: verdict.kind === 'good' ? [] : verdict.failing,
    reason: verdict.kind === 'unverified' ? verdict.reason : undefined,
  };
}

/** One row per check that ran on the tip, then one per check that should have. */
export function listChecks(record: RunRecord | undefined, checked: Checked | undefined): PacketCheck[] {
  if (record === undefined) return [];
  const ran = (checked?.report.results ?? []).map((result) => ({
    ...pick(result),
    base: findSame(record.baseReport, result)?.outcome,
    earlier: takenOverFrom(record, checked, result),
  }));
  const names = new Set(ran.map((row) => row.name));
  const missing = record.started.checks.filter((name) => !names.has(name));
  return [...ran, ...missing.map((name) => describeMissing(record, name))];
}

function pick({
  name,
  command,
  outcome,
  exitCode,
  durationMs,
  output,
}: CheckResult): Omit<PacketCheck, 'base' | 'earlier'> {
  return { name, command, outcome, exitCode, durationMs, output };
}

function describeMissing(record: RunRecord, name: string): PacketCheck {
  const last = record.checked.findLast((entry) => findByName(entry.report, name) !== undefined);
  const result = findByName(last?.report, name);
  const base = findByName(record.baseReport, name);
  return {
    name,
    command: result?.command ?? base?.command,
    outcome: 'not-run',
    exitCode: undefined,
    durationMs: undefined,
    output: undefined,
    base: base?.outcome,
    earlier:
      last === undefined || result === undefined
        ? undefined
        : { outcome: result.outcome, commit: last.commit, at: last.at },
  };
}

/**
 * The earlier commit that a result was taken over from. The report does not say so, but two runs of a command never
 * agree in everything, time and output included; if they ever should, the packet claims less than it could.
 */
function takenOverFrom(
  record: RunRecord,
  checked: Checked | undefined,
  result: CheckResult,
): PacketCheck['earlier'] {
  const from = record.checked
    .slice(0, checked === undefined ? 0 : record.checked.indexOf(checked))
    .find(
      ({ report }) =>
        report.tree !== checked?.report.tree &&
        report.results.some((other) => isDeepStrictEqual(other, result)),
    );
  return from === undefined ? undefined : { outcome: result.outcome, commit: from.commit, at: from.at };
}

/** Two folders of a monorepo may have checks of one name. */
function findSame(
  report: CheckReport | undefined,
  { name, command, cwd }: CheckResult,
): CheckResult | undefined {
  return report?.results.find(
    (other) => other.name === name && other.command === command && other.cwd === cwd,
  );
}

function findByName(report: CheckReport | undefined, name: string): CheckResult | undefined {
  return report?.results.find((result) => result.name === name);
}
