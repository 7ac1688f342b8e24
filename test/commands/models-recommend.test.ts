import { describe, expect, it, onTestFinished } from 'vitest';
import { startScriptedOpenAi } from '../support/scripted-openai.js';
import { doctorDocument, recommendDocument } from './json-documents.js';
import { createProject, pretendMemory, runNexus, startServer } from './run-nexus.js';

function pretendMachine(gib: number, cards?: string): void {
  onTestFinished(pretendMemory(gib, cards));
}

describe('nexus models recommend', () => {
  it('says what this machine can hold, the sum, and what to type', async () => {
    const { path } = createProject({ 'tasks.yml': 'tasks: []\n' });
    pretendMachine(15.5);
    await startServer({ models: [{ name: 'qwen2.5-coder:7b', sizeBytes: 4_683_087_332 }] });
    const { exitCode, stdout } = await runNexus(['models', 'recommend'], { cwd: path });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('For models: 12.6 GB (16.6 GB less 4.0 GB for the system and other programs)');
    expect(stdout).toMatch(/^overseer +llama3\.1:8b +Q4_K_M +8192 +to download$/mu);
    expect(stdout).toMatch(/^coder +qwen2\.5-coder:7b +Q4_K_M +16384 +installed$/mu);
    expect(stdout).toContain('4.7 GB weights + 940 MB context (16384 tokens) + 400 MB work = 6.0 GB');
    expect(stdout).toContain('together 12.4 GB');
    expect(stdout).toContain('To take it:\n  nexus models pull llama3.1:8b\n');
    expect(stdout).toContain('Without a download: one model for both roles');
    expect(stdout).toContain('nexus models use overseer qwen2.5-coder:7b');
  });

  it('proposes one better model for both, and what is there already', async () => {
    const { path } = createProject({ 'tasks.yml': 'tasks: []\n' });
    pretendMachine(31);
    await startServer();
    const { json } = await runNexus(['models', 'recommend', '--json'], { cwd: path });
    const { best, installed, notes } = recommendDocument.parse(json());
    expect(best.steps).toEqual([
      'nexus models pull qwen3-coder:30b',
      'nexus models use both qwen3-coder:30b',
    ]);
    expect(installed?.steps).toEqual([]);
    expect(notes).toEqual([]);
    const { stdout } = await runNexus(['models', 'recommend'], { cwd: path });
    expect(stdout).toMatch(/Without a download: .*\n[\s\S]*That is what is configured\./u);
  });

  it('works without a server, and says so', async () => {
    const { path } = createProject({ 'tasks.yml': 'tasks: []\n' });
    pretendMachine(7.7);
    const { exitCode, stdout } = await runNexus(['models', 'recommend'], { cwd: path });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('note: What is installed is not known. Ollama at http://127.0.0.1:1');
    expect(stdout).toContain('nexus models use overseer');
  });

  it('names no command that another kind of server does not have', async () => {
    const server = await startScriptedOpenAi({ kind: 'vllm', models: [], replies: () => undefined });
    onTestFinished(async () => server.close());
    const { path, write } = createProject({ 'tasks.yml': 'tasks: []\n' });
    pretendMachine(7.7);
    const role = `{ backend: vllm, url: '${server.url}' }`;
    write('.nexus.yml', `overseer: ${role}\ncoder: ${role}\n`);
    await runNexus(['trust', '--yes'], { cwd: path });
    const { json } = await runNexus(['models', 'recommend', '--json'], { cwd: path });
    const { best } = recommendDocument.parse(json());
    expect(best.steps[0]).toMatch(
      /^Get qwen2\.5-coder:\d.* \(Q4_K_M\) onto the server, then with its name there: nexus models use both NAME$/u,
    );
    write('.nexus.yml', 'overseer: { backend: embedded, model: a.gguf }\n');
    await runNexus(['trust', '--yes'], { cwd: path });
    const mixed = (await runNexus(['models', 'recommend', '--json'], { cwd: path })).json();
    expect(recommendDocument.parse(mixed).best.steps).toEqual([
      expect.stringMatching(/^Get a GGUF file of \S+ \(Q4_K_M\), then: nexus models use overseer PATH$/u),
      expect.stringMatching(/^nexus models pull/u),
    ]);
  });

  it('takes what is on a server of another kind by the name that it has there', async () => {
    const server = await startScriptedOpenAi({
      kind: 'lm-studio',
      models: ['qwen/qwen2.5-coder-7b'],
      replies: () => undefined,
    });
    onTestFinished(async () => server.close());
    const role = `{ backend: lm-studio, url: '${server.url}' }`;
    const { path } = createProject({
      'tasks.yml': 'tasks: []\n',
      '.nexus.yml': `overseer: ${role}\ncoder: ${role}\n`,
    });
    pretendMachine(7.7);
    await runNexus(['trust', '--yes'], { cwd: path });
    const { json } = await runNexus(['models', 'recommend', '--json'], { cwd: path });
    expect(recommendDocument.parse(json()).best.steps).toContain(
      'nexus models use both qwen/qwen2.5-coder-7b',
    );
  });

  it.each([
    ['RTX 3090, 24576', 'RTX 3090 with 25.8 GB', '90 % of 25.8 GB of graphics memory'],
    ['GTX 1650, 4096', 'GTX 1650 with 4.3 GB', 'note: The graphics card is too small for a whole model'],
    ['GB10, [N/A]', 'graphics unknown', 'note: Whether there is a graphics card could not be found out'],
  ])('says what card there is: %s', async (cards, shown, note) => {
    const { path } = createProject({ 'tasks.yml': 'tasks: []\n' });
    await startServer();
    pretendMachine(16, cards);
    const { stdout } = await runNexus(['models', 'recommend'], { cwd: path });
    expect(stdout).toContain(`This machine: 17.2 GB of memory, ${shown}\n`);
    expect(stdout).toContain(note);
  });

  it('says that a server is on another machine', async () => {
    const { path } = createProject({
      'tasks.yml': 'tasks: []\n',
      '.nexus.yml': 'overseer: { url: "http://other.invalid:1" }\nallow_remote: true\n',
    });
    await runNexus(['trust', '--yes'], { cwd: path });
    const { stdout } = await runNexus(['models', 'recommend'], { cwd: path });
    expect(stdout).toContain("note: The overseer's server is on another machine");
    expect(stdout).not.toContain("The coder's server");
  });
});

describe('nexus doctor', () => {
  const memory = async (path: string) => {
    const { json } = await runNexus(['doctor', '--json'], { cwd: path });
    return doctorDocument.parse(json()).findings.find(({ check }) => check === 'memory');
  };

  it('warns when models and contexts do not fit together, or one alone does not', async () => {
    const { path, write } = createProject({ 'tasks.yml': 'tasks: []\n' });
    await startServer();
    expect(await memory(path)).toMatchObject({
      level: 'ok',
      message: expect.stringContaining('llama3.1:8b and qwen2.5-coder:7b with their contexts take about 12.'),
    });
    pretendMachine(12);
    expect(await memory(path)).toMatchObject({
      level: 'warn',
      message: expect.stringContaining('loaded in turns'),
      remedy: expect.stringContaining('nexus models recommend'),
    });
    write('.nexus.yml', 'overseer: { model: "qwen2.5-coder:7b", context: 32768 }\n');
    expect((await memory(path))?.message).toMatch(/^qwen2\.5-coder:7b with its context takes about 7\.0 GB/u);
    pretendMachine(6);
    expect((await memory(path))?.message).toContain('a context of 32768 tokens takes about 7.0 GB');
  });

  it('says nothing of memory where a model is not there', async () => {
    const { path } = createProject({ 'tasks.yml': 'tasks: []\n' });
    await startServer({ models: ['llama3.1:8b'] });
    expect(await memory(path)).toBeUndefined();
  });
});
