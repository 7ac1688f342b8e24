import type { Config } from '../config/schema.js';
import type { Templates } from '../config/templates.js';
import { applyReply } from '../edits/apply-reply.js';
import type {
  ApplyOutcome,
  EditFormat,
  FileChange,
  FileContent,
  LocatedEdit,
  Rejection,
  RepoPath,
} from '../edits/types.js';
import type { Answer, Ask } from '../models/ask.js';
import type { TokenBudget } from '../models/budget.js';
import type { ChatMessage } from '../models/port.js';
import { appendTurn } from '../models/prompt.js';
import { restoreSpecialTokens } from '../models/special-tokens.js';
import { textOf } from '../tasks/protected-paths.js';
import type { Parsers } from '../syntax/types.js';
import type { Task } from '../tasks/task.js';
import { chooseFormat, type MeasuredFormats } from './choose-format.js';
import { findTargets, type Target } from './find-targets.js';
import { renderCoderPrompt, renderRules, type Assignment, type CoderPlan } from './prompt.js';

export interface CodingInput {
  task: Task;
  plan: CoderPlan;
  assignment: Assignment;
  /** What the Coder is shown, in the order of the prompt. */
  files: ReadonlyMap<RepoPath, FileContent>;
  /** What it may change: the step's files; a path that is not in `files` is a file to create. */
  offered: readonly RepoPath[];
  /** Whether something stands at a path of the commit that is worked on. */
  exists: (path: RepoPath) => boolean;
  isProtected: (path: RepoPath) => string | undefined;
  baseFailures: string | undefined;
  format: Config['coder']['format'];
  /** What is known of formats with this Coder; without it `auto` goes by the files alone. */
  measured?: MeasuredFormats | undefined;
  /** Of the languages of all files that may change. */
  parsers: Parsers;
  attempts: number;
  budget: TokenBudget;
  templates: Templates;
  seed: number;
  /** Told of every reply that was not applied. */
  onRejected: (attempt: {
    exchange: number;
    attempt: number;
    rejections: readonly Rejection[];
  }) => Promise<void>;
}

export type CodingOutcome =
  | { kind: 'changed'; changes: FileChange[]; edits: LocatedEdit[]; attempts: number }
  | { kind: 'rejected'; rejections: readonly Rejection[]; attempts: number };

/** How the change is asked for: the same for all attempts. */
interface Form {
  format: EditFormat;
  /** The format rules, as the prompt ends with them. */
  rules: string;
}

/** By attempt: the most likely answer first; with feedback appended, a little variety. */
const WITH_FEEDBACK = [0, 0.2, 0.4, 0.6];
/** The same prompt sampled anew must not give the same answer. */
const ANEW = [0, 0.6, 0.8, 0.9];

/**
 * Asks the Coder until a reply can be applied as a whole, at most `attempts` times. A further attempt repeats the
 * prompt byte for byte and appends reply and feedback, so that the server need not read the prompt again. The prompt is
 * sampled anew when that would grow too long, when the model repeats itself, and when it sent the files back unchanged:
 * seen on Qwen2.5-Coder 1.5B, what it reads last it copies, and another unchanged copy would stand last.
 * @throws what `ask` throws.
 */
export async function writeChange(input: CodingInput, ask: Ask): Promise<CodingOutcome> {
  const form = chooseForm(input);
  const prompt = renderCoderPrompt({ ...input, ...form });
  const seen = new Set<string>();
  let messages = prompt;
  let rejections: readonly Rejection[] = [];
  for (let attempt = 1; attempt <= input.attempts; attempt++) {
    const answer = await ask({
      role: 'coder',
      purpose: input.assignment.kind === 'step' ? 'code' : 'repair',
      attempt,
      ...(input.assignment.kind === 'step' ? { step: input.assignment.number } : {}),
      messages,
      maxTokens: input.budget.answerTokens,
      temperature: temperatureOf(attempt, messages === prompt),
      seed: input.seed + attempt - 1,
      judge: (text) => judgeOpen(input, form, text),
    });
    const outcome = applyAnswer(input, form, answer);
    if (outcome.kind === 'applied') {
      return { kind: 'changed', changes: outcome.changes, edits: outcome.edits, attempts: attempt };
    }
    rejections = outcome.kind === 'rejected' ? outcome.rejections : [];
    await input.onRejected({ exchange: answer.exchange, attempt, rejections });
    messages = nextMessages(input, { prompt, messages, answer, rejections, repeated: seen.has(answer.text) });
    seen.add(answer.text);
  }
  return { kind: 'rejected', rejections, attempts: input.attempts };
}

function temperatureOf(attempt: number, isAnew: boolean): number {
  const temperatures = isAnew ? ANEW : WITH_FEEDBACK;
  return temperatures[Math.min(attempt, temperatures.length) - 1] ?? 0;
}

function chooseForm(input: CodingInput): Form {
  const { files, offered, parsers, templates } = input;
  const targets = targetsOf(input);
  const change = { files, offered, targets, parsers };
  const format = chooseFormat(input.format, change, input.budget, input.measured);
  return { format, rules: renderRules(format, templates, { targets, offered }) };
}

/** The declarations that the step is about, as far as its words, or what fails, name them. */
function targetsOf({ task, plan, assignment, files, offered, parsers }: CodingInput): Target[] {
  const texts = [...files].flatMap(([path, content]): [RepoPath, string][] =>
    content.kind === 'text' && offered.includes(path) ? [[path, content.text]] : [],
  );
  const said = assignmentText(assignment);
  const isWholeTask = assignment.kind === 'repair' || plan.steps.length === 1;
  return findTargets(new Map(texts), parsers, {
    words: isWholeTask ? `${textOf(task)}\n${said}` : said,
    failures: assignment.kind === 'repair' ? assignment.failures : '',
  });
}

/** A reply that `judge` ended is one that was cut off: nothing of it may be applied. */
function applyAnswer(input: CodingInput, form: Form, answer: Answer): ApplyOutcome {
  if (answer.ending !== 'stopped') return apply(input, form, answer.text, answer.ending);
  const judged = apply(input, form, answer.text, 'open');
  return judged.kind === 'rejected' ? judged : apply(input, form, answer.text, 'length');
}

function apply(
  input: CodingInput,
  { format, rules }: Form,
  reply: string,
  ending: 'open' | 'stop' | 'length',
): ApplyOutcome {
  // Small models do in one step what the plan has in several; the steps that follow then have nothing to change.
  const ofPlan = new Set(input.plan.steps.flatMap((step) => step.files));
  return applyReply({
    // The prompt shows such tokens in a harmless spelling; the edit is meant for the real one.
    reply: restoreSpecialTokens(reply),
    ending,
    files: input.files,
    offered: input.offered,
    asked: format,
    rules: {
      isProtected: input.isProtected,
      mayTouch: (path) => !input.exists(path) || ofPlan.has(path),
      mentioned: `${textOf(input.task)}\n${assignmentText(input.assignment)}`,
      example: rules,
      parsers: input.parsers,
    },
  });
}

function assignmentText(assignment: Assignment): string {
  return assignment.kind === 'step' ? `${assignment.step.title}\n${assignment.step.instruction}` : '';
}

function judgeOpen(input: CodingInput, form: Form, text: string): string | undefined {
  const outcome = apply(input, form, text, 'open');
  return outcome.kind === 'rejected' ? outcome.rejections[0].message : undefined;
}

function nextMessages(
  input: CodingInput,
  last: {
    prompt: ChatMessage[];
    messages: ChatMessage[];
    answer: Answer;
    rejections: readonly Rejection[];
    repeated: boolean;
  },
): ChatMessage[] {
  const feedback = last.rejections.map((rejection) => rejection.feedback).join('\n\n');
  const unchanged = last.rejections.every((rejection) => rejection.code === 'no-change');
  if (last.repeated || unchanged || last.answer.text.trim() === '') return last.prompt;
  const grown = appendTurn(last.messages, last.answer.text, feedback);
  const tokens = grown.reduce((sum, message) => sum + input.budget.estimate(message.content), 0);
  return tokens > input.budget.promptTokens ? last.prompt : grown;
}
