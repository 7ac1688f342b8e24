import { z } from 'zod';
import type { Templates } from '../config/templates.js';
import type { FileContent, RepoPath } from '../edits/types.js';
import type { Ask } from '../models/ask.js';
import type { TokenBudget } from '../models/budget.js';
import type { ChatMessage } from '../models/port.js';
import { joinParts, renderDiff, renderFiles, renderTask } from '../models/prompt.js';
import { restoreSpecialTokens } from '../models/special-tokens.js';
import type { Task } from '../tasks/task.js';
import { fitFiles } from './context.js';
import { parseJson, toFlatSchema } from './plan-answer.js';
import type { Prose } from './plan-document.js';

export interface WritingInput {
  task: Task;
  /** Unified diff of the whole branch without the plan document. */
  diff: string;
  /** What the Overseer read when it planned, as it is on the branch now. */
  files: ReadonlyMap<RepoPath, FileContent>;
  templates: Templates;
  budget: TokenBudget;
  attempts: number;
  seed: number;
  onRejected: (attempt: { exchange: number; attempt: number; message: string }) => Promise<void>;
}

const prose = z.object({ what: z.string(), why: z.string(), review: z.string() });
const PROSE_SCHEMA = toFlatSchema(prose);

/** Part of the prompt that the diff may take; the rest of a longer one is cut, and the prompt says so. */
const DIFF_SHARE = 0.6;

/**
 * The Overseer's words about a finished change, for the plan document. Undefined when no answer could be used: the facts
 * stand without them.
 * @throws what `ask` throws.
 */
export async function writeNotes(input: WritingInput, ask: Ask): Promise<Prose | undefined> {
  const { budget, templates } = input;
  const diff = renderDiff(input.diff, budget.promptTokens * DIFF_SHARE, (text) => budget.estimate(text));
  const question = templates.fill('document', { diff });
  const messages: ChatMessage[] = [
    { role: 'system', content: templates.fill('overseer-system') },
    { role: 'user', content: joinParts([renderTask(input.task), question]) },
  ];
  for (let attempt = 1; attempt <= Math.min(2, input.attempts); attempt++) {
    const answer = await ask({
      role: 'overseer',
      purpose: 'document',
      attempt,
      messages,
      schema: PROSE_SCHEMA,
      maxTokens: Math.min(700, budget.answerTokens),
      temperature: attempt === 1 ? 0 : 0.4,
      seed: input.seed + attempt - 1,
    });
    const parsed = prose.safeParse(parseJson(restoreSpecialTokens(answer.text)));
    if (parsed.success && parsed.data.what.trim() !== '') return parsed.data;
    const message =
      answer.ending === 'length' ? 'the notes were cut off by their length' : 'the notes were not as asked';
    await input.onRejected({ exchange: answer.exchange, attempt, message });
  }
  return undefined;
}

/**
 * A whole document written from what was read, for `kind: docs` and `kind: research`. Undefined when no answer could be
 * used.
 * @throws what `ask` throws.
 */
export async function writeDocument(
  input: WritingInput,
  path: RepoPath,
  ask: Ask,
): Promise<string | undefined> {
  const { budget, templates } = input;
  const messages: ChatMessage[] = [
    { role: 'system', content: templates.fill('overseer-system') },
    {
      role: 'user',
      content: joinParts([
        renderTask(input.task),
        renderFiles(fitFiles([...input.files.keys()], input.files, budget).files),
        templates.fill('write-document', { path }),
      ]),
    },
  ];
  for (let attempt = 1; attempt <= input.attempts; attempt++) {
    const answer = await ask({
      role: 'overseer',
      purpose: 'document',
      attempt,
      messages,
      maxTokens: budget.answerTokens,
      temperature: attempt === 1 ? 0.1 : 0.5,
      seed: input.seed + attempt - 1,
    });
    const text = unwrapDocument(restoreSpecialTokens(answer.text));
    const complaint = answer.ending === 'length' ? 'it was cut off by its length' : complainAbout(text);
    if (complaint === undefined) return `${text}\n`;
    await input.onRejected({ exchange: answer.exchange, attempt, message: `${path}: ${complaint}` });
  }
  return undefined;
}

/** A document in a fence of its own, perhaps under a line that says so: models like to put it there. */
const WRAPPED = /^\s*(?:[^\n#`]{1,200}:[ \t]*\n\s*)?(`{3,})(?:markdown|md)?[ \t]*\n([\s\S]*)\n\1\s*$/;
/** Without it a text in a fence is not the document, but its first example. */
const BEGINS_WITH_HEADING = /^(?:#{1,6} |[^\n]+\n=+[ \t]*(?:\n|$))/;

function unwrapDocument(text: string): string {
  const inside = WRAPPED.exec(text)?.[2]?.trim() ?? '';
  return BEGINS_WITH_HEADING.test(inside) ? inside : text.trim();
}

function complainAbout(text: string): string | undefined {
  if (text.length < 80) return 'it is too short to be a document';
  if (!/^#{1,6} |^=+$/m.test(text)) return 'it has no heading';
  return undefined;
}
