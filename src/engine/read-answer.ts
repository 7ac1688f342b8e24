import type { Answer, Question } from '../models/ask.js';
import type { Model, Usage } from '../models/port.js';
import type { EventSink } from './events.js';
import type { TimeLimit } from './time-limit.js';

/** What one request is surrounded by. */
export interface Surroundings {
  task: string;
  sink: EventSink;
  /** No request is begun once this is aborted; one under way goes on, since its answer is half paid for. */
  signal: AbortSignal;
  /** Ends a request at once. */
  abort: AbortSignal;
  time: TimeLimit;
}

/** How often `progress` is told, in ms. */
const PROGRESS_EVERY = 250;

export interface ReadAnswer {
  text: string;
  ending: Answer['ending'];
  usage: Usage;
  /** How often it was sent again. */
  retries: number;
}

/**
 * Sends one request and reads its answer to the end, or to where `question.judge` or the task's time ends it.
 * @throws ModelError; NexusError `limit-reached`; the reason of `abort`, between two tries that of `signal`
 */
export async function readAnswer(
  input: Surroundings,
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
  let retries = 0;
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
      if (event.type === 'done') return { text, ending: event.ending, usage: event.usage, retries };
      if (event.type === 'retrying') {
        // That request has failed: another one would be begun.
        input.signal.throwIfAborted();
        text = '';
        retries += 1;
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
        retries,
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
  input: Surroundings,
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

/** Only how long it took is known, in ms. */
export function unknownUsage(totalMs: number): Usage {
  return {
    promptTokens: undefined,
    reusedTokens: undefined,
    answerTokens: undefined,
    loadMs: undefined,
    promptMs: undefined,
    answerMs: undefined,
    totalMs: Math.round(totalMs),
  };
}
