import { describe, expect, it, onTestFinished } from 'vitest';
import { startScriptedOpenAi, type ScriptedOpenAiOptions } from '../support/scripted-openai.js';
import { EXIT, NexusError } from '../../src/errors.js';
import { loadDocument, unloadDocument } from './json-documents.js';
import { createProject, runNexus, startServer, type Project } from './run-nexus.js';

async function serve(kind: ScriptedOpenAiOptions['kind'], models: string[]) {
  const server = await startScriptedOpenAi({ kind, models, replies: () => undefined });
  onTestFinished(async () => server.close());
  return server;
}

async function setUp(config = ''): Promise<Project> {
  const project = createProject({ 'tasks.yml': 'tasks: []\n', '.nexus.yml': config });
  await runNexus(['trust', '--yes'], { cwd: project.path });
  return project;
}

async function load(path: string, ...args: string[]) {
  const ran = await runNexus(['models', 'load', ...args, '--json'], { cwd: path });
  return { ...ran, models: () => loadDocument.parse(ran.json()).models };
}

async function unload(path: string, ...args: string[]) {
  const ran = await runNexus(['models', 'unload', ...args, '--json'], { cwd: path });
  return { ...ran, models: () => unloadDocument.parse(ran.json()).models };
}

const CTRL_C = new NexusError({ code: 'interrupted', message: 'Ctrl-C', exitCode: EXIT.interrupted });

describe('nexus models load', () => {
  it('loads both with their contexts, and says what is on the graphics card', async () => {
    const { path } = await setUp();
    const server = await startServer({ resident: 2 });
    const { exitCode, stdout } = await runNexus(['models', 'load'], { cwd: path });
    expect(exitCode).toBe(0);
    expect(server.loads).toEqual([
      { model: 'llama3.1:8b', numCtx: 8192 },
      { model: 'qwen2.5-coder:7b', numCtx: 16_384 },
    ]);
    expect(stdout).toContain(`Loading llama3.1:8b with 8192 tokens of context on Ollama at ${server.url} …`);
    expect(stdout).toMatch(
      /^coder: qwen2\.5-coder:7b is loaded on Ollama .*, 50 % on the graphics card\)$/mu,
    );
    const { models } = await load(path, 'coder');
    expect(models()).toMatchObject([{ roles: ['coder'], outcome: 'loaded', contextTokens: 16_384 }]);
  });

  it('loads one model of both roles once, with the larger context', async () => {
    const { path } = await setUp('overseer: { model: "qwen2.5-coder:7b" }\n');
    const server = await startServer();
    const { models } = await load(path);
    expect(models()).toMatchObject([{ roles: ['overseer', 'coder'], contextTokens: 16_384 }]);
    expect(server.loads).toEqual([{ model: 'qwen2.5-coder:7b', numCtx: 16_384 }]);
  });

  it('says that the first had to make room', async () => {
    const { path } = await setUp();
    await startServer({ resident: 1 });
    const { exitCode, models } = await load(path);
    expect(exitCode).toBe(1);
    expect(models().map(({ outcome }) => outcome)).toEqual(['made-room', 'loaded']);
    const { stdout } = await runNexus(['models', 'load'], { cwd: path });
    expect(stdout).toContain('made room again for the other model\n  → Both do not fit');
  });

  it('shows the time on a terminal', async () => {
    const { path } = await setUp();
    await startServer({ resident: 2 });
    const { stdout } = await runNexus(['models', 'load', 'coder'], { cwd: path, tty: true });
    expect(stdout).toMatch(/Loading qwen2\.5-coder:7b with 16384 tokens of context .*/u);
  });

  it.each(['lm-studio', 'lemonade'] as const)('loads and unloads on %s', async (kind) => {
    const server = await serve(kind, ['one', 'two']);
    const role = `backend: ${kind}, url: '${server.url}'`;
    const { path } = await setUp(`overseer: { ${role}, model: one }\ncoder: { ${role}, model: one }\n`);
    expect((await load(path)).models()).toMatchObject([{ outcome: 'loaded', contextTokens: 16_384 }]);
    expect(server.loads).toEqual([{ model: 'one', context: 16_384 }]);
    expect((await unload(path, 'two')).models()).toMatchObject([{ outcome: 'not-loaded' }]);
    expect((await unload(path)).models()).toMatchObject([{ name: 'one', outcome: 'unloaded' }]);
    expect((await unload(path)).models()).toMatchObject([{ outcome: 'not-loaded' }]);
  });

  it.each([
    ['llama-server', 'llama-server -m FILE.gguf -c 16384', 'stop it'],
    ['vllm', 'vllm serve one --max-model-len 16384', 'stop it'],
    ['openai', 'tools of the server', 'tools of the server'],
  ] as const)('says what to do instead on %s', async (kind, remedy, other) => {
    const server = await serve(kind, ['one']);
    const role = `{ backend: ${kind}, url: '${server.url}', model: one }`;
    const { path } = await setUp(`overseer: ${role}\ncoder: ${role}\n`);
    const loaded = await load(path);
    expect(loaded.exitCode).toBe(1);
    expect(loaded.models()).toMatchObject([{ outcome: 'cannot', remedy: expect.stringContaining(remedy) }]);
    const { stdout } = await runNexus(['models', 'unload'], { cwd: path });
    expect(stdout).toMatch(new RegExp(`^one is not unloaded from here\n {2}→ .*${other}`, 'mu'));
  });

  it('says that a model file is loaded by each run', async () => {
    const { path } = await setUp(
      'overseer: { backend: embedded, model: a.gguf }\ncoder: { backend: embedded, model: a.gguf }\n',
    );
    expect((await load(path)).models()[0]?.remedy).toContain('its own process');
    expect((await unload(path)).models()[0]?.remedy).toContain('when the process ends');
  });

  it('tells of a model that is not there, and of what is no role', async () => {
    const { path } = await setUp();
    await startServer({ models: ['llama3.1:8b'] });
    expect((await load(path, 'coder')).error).toMatchObject({
      code: 'model-missing',
      remedy: expect.stringContaining('nexus models pull'),
    });
    expect((await load(path, 'tester')).error).toMatchObject({ code: 'usage' });
  });

  it('ends at once with Ctrl-C, and says what the server may do', async () => {
    const { path } = await setUp();
    const stop = new AbortController();
    await startServer({
      override: (request) => {
        if (request.url !== '/api/chat') return false;
        stop.abort(CTRL_C);
        return true;
      },
    });
    const { error } = await runNexus(['models', 'load'], { cwd: path, signal: stop.signal });
    expect(error).toMatchObject({ code: 'interrupted', exitCode: 130 });
    expect(error?.message).toContain('llama3.1:8b was being loaded');
  });
});

describe('nexus models unload', () => {
  it('frees a model by role or by any name', async () => {
    const { path } = await setUp();
    const server = await startServer({
      resident: 3,
      models: ['llama3.1:8b', 'qwen2.5-coder:7b', 'other:1b'],
    });
    await load(path);
    expect((await unload(path, 'OTHER:1b')).models()).toEqual([
      { name: 'other:1b', server: `Ollama at ${server.url}`, outcome: 'not-loaded' },
    ]);
    expect((await unload(path, 'coder')).models()).toMatchObject([
      { name: 'qwen2.5-coder:7b', outcome: 'unloaded' },
    ]);
    const { stdout } = await runNexus(['models', 'unload'], { cwd: path });
    expect(stdout).toContain(`llama3.1:8b is unloaded from Ollama at ${server.url}`);
    expect(stdout).toContain('qwen2.5-coder:7b was not loaded on');
  });

  it('says that there is no such model', async () => {
    const { path } = await setUp();
    await startServer();
    const { error } = await unload(path, 'gone:1b');
    expect(error).toMatchObject({ code: 'model-missing', exitCode: 5 });
    expect(error?.message).toContain('There is no model gone:1b on Ollama');
  });
});
