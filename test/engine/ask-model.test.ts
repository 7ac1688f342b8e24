import { describe, expect, it } from 'vitest';
import { createAsk, type AskInput } from '../../src/engine/ask-model.js';
import type { EngineEvent } from '../../src/engine/events.js';
import { expectDuration } from '../../src/engine/request-times.js';
import type { ExchangeEntry, JournalEntry } from '../../src/journal/entries.js';
import type { KeptExchange, RunJournal } from '../../src/journal/run-store.js';
import { startRecord, transition } from '../../src/journal/run-record.js';
import type { Question } from '../../src/models/ask.js';
import type { ChatEvent, Model, Usage } from '../../src/models/port.js';
import type { KnownAnswer } from '../../src/models/cache/answer-file.js';
import { createRoleModels } from '../../src/engine/role-models.js';
import { createTimeLimit } from '../../src/engine/time-limit.js';
import { createTokenMeter, type TokenMeter } from '../../src/models/token-estimate.js';

const USAGE: Usage = {
  promptTokens: 100,
  answerTokens: 5,
  reusedTokens: undefined,
  loadMs: 1,
  promptMs: 200,
  answerMs: 50,
  totalMs: 300,
};
const QUESTION: Question = {
  role: 'coder',
  purpose: 'code',
  attempt: 1,
  step: 1,
  messages: [{ role: 'user', content: 'Please.' }],
  maxTokens: 10,
  temperature: 0,
  seed: 1,
};

/** A journal in memory. */
function createJournal(): RunJournal {
  const at = '2026-01-01T00:00:00.000Z';
  let record = startRecord(
    {
      type: 'run-started',
      run: '0001-abcdef',
      nexus: '1',
      task: { id: 't', title: 'T', hash: 'ab', kind: 'change' },
      base: 'b',
      baseName: undefined,
      branch: 'nexus/t',
      models: { overseer: 'o', coder: 'c' },
      dirty: [],
      checks: [],
    },
    at,
  );
  const kept = new Map<number, KeptExchange>();
  return {
    get record() {
      return record;
    },
    async append(entry: JournalEntry) {
      record = transition(record, { v: 1, at, ...entry });
    },
    async saveExchange(number, exchange) {
      kept.set(number, exchange);
    },
    async readExchange(number) {
      const exchange = kept.get(number);
      if (exchange === undefined) throw new Error('not kept');
      return exchange;
    },
  };
}

function setAsk(answer: (signal: AbortSignal) => AsyncIterable<ChatEvent>): {
  input: AskInput;
  events: EngineEvent[];
  asked: () => number;
} {
  const events: EngineEvent[] = [];
  let asked = 0;
  const model: Model = {
    role: 'coder',
    name: 'c',
    contextTokens: 4096,
    chat(_, signal) {
      asked += 1;
      return answer(signal);
    },
  };
  const input: AskInput = {
    task: 't',
    journal: createJournal(),
    models: { overseer: createRoleModels([model]), coder: createRoleModels([model]) },
    meters: { overseer: createTokenMeter(), coder: createTokenMeter() },
    sink: (event) => void events.push(event),
    signal: new AbortController().signal,
    abort: new AbortController().signal,
    time: createTimeLimit(60),
  };
  return { input, events, asked: () => asked };
}

async function* say(...events: ChatEvent[]): AsyncGenerator<ChatEvent, void, undefined> {
  yield* events;
}

describe('asking a model', () => {
  it('keeps the reply, and gives it again for the same question', async () => {
    const { input, asked, events } = setAsk(() =>
      say(
        { type: 'text', text: 'Yes' },
        { type: 'text', text: '.' },
        { type: 'done', ending: 'stop', usage: USAGE },
      ),
    );
    const first = await createAsk(input)(QUESTION);
    expect(first).toEqual({ text: 'Yes.', ending: 'stop', usage: USAGE, exchange: 1 });
    expect(await createAsk(input)(QUESTION)).toEqual(first);
    expect(asked()).toBe(1);
    expect(events.map((event) => (event.type === 'reply' ? event.reused : event.type))).toEqual([
      'request',
      false,
      true,
    ]);
    // Another seed is another question.
    await createAsk(input)({ ...QUESTION, seed: 2 });
    expect(asked()).toBe(2);
  });

  it('forgets what was said before a retry', async () => {
    const { input, events } = setAsk(() =>
      say(
        { type: 'waiting', for: 'connect' },
        { type: 'text', text: 'No' },
        { type: 'retrying', because: 'it broke', inMs: 5 },
        { type: 'thinking', text: 'hm' },
        { type: 'text', text: 'Yes' },
        { type: 'done', ending: 'length', usage: USAGE },
      ),
    );
    expect(await createAsk(input)(QUESTION)).toMatchObject({ text: 'Yes', ending: 'length' });
    expect(events).toContainEqual({ type: 'retrying', task: 't', because: 'it broke', inMs: 5 });
  });

  it('ends an answer that can not be used as soon as that is seen, and tells the model to stop', async () => {
    const line = `${'x'.repeat(100)}\n`;
    let ended: AbortSignal | undefined;
    const { input } = setAsk((signal) => {
      ended = signal;
      return say(
        { type: 'text', text: line },
        { type: 'text', text: `bad${line}` },
        { type: 'text', text: 'never read' },
        { type: 'done', ending: 'stop', usage: USAGE },
      );
    });
    const answer = await createAsk(input)({
      ...QUESTION,
      judge: (text) => (text.includes('bad') ? 'it is bad' : undefined),
    });
    expect(answer).toMatchObject({ text: `${line}bad${line}`, ending: 'stopped' });
    expect(answer.usage?.promptTokens).toBeUndefined();
    expect(ended?.aborted).toBe(true);
    expect(input.signal.aborted).toBe(false);
  });

  it('tells how far it is, and how fast', async () => {
    const wait = async (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));
    const { input, events } = setAsk(async function* () {
      yield { type: 'waiting', for: 'load' };
      await wait(300);
      yield { type: 'thinking', text: 'hm' };
      yield { type: 'text', text: 'Yes' };
      await wait(800);
      yield { type: 'done', ending: 'stop', usage: USAGE };
    });
    await createAsk(input)(QUESTION);
    const progress = events.flatMap((event) => (event.type === 'progress' ? [event] : []));
    expect(progress[0]).toMatchObject({ waitingFor: 'load', tokens: 0, tokensPerSecond: undefined });
    expect(progress.at(-1)).toMatchObject({ waitingFor: 'answer', tokens: 2, thinking: false });
    expect(progress.at(-1)?.tokensPerSecond).toBeGreaterThan(0);
  });

  it('refuses an answer that has no end', async () => {
    const { input } = setAsk(() => say({ type: 'text', text: 'Yes' }));
    await expect(createAsk(input)(QUESTION)).rejects.toThrow('the answer ended without an end');
    expect(input.journal.record.exchanges).toEqual([]);
  });
});

describe('answers of earlier runs', () => {
  /** Answers in memory, by their words. */
  function remember(input: AskInput, problem?: string): Map<string, KnownAnswer> {
    const kept = new Map<string, KnownAnswer>();
    input.known = {
      find: async ({ messages }) => kept.get(JSON.stringify(messages)),
      async keep({ messages }, _, { text, usage }) {
        kept.set(JSON.stringify(messages), { text, usage });
        return problem;
      },
    };
    return kept;
  }

  it('are used without a request, and teach what tokens are as if they were asked for', async () => {
    const answer = () => say({ type: 'text', text: 'Yes.' }, { type: 'done', ending: 'stop', usage: USAGE });
    const first = setAsk(answer);
    const kept = remember(first.input);
    await createAsk(first.input)(QUESTION);
    expect([...kept.values()]).toEqual([{ text: 'Yes.', usage: USAGE }]);

    const second = setAsk(answer);
    second.input.known = first.input.known;
    const found = await createAsk(second.input)(QUESTION);
    expect(found).toMatchObject({ text: 'Yes.', ending: 'stop', exchange: 1 });
    expect(second.asked()).toBe(0);
    const [entry] = second.input.journal.record.exchanges;
    expect(entry).toMatchObject({ cached: USAGE, retries: 0, usage: { promptTokens: undefined } });
    const estimate = (meter: TokenMeter): number => meter.estimate(['a longer text']);
    expect(estimate(second.input.meters.coder)).toBe(estimate(first.input.meters.coder));
    expect(estimate(second.input.meters.coder)).not.toBe(estimate(createTokenMeter()));

    // The same run again finds it in its journal.
    await createAsk(second.input)(QUESTION);
    const replies = second.events.flatMap((event) => (event.type === 'reply' ? [event] : []));
    expect(second.events).toHaveLength(2);
    expect(replies.map(({ reused, cached }) => [reused, cached])).toEqual([
      [false, true],
      [true, true],
    ]);
    expect(second.input.journal.record.exchanges).toHaveLength(1);
  });

  it.each<[string, Partial<Question>, ChatEvent[]]>([
    ['cut off', {}, [{ type: 'done', ending: 'length', usage: USAGE }]],
    ['without a word', {}, [{ type: 'done', ending: 'stop', usage: USAGE }]],
    ['ended by us', { judge: () => 'it is bad' }, []],
  ])('are not made of one that is %s', async (_, more, end) => {
    const words = end[0]?.type === 'done' && end[0].ending === 'stop' ? ' \n' : `${'x'.repeat(100)}\n`;
    const { input } = setAsk(() => say({ type: 'text', text: words }, ...end));
    const kept = remember(input);
    await createAsk(input)({ ...QUESTION, ...more });
    expect(kept.size).toBe(0);
  });

  it('that can’t be kept are told of', async () => {
    const { input, events } = setAsk(() =>
      say({ type: 'text', text: 'Yes.' }, { type: 'done', ending: 'stop', usage: USAGE }),
    );
    remember(input, 'EACCES: permission denied');
    await createAsk(input)(QUESTION);
    const message =
      "Answers can't be kept for later runs (--no-cache does without): EACCES: permission denied";
    expect(events).toContainEqual({ type: 'notice', task: undefined, message });
  });

  it('or not: how often a request was sent again is noted', async () => {
    const { input } = setAsk(() =>
      say(
        { type: 'retrying', because: 'it broke', inMs: 0 },
        { type: 'retrying', because: 'it broke', inMs: 0 },
        { type: 'done', ending: 'stop', usage: USAGE },
      ),
    );
    await createAsk(input)(QUESTION);
    expect(input.journal.record.exchanges[0]?.retries).toBe(2);
  });
});

describe('how long a request will take', () => {
  const entry = (more: Partial<ExchangeEntry>): ExchangeEntry => ({
    type: 'exchange',
    number: 1,
    role: 'coder',
    model: 'c',
    purpose: 'code',
    step: 1,
    attempt: 1,
    key: 'k',
    ending: 'stop',
    estimatedTokens: 100,
    usage: USAGE,
    ...more,
  });
  const request = { model: 'c', purpose: 'code' as const, estimatedTokens: 1000 };

  it('is told from what earlier ones of the model took', () => {
    // 2 ms for each token of the prompt, 50 ms for such an answer.
    expect(expectDuration([entry({})], request)).toBe(2050);
    const slow = entry({ usage: { ...USAGE, promptMs: 400, answerMs: 70 } });
    expect(expectDuration([entry({}), slow, slow], request)).toBe(4070);
    const unknown = { ...USAGE, promptMs: undefined, answerMs: undefined };
    expect(expectDuration([entry({ usage: unknown, cached: USAGE })], request)).toBe(2050);
  });

  it('is not known before there is a basis', () => {
    expect(expectDuration([], request)).toBeUndefined();
    expect(expectDuration([entry({ model: 'other' })], request)).toBeUndefined();
    expect(expectDuration([entry({ purpose: 'repair' })], request)).toBeUndefined();
    expect(expectDuration([entry({ estimatedTokens: 0 })], request)).toBeUndefined();
    const nothing = { ...USAGE, promptMs: undefined, answerMs: undefined };
    expect(expectDuration([entry({ usage: nothing })], request)).toBeUndefined();
  });
});
