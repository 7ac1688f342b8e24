import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { errorDocument, statusDocument } from '../commands/json-documents.js';
import { answering, SUM_PROJECT } from '../commands/sum-project.js';
import { startScriptedOllama, type Replies, type ScriptedOllama } from '../support/scripted-ollama.js';
import { createTempRepository } from '../support/temp-repository.js';
import { PROJECT, spawnNexus, startNexus, type Spawned } from './spawn-nexus.js';

interface Place {
  cwd: string;
  env: Record<string, string>;
  nexus: (...args: string[]) => Promise<Spawned>;
}

/** A real repository with these files, and a user of its own. */
function createPlace(files: Readonly<Record<string, string>> = {}, url = '127.0.0.1:1'): Place {
  const repository = createTempRepository();
  onTestFinished(() => repository.dispose());
  if (Object.keys(files).length > 0) repository.commit('Project', files);
  const env = { NEXUS_CONFIG_HOME: join(repository.folder, 'home'), OLLAMA_HOST: url };
  const cwd = repository.path;
  return { cwd, env, nexus: async (...args) => spawnNexus(args, { cwd, env }) };
}

async function startServer(replies: Replies): Promise<ScriptedOllama> {
  const server = await startScriptedOllama({ replies });
  onTestFinished(async () => server.close());
  return server;
}

describe('exit codes and errors', () => {
  const version: string = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8')).version;

  it('prints its version, also behind other flags', async () => {
    const { nexus, cwd } = createPlace();
    for (const args of [['--version'], ['-V'], ['-C', cwd, '--version']]) {
      expect(await nexus(...args)).toMatchObject({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
    }
  });

  it.each([
    ['a wrong flag', ['status', '--nope'], 2, 'usage'],
    ['an unknown command', ['stats'], 2, 'usage'],
    ['an unknown task', ['review', 'fix-som'], 2, 'unknown-task'],
    ['commands without agreement', ['run'], 3, 'not-approved'],
  ])('%s', async (_, args, exitCode, code) => {
    const { nexus } = createPlace(SUM_PROJECT);
    const text = await nexus(...args);
    expect(text).toMatchObject({ exitCode, stdout: '' });
    expect(text.stderr).toMatch(/^error: .+\n(?:.*\n)* {2}→ .+\n$/u);
    const json = await nexus(...args, '--json');
    expect(json.exitCode).toBe(exitCode);
    const { error } = errorDocument.parse(JSON.parse(json.stdout));
    expect(error).toMatchObject({ code, exitCode });
    expect(json.stderr).toBe(text.stderr);
  });

  it('not a repository', async () => {
    const cwd = mkdtempSync(join(tmpdir(), 'nexus-none-'));
    onTestFinished(() => rmSync(cwd, { recursive: true }));
    const { exitCode, stderr } = await spawnNexus(['status'], { cwd });
    expect(exitCode).toBe(4);
    expect(stderr).toContain('is not inside a git repository');
  });

  it('broken YAML, with every place', async () => {
    const { nexus } = createPlace({ 'tasks.yml': 'tasks:\n  - id: a\n    titel: x\n  - [\n' });
    const { exitCode, stderr } = await nexus('status');
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/tasks\.yml:\d+:\d+ /u);
  });

  it('no server', async () => {
    const { nexus } = createPlace(SUM_PROJECT);
    expect((await nexus('trust', '--yes')).exitCode).toBe(0);
    const { exitCode, stderr } = await nexus('run');
    expect(exitCode).toBe(5);
    expect(stderr).toContain('does not answer: ECONNREFUSED.\n  → Start it with `ollama serve`');
  });

  it('an old node is told in one line', async () => {
    const { cwd } = createPlace();
    const before = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.18.3' } })`;
    expect(await spawnNexus(['status'], { cwd, before })).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: 'Nexus needs Node 20.19 or newer; this is 20.18.3.\n',
    });
  });

  it('a defect of Nexus is called one, with its stack', async () => {
    const { cwd } = createPlace();
    const before = `
      import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      fs.statSync = () => { throw new TypeError('boom') };
      syncBuiltinESMExports();`;
    const { exitCode, stdout, stderr } = await spawnNexus(['status', '--json'], { cwd, before });
    expect(exitCode).toBe(70);
    expect(stderr).toContain('error: Nexus has met a defect of its own.');
    expect(stderr).toMatch(/TypeError: boom\n +at /u);
    expect(errorDocument.parse(JSON.parse(stdout)).error.code).toBe('internal');
  });

  it('a reader that goes away is no error', async () => {
    const tasks = Array.from({ length: 3000 }, (_, index) => `  - Task number ${index}`);
    const { cwd, env } = createPlace({ 'tasks.yml': `tasks:\n${tasks.join('\n')}\n` });
    const { child, done } = startNexus(['status'], { cwd, env });
    child.stdout?.destroy();
    expect(await done).toMatchObject({ exitCode: 0, stderr: '' });
  });
});

describe('from tasks.yml to the accepted branch', () => {
  it('with nothing but the command line', async () => {
    const server = await startServer(answering());
    const { nexus, cwd, env } = createPlace(SUM_PROJECT, server.url);
    expect((await nexus('init')).stdout).toContain('kept  tasks.yml, which was there');
    expect((await nexus('trust', '--yes')).exitCode).toBe(0);
    const ran = await nexus('run');
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    expect(ran.stdout).toContain('fix-sum: ready for review: nexus review fix-sum');
    // From a folder that is not the repository.
    const status = await spawnNexus(['-C', cwd, 'status', '--json'], { cwd: tmpdir(), env });
    const { tasks } = statusDocument.parse(JSON.parse(status.stdout));
    expect(tasks[0]?.state.kind).toBe('review');
    expect((await nexus('accept', 'fix-sum')).exitCode).toBe(0);
    expect(readFileSync(join(cwd, 'sum.mjs'), 'utf8')).toContain('a + b');
  });
});
