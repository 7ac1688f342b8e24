import { describe, expect, it } from 'vitest';
import { countPrompt } from '../../src/engine/count-prompt.js';
import { ModelError } from '../../src/models/model-error.js';
import type { Question } from '../../src/models/ask.js';
import type { Model, Thinking } from '../../src/models/port.js';
import { createTokenMeter } from '../../src/models/token-estimate.js';

const QUESTION: Question = {
  role: 'coder',
  purpose: 'code',
  attempt: 1,
  messages: [{ role: 'user', content: 'x'.repeat(3000) }],
  maxTokens: 400,
  temperature: 0,
  seed: 1,
};

async function count(counted: number | undefined, thinking?: Thinking) {
  const model: Model = {
    role: 'coder',
    name: 'c',
    contextTokens: 2000,
    thinking,
    countTokens: async () => counted,
    async *chat() {},
  };
  const meter = createTokenMeter();
  const parts = QUESTION.messages.map(({ content }) => content);
  const estimated = meter.estimate(parts);
  const result = await countPrompt(model, QUESTION, { estimated, meter }, new AbortController().signal).catch(
    (error: unknown) => error,
  );
  return { result, estimated, again: meter.estimate(parts) };
}

describe('the tokens of a prompt', () => {
  it('are the count of a server that can count, and later estimates learn from it', async () => {
    const { result, estimated, again } = await count(1500);
    expect(result).toBe(1500);
    expect(estimated).toBeLessThan(again);
  });

  it('are estimated where the server cannot count after all', async () => {
    const { result, estimated, again } = await count(undefined);
    expect(result).toBe(estimated);
    expect(again).toBe(estimated);
  });

  it.each<[number, Thinking | undefined, boolean]>([
    [1800, undefined, true],
    [1801, undefined, false],
    [1500, { mode: 'on', maxTokens: 300 }, true],
    [1501, { mode: 'on', maxTokens: 300 }, false],
  ])('%i of 2000 with thinking %o leave room for an answer: %o', async (counted, thinking, hasRoom) => {
    const { result } = await count(counted, thinking);
    const fault = result instanceof ModelError ? result.fault : result;
    expect(fault).toBe(hasRoom ? counted : 'context-exceeded');
  });
});
