import { isSafeRepoPath } from '../edits/repo-path.js';
import type { RepoPath } from '../edits/types.js';
import type { Ask } from '../models/ask.js';
import { mentionsPath, textOf } from '../tasks/protected-paths.js';
import type { Task } from '../tasks/task.js';
import { chooseContext } from './context.js';
import type { PlanningInput } from './create-plan.js';
import type { PlanOutcome } from './plan.js';
import { isDocument } from './validate-plan.js';

/**
 * The plan of a task that ends in documents: which ones, and what is read for them. The only question to the model is
 * which files to read, and only when the task names none.
 * @throws what `ask` throws.
 */
export async function planDocuments(input: PlanningInput, ask: Ask): Promise<PlanOutcome> {
  const { task } = input;
  const documents = findTargets(
    task,
    input.tree.map((entry) => entry.path),
  ).filter((path) => input.isProtected(path) === undefined);
  const context = await chooseContext(input, ask);
  const where = documents.length === 0 ? 'into this document, below' : `to ${documents.join(', ')}`;
  return {
    kind: 'plan',
    plan: { summary: `Read the files named below and write the result ${where}.`, steps: [], documents },
    notes: {
      fallback: false,
      attempts: 0,
      remarks: [],
      filesRead: [...context.files.keys()],
      leftOut: context.leftOut,
    },
  };
}

/**
 * Documents that the task asks for: those named in `files`, else those that its text names, the new ones first, since
 * one that exists may be named as the source. A `docs` task that names none gets `docs/<id>.md`. A `research` task
 * answers in its plan document; what exists already and is named in `files` is only where it looks.
 */
function findTargets(task: Task, tree: readonly RepoPath[]): RepoPath[] {
  const known = new Set(tree);
  const isNew = (path: RepoPath): boolean => !known.has(path);
  const listed = task.files.filter(isDocument);
  if (task.kind === 'research') return listed.filter(isNew);
  if (listed.length > 0) return listed;
  const text = textOf(task);
  const created = findPaths(text).filter(isNew);
  const mentioned = tree.filter((path) => isDocument(path) && mentionsPath(text, path));
  return [created, mentioned, [`docs/${task.id}.md`]].find((paths) => paths.length > 0) ?? [];
}

/** Paths of documents in a text that have a folder; a bare name may be any file's. */
function findPaths(text: string): RepoPath[] {
  const words = text.match(/(?<![\w./\\-])(?:\.\/)?[\w-]+(?:[/\\][\w.-]+)+/g) ?? [];
  const paths = words.map((word) => word.replaceAll('\\', '/').replace(/^\.\//, '').replace(/\.+$/, ''));
  return [...new Set(paths)].filter((path) => isDocument(path) && isSafeRepoPath(path) === true);
}
