import type { RepoPath } from '../edits/types.js';
import type { Ask } from '../models/ask.js';
import { mentionsPath } from '../tasks/protected-paths.js';
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
 * Documents that the task asks for: those named in `files`, else those mentioned in its text; a `docs` task that names
 * none gets `docs/<id>.md`, a `research` task answers in its plan document.
 */
function findTargets(task: Task, tree: readonly RepoPath[]): RepoPath[] {
  const listed = task.files.filter(isDocument);
  if (listed.length > 0) return listed;
  const text = [task.title, task.description, ...task.acceptance].join('\n');
  const mentioned =
    task.kind === 'docs' ? tree.filter((path) => isDocument(path) && mentionsPath(text, path)) : [];
  if (mentioned.length > 0) return mentioned;
  return task.kind === 'docs' ? [`docs/${task.id}.md`] : [];
}
