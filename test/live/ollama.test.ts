import { describe, expect, test } from 'vitest';
import { messageOf } from '../../src/errors.js';
import { resolveOllamaAddress } from '../../src/models/ollama/address.js';
import { createOllamaBackend, isTooOld } from '../../src/models/ollama/backend.js';
import type { ChatEvent, ChatRequest, InstalledModel, Model } from '../../src/models/port.js';
import { ModelError } from '../../src/models/model-error.js';
import { PLAN_SCHEMA, parsePlanAnswer } from '../../src/planning/plan-answer.js';

/*
 * The client against a real Ollama: at OLLAMA_HOST or the default address, with the model NEXUS_LIVE_MODEL or the
 * smallest one there. Without a server every test is skipped, and the first line says why.
 */

const address = resolveOllamaAddress(undefined, process.env, { allowRemote: false });
const backend = createOllamaBackend({ address, keepAlive: '5m' });
const { version, models, trouble } = await lookAround();
const chosen = chooseModel(models);
console.log(
  trouble === undefined
    ? `live: ${backend.label}, version ${version}, model ${chosen?.name ?? 'none'} of ${models.length}`
    : `live: skipped, ${trouble}`,
);

async function lookAround(): Promise<{
  version: string | undefined;
  models: InstalledModel[];
  trouble?: string;
}> {
  const signal = AbortSignal.timeout(10_000);
  try {
    return { version: await backend.version(signal), models: await backend.installed(signal) };
  } catch (error) {
    return { version: '', models: [], trouble: messageOf(error) };
  }
}

function chooseModel(installed: readonly InstalledModel[]): InstalledModel | undefined {
  const wanted = process.env['NEXUS_LIVE_MODEL'];
  if (wanted !== undefined) return installed.find((model) => model.name === wanted);
  return installed.toSorted((a, b) => (a.sizeBytes ?? 0) - (b.sizeBytes ?? 0))[0];
}

function createModel(contextTokens = 2048): Model {
  const limits = { connectMs: 5000, firstTokenMs: 240_000, silenceMs: 60_000, requestMs: 280_000 };
  return backend.model({ role: 'coder', name: chosen?.name ?? '', contextTokens, limits });
}

async function ask(
  request: Partial<ChatRequest>,
  model = createModel(),
): Promise<{ text: string; events: ChatEvent[] }> {
  const events: ChatEvent[] = [];
  let text = '';
  const whole = { messages: [], maxTokens: 64, temperature: 0, seed: 42, estimatedTokens: 60, ...request };
  for await (const event of model.chat(whole, AbortSignal.timeout(290_000))) {
    events.push(event);
    if (event.type === 'retrying') text = '';
    if (event.type === 'text') text += event.text;
  }
  return { text, events };
}

describe.skipIf(chosen === undefined)('a real Ollama', () => {
  test('is new enough and lists its models', () => {
    expect(isTooOld(version ?? '')).toBe(false);
    expect(chosen?.sizeBytes).toBeGreaterThan(0);
    expect(chosen?.contextTokens).toBeGreaterThan(1000);
  });

  test('answers, and says what it cost', async () => {
    const { text, events } = await ask({
      messages: [{ role: 'user', content: 'Answer with the one word: blue' }],
    });
    console.log(`live: chat → ${JSON.stringify(text)}`);
    expect(text).toMatch(/blue/i);
    const done = events.at(-1);
    expect(done).toMatchObject({ type: 'done', ending: 'stop' });
    expect(done?.type === 'done' && done.usage.promptTokens).toBeGreaterThan(5);
    expect(events[0]).toEqual({ type: 'waiting', for: 'connect' });
  });

  test('ends at the bound of the answer', async () => {
    const { events } = await ask({
      messages: [{ role: 'user', content: 'Count from 1 to 100 in words.' }],
      maxTokens: 8,
    });
    expect(events.at(-1)).toMatchObject({ type: 'done', ending: 'length', usage: { answerTokens: 8 } });
  });

  test('keeps to the schema of a plan', async () => {
    const { text, events } = await ask({
      schema: PLAN_SCHEMA,
      maxTokens: 400,
      estimatedTokens: 150,
      messages: [
        { role: 'system', content: 'You plan code changes. Answer in JSON. Be brief. No documents.' },
        { role: 'user', content: 'The file src/add.js has `return a - b`. It must add. Plan one step.' },
      ],
    });
    console.log(`live: plan → ${text.slice(0, 400)}`);
    // What a small model plans is its affair, but a complete answer under the schema must be one.
    const done = events.at(-1);
    const isWhole = done?.type === 'done' && done.ending === 'stop';
    expect(text.replaceAll(/\s/g, '')).toMatch(/^\{"answer":"(plan|question|nothing)"/);
    expect('answer' in parsePlanAnswer(text)).toBe(isWhole);
  });

  test('ends a request that is aborted, and serves the next', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const listen = async (): Promise<void> => {
      const request = {
        messages: [{ role: 'user' as const, content: 'Write a long story about a lighthouse.' }],
        maxTokens: 64,
        temperature: 0,
        seed: 1,
        estimatedTokens: 20,
      };
      for await (const event of createModel().chat(request, controller.signal)) {
        if (event.type === 'text') controller.abort(reason);
      }
    };
    await expect(listen()).rejects.toBe(reason);
    const { text } = await ask({ messages: [{ role: 'user', content: 'Say hi.' }], maxTokens: 8 });
    expect(text).not.toBe('');
  });

  test('refuses a prompt that is longer than the window', async () => {
    const messages = [{ role: 'user' as const, content: 'All work and no play. '.repeat(600) }];
    const error: unknown = await ask({ messages }).catch((thrown: unknown) => thrown);
    console.log(`live: too long → ${messageOf(error)}`);
    expect(error).toBeInstanceOf(ModelError);
    expect(error).toMatchObject({ fault: 'context-exceeded' });
  });

  test('does not have every model', async () => {
    const limits = { connectMs: 5000, firstTokenMs: 60_000, silenceMs: 60_000, requestMs: 60_000 };
    const model = backend.model({ role: 'coder', name: 'no-such-model:1b', contextTokens: 2048, limits });
    await expect(ask({}, model)).rejects.toMatchObject({ fault: 'model-missing' });
  });
});
