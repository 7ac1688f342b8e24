import type { Templates } from '../config/templates.js';
import { applyReply } from '../edits/apply-reply.js';
import type { EditFormat, FileChange, FileContent, Rejection, RepoPath } from '../edits/types.js';
import type { Answer, Ask } from '../models/ask.js';
import type { TokenBudget } from '../models/budget.js';
import { joinParts, renderDiff, renderFiles, renderTask } from '../models/prompt.js';
import type { ChatMessage } from '../models/port.js';
import { restoreSpecialTokens } from '../models/special-tokens.js';
import type { Parsers } from '../syntax/types.js';
import type { Task } from '../tasks/task.js';
import { chooseFormat } from './choose-format.js';
import { fileStyle, renderRules } from './prompt.js';

export interface DocumentUpdate {
  task: Task;
  path: RepoPath;
  content: FileContent;
  /** What was changed; empty when the task asks for nothing but the document. */
  diff: string;
  /** What the document is to be written from, cut to the budget; shown before it. */
  sources?: ReadonlyMap<RepoPath, FileContent>;
  templates: Templates;
  budget: TokenBudget;
  attempts: number;
  seed: number;
  onRejected: (attempt: {
    exchange: number;
    attempt: number;
    rejections: readonly Rejection[];
  }) => Promise<void>;
}

/** Prose declares nothing. */
const NO_PARSERS: Parsers = { parserFor: () => undefined };

/** Part of the prompt that the diff may take, and tokens that are enough of it for a document. */
const DIFF_SHARE = 0.25;
const DIFF_TOKENS = 2000;

/**
 * An edit of one existing documentation file, asked from the Overseer in the Coder's formats and applied by the same
 * engine: unique or refused. Undefined when no reply could be applied, or when nothing needs to be changed; the document
 * then stays as it is.
 * @throws what `ask` throws.
 */
export async function updateDocument(input: DocumentUpdate, ask: Ask): Promise<FileChange | undefined> {
  if (input.content.kind !== 'text') return undefined;
  const change = { files: new Map([[input.path, input.content]]), offered: [input.path], targets: [] };
  const format = chooseFormat('auto', { ...change, parsers: NO_PARSERS }, input.budget);
  const rules = renderRules(format, input.templates, change);
  const messages = renderPrompt(input, format, rules);
  for (let attempt = 1; attempt <= input.attempts; attempt++) {
    const answer = await ask({
      role: 'overseer',
      purpose: 'document',
      attempt,
      messages,
      maxTokens: input.budget.answerTokens,
      temperature: attempt === 1 ? 0 : 0.5,
      seed: input.seed + attempt - 1,
    });
    const outcome = readAnswer(input, format, rules, answer);
    if (outcome.kind === 'changed') return outcome.change;
    if (outcome.rejections.every((rejection) => rejection.code === 'no-change')) return undefined;
    await input.onRejected({ exchange: answer.exchange, attempt, rejections: outcome.rejections });
  }
  return undefined;
}

function renderPrompt(input: DocumentUpdate, format: EditFormat, rules: string): ChatMessage[] {
  const { path, templates, budget } = input;
  const sources = [...(input.sources ?? [])].filter(([source]) => source !== path);
  const files = new Map([...sources, [path, input.content] as const]);
  const room = Math.min(DIFF_TOKENS, budget.promptTokens * DIFF_SHARE);
  const question =
    input.diff.trim() === ''
      ? templates.fill('revise-document', { path })
      : templates.fill('update-document', {
          path,
          diff: renderDiff(input.diff, room, (text) => budget.estimate(text)),
        });
  return [
    { role: 'system', content: templates.fill('overseer-system') },
    {
      role: 'user',
      content: joinParts([renderTask(input.task), renderFiles(files, fileStyle(format)), question, rules]),
    },
  ];
}

type Read = { kind: 'changed'; change: FileChange } | { kind: 'refused'; rejections: readonly Rejection[] };

function readAnswer(input: DocumentUpdate, format: EditFormat, rules: string, answer: Answer): Read {
  const { path } = input;
  const outcome = applyReply({
    // The prompt shows control tokens in a harmless spelling; the edit is meant for the real one.
    reply: restoreSpecialTokens(answer.text),
    ending: answer.ending === 'stop' ? 'stop' : 'length',
    files: new Map([[path, input.content]]),
    offered: [path],
    asked: format,
    rules: { mayTouch: () => false, example: rules },
  });
  if (outcome.kind !== 'applied')
    return { kind: 'refused', rejections: outcome.kind === 'rejected' ? outcome.rejections : [] };
  const [change, ...others] = outcome.changes;
  if (change?.kind === 'modify' && others.length === 0) return { kind: 'changed', change };
  return { kind: 'refused', rejections: [refuseAnyOther(path)] };
}

/** A document that is to be updated is neither deleted nor given another name. */
function refuseAnyOther(path: RepoPath): Rejection {
  const message = `The reply does not update ${path}, but deletes or renames it.`;
  return { code: 'not-offered', path, message, feedback: `Answer with the new text of ${path}.` };
}
