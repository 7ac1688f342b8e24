import type { Templates } from '../config/templates.js';
import { applyReply } from '../edits/apply-reply.js';
import type { FileChange, FileContent, Rejection, RepoPath } from '../edits/types.js';
import type { Ask } from '../models/ask.js';
import type { TokenBudget } from '../models/budget.js';
import { joinParts, renderFiles, renderTask } from '../models/prompt.js';
import type { ChatMessage } from '../models/port.js';
import { neutralizeSpecialTokens, restoreSpecialTokens } from '../models/special-tokens.js';
import type { Task } from '../tasks/task.js';
import { chooseFormat } from './choose-format.js';
import { fileStyle, formatTemplate } from './prompt.js';

export interface DocumentUpdate {
  task: Task;
  path: RepoPath;
  content: FileContent;
  diff: string;
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

/**
 * An edit of one existing documentation file, asked from the Overseer in the Coder's formats and applied by the same
 * engine: unique or refused. Undefined when no reply could be applied; the document then stays as it is.
 * @throws what `ask` throws.
 */
export async function updateDocument(input: DocumentUpdate, ask: Ask): Promise<FileChange | undefined> {
  const { path, templates } = input;
  const files = new Map([[path, input.content]]);
  const format = chooseFormat('auto', files, input.budget);
  const diff = neutralizeSpecialTokens(`\`\`\`diff\n${input.diff.slice(0, 6000).trimEnd()}\n\`\`\``);
  const messages: ChatMessage[] = [
    { role: 'system', content: templates.fill('overseer-system') },
    {
      role: 'user',
      content: joinParts([
        renderTask(input.task),
        renderFiles(files, fileStyle(format)),
        templates.fill('update-document', { path, diff }),
        templates.fill(formatTemplate(format)),
      ]),
    },
  ];
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
    const outcome = applyReply({
      reply: restoreSpecialTokens(answer.text),
      ending: answer.ending === 'length' ? 'length' : 'stop',
      files,
      offered: [path],
      rules: { mayTouch: () => false, example: templates.fill(formatTemplate(format)) },
    });
    if (outcome.kind === 'applied') return outcome.changes.find((change) => change.path === path);
    const rejections = outcome.kind === 'rejected' ? outcome.rejections : [];
    if (rejections.every((rejection) => rejection.code === 'no-change')) return undefined;
    await input.onRejected({ exchange: answer.exchange, attempt, rejections });
  }
  return undefined;
}
