import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { useDocument } from './json-documents.js';
import { createProject, runNexus, startServer } from './run-nexus.js';

const CONFIG = `# mine\r\ncoder:\r\n  model: 'qwen2.5-coder:7b' # small\r\nchecks: [npm test]`;

async function use(path: string, ...args: string[]) {
  const ran = await runNexus(['models', 'use', ...args, '--json'], { cwd: path });
  return { ...ran, document: () => useDocument.parse(ran.json()) };
}

describe('nexus models use', () => {
  it('changes the name and no other byte, and says that the server has it', async () => {
    const { path } = createProject({ '.nexus.yml': CONFIG, 'tasks.yml': 'tasks: []\n' });
    const server = await startServer({ models: ['mistral:7b'] });
    await runNexus(['trust', '--yes'], { cwd: path });
    const { document } = await use(path, 'coder', 'mistral:7b');
    expect(document()).toEqual({
      file: '.nexus.yml',
      changed: true,
      roles: [{ role: 'coder', before: 'qwen2.5-coder:7b', model: 'mistral:7b', there: true }],
      warnings: [],
    });
    expect(readFileSync(join(path, '.nexus.yml'), 'utf8')).toBe(
      CONFIG.replace('qwen2.5-coder:7b', 'mistral:7b'),
    );
    // Another name of a model is nothing that a person has to agree to anew.
    expect((await runNexus(['trust', '--json'], { cwd: path })).json()).toMatchObject({ approved: true });
    const again = await runNexus(['models', 'use', 'coder', 'mistral:7b'], { cwd: path });
    expect(again.stdout).toBe('coder: mistral:7b as before (it is there)\n.nexus.yml says so already\n');
    expect(server.calls.filter((call) => call.startsWith('POST /api/chat'))).toEqual([]);
  });

  it('makes the file, for both roles, and says how to get what is not there', async () => {
    const { path } = createProject({ 'a.txt': '' });
    const server = await startServer();
    const { exitCode, stdout } = await runNexus(['models', 'use', 'both', 'gone:1b'], { cwd: path });
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'overseer: llama3.1:8b → gone:1b',
      'coder: qwen2.5-coder:7b → gone:1b',
      'wrote .nexus.yml',
      `warning: Ollama at ${server.url} does not have gone:1b.`,
      '  → nexus models pull gone:1b',
      '',
    ]);
    expect(readFileSync(join(path, '.nexus.yml'), 'utf8')).toBe(
      'overseer:\n  model: gone:1b\ncoder:\n  model: gone:1b\n',
    );
  });

  it('works without a server', async () => {
    const { path } = createProject({ 'a.txt': '' });
    const { document } = await use(path, 'overseer', 'mistral:7b');
    expect(document()).toMatchObject({ changed: true, roles: [{ there: null }] });
    expect(document().warnings[0]?.message).toMatch(/^Whether the model is there is not known\. Ollama at/u);
  });

  it('asks no server that the user has not agreed to', async () => {
    const { path, write } = createProject();
    const server = await startServer();
    write('.nexus.yml', `coder:\n  url: ${server.url}\n`);
    const { document } = await use(path, 'coder', 'mistral:7b');
    expect(document().warnings[0]).toMatchObject({ remedy: expect.stringContaining('nexus trust') });
    expect(server.calls).toEqual([]);
  });

  it('warns of a context that the model was not made for', async () => {
    const { path } = createProject({ 'a.txt': '' });
    await startServer({ models: [{ name: 'mistral:7b', contextTokens: 4096 }] });
    const { document } = await use(path, 'both', 'mistral:7b');
    expect(document().warnings.map(({ remedy }) => remedy)).toEqual([
      'Write `context: 4096` under `overseer:` in .nexus.yml, or less.',
      'Write `context: 4096` under `coder:` in .nexus.yml, or less.',
    ]);
  });

  it.each([
    ['a role that is none', ['tester', 'a:1b'], 'usage'],
    ['what is no name', ['coder', 'a b'], 'usage'],
    ['nothing', ['coder', ''], 'config-invalid'],
    ['a model of a cloud', ['coder', 'gpt-oss:120b-cloud'], 'model-refused-model'],
  ])('refuses %s and writes nothing', async (_, args, code) => {
    const { path } = createProject({ '.nexus.yml': CONFIG });
    expect((await use(path, ...args)).error).toMatchObject({ code });
    expect(readFileSync(join(path, '.nexus.yml'), 'utf8')).toBe(CONFIG);
  });

  it('takes a path with blanks for a model in this process, and says that a person must agree to it', async () => {
    const { path } = createProject({ '.nexus.yml': 'coder: { backend: embedded, model: a.gguf }\n' });
    await runNexus(['trust', '--yes'], { cwd: path });
    const { document } = await use(path, 'coder', 'my models/b.gguf');
    expect(document().warnings[0]?.message).toContain('my models/b.gguf');
    expect(document().warnings[0]?.remedy).toContain('nexus trust');
    expect(readFileSync(join(path, '.nexus.yml'), 'utf8')).toBe(
      'coder: { backend: embedded, model: my models/b.gguf }\n',
    );
  });

  it('refuses a file that is a link, that is no YAML, or that has mistakes', async () => {
    const { path, folder } = createProject({ 'a.txt': '' });
    writeFileSync(join(folder, 'outside.yml'), 'base: main\n');
    symlinkSync(join(folder, 'outside.yml'), join(path, '.nexus.yml'));
    expect((await use(path, 'coder', 'a:1b')).error).toMatchObject({ code: 'config-unreadable' });
    expect(readFileSync(join(folder, 'outside.yml'), 'utf8')).toBe('base: main\n');
    const other = createProject({ '.nexus.yml': 'codre: {}\ncoder: {}\n' });
    expect((await use(other.path, 'coder', 'a:1b')).error).toMatchObject({
      code: 'config-invalid',
      message: expect.stringContaining('.nexus.yml:1:1'),
    });
  });

  it('needs a repository', async () => {
    const { folder } = createProject();
    vi.stubEnv('GIT_CEILING_DIRECTORIES', folder);
    expect((await use(folder, 'coder', 'a:1b')).error).toMatchObject({ code: 'not-a-repository' });
  });
});
