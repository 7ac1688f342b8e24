import { updateDocument } from '../coding/update-document.js';
import type { FileChange, FileContent, RepoPath } from '../edits/types.js';
import { hasCode, messageOf } from '../errors.js';
import type { RejectedEntry } from '../journal/entries.js';
import { ModelError } from '../models/model-error.js';
import { fitFiles } from '../planning/context.js';
import type { Prose } from '../planning/plan-document.js';
import { writeDocument, writeNotes, type WritingInput } from '../planning/write-notes.js';
import { withSmallerPrompt } from './smaller-prompt.js';
import { note, noteRejected, type TaskRun } from './task-run.js';

/** What the Overseer wrote about a finished task. */
export interface Written {
  prose: Prose | undefined;
  findings: string | undefined;
  changes: FileChange[];
}

/** Errors that a person was told of. */
const told = new WeakSet<Error>();

/** @throws ModelError for a task that ends in documents; a change stands also without them. */
export async function writeDocuments(run: TaskRun): Promise<Written> {
  return run.task.kind === 'change' ? describeChange(run) : writeResult(run);
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
    const message = `Not all of the documents could be written: ${messageOf(error)}`;
    // A server that is left alone gives the same error to every task.
    if (error instanceof Error && told.has(error)) await run.journal.append({ type: 'notice', message });
    else await note(run, message);
    if (error instanceof Error) told.add(error);
  }
  return written;
}

/** `sources`: what was read for a document that no change of code stands behind. */
async function updateOne(
  run: TaskRun,
  path: RepoPath,
  diff: string,
  sources?: ReadonlyMap<RepoPath, FileContent>,
): Promise<FileChange | undefined> {
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
        ...(sources === undefined ? {} : { sources: fitFiles([...sources.keys()], sources, budget).files }),
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
    const change = await writeTarget(run, path, input.files, write);
    if (change !== undefined) changes.push(change);
  }
  return { prose: undefined, findings: undefined, changes };
}

async function writeTarget(
  run: TaskRun,
  path: RepoPath,
  sources: ReadonlyMap<RepoPath, FileContent>,
  write: (path: RepoPath) => Promise<string | undefined>,
): Promise<FileChange | undefined> {
  const old = (await run.repository.readFiles(run.tip, [path])).get(path);
  if (old !== undefined) return updateOne(run, path, '', sources);
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
