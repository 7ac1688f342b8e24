import { describe, expect, it } from 'vitest';
import { createBreaker } from '../../src/engine/breaker.js';
import { ModelError } from '../../src/models/model-error.js';
import type { Backend, ChatEvent, ChatRequest, Model, ModelFault, Usage } from '../../src/models/port.js';

const REQUEST: ChatRequest = { messages: [], maxTokens: 1, temperature: 0, seed: 1, estimatedTokens: 1 };
const USAGE: Usage = {
  promptTokens: undefined,
  reusedTokens: undefined,
  answerTokens: undefined,
  loadMs: undefined,
  promptMs: undefined,
  answerMs: undefined,
  totalMs: 1,
};

interface Scripted extends Model {
  sent: number;
  fault: ModelFault | Error | undefined;
}

function script(name: string): Scripted {
  const model: Scripted = {
    role: 'coder',
    name,
    contextTokens: 4096,
    sent: 0,
    fault: undefined,
    async *chat(): AsyncGenerator<ChatEvent> {
      model.sent += 1;
      const { fault } = model;
      if (fault instanceof Error) throw fault;
      if (fault !== undefined) throw new ModelError({ fault, message: `${name}: ${fault}` });
      yield { type: 'done', ending: 'stop', usage: USAGE };
    },
  };
  return model;
}

function backend(label: string): Backend {
  const never = async (): Promise<never> => Promise.reject(new Error('not asked'));
  return {
    kind: 'ollama',
    label,
    version: never,
    installed: never,
    model: () => {
      throw new Error('not asked');
    },
  };
}

async function ask(model: Model): Promise<unknown> {
  try {
    for await (const event of model.chat(REQUEST, new AbortController().signal)) void event;
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('a breaker', () => {
  it('leaves a dead server alone with all its models, and no other server', async () => {
    const breaker = createBreaker();
    const [one, other, away] = [script('one'), script('other'), script('away')];
    const here = backend('here');
    const [first, second] = [breaker.guard(one, here), breaker.guard(other, here)];
    const third = breaker.guard(away, backend('there'));
    one.fault = 'not-running';
    const error = await ask(first);
    expect(error).toMatchObject({ fault: 'not-running' });
    expect(breaker.isOpen(error)).toBe(true);
    expect(breaker.isCalm).toBe(false);
    expect([await ask(first), await ask(second), await ask(third)]).toEqual([error, error, undefined]);
    expect([one.sent, other.sent, away.sent]).toEqual([1, 0, 1]);
  });

  it('asks again when it is closed, and is open again at the first failure', async () => {
    const breaker = createBreaker();
    const model = script('one');
    const guarded = breaker.guard(model, backend('here'));
    model.fault = 'server-error';
    const once = await ask(guarded);
    expect(breaker.isOpen(once)).toBe(false);
    const twice = await ask(guarded);
    expect([breaker.isOpen(once), breaker.isOpen(twice)]).toEqual([false, true]);
    breaker.close();
    const third = await ask(guarded);
    expect([model.sent, breaker.isOpen(third)]).toEqual([3, true]);
    breaker.close();
    model.fault = undefined;
    expect(await ask(guarded)).toBeUndefined();
    expect(breaker.isCalm).toBe(true);
    model.fault = 'server-error';
    expect(breaker.isOpen(await ask(guarded))).toBe(false);
  });

  it('leaves one model alone that keeps failing, not the others of its server', async () => {
    const breaker = createBreaker();
    const [one, other] = [script('one'), script('other')];
    const here = backend('here');
    const [first, second] = [breaker.guard(one, here), breaker.guard(other, here)];
    one.fault = 'model-missing';
    expect(breaker.isOpen(await ask(first))).toBe(true);
    expect(await ask(second)).toBeUndefined();
  });

  it.each(['context-exceeded', 'prompt-cut', 'runaway', 'bad-request'] as const)(
    'counts nothing that has to do with what was asked: %s',
    async (fault) => {
      const breaker = createBreaker();
      const model = script('one');
      const guarded = breaker.guard(model, backend('here'));
      model.fault = fault;
      for (let times = 0; times < 4; times++) expect(breaker.isOpen(await ask(guarded))).toBe(false);
      expect(model.sent).toBe(4);
    },
  );

  it('takes a defect and an abort for what they are', async () => {
    const breaker = createBreaker();
    const model = script('one');
    const guarded = breaker.guard(model, backend('here'));
    model.fault = new Error('a defect');
    expect(await ask(guarded)).toBe(model.fault);
    expect([breaker.isOpen(model.fault), breaker.isCalm]).toEqual([false, true]);
  });

  it('counts what fails while a prompt is counted', async () => {
    const breaker = createBreaker();
    const error = new ModelError({ fault: 'model-missing', message: 'gone' });
    const counting = { ...script('one'), countTokens: async () => Promise.reject(error) };
    const guarded = breaker.guard(counting, backend('here'));
    await expect(guarded.countTokens?.([], new AbortController().signal)).rejects.toBe(error);
    expect(breaker.isOpen(error)).toBe(true);
  });
});
