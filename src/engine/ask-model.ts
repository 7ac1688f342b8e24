import { createHash } from 'node:crypto';
import { hasCode, messageOf } from '../errors.js';
import type { ExchangeEntry } from '../journal/entries.js';
import type { RunJournal } from '../journal/run-store.js';
import type { Answer, Ask, Question } from '../models/ask.js';
import type { Model, Role, Usage } from '../models/port.js';
import type { TokenMeter } from '../models/token-estimate.js';
import type { EventSink } from './events.js';
import { expectDuration } from './request-times.js';
import type { TimeLimit } from './time-limit.js';

export interface AskInput {
  task: string;
  journal: RunJournal;
  models: Record<Role, Model>;
  meters: Record<Role, TokenMeter>;
  sink: EventSink;
  /** No request is begun once this is aborted; one under way goes on, since its answer is half paid for. */
  signal: AbortSignal;
  /** Ends a request at once. */
  abort: AbortSignal;
  time: TimeLimit;
}

/** How often `progress` is told, in ms. */
const PROGRESS_EVERY = 250;

/**
 * The `Ask` of one run: every reply is kept before anything is done with it, and a question that this run has asked
 * before is answered from what was kept.
 */
export function createAsk(input: AskInput): Ask {
  return async (question) => {
    const model = input.models[question.role];
    const key = keyOf(question, model);
    // The last one: a reply that was lost has been asked for again.
    const kept = input.journal.record.exchanges.findLast((entry) => entry.key === key);
    const answer = kept === undefined ? undefined : await recall(input, question, kept);
    return answer ?? askModel(input, question, key);
  };
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
  const number = journal.record.exchanges.length + 1;
  await journal.saveExchange(number, {
    messages: question.messages,
    schema: question.schema,
    options: {
      model: model.name,
      num_ctx: model.contextTokens,
      num_predict: question.maxTokens,
      temperature: question.temperature,
      seed: question.seed,
    },
    reply: text,
  });
  await journal.append({
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
  });
  input.sink({ type: 'reply', task, role, ending, usage, reused: false, exchange: number });
  return { text, ending, usage, exchange: number };
}

interface ReadAnswer {
  text: string;
  ending: Answer['ending'];
  usage: Usage;
}

async function readAnswer(
  input: AskInput,
  question: Question,
  model: Model,
  estimatedTokens: number,
): Promise<ReadAnswer> {
  const startedAt = performance.now();
  const early = new AbortController();
  const signal = AbortSignal.any([input.abort, early.signal, input.time.deadline()]);
  const progress = createProgress(input, startedAt);
  const timer = setInterval(progress.tell, PROGRESS_EVERY);
  let text = '';
  let pausing = false;
  const judged = { length: 0 };
  // Between two tries nothing is under way that would be worth waiting for.
  const onStop = (): void => {
    if (pausing) early.abort();
  };
  input.signal.addEventListener('abort', onStop);
  try {
    const { messages, maxTokens, temperature, seed, schema } = question;
    const request = {
      messages,
      maxTokens,
      temperature,
      seed,
      estimatedTokens,
      ...(schema === undefined ? {} : { schema }),
    };
    for await (const event of model.chat(request, signal)) {
      pausing = event.type === 'retrying';
      if (event.type === 'done') return { text, ending: event.ending, usage: event.usage };
      if (event.type === 'retrying') {
        // That request has failed: another one would be begun.
        input.signal.throwIfAborted();
        text = '';
        judged.length = 0;
        input.sink({ type: 'retrying', task: input.task, because: event.because, inMs: event.inMs });
      }
      progress.note(event);
      if (event.type !== 'text') continue;
      text += event.text;
      const cut = question.judge === undefined ? undefined : judgeLines(question.judge, text, judged);
      if (cut === undefined) continue;
      early.abort();
      return {
        text: text.slice(0, cut),
        ending: 'stopped',
        usage: unknownUsage(performance.now() - startedAt),
      };
    }
    throw new Error('the answer ended without an end');
  } catch (error) {
    // Before the server's own words for a request that was ended by its deadline.
    if (!input.abort.aborted) input.time.assertTimeLeft();
    throw error;
  } finally {
    clearInterval(timer);
    input.signal.removeEventListener('abort', onStop);
  }
}

/**
 * Judges the answer at line ends, and not at every one of a long answer: judging costs as much as the text is long. Which
 * ones depends on the text alone, not on the pieces it came in. Returns where the answer is to be cut, if it is.
 */
function judgeLines(
  judge: (textSoFar: string) => string | undefined,
  text: string,
  judged: { length: number },
): number | undefined {
  for (let end = text.indexOf('\n', judged.length); end !== -1; end = text.indexOf('\n', end + 1)) {
    const length = end + 1;
    if (length - judged.length <= 80 + length / 10) continue;
    judged.length = length;
    if (judge(text.slice(0, length)) !== undefined) return length;
  }
  return undefined;
}

type Waiting = 'connect' | 'load' | 'prompt' | 'answer';

function createProgress(
  input: AskInput,
  startedAt: number,
): { note: (event: { type: string; for?: 'connect' | 'load' | 'prompt' }) => void; tell: () => void } {
  let waitingFor: Waiting = 'connect';
  let tokens = 0;
  let thinking = false;
  let firstAt: number | undefined;
  return {
    note(event) {
      if (event.type === 'waiting' && event.for !== undefined) waitingFor = event.for;
      if (event.type === 'retrying') tokens = 0;
      if (event.type !== 'text' && event.type !== 'thinking') return;
      waitingFor = 'answer';
      thinking = event.type === 'thinking';
      firstAt ??= performance.now();
      tokens += 1;
    },
    tell() {
      const now = performance.now();
      const writingMs = firstAt === undefined ? 0 : now - firstAt;
      const tokensPerSecond = writingMs > 500 ? tokens / (writingMs / 1000) : undefined;
      input.sink({
        type: 'progress',
        task: input.task,
        waitingFor,
        elapsedMs: Math.round(now - startedAt),
        tokens,
        tokensPerSecond,
        thinking,
      });
    },
  };
}

function unknownUsage(totalMs: number): Usage {
  return {
    promptTokens: undefined,
    answerTokens: undefined,
    loadMs: undefined,
    promptMs: undefined,
    answerMs: undefined,
    totalMs: Math.round(totalMs),
  };
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
