import type { Answer, Ask, Question } from '../../models/ask.js';
import { commonLength } from '../../models/common-length.js';
import type { ChatMessage, Model } from '../../models/port.js';
import { createTokenMeter, estimatePrompt, estimateTokens } from '../../models/token-estimate.js';
import { readAnswer, type ReadAnswer, type Surroundings } from '../read-answer.js';
import { createTimeLimit } from '../time-limit.js';
import type { Cost } from './calibration.js';

/** Asks as a run does, but keeps nothing, answers nothing from what is kept, and remembers what the last answer cost. */
export interface MeasuringAsk {
  ask: Ask;
  /** Of the question under way or the last one; undefined before the first. */
  cost(): Cost | undefined;
  /** The last answer, and how it ended. */
  answer(): Pick<Answer, 'text' | 'ending'> | undefined;
}

/** When the pieces of an answer came, by our clock, and its text so far. */
interface Clock {
  askedAt: number;
  firstAt: number | undefined;
  lastAt: number | undefined;
  text: string;
}

/** @param signal no question is begun once it is aborted; @param abort ends one under way */
export function createMeasuringAsk(
  model: Model,
  { signal, abort }: { signal: AbortSignal; abort: AbortSignal },
): MeasuringAsk {
  const meter = createTokenMeter();
  const surroundings: Surroundings = {
    task: 'calibrate',
    sink: () => undefined,
    signal,
    abort,
    time: createTimeLimit(Number.POSITIVE_INFINITY),
  };
  let previous: string | undefined;
  let last: { cost: Cost; answer: Pick<Answer, 'text' | 'ending'> | undefined } | undefined;

  return {
    cost: () => last?.cost,
    answer: () => last?.answer,
    async ask(question) {
      signal.throwIfAborted();
      const contents = question.messages.map(({ content }) => content);
      const plain = estimatePrompt(contents);
      const clock: Clock = { askedAt: performance.now(), firstAt: undefined, lastAt: undefined, text: '' };
      const prompt = renderPrompt(question.messages);
      const isFirst = previous === undefined;
      const newShare = 1 - commonLength(previous ?? '', prompt) / Math.max(1, prompt.length);
      previous = prompt;
      try {
        const read = await readAnswer(surroundings, question, timed(model, clock), meter.estimate(contents));
        last = { cost: costOf(read, { plain, clock, isFirst, newShare }), answer: read };
        return { text: read.text, ending: read.ending, usage: read.usage, exchange: 0 };
      } catch (error) {
        last = { cost: failedCost(plain, clock), answer: undefined };
        throw error;
      }
    },
  };
}

/** The same model with its answers timed. */
function timed(model: Model, clock: Clock): Model {
  const { role, name, contextTokens, thinking } = model;
  return {
    role,
    name,
    contextTokens,
    thinking,
    async *chat(request, signal) {
      for await (const event of model.chat(request, signal)) {
        if (event.type === 'retrying')
          Object.assign(clock, { askedAt: performance.now(), firstAt: undefined, text: '' });
        if (event.type === 'text') clock.text += event.text;
        if (event.type === 'text' || event.type === 'thinking') {
          clock.lastAt = performance.now();
          clock.firstAt ??= clock.lastAt;
        }
        yield event;
      }
    },
  };
}

interface Told {
  /** Our estimate of the prompt. */
  plain: number;
  clock: Clock;
  /** The model may have been loaded for it. */
  isFirst: boolean;
  /** Of the prompt: what does not stand at the beginning of the one before. */
  newShare: number;
}

function costOf({ text, usage }: ReadAnswer, { plain, clock, isFirst, newShare }: Told): Cost {
  const { promptTokens, reusedTokens, answerTokens } = usage;
  const isTold = usage.promptMs !== undefined && usage.answerMs !== undefined;
  const { askedAt, firstAt, lastAt } = clock;
  // By our clock the first answer is one with the loading of the model.
  const waited = firstAt === undefined || isFirst ? undefined : Math.round(firstAt - askedAt);
  const written = firstAt === undefined || lastAt === undefined ? undefined : Math.round(lastAt - firstAt);
  const anew = Math.round((promptTokens ?? plain) * newShare);
  return {
    estimatedTokens: plain,
    promptTokens,
    readTokens:
      promptTokens === undefined || reusedTokens === undefined
        ? anew
        : Math.max(0, promptTokens - reusedTokens),
    answerTokens: answerTokens ?? estimateTokens(text),
    answerIsEstimate: answerTokens === undefined,
    loadMs: usage.loadMs,
    readMs: isTold ? usage.promptMs : waited,
    writeMs: isTold ? usage.answerMs : written,
    totalMs: Math.round(usage.totalMs),
    timedBy: isTold ? 'server' : 'clock',
  };
}

/** Of an answer that ran away, or took too long: only what came is known. */
function failedCost(estimatedTokens: number, { askedAt, text }: Clock): Cost {
  const totalMs = Math.round(performance.now() - askedAt);
  const answerTokens = estimateTokens(text);
  return { estimatedTokens, answerTokens, answerIsEstimate: true, totalMs, timedBy: 'clock' };
}

function renderPrompt(messages: Question['messages']): string {
  return messages.map(({ role, content }: ChatMessage) => `${role}\n${content}`).join('\n');
}
