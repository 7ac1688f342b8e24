import { lastModel, nameModels } from '../journal/asked-models.js';
import type { Verdict } from '../checks/check.js';
import { renderFinalDocument, type DocumentFacts } from '../planning/plan-document.js';
import { verdictOf } from '../journal/run-record.js';
import { checkCandidate, knownVerdict, recordVerdict } from './check-tip.js';
import { prepareCommit, publishCommit, type ChangeToCommit } from './commit-change.js';
import { endRun, findCommit, tellStage, type PhaseResult, type TaskRun } from './task-run.js';
import { writeDocuments, type Written } from './write-documents.js';

/** The documents, the last commit; then the run ends with the verdict of the tip's tree. */
export async function runDocumentPhase(run: TaskRun): Promise<PhaseResult> {
  await tellStage(run, 'documenting');
  if (findCommit(run, 'documents') === undefined && run.journal.record.dropped.length === 0) {
    const written = await writeDocuments(run);
    if (run.task.kind !== 'change' && written.changes.length === 0 && written.findings === undefined) {
      return endRun(run, {
        kind: 'needs-attention',
        reason: 'edits-not-applied',
        detail: 'No answer could be used as the document.',
      });
    }
    await commitDocuments(run, written);
  }
  return endByVerdict(run);
}

/** Commits the documents if the checks they can touch still say what they said before; else they are dropped. */
async function commitDocuments(run: TaskRun, written: Written): Promise<void> {
  const { plan, planNotes } = run.journal.record;
  if (plan === undefined || planNotes === undefined) return;
  const path = `${run.config.docs}/${run.task.id}.md`;
  const old = (await run.repository.readFiles(run.tip, [path])).get(path);
  if (old?.kind !== 'text') return;
  const newText = renderFinalDocument({
    ...written,
    task: run.task,
    plan,
    notes: planNotes,
    facts: await collectFacts(run),
  });
  const change: ChangeToCommit = {
    label: 'documents',
    subject: `Document: ${run.task.title}`,
    body: '',
    changes: [{ kind: 'modify', path, oldText: old.text, newText }, ...written.changes],
    models: [lastModel(run.journal.record, 'overseer')],
  };
  const candidate = await prepareCommit(run, change);
  const changed = change.changes.map((one) => one.path);
  const before = knownVerdict(run)?.verdict;
  const judged = await checkCandidate(run, candidate, changed);
  if (isWorse(before, judged.verdict)) {
    const reason = `with them these checks fail: ${judged.verdict.kind === 'good' ? '' : judged.verdict.failing.join(', ')}`;
    const { tookMs } = judged;
    await run.journal.append({ type: 'dropped', label: 'documents', reason, tookMs });
    run.sink({ type: 'dropped', task: run.task.id, label: 'documents', reason });
    return;
  }
  await publishCommit(run, candidate, change);
  await recordVerdict(run, candidate, judged);
}

/** Documents must not break anything: what passed before must pass with them. */
function isWorse(before: Verdict | undefined, after: Verdict): boolean {
  if (after.kind === 'failing') return before?.kind !== 'failing';
  return after.kind === 'unverified' && after.reason === 'failed-on-base' && before?.kind === 'good';
}

async function collectFacts(run: TaskRun): Promise<DocumentFacts> {
  const { record } = run.journal;
  const checked = verdictOf(record, run.tip);
  const own = `${run.config.docs}/${run.task.id}.md`;
  const files = (await run.repository.changedFiles(run.base, run.tip)).filter((file) => file.path !== own);
  return {
    commits: run.commits.flatMap(({ oid }) => {
      const entry = record.committed.findLast((committed) => committed.oid === oid);
      if (entry === undefined) return [];
      const { label, subject, attempts } = entry;
      return [{ oid, label, subject, attempts }];
    }),
    files: files.map(({ path, status, added, deleted }) => ({ path, status, added, deleted })),
    checks: (checked?.report.results ?? []).map(({ name, command, outcome }) => ({ name, command, outcome })),
    verdict: describeVerdict(checked?.verdict),
    rejectedReplies: record.rejected.length,
    models: nameModels(record),
  };
}

function describeVerdict(verdict: Verdict | undefined): string {
  if (verdict === undefined) return 'not run.';
  if (verdict.kind === 'good') return 'all pass on the commit before this document.';
  if (verdict.kind === 'failing') return `failing: ${verdict.failing.join(', ')}.`;
  return verdict.reason === 'no-checks'
    ? 'none is configured, so nothing vouches for this change.'
    : `what fails failed on the base too: ${verdict.failing.join(', ')}.`;
}

async function endByVerdict(run: TaskRun): Promise<PhaseResult> {
  const known = knownVerdict(run) ?? (await checkCandidate(run, run.tip, []));
  const { verdict } = known;
  if (knownVerdict(run) === undefined) await recordVerdict(run, run.tip, known);
  const dropped = run.journal.record.dropped.at(-1);
  if (dropped !== undefined && run.task.kind !== 'change') {
    // The checks pass on what is left, so this is no case of `checks-fail`.
    const detail = `The document was written, but ${dropped.reason}.`;
    return endRun(run, { kind: 'needs-attention', reason: 'edits-not-applied', detail });
  }
  if (verdict.kind === 'good') return endRun(run, { kind: 'review' });
  // Documents break nothing that they did not touch: without a check, or with one that failed before, they can be read.
  if (run.task.kind !== 'change' && verdict.kind === 'unverified') return endRun(run, { kind: 'review' });
  if (verdict.kind === 'failing') {
    return endRun(run, {
      kind: 'needs-attention',
      reason: 'checks-fail',
      detail: `These checks fail: ${verdict.failing.join(', ')}.`,
    });
  }
  const detail =
    verdict.reason === 'no-checks'
      ? 'No check is configured, so nothing vouches for this change. Add `checks:` to .nexus.yml or to the task.'
      : `What fails on the branch failed on the base too: ${verdict.failing.join(', ')}.`;
  return endRun(run, { kind: 'needs-attention', reason: 'unverified', detail });
}
