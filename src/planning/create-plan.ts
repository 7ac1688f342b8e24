import type { RepoPath } from '../edits/types.js';
import type { Answer, Ask } from '../models/ask.js';
import { appendTurn, joinParts, renderFiles } from '../models/prompt.js';
import type { ChatMessage } from '../models/port.js';
import { restoreSpecialTokens } from '../models/special-tokens.js';
import { namedIn, textOf } from '../tasks/protected-paths.js';
import { chooseContext, type OverseerContext, type OverseerInput } from './context.js';
import { guessFiles } from './file-list.js';
import { joinSteps } from './join-steps.js';
import { parsePlanAnswer, PLAN_SCHEMA, type PlanAnswer } from './plan-answer.js';
import type { Plan, PlanOutcome } from './plan.js';
import { complainAboutLength, validatePlan, type PlanRules } from './validate-plan.js';

/** Files that a step gets which nobody could plan. */
const MAX_GUESSED = 3;

export interface PlanningInput extends OverseerInput {
  isProtected: (path: RepoPath) => string | undefined;
  limits: { steps: number; attempts: number };
  /** Told of every plan that could not be used. */
  onRejected: (attempt: { exchange: number; attempt: number; complaints: string[] }) => Promise<void>;
}

/**
 * Asks the Overseer for a plan until one holds against the base commit. After `limits.attempts` the plan is the task
 * itself as a single step, and its notes say so.
 * @throws what `ask` throws.
 */
export async function createPlan(input: PlanningInput, ask: Ask): Promise<PlanOutcome> {
  const context = await chooseContext(input, ask);
  const rules: PlanRules = {
    tree: new Map(input.tree.map((entry) => [entry.path, entry])),
    isProtected: input.isProtected,
    isNamed: namedIn(input.task),
    maxSteps: input.limits.steps,
  };
  const first = planMessages(input, context);
  const seen = new Set<string>();
  let messages = first;
  for (let attempt = 1; attempt <= input.limits.attempts; attempt++) {
    const answer = await ask({
      role: 'overseer',
      purpose: 'plan',
      attempt,
      messages,
      schema: PLAN_SCHEMA,
      maxTokens: input.budget.answerTokens,
      temperature: messages === first && attempt > 1 ? 0.5 : 0,
      seed: input.seed + attempt - 1,
    });
    const judged = judgeAnswer(answer, rules);
    if (judged.kind !== 'complaints') return finish(judged, context, attempt);
    await input.onRejected({ exchange: answer.exchange, attempt, complaints: judged.complaints });
    const { complaints } = judged;
    messages = nextMessages(input, { first, messages, answer, complaints, repeated: seen.has(answer.text) });
    seen.add(answer.text);
  }
  return {
    kind: 'plan',
    plan: fallbackPlan(input, context),
    notes: { ...notesOf(context, input.limits.attempts), fallback: true, remarks: [] },
  };
}

type Judged =
  | { kind: 'complaints'; complaints: string[] }
  | { kind: 'plan'; plan: Plan; remarks: string[] }
  | { kind: 'question'; question: string }
  | { kind: 'nothing-to-change'; reason: string };

function judgeAnswer(answer: Answer, rules: PlanRules): Judged {
  if (answer.ending === 'length')
    return complain('The answer was cut off because it was too long. Plan fewer steps, in fewer words.');
  const parsed = parsePlanAnswer(restoreSpecialTokens(answer.text));
  if ('complaint' in parsed) return complain(parsed.complaint);
  const { answer: plan } = parsed;
  if (plan.answer === 'question') return judgeWords('question', plan);
  if (plan.answer === 'nothing') return judgeWords('nothing-to-change', plan);
  const checked = validatePlan(plan, rules);
  if ('complaints' in checked) return { kind: 'complaints', complaints: checked.complaints };
  const { steps, remarks } = joinSteps(checked.plan.steps, (path) => rules.tree.has(path));
  if (steps.length === 0)
    return complain('No step changes anything. Plan the steps that change code, and say what each changes.');
  if (steps.length > rules.maxSteps) return complain(complainAboutLength(steps.length, rules.maxSteps));
  return { kind: 'plan', plan: { ...checked.plan, steps }, remarks };
}

function judgeWords(kind: 'question' | 'nothing-to-change', plan: PlanAnswer): Judged {
  const words = plan.question.trim() || plan.summary.trim();
  if (words.length < 8)
    return complain(`"answer" is "${plan.answer}", but "question" does not say what or why.`);
  return kind === 'question' ? { kind, question: words } : { kind, reason: words };
}

function complain(complaint: string): Judged {
  return { kind: 'complaints', complaints: [complaint] };
}

function planMessages(input: PlanningInput, context: OverseerContext): ChatMessage[] {
  const question = input.templates.fill('plan', { max_steps: String(input.limits.steps) });
  return [
    context.system,
    {
      role: 'user',
      content: joinParts([context.intro, renderFiles(context.files), `# What to answer\n${question}`]),
    },
  ];
}

/** Appends answer and complaints, so that the server need not read the rest again; starts anew when that grows too long. */
function nextMessages(
  input: PlanningInput,
  last: {
    first: ChatMessage[];
    messages: ChatMessage[];
    answer: Answer;
    complaints: readonly string[];
    repeated: boolean;
  },
): ChatMessage[] {
  if (last.repeated || last.answer.ending === 'length') return last.first;
  const complaints = last.complaints.map((complaint) => `- ${complaint}`).join('\n');
  const said = input.templates.fill('plan-complaint', { complaints });
  const grown = appendTurn(last.messages, last.answer.text, said);
  const tokens = grown.reduce((sum, message) => sum + input.budget.estimate(message.content), 0);
  return tokens > input.budget.promptTokens ? last.first : grown;
}

function finish(
  judged: Exclude<Judged, { kind: 'complaints' }>,
  context: OverseerContext,
  attempts: number,
): PlanOutcome {
  if (judged.kind !== 'plan') return judged;
  return {
    kind: 'plan',
    plan: judged.plan,
    notes: { ...notesOf(context, attempts), fallback: false, remarks: judged.remarks },
  };
}

function notesOf(
  context: OverseerContext,
  attempts: number,
): { attempts: number; filesRead: RepoPath[]; leftOut: RepoPath[] } {
  return { attempts, filesRead: [...context.files.keys()], leftOut: context.leftOut };
}

/** The task itself as one step on the files it names, or on those that were read, or on those that it may mean. */
function fallbackPlan(input: PlanningInput, context: OverseerContext): Plan {
  const { task } = input;
  return {
    summary: task.title,
    steps: [
      {
        title: task.title,
        instruction: task.description || task.title,
        files: fallbackFiles(input, context),
        doneWhen: task.acceptance.join(' ') || 'the checks pass',
      },
    ],
    documents: [],
  };
}

function fallbackFiles(input: PlanningInput, context: OverseerContext): RepoPath[] {
  const { task, tree } = input;
  const isOpen = (path: RepoPath): boolean => input.isProtected(path) === undefined;
  const readable = [...context.files]
    .filter(([path, content]) => content.kind === 'text' && isOpen(path))
    .map(([path]) => path);
  const stands = (path: RepoPath): boolean =>
    tree.some((entry) => entry.path === path || entry.path.startsWith(`${path}/`));
  const leftOut = context.leftOut.filter((path) => task.files.includes(path) && isOpen(path));
  const missing = task.files.filter((path) => /\.\w+$/.test(path) && isOpen(path) && !stands(path));
  const named = [...readable.filter((path) => task.files.includes(path)), ...leftOut, ...missing];
  if (named.length > 0) return named;
  return readable.length > 0 ? readable : guessFiles(tree, textOf(task), MAX_GUESSED).filter(isOpen);
}
