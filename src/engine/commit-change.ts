import type { FileChange, LocatedEdit, RepoPath } from '../edits/types.js';
import { hasCode } from '../errors.js';
import type { CommitLabel } from '../journal/entries.js';
import { keepInHistory } from '../journal/history.js';
import type { CommitInfo, ObjectId } from '../repository/repository.js';
import { findCommit, type TaskRun } from './task-run.js';

export interface ChangeToCommit {
  label: CommitLabel;
  subject: string;
  body: string;
  changes: readonly FileChange[];
  edits?: readonly LocatedEdit[];
  attempts?: number;
  /** Models that wrote it; empty for what only the program wrote. */
  models: readonly string[];
}

/**
 * Commits a change on the feature branch, unless this run has done so already. Order: objects, then the branch by
 * compare-and-swap, then the journal, so that a kill between any two is found and mended by `adoptCommits`.
 */
export async function commitChange(run: TaskRun, change: ChangeToCommit): Promise<ObjectId> {
  const done = findCommit(run, change.label);
  if (done !== undefined) return done.oid;
  const oid = await prepareCommit(run, change);
  await publishCommit(run, oid, change);
  return oid;
}

/** Writes the commit's objects; no branch points to it yet. */
export async function prepareCommit(run: TaskRun, change: ChangeToCommit): Promise<ObjectId> {
  return run.repository.commit({
    parent: run.tip,
    changes: change.changes,
    message: renderMessage(run, change),
  });
}

/** Moves the branch to a prepared commit. @throws NexusError `branch-moved`, `branch-checked-out` */
export async function publishCommit(
  run: TaskRun,
  oid: ObjectId,
  change: Pick<ChangeToCommit, 'label' | 'subject' | 'edits' | 'attempts'>,
): Promise<void> {
  const parent = run.tip;
  try {
    await run.repository.updateBranch(run.branch, oid, run.commits.length === 0 ? undefined : parent);
  } catch (error) {
    // What the branch was at before somebody moved or deleted it must outlive git's next cleaning.
    const isLost = hasCode(error, 'branch-moved') && run.commits.length > 0;
    if (isLost) await keepInHistory(run.repository, run.task.id, parent);
    throw error;
  }
  const { info, paths } = await run.repository.readCommit(oid);
  await record(run, {
    oid,
    parent,
    info,
    paths,
    label: change.label,
    subject: change.subject,
    edits: change.edits,
    attempts: change.attempts,
    tell: true,
  });
}

/**
 * Takes over commits of this run that are on its branch but not in its journal: the run was killed between the two, or
 * the journal was lost, and then they are nothing to tell of.
 */
export async function adoptCommits(
  run: TaskRun,
  commits: readonly CommitInfo[],
  { tell }: { tell: boolean },
): Promise<void> {
  const known = new Map(run.journal.record.committed.map((entry) => [entry.oid, entry]));
  for (const info of commits) {
    if (known.has(info.oid)) {
      run.commits = [...run.commits, info];
      run.tip = info.oid;
      continue;
    }
    const label = info.trailers.get('nexus-step')?.at(-1);
    await record(run, {
      oid: info.oid,
      parent: run.tip,
      info,
      label: isLabel(label) ? label : 'documents',
      subject: info.subject,
      edits: undefined,
      attempts: attemptsOfLast(run, label),
      tell,
    });
  }
}

/** The reply of which a model's commit was made is the last one that was kept. */
function attemptsOfLast(run: TaskRun, label: string | undefined): number | undefined {
  const isCode = label?.startsWith('step-') === true || label?.startsWith('repair-') === true;
  return isCode ? run.journal.record.exchanges.at(-1)?.attempt : undefined;
}

function isLabel(label: string | undefined): label is CommitLabel {
  return label !== undefined && /^(plan|documents|(step|repair|fix)-\d+)$/.test(label);
}

async function record(
  run: TaskRun,
  made: {
    oid: ObjectId;
    parent: ObjectId;
    info: CommitInfo;
    /** Default: they are asked for, if they are to be told. */
    paths?: readonly RepoPath[];
    label: CommitLabel;
    subject: string;
    edits: readonly LocatedEdit[] | undefined;
    attempts: number | undefined;
    tell: boolean;
  },
): Promise<void> {
  const { oid, parent, label, subject } = made;
  await run.journal.append({
    type: 'committed',
    label,
    oid,
    parent,
    subject,
    edits: [...(made.edits ?? [])],
    attempts: made.attempts ?? 1,
  });
  run.commits = [...run.commits, made.info];
  run.tip = oid;
  if (!made.tell) return;
  const files = made.paths ?? (await run.repository.changedFiles(parent, oid)).map(({ path }) => path);
  run.sink({ type: 'committed', task: run.task.id, label, oid, subject, files: [...files] });
}

/** The whole message: subject, body and the trailers by which the branch can be read without a journal. */
export function renderMessage(
  run: TaskRun,
  change: Pick<ChangeToCommit, 'label' | 'subject' | 'body' | 'models'>,
): string {
  const { task, run: id } = { task: run.task, run: run.journal.record.started.run };
  const trailers = [
    `Nexus-Task: ${task.id}`,
    `Nexus-Task-Hash: ${task.hash}`,
    `Nexus-Run: ${id}`,
    `Nexus-Step: ${change.label}`,
    ...new Set(change.models.map((model) => `Assisted-by: ${oneLine(model)}`)),
  ];
  const body = change.body.trim() === '' ? [] : [wrap(change.body.trim())];
  return `${[shorten(oneLine(change.subject), 72), ...body, trailers.join('\n')].join('\n\n')}\n`;
}

function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).trimEnd()}…`;
}

/** Breaks long lines at spaces, at 76 characters: how git prints messages, with its indent. */
function wrap(text: string): string {
  return text
    .replaceAll(/[^\P{Cc}\n]/gu, ' ')
    .split('\n')
    .map((line) => line.replaceAll(/(.{1,76})(?: +|$)/g, '$1\n').trimEnd())
    .join('\n');
}
