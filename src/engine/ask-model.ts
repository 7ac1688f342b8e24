import { createHash } from 'node:crypto';
import { hasCode, messageOf } from '../errors.js';
import type { ExchangeEntry } from '../journal/entries.js';
import type { KeptExchange, RunJournal } from '../journal/run-store.js';
import type { Answer, Ask, Question } from '../models/ask.js';
import type { Model, Role, Usage } from '../models/port.js';
import { withoutFolders } from '../models/names.js';
import type { TokenMeter } from '../models/token-estimate.js';
import type { Calibrations } from './calibrate/find-calibrations.js';
import type { KnownAnswers } from './known-answers.js';
import type { LoadAhead } from './load-ahead.js';
import type { RoleModels } from './role-models.js';
import { countPrompt } from './count-prompt.js';
import { noteOnce } from './notice.js';
import { readAnswer, unknownUsage, type ReadAnswer, type Surroundings } from './read-answer.js';
import { expectDuration } from './request-times.js';

export interface AskInput extends Surroundings {
  journal: RunJournal;
  models: Record<Role, RoleModels>;
  meters: Record<Role, TokenMeter>;
  /** Answers of earlier runs; without them every question is asked. */
  known?: KnownAnswers | undefined;
  /** What was measured of the models; without it a request is expected to take what earlier ones took. */
  calibrations?: Calibrations | undefined;
  loadAhead?: LoadAhead | undefined;
}

/**
 * The `Ask` of one run: every reply is kept before anything is done with it, and a question that this run has asked
 * before is answered from what was kept. A model that cannot answer is replaced by the next one of its role.
 */
export function createAsk(input: AskInput): Ask {
  return async (question) => {
    const models = input.models[question.role];
    for (;;) {
      const model = models.current;
      try {
        return await answer(input, question, model);
      } catch (error) {
        const next = models.fallBack(error);
        if (next === undefined) throw error;
        const name = withoutFolders(next.name);
        await noteOnce(
          input,
          `${messageOf(error)} ${name} takes its place as the ${question.role} from now on.`,
        );
      }
    }
  };
}

async function answer(input: AskInput, question: Question, model: Model): Promise<Answer> {
  const key = keyOf(question, model);
  // The last one: a reply that was lost has been asked for again.
  const kept =
    input.journal.record.exchanges.findLast((entry) => entry.key === key) ?? (await adopt(input, key));
  const known = kept === undefined ? undefined : await recall(input, question, kept);
  return known ?? askModel(input, question, { model, key });
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
    await noteOnce(
      input,
      `The reply number ${kept.number} of this run was lost, so it is asked for again. ${messageOf(error)}`,
    );
    return undefined;
  }
  input.meters[question.role].learn(kept.estimatedTokens, (kept.cached ?? kept.usage).promptTokens);
  const { role, ending, usage, number } = kept;
  const cached = kept.cached !== undefined;
  const { task } = input;
  input.sink({ type: 'reply', task, role, ending, usage, reused: true, cached, exchange: number });
  return { text: reply, ending, usage, exchange: number };
}

async function askModel(
  input: AskInput,
  question: Question,
  { model, key }: { model: Model; key: string },
): Promise<Answer> {
  input.signal.throwIfAborted();
  input.time.assertTimeLeft();
  const { journal, task } = input;
  const { role, purpose, attempt, step } = question;
  const estimatedTokens = input.meters[role].estimate(question.messages.map((message) => message.content));
  const found =
    (await findKnown(input, question, model)) ?? (await readNew(input, question, { model, estimatedTokens }));
  const { text, ending, usage, cached, retries, loadedAheadMs } = found;
  input.meters[role].learn(estimatedTokens, (cached ?? usage).promptTokens);
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
    ...(cached === undefined ? {} : { cached }),
    retries,
    ...(loadedAheadMs === undefined ? {} : { loadedAheadMs }),
  };
  await journal.saveExchange(number, { ...describeRequest(question, model), reply: text, entry });
  await journal.append(entry);
  const isCached = cached !== undefined;
  input.sink({ type: 'reply', task, role, ending, usage, reused: false, cached: isCached, exchange: number });
  return { text, ending, usage, exchange: number };
}

type Found = ReadAnswer & { cached?: Usage; loadedAheadMs?: number | undefined };

/** The answer that an earlier run got to the same request. */
async function findKnown(input: AskInput, question: Question, model: Model): Promise<Found | undefined> {
  const startedAt = performance.now();
  const found = await input.known?.find(question, model, input.signal);
  if (found === undefined) return undefined;
  const usage = unknownUsage(performance.now() - startedAt);
  return { text: found.text, ending: 'stop', usage, cached: found.usage, retries: 0 };
}

async function readNew(
  input: AskInput,
  question: Question,
  { model, estimatedTokens }: { model: Model; estimatedTokens: number },
): Promise<Found> {
  const { journal, task, known } = input;
  const { role, purpose, attempt, step } = question;
  const earlier = journal.record.exchanges;
  const request = { model: model.name, purpose, estimatedTokens };
  const expectedMs = expectDuration(earlier, request, input.calibrations?.of(model));
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
  const { signal, meters } = input;
  const loadedAheadMs = await input.loadAhead?.finish(role);
  const meter = { estimated: estimatedTokens, meter: meters[role] };
  const promptTokens = await countPrompt(model, question, meter, signal);
  const read: Found = { ...(await readAnswer(input, question, model, promptTokens)), loadedAheadMs };
  // One that was cut off was never whole, and one without a word is more likely a fault of the server.
  if (read.ending !== 'stop' || read.text.trim() === '') return read;
  const problem = await known?.keep(question, model, read, input.abort);
  if (problem !== undefined) {
    const message = `Answers can't be kept for later runs (--no-cache does without): ${problem}`;
    input.sink({ type: 'notice', task: undefined, message });
  }
  return read;
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
    // Undefined is left out: the key of a model that does not think is what it was before there were others.
    thinking: model.thinking,
    role,
    messages,
    schema,
    maxTokens,
    temperature,
    seed,
  };
  return createHash('sha256').update(JSON.stringify(request)).digest('hex');
}
