import { pathToFileURL } from 'node:url';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { messageOf } from '../../src/errors.js';
import { createEmbeddedBackend, createProcessEngine } from '../../src/models/embedded/backend.js';
import { estimateMemory } from '../../src/models/embedded/memory.js';
import { hereIn, readModelFile } from '../../src/models/embedded/model-file.js';
import { importLibrary, isLibrary, type LlamaLibrary } from '../../src/models/embedded/library.js';
import type { ChatEvent, ChatRequest, Model, Usage } from '../../src/models/port.js';
import { PLAN_SCHEMA, parsePlanAnswer } from '../../src/planning/plan-answer.js';

/*
 * The embedded backend with the real node-llama-cpp: the one in the folder NEXUS_LIVE_NODE_LLAMA_CPP (which has it in
 * its node_modules), else the one beside Nexus; and the GGUF file NEXUS_LIVE_GGUF. Without either every test is skipped,
 * and the first line says why.
 */

const folder = process.env['NEXUS_LIVE_NODE_LLAMA_CPP'];
const name = process.env['NEXUS_LIVE_GGUF'] ?? '';
const CONTEXT = 2048;

const engine = createProcessEngine(folder === undefined ? importLibrary : async () => importFrom(folder));
const backend = createEmbeddedBackend({ names: [name], folder: process.cwd(), keepAlive: '-1', engine });
const { version, trouble } = await lookAround();
console.log(
  trouble === undefined ? `live: ${backend.label} ${version}, ${name}` : `live: embedded skipped, ${trouble}`,
);

async function importFrom(place: string): Promise<LlamaLibrary> {
  const entry = createRequire(join(place, 'package.json')).resolve('node-llama-cpp');
  const found: unknown = await import(pathToFileURL(entry).href);
  if (!isLibrary(found)) throw new Error('not node-llama-cpp');
  return found;
}

async function lookAround(): Promise<{ version: string | undefined; trouble?: string }> {
  if (name === '') return { version: undefined, trouble: 'NEXUS_LIVE_GGUF is not set' };
  try {
    return { version: await backend.version(AbortSignal.timeout(30_000)) };
  } catch (error) {
    return { version: undefined, trouble: messageOf(error) };
  }
}

function createModel(contextTokens = CONTEXT): Model {
  const limits = { connectMs: 5000, firstTokenMs: 240_000, silenceMs: 60_000, requestMs: 280_000 };
  return backend.model({ role: 'coder', name, contextTokens, limits });
}

interface Asked {
  text: string;
  events: ChatEvent[];
  usage: Usage | undefined;
  ending: string | undefined;
}

async function ask(request: Partial<ChatRequest>, model = createModel()): Promise<Asked> {
  const events: ChatEvent[] = [];
  let text = '';
  const whole = { messages: [], maxTokens: 64, temperature: 0, seed: 42, estimatedTokens: 60, ...request };
  for await (const event of model.chat(whole, AbortSignal.timeout(290_000))) {
    events.push(event);
    if (event.type === 'retrying') text = '';
    if (event.type === 'text') text += event.text;
  }
  const done = events.at(-1);
  const isDone = done?.type === 'done';
  return { text, events, usage: isDone ? done.usage : undefined, ending: isDone ? done.ending : undefined };
}

const user = (content: string) => ({ role: 'user' as const, content });

/** Tokens a second. */
function speed(tokens: number | undefined, ms: number | undefined): string {
  return tokens === undefined || !ms ? '?' : ((tokens / ms) * 1000).toFixed(1);
}

describe.skipIf(trouble !== undefined)('a model in this process', () => {
  afterAll(async () => backend.unload?.(name, AbortSignal.timeout(60_000)));

  test('knows its file before it is loaded', async () => {
    const [model] = await backend.installed(AbortSignal.timeout(10_000));
    console.log(`live: embedded file → ${JSON.stringify(model)}`);
    expect(model).toMatchObject({ name, loaded: undefined });
    expect(model?.sizeBytes).toBeGreaterThan(1e6);
    expect(model?.contextTokens).toBeGreaterThan(1000);
    expect(model?.quantisation).toMatch(/^[A-Z0-9_]+$/);
  });

  test('is loaded when it is first asked, and says what that cost', async () => {
    const { text, events, usage } = await ask({ messages: [user('Say the word blue, and nothing else.')] });
    console.log(`live: embedded chat → ${JSON.stringify(text)} ${JSON.stringify(usage)}`);
    expect(text).toMatch(/blue/i);
    expect(events.slice(0, 3)).toEqual([
      { type: 'waiting', for: 'connect' },
      { type: 'waiting', for: 'load' },
      { type: 'waiting', for: 'prompt' },
    ]);
    expect(usage?.loadMs).toBeGreaterThan(0);
    expect(usage?.promptTokens).toBeGreaterThan(5);
  });

  test('takes about the memory that was estimated', async () => {
    const [model] = await backend.installed(AbortSignal.timeout(10_000));
    const estimate = estimateMemory(await readModelFile(name, hereIn(process.cwd())), CONTEXT);
    const share = estimate / (model?.loaded?.sizeBytes ?? 0);
    console.log(`live: embedded memory → estimated ${share.toFixed(2)} of what the package says`);
    // Weights that are packed anew for the processor count twice for the package.
    expect(share).toBeGreaterThan(0.5);
    expect(share).toBeLessThan(1.4);
  });

  test('counts what it then reads, and reads a common beginning once', async () => {
    const rules = 'Keep every function short and name it after what it does. '.repeat(30);
    const messages = (question: string) => [{ role: 'system' as const, content: rules }, user(question)];
    const first = await ask({ messages: messages('Say one.'), maxTokens: 16 });
    const counted = await createModel().countTokens?.(messages('Say two.'), AbortSignal.timeout(1000));
    const second = await ask({ messages: messages('Say two.'), maxTokens: 16 });
    const { promptTokens = 0, reusedTokens = 0 } = second.usage ?? {};
    console.log(
      `live: embedded reuse → ${reusedTokens} of ${promptTokens} tokens; reads ` +
        `${speed(first.usage?.promptTokens, first.usage?.promptMs)}, writes ${speed(first.usage?.answerTokens, first.usage?.answerMs)} tokens a second; ` +
        `second prompt ${((second.usage?.promptMs ?? 0) / (first.usage?.promptMs ?? 1)).toFixed(2)} of the time`,
    );
    expect(promptTokens).toBe(counted);
    expect(reusedTokens / promptTokens).toBeGreaterThan(0.9);
    expect(second.events.some((event) => event.type === 'waiting' && event.for === 'load')).toBe(false);
  });

  test('ends at the bound of the answer', async () => {
    const { ending, usage } = await ask({ messages: [user('Count from 1 to 100 in words.')], maxTokens: 8 });
    expect(ending).toBe('length');
    expect(usage?.answerTokens).toBe(8);
  });

  test('keeps to the schema of a plan', async () => {
    const { text, ending, usage } = await ask({
      schema: PLAN_SCHEMA,
      maxTokens: 400,
      messages: [
        { role: 'system', content: 'You plan code changes. Answer in JSON. Be brief. No documents.' },
        user('The file src/add.js has `return a - b`. It must add. Plan one step.'),
      ],
    });
    console.log(
      `live: embedded plan, ${speed(usage?.answerTokens, usage?.answerMs)} tokens a second → ${text.slice(0, 300)}`,
    );
    expect(text.replaceAll(/\s/g, '')).toMatch(/^\{"answer":"(plan|question|nothing)"/);
    expect('answer' in parsePlanAnswer(text)).toBe(ending === 'stop');
  });

  test('samples the same answer from the same seed', async () => {
    const request = { messages: [user('Invent a name for a boat.')], temperature: 1, maxTokens: 12 };
    const texts = [];
    for (const seed of [7, 7, 8, 9]) texts.push((await ask({ ...request, seed })).text);
    console.log(`live: embedded seeds → ${JSON.stringify(texts)}`);
    expect(texts[0]).toBe(texts[1]);
    expect(new Set(texts).size).toBeGreaterThan(1);
  });

  test('ends at once when it is aborted, before and after the first word, and serves the next', async () => {
    const reason = new Error('enough');
    const listen = async (messages: ChatRequest['messages'], when: (event: ChatEvent) => boolean) => {
      const controller = new AbortController();
      let abortedAt = 0;
      const abort = (): void => {
        abortedAt = performance.now();
        controller.abort(reason);
      };
      const request = { messages, maxTokens: 64, temperature: 0, seed: 1, estimatedTokens: 20 };
      const read = async (): Promise<void> => {
        for await (const event of createModel().chat(request, controller.signal)) {
          if (when(event)) setTimeout(abort, 50);
        }
      };
      await expect(read()).rejects.toBe(reason);
      return performance.now() - abortedAt;
    };
    const long = [user('All work and no play makes a dull boy. '.repeat(150))];
    const before = await listen(long, (event) => event.type === 'waiting' && event.for === 'prompt');
    const after = await listen([user('Write a long story.')], (event) => event.type === 'text');
    console.log(
      `live: embedded abort → ${before.toFixed(0)} ms before, ${after.toFixed(0)} ms after the first word`,
    );
    expect(Math.max(before, after)).toBeLessThan(500);
    const { text } = await ask({ messages: [user('Say the word blue, and nothing else.')], maxTokens: 8 });
    expect(text).toMatch(/blue/i);
  });

  test('refuses a prompt that is longer than the window, and fills the window to its end', async () => {
    const words = (count: number) => [user(`Write on: ${'word '.repeat(count)}`)];
    await expect(ask({ messages: words(CONTEXT + 50) })).rejects.toMatchObject({ fault: 'context-exceeded' });
    const { ending, usage } = await ask({ messages: words(CONTEXT - 100), maxTokens: 500 });
    console.log(`live: embedded full window → ${ending} ${JSON.stringify(usage)}`);
    expect((usage?.promptTokens ?? 0) + (usage?.answerTokens ?? 0)).toBeLessThanOrEqual(CONTEXT);
  });

  test('does not load what is no model, and says what is wrong with it', async () => {
    const limits = { connectMs: 5000, firstTokenMs: 60_000, silenceMs: 60_000, requestMs: 60_000 };
    const options = { role: 'coder' as const, contextTokens: 2048, limits };
    for (const file of ['no-such-file.gguf', 'package.json']) {
      const asked = ask({ messages: [user('Hi')] }, backend.model({ ...options, name: file }));
      await expect(asked).rejects.toMatchObject({ fault: 'model-missing' });
    }
  });
});
