import { describe, expect, test } from 'vitest';
import { messageOf } from '../../src/errors.js';
import { readApiKey } from '../../src/models/api-key.js';
import { resolveOllamaAddress } from '../../src/models/ollama/address.js';
import { createOllamaBackend } from '../../src/models/ollama/backend.js';
import { resolveAddresses } from '../../src/models/openai/address.js';
import { createOpenAiBackend } from '../../src/models/openai/backend.js';
import type { OpenAiKind } from '../../src/models/openai/preset.js';
import type {
  Backend,
  BackendKind,
  ChatEvent,
  ChatRequest,
  InstalledModel,
  Model,
} from '../../src/models/port.js';
import { parsePlanAnswer, PLAN_SCHEMA } from '../../src/planning/plan-answer.js';

/*
 * The harmless cases of the conformance suite (test/models/conformance) against every server that is up: at its usual
 * address or at NEXUS_LIVE_URL_<KIND>, with the model NEXUS_LIVE_MODEL or the smallest one there. A server that is not
 * up is skipped with a line that says why.
 */

/** Small, so that a model is loaded quickly; servers whose context is fixed must have at least this much. */
const CONTEXT = 2048;
const LIMITS = { connectMs: 5000, firstTokenMs: 240_000, silenceMs: 60_000, requestMs: 280_000 };
const KINDS = ['ollama', 'lm-studio', 'lemonade', 'llama-server', 'vllm', 'openai'] as const;

interface Candidate {
  kind: (typeof KINDS)[number];
  backend: Backend;
  model: InstalledModel;
}

const found: Candidate[] = [];
for (const kind of KINDS) {
  const candidate = await lookFor(kind);
  if (candidate !== undefined) found.push(candidate);
}

async function lookFor(kind: (typeof KINDS)[number]): Promise<Candidate | undefined> {
  const url = process.env[`NEXUS_LIVE_URL_${kind.toUpperCase().replaceAll('-', '_')}`];
  if (kind === 'openai' && url === undefined) return skip(kind, 'NEXUS_LIVE_URL_OPENAI is not set');
  const backend = open(kind, url);
  const signal = AbortSignal.timeout(10_000);
  try {
    const version = await backend.version(signal);
    const models = await backend.installed(signal);
    const model = choose(models);
    const tried = `${backend.label}, version ${version ?? 'unknown'}`;
    if (model === undefined) return skip(kind, `${tried} has no model to try`);
    console.log(`live: ${tried}, model ${model.name} of ${models.length}`);
    return { kind, backend, model };
  } catch (error) {
    return skip(kind, messageOf(error));
  }
}

function open(kind: (typeof KINDS)[number], url: string | undefined): Backend {
  const common = { keepAlive: '5m', apiKey: readApiKey(kind, undefined, process.env) };
  return kind === 'ollama'
    ? createOllamaBackend({
        address: resolveOllamaAddress(url, process.env, { allowRemote: false }),
        ...common,
      })
    : createOpenAiBackend({ kind, addresses: addressesOf(kind, url), ...common });
}

function addressesOf(kind: OpenAiKind, url: string | undefined): URL[] {
  return resolveAddresses(kind, url, { allowRemote: false });
}

function choose(installed: readonly InstalledModel[]): InstalledModel | undefined {
  const wanted = process.env['NEXUS_LIVE_MODEL'];
  const named = installed.find((model) => model.name === wanted);
  return named ?? installed.toSorted((a, b) => (a.sizeBytes ?? 0) - (b.sizeBytes ?? 0))[0];
}

function skip(kind: BackendKind, why: string): undefined {
  console.log(`live: ${kind} skipped, ${why}`);
}

test('a server is up', ({ skip: leave }) => {
  leave(found.length === 0, 'no model server is up');
  expect(found.length).toBeGreaterThan(0);
});

interface Asked {
  text: string;
  events: ChatEvent[];
}

async function ask(model: Model, request: Partial<ChatRequest>): Promise<Asked> {
  const asked: Asked = { text: '', events: [] };
  const whole = { messages: [], maxTokens: 64, temperature: 0, seed: 42, estimatedTokens: 60, ...request };
  for await (const event of model.chat(whole, AbortSignal.timeout(290_000))) {
    asked.events.push(event);
    if (event.type === 'retrying') asked.text = '';
    if (event.type === 'text') asked.text += event.text;
  }
  return asked;
}

const user = (content: string) => [{ role: 'user' as const, content }];

describe.skipIf(found.length === 0).each(found)('$kind', ({ kind, backend, model: { name } }) => {
  const openModel = (options: { name?: string; contextTokens?: number } = {}): Model =>
    backend.model({ role: 'coder', name, contextTokens: CONTEXT, limits: LIMITS, ...options });

  test('answers, and says what it cost', async () => {
    const { text, events } = await ask(openModel(), {
      messages: user('Repeat this word and nothing else: blue'),
    });
    const done = events.at(-1);
    console.log(`live: ${kind} chat → ${JSON.stringify(text)} ${JSON.stringify(done)}`);
    // What a small model says is its affair.
    expect(text.trim()).not.toBe('');
    expect(done).toMatchObject({ type: 'done', ending: 'stop' });
    expect(done?.type === 'done' && done.usage.promptTokens).toBeGreaterThan(5);
    expect(events[0]).toEqual({ type: 'waiting', for: 'connect' });
  });

  test('keeps to the schema of a plan', async () => {
    const { text, events } = await ask(openModel(), {
      schema: PLAN_SCHEMA,
      maxTokens: 250,
      estimatedTokens: 150,
      messages: [
        { role: 'system', content: 'You plan code changes. Answer in JSON. Be brief. No documents.' },
        { role: 'user', content: 'The file src/add.js has `return a - b`. It must add. Plan one step.' },
      ],
    });
    console.log(`live: ${kind} plan → ${text.slice(0, 400)}`);
    // What a small model plans is its affair, but a complete answer under the schema must be one.
    const done = events.at(-1);
    const isWhole = done?.type === 'done' && done.ending === 'stop';
    expect(text.replaceAll(/\s/g, '')).toMatch(/^\{"/);
    expect('answer' in parsePlanAnswer(text)).toBe(isWhole);
  });

  test('writes code, piece by piece', async () => {
    const { text, events } = await ask(openModel(), {
      messages: user('Write a JavaScript function `add` of two numbers. Only the code.'),
      maxTokens: 100,
    });
    expect(text).toContain('add');
    expect(events.filter(({ type }) => type === 'text').length).toBeGreaterThan(3);
  });

  test('ends at the bound of the answer', async () => {
    const { events } = await ask(openModel(), {
      messages: user('Count from 1 to 100 in words.'),
      maxTokens: 8,
    });
    expect(events.at(-1)).toMatchObject({ type: 'done', ending: 'length' });
  });

  test('reads an unchanged beginning only once, and says so where it tells', async () => {
    const messages = user(`${'The quick brown fox jumps over the lazy dog. '.repeat(40)}\nSay hi.`);
    const request = { messages, maxTokens: 4, estimatedTokens: 420 };
    const first = (await ask(openModel(), request)).events.at(-1);
    const second = (await ask(openModel(), request)).events.at(-1);
    const read = [first, second].map((event) => (event?.type === 'done' ? event.usage : undefined));
    console.log(`live: ${kind} the same twice → ${JSON.stringify(read)}`);
    expect(read[1]?.promptTokens).toBe(read[0]?.promptTokens);
    expect(read[1]?.reusedTokens ?? 1).toBeGreaterThan(0);
  });

  test('counts a prompt as it counts it when it reads it, where it can', async () => {
    const model = openModel();
    const messages = user('Say hi.');
    const counted = await model.countTokens?.(messages, AbortSignal.timeout(30_000));
    const done = (await ask(model, { messages, maxTokens: 4, estimatedTokens: 20 })).events.at(-1);
    const read = done?.type === 'done' ? done.usage.promptTokens : undefined;
    console.log(`live: ${kind} counted ${counted}, read ${read}`);
    expect(Math.abs((counted ?? read ?? 0) - (read ?? 0))).toBeLessThanOrEqual(12);
  });

  test.each(['before the first byte', 'in the middle'])(
    'ends a request that is aborted %s, and serves the next',
    async (when) => {
      const controller = new AbortController();
      const reason = new Error('enough');
      const stopAt = when === 'in the middle' ? 'text' : 'waiting';
      const request = {
        messages: user('Write a long story about a lighthouse.'),
        maxTokens: 64,
        temperature: 0,
        seed: 1,
        estimatedTokens: 20,
      };
      const listen = async (): Promise<void> => {
        let waits = 0;
        for await (const event of openModel().chat(request, controller.signal)) {
          if (event.type === 'waiting') waits += 1;
          // The second time it waits for the model.
          if (event.type === stopAt && (stopAt === 'text' || waits > 1))
            setImmediate(() => controller.abort(reason));
        }
      };
      await expect(listen()).rejects.toBe(reason);
      expect((await ask(openModel(), { messages: user('Say hi.'), maxTokens: 8 })).text).not.toBe('');
    },
  );

  test('does not have every model', async () => {
    const asked = ask(openModel({ name: 'no-such-model:1b' }), { messages: user('Hi') });
    await expect(asked).rejects.toMatchObject({ fault: 'model-missing' });
  });

  test('refuses a prompt that is longer than the window', async () => {
    const { contextTokens = 32_768 } =
      (await backend.installed(AbortSignal.timeout(10_000))).find((model) => model.name === name)?.loaded ??
      {};
    const window = kind === 'ollama' ? CONTEXT : contextTokens;
    const messages = user('All work and no play. '.repeat(Math.ceil(window / 3)));
    const error: unknown = await ask(openModel(), { messages, estimatedTokens: window * 2 }).catch(
      (thrown: unknown) => thrown,
    );
    console.log(`live: ${kind} too long → ${messageOf(error)}`);
    expect(error).toMatchObject({ fault: expect.stringMatching(/^(context-exceeded|prompt-cut)$/) });
  });
});
