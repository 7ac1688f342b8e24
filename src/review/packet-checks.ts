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

/** One row per check that decides, in the order of the configuration, then any others that ran. */
export function listChecks(record: RunRecord | undefined, checked: Checked | undefined): PacketCheck[] {
  if (record === undefined) return [];
  const ran = checked?.report.results.map((result) => result.name) ?? [];
  return [...new Set([...record.started.checks, ...ran])].map((name) => {
    const now = findResult(checked?.report, name);
    const before = now === undefined ? findEarlier(record, name) : undefined;
    const base = findResult(record.baseReport, name);
    return {
      name,
      command: now?.command ?? before?.result.command ?? base?.command,
      outcome: now?.outcome ?? 'not-run',
      exitCode: now?.exitCode,
      durationMs: now?.durationMs,
      output: now?.output,
      base: base?.outcome,
      earlier:
        before === undefined
          ? undefined
          : { outcome: before.result.outcome, commit: before.commit, at: before.at },
    };
  });
}

function findResult(report: CheckReport | undefined, name: string): CheckResult | undefined {
  return report?.results.find((result) => result.name === name);
}

function findEarlier(
  record: RunRecord,
  name: string,
): { result: CheckResult; commit: ObjectId; at: string } | undefined {
  for (const { report, commit, at } of record.checked.toReversed()) {
    const result = findResult(report, name);
    if (result !== undefined) return { result, commit, at };
  }
  return undefined;
}
