import { nameModels } from '../journal/asked-models.js';
import { isStraight } from '../edits/straight.js';
import type { LocatedEdit } from '../edits/types.js';
import type { RunRecord } from '../journal/run-record.js';
import type { ChangedFile } from '../repository/repository.js';
import { flagFile } from './flag-file.js';
import type { PacketCommit, PacketCost, PacketEdit, PacketFile, PacketStep, ReviewInput } from './packet.js';

/** How each plan, step, repair and document came about, in the order in which they were first worked on. */
export function listSteps(record: RunRecord | undefined, commits: readonly PacketCommit[]): PacketStep[] {
  if (record === undefined) return [];
  const onBranch = new Set(commits.map((commit) => commit.oid));
  const worked = [
    ...record.rejected.map((entry) => entry.label),
    ...record.committed.map((entry) => entry.label),
  ];
  return [...new Set(worked)].sort(compareLabels).map((label) => {
    const committed = record.committed.findLast((entry) => entry.label === label);
    const rejected = record.rejected.filter((entry) => entry.label === label);
    return {
      label,
      title: titleOf(record, label) ?? committed?.subject,
      commit: committed !== undefined && onBranch.has(committed.oid) ? committed.oid : undefined,
      attempts: Math.max(committed?.attempts ?? 0, ...rejected.map((entry) => entry.attempt)),
      rejections: rejected.flatMap((entry) =>
        entry.rejections.map((one) => ({ ...one, attempt: entry.attempt, exchange: entry.exchange })),
      ),
    };
  });
}

const ORDER = ['plan', 'step', 'repair', 'fix', 'documents'];

function compareLabels(a: string, b: string): number {
  const [kindA = '', numberA = '0'] = a.split('-');
  const [kindB = '', numberB = '0'] = b.split('-');
  return ORDER.indexOf(kindA) - ORDER.indexOf(kindB) || Number(numberA) - Number(numberB);
}

function titleOf(record: RunRecord, label: string): string | undefined {
  const number = /^step-(\d+)$/.exec(label)?.[1];
  return number === undefined ? undefined : record.plan?.steps[Number(number) - 1]?.title;
}

/** The changed files with how their edits were found and why they may deserve a look of their own. */
export function describeFiles(
  input: Pick<ReviewInput, 'record' | 'isProtected'>,
  changed: readonly ChangedFile[],
  commits: readonly PacketCommit[],
): PacketFile[] {
  const onBranch = new Set(commits.map((commit) => commit.oid));
  const edits = (input.record?.committed ?? [])
    .filter((entry) => onBranch.has(entry.oid))
    .flatMap((entry) => entry.edits.map((edit) => ({ ...edit, label: entry.label })));
  return changed.map((file) => ({
    ...file,
    edits: edits.filter((edit) => edit.path === file.path || edit.path === file.from).map(toPacketEdit),
    flags: flagFile(file, input.isProtected),
  }));
}

function toPacketEdit(edit: LocatedEdit & { label: string }): PacketEdit {
  const { format, pass, line, label } = edit;
  return { label, format, pass, line, bent: !isStraight(pass) };
}

/** What the run took, summed over its requests and checks. */
export function sumCost(record: RunRecord | undefined): PacketCost | undefined {
  if (record === undefined) return undefined;
  const sent = record.exchanges.filter(({ cached }) => cached === undefined);
  const usages = sent.map((exchange) => exchange.usage);
  const reports = [record.baseReport, ...record.checked.map((entry) => entry.report)];
  const results = reports.flatMap((report) => report?.results ?? []);
  return {
    models: nameModels(record),
    requests: usages.length,
    promptTokens: sum(usages.map((usage) => usage.promptTokens)),
    answerTokens: sum(usages.map((usage) => usage.answerTokens)),
    uncounted: usages.filter((u) => u.promptTokens === undefined || u.answerTokens === undefined).length,
    cached: record.exchanges.length - sent.length,
    modelMs: sum(usages.map((usage) => usage.totalMs)),
    checkMs: sum(results.map((result) => result.durationMs)),
  };
}

function sum(values: readonly (number | undefined)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
