import { createHash } from 'node:crypto';
import { hasCode, messageOf } from '../errors.js';
import type { ExchangeEntry } from '../journal/entries.js';
import type { KeptExchange, RunJournal } from '../journal/run-store.js';
import type { Answer, Ask, Question } from '../models/ask.js';
import type { Model, Role } from '../models/port.js';
import type { TokenMeter } from '../models/token-estimate.js';
import { readAnswer, type Surroundings } from './read-answer.js';
import { expectDuration } from './request-times.js';

export interface AskInput extends Surroundings {
  journal: RunJournal;
  models: Record<Role, Model>;
  meters: Record<Role, TokenMeter>;
}

/**
 * The `Ask` of one run: every reply is kept before anything is done with it, and a question that this run has asked
 * before is answered from what was kept.
 */
export function createAsk(input: AskInput): Ask {
  return async (question) => {
    const model = input.models[question.role];
    const key = keyOf(question, model);
    // The last one: a reply that was lost has been asked for again.
    const kept =
      input.journal.record.exchanges.findLast((entry) => entry.key === key) ?? (await adopt(input, key));
    const answer = kept === undefined ? undefined : await recall(input, question, kept);
    return answer ?? askModel(input, question, key);
  };
}

/** A reply to this very question that was kept right before a kill, and did not come into the journal any more. */
async function adopt({ journal }: AskInput, key: string): Promise<ExchangeEntry | undefined> {
  const next = await journal.readExchange(nextNumber(journal)).catch(() => undefined);
  if (next?.entry === undefined || next.entry.key !== key) return undefined;
  await journal.append(next.entry);
  return next.entry;
}

function nextNumber({ record }: RunJournal): number {
  return record.exchanges.length + 1;
}

/** Undefined when the file with the reply is gone or damaged. */
async function recall(input: AskInput, question: Question, kept: ExchangeEntry): Promise<Answer | undefined> {
  let reply: string;
  try {
    ({ reply } = await input.journal.readExchange(kept.number));
  } catch (error) {
    if (!hasCode(error, 'exchange-unreadable')) throw error;
    const message = `The reply number ${kept.number} of this run was lost, so it is asked for again. ${messageOf(error)}`;
    await input.journal.append({ type: 'notice', message });
    input.sink({ type: 'notice', task: input.task, message });
    return undefined;
  }
  input.meters[question.role].learn(kept.estimatedTokens, kept.usage.promptTokens);
  const { role, ending, usage, number } = kept;
  input.sink({ type: 'reply', task: input.task, role, ending, usage, reused: true, exchange: number });
  return { text: reply, ending, usage, exchange: number };
}

async function askModel(input: AskInput, question: Question, key: string): Promise<Answer> {
  input.signal.throwIfAborted();
  input.time.assertTimeLeft();
  const { journal, task } = input;
  const model = input.models[question.role];
  const { role, purpose, attempt, step } = question;
  const estimatedTokens = input.meters[role].estimate(question.messages.map((message) => message.content));
  const expectedMs = expectDuration(journal.record.exchanges, {
    model: model.name,
    purpose,
    estimatedTokens,
  });
  input.sink({
    type: 'request',
    task,
    role,
    model: model.name,
    purpose,
    step,
    attempt,
    estimatedTokens,
    expectedMs,
  });
  const { text, ending, usage } = await readAnswer(input, question, model, estimatedTokens);
  input.meters[role].learn(estimatedTokens, usage.promptTokens);
  const number = nextNumber(journal);
  const entry: ExchangeEntry = {
    type: 'exchange',
    number,
    role,
    model: model.name,
    purpose,
    step,
    attempt,
    key,
    ending,
    estimatedTokens,
    usage,
  };
  await journal.saveExchange(number, { ...describeRequest(question, model), reply: text, entry });
  await journal.append(entry);
  input.sink({ type: 'reply', task, role, ending, usage, reused: false, exchange: number });
  return { text, ending, usage, exchange: number };
}

function describeRequest(question: Question, model: Model): Omit<KeptExchange, 'reply' | 'entry'> {
  const { messages, schema, maxTokens, temperature, seed } = question;
  const options = {
    model: model.name,
    num_ctx: model.contextTokens,
    num_predict: maxTokens,
    temperature,
    seed,
  };
  return { messages, schema, options };
}

function keyOf(question: Question, model: Model): string {
  const { role, messages, schema, maxTokens, temperature, seed } = question;
  const request = {
    model: model.name,
    context: model.contextTokens,
    role,
    messages,
    schema,
    maxTokens,
    temperature,
    seed,
  };
  return createHash('sha256').update(JSON.stringify(request)).digest('hex');
}
