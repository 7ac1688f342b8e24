import type { Verdict } from '../checks/check.js';
import { hasCode, messageOf } from '../errors.js';
import { updateDocument } from '../coding/update-document.js';
import type { FileChange, RepoPath } from '../edits/types.js';
import type { RejectedEntry } from '../journal/entries.js';
import { verdictOf } from '../journal/run-record.js';
import { ModelError } from '../models/model-error.js';
import { renderFinalDocument, type DocumentFacts, type Prose } from '../planning/plan-document.js';
import { writeDocument, writeNotes, type WritingInput } from '../planning/write-notes.js';
import { checkCandidate, knownVerdict, recordVerdict } from './check-tip.js';
import { prepareCommit, publishCommit, type ChangeToCommit } from './commit-change.js';
import { withSmallerPrompt } from './smaller-prompt.js';
import {
  endRun,
  findCommit,
  note,
  noteRejected,
  tellStage,
  type PhaseResult,
  type TaskRun,
} from './task-run.js';

/** The documents, the last commit; then the run ends with the verdict of the tip's tree. */
export async function runDocumentPhase(run: TaskRun): Promise<PhaseResult> {
  await tellStage(run, 'documenting');
  if (findCommit(run, 'documents') === undefined && run.journal.record.dropped.length === 0) {
    const written = run.task.kind === 'change' ? await describeChange(run) : await writeResult(run);
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

interface Written {
  prose: Prose | undefined;
  findings: string | undefined;
  changes: FileChange[];
}

async function describeChange(run: TaskRun): Promise<Written> {
  const diff = await diffOf(run);
  const written: Written = { prose: undefined, findings: undefined, changes: [] };
  try {
    written.prose = await withSmallerPrompt(run, 'overseer', async (budget) =>
      writeNotes({ ...(await writingInput(run, diff)), budget }, run.ask),
    );
    for (const path of run.journal.record.plan?.documents ?? []) {
      const change = await updateOne(run, path, diff);
      if (change !== undefined) written.changes.push(change);
    }
  } catch (error) {
    // The branch is checked already; it must not wait for words.
    if (!(error instanceof ModelError) && !hasCode(error, 'limit-reached')) throw error;
    await note(run, `Not all of the documents could be written: ${messageOf(error)}`);
  }
  return written;
}

async function updateOne(run: TaskRun, path: RepoPath, diff: string): Promise<FileChange | undefined> {
  const content = (await run.repository.readFiles(run.tip, [path])).get(path);
  if (content?.kind !== 'text') return undefined;
  const { task, templates, seed, config } = run;
  const { attempts } = config.limits;
  return withSmallerPrompt(run, 'overseer', (budget) =>
    updateDocument(
      {
        task,
        path,
        content,
        diff,
        templates,
        budget,
        attempts,
        seed,
        onRejected: (rejected) => reject(run, rejected),
      },
      run.ask,
    ),
  );
}

async function writeResult(run: TaskRun): Promise<Written> {
  const input = await writingInput(run, '');
  const targets = run.journal.record.plan?.documents ?? [];
  const write = (path: RepoPath): Promise<string | undefined> =>
    withSmallerPrompt(run, 'overseer', (budget) => writeDocument({ ...input, budget }, path, run.ask));
  if (targets.length === 0) {
    return { prose: undefined, findings: await write(`${run.config.docs}/${run.task.id}.md`), changes: [] };
  }
  const changes: FileChange[] = [];
  for (const path of targets) {
    const change = await writeTarget(run, path, write);
    if (change !== undefined) changes.push(change);
  }
  return { prose: undefined, findings: undefined, changes };
}

async function writeTarget(
  run: TaskRun,
  path: RepoPath,
  write: (path: RepoPath) => Promise<string | undefined>,
): Promise<FileChange | undefined> {
  const old = (await run.repository.readFiles(run.tip, [path])).get(path);
  if (old !== undefined) return updateOne(run, path, '');
  const newText = await write(path);
  return newText === undefined ? undefined : { kind: 'create', path, newText };
}

async function writingInput(run: TaskRun, diff: string): Promise<Omit<WritingInput, 'budget'>> {
  const { task, templates, seed, config } = run;
  return {
    task,
    diff,
    files: await run.repository.readFiles(run.tip, run.journal.record.planNotes?.filesRead ?? []),
    templates,
    attempts: config.limits.attempts,
    seed,
    onRejected: ({ exchange, attempt, message }) =>
      reject(run, { exchange, attempt, rejections: [{ code: 'document', path: undefined, message }] }),
  };
}

async function reject(
  run: TaskRun,
  rejected: {
    exchange: number;
    attempt: number;
    rejections: readonly {
      code: RejectedEntry['rejections'][number]['code'];
      path: string | undefined;
      message: string;
    }[];
  },
): Promise<void> {
  const { exchange, attempt } = rejected;
  const rejections = rejected.rejections.map(({ code, path, message }) => ({ code, path, message }));
  await noteRejected(run, { label: 'documents', exchange, attempt, rejections });
}

/** What the branch changes, without the plan document. */
async function diffOf(run: TaskRun): Promise<string> {
  const own = `${run.config.docs}/${run.task.id}.md`;
  const paths = (await run.repository.changedFiles(run.base, run.tip))
    .map((file) => file.path)
    .filter((path) => path !== own);
  return paths.length === 0 ? '' : run.repository.diff(run.base, run.tip, { paths });
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
    models: [run.journal.record.started.models.overseer],
  };
  const candidate = await prepareCommit(run, change);
  const changed = change.changes.map((one) => one.path);
  const before = knownVerdict(run)?.verdict;
  const judged = await checkCandidate(run, candidate, changed);
  if (isWorse(before, judged.verdict)) {
    const reason = `with them these checks fail: ${judged.verdict.kind === 'good' ? '' : judged.verdict.failing.join(', ')}`;
    await run.journal.append({ type: 'dropped', label: 'documents', reason });
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
    commits: record.committed
      .filter(({ oid }) => run.commits.some((commit) => commit.oid === oid))
      .map(({ oid, label, subject, attempts }) => ({ oid, label, subject, attempts })),
    files: files.map(({ path, status, added, deleted }) => ({ path, status, added, deleted })),
    checks: (checked?.report.results ?? []).map(({ name, command, outcome }) => ({ name, command, outcome })),
    verdict: describeVerdict(checked?.verdict),
    rejectedReplies: record.rejected.length,
    models: record.started.models,
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
    const detail = `The document was written, but ${dropped.reason}.`;
    return endRun(run, { kind: 'needs-attention', reason: 'checks-fail', detail });
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
