import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  startScriptedOpenAi,
  type ScriptedOpenAi,
  type ScriptedOpenAiOptions,
} from '../support/scripted-openai.js';
import { doctorDocument, modelsDocument } from './json-documents.js';
import { createProject, runNexus, type Project } from './run-nexus.js';
import { answerSum, SUM_PROJECT } from './sum-project.js';

/*
 * Commands with servers that are not Ollama.
 */

async function serve(
  options: Partial<ScriptedOpenAiOptions> & Pick<ScriptedOpenAiOptions, 'kind'>,
): Promise<ScriptedOpenAi> {
  const server = await startScriptedOpenAi({
    replies: ({ messages, response_format }) => {
      const answer = answerSum(messages, response_format);
      return typeof answer === 'string' ? answer : { json: answer };
    },
    ...options,
  });
  onTestFinished(async () => server.close());
  return server;
}

/** The project with the wrong sum, its servers and commands approved. */
async function setUp(config: string): Promise<Project> {
  const project = createProject({ ...SUM_PROJECT, '.nexus.yml': `${SUM_PROJECT['.nexus.yml']}${config}` });
  await runNexus(['trust', '--yes'], { cwd: project.path });
  return project;
}

async function findings(path: string) {
  const { json } = await runNexus(['doctor', '--json'], { cwd: path });
  return new Map(doctorDocument.parse(json()).findings.map((finding) => [finding.check, finding]));
}

describe('nexus run', () => {
  it('does a task with two models on two servers of different kinds, each with its own key', async () => {
    const studio = await serve({ kind: 'lm-studio', apiKey: 'key-1' });
    const vllm = await serve({ kind: 'vllm', apiKey: 'key-2', models: ['org/coder'], loadedContext: 16_384 });
    const { path, git } = await setUp(
      `overseer: { backend: lm-studio, url: '${studio.url}' }\n` +
        `coder: { backend: vllm, model: coder, url: '${vllm.url}/v1', api_key_env: MY_VLLM }\n`,
    );
    vi.stubEnv('LM_API_TOKEN', 'key-1');
    vi.stubEnv('MY_VLLM', 'key-2');
    const ran = await runNexus(['run'], { cwd: path });
    expect(ran.stdout).toContain('fix-sum: ready for review');
    expect(git(['show', 'nexus/fix-sum:sum.mjs'])).toBe('export const sum = (a, b) => a + b;');
    expect(studio.loads).toEqual([{ model: 'llama3.1:8b', context: 8192 }]);
    expect(new Set(studio.keys)).toEqual(new Set(['Bearer key-1']));
    expect(new Set(vllm.keys)).toEqual(new Set(['Bearer key-2']));
    const log = await runNexus(['log', 'fix-sum', '--json'], { cwd: path });
    expect(log.exitCode).toBe(0);
    expect(`${ran.stdout}${ran.stderr}${log.stdout}`).not.toMatch(/key-[12]/);
  });

  it('asks no server to which the user has not agreed, by whatever kind it is named', async () => {
    const server = await serve({ kind: 'llama-server', loadedContext: 16_384 });
    const { path, write } = await setUp('');
    write('.nexus.yml', `coder: { backend: llama-server, url: '${server.url}', api_key_env: HOME }\n`);
    const { error } = await runNexus(['run'], { cwd: path });
    expect(error).toMatchObject({ code: 'not-approved', exitCode: 3 });
    expect(error?.message).toContain(`coder talks to: llama-server at ${server.url}, with the key in HOME`);
    expect(server.calls).toEqual([]);
  });

  it('says in every run where prompts go when they leave the private network', async () => {
    const { path } = await setUp(
      "allow_remote: true\noverseer: { backend: vllm, url: 'http://models.invalid:1' }\n",
    );
    const { stdout, error } = await runNexus(['run'], { cwd: path });
    expect(stdout).toContain(
      "The overseer's prompts, with your code, go to models.invalid:1 (allow_remote).",
    );
    expect(error).toMatchObject({ code: 'model-not-running', remedy: expect.stringContaining('vllm serve') });
  });
});

describe('nexus models list', () => {
  it('shows what one of two servers has, and what is wrong with the other', async () => {
    const living = await serve({ kind: 'vllm', models: ['big'] });
    const { path } = await setUp(
      `overseer: { backend: vllm, model: big, url: '${living.url}' }\n` +
        "coder: { backend: lm-studio, url: 'http://127.0.0.1:1' }\n",
    );
    const { exitCode, stdout } = await runNexus(['models', 'list'], { cwd: path });
    expect(exitCode).toBe(5);
    expect(stdout).toMatch(/^big .*overseer$/mu);
    expect(stdout).toContain(
      '\nLM Studio at http://127.0.0.1:1\n' +
        'LM Studio at http://127.0.0.1:1 does not answer: ECONNREFUSED.\n' +
        '  → Start it with `lms server start`',
    );
    const { json } = await runNexus(['models', 'list', '--json'], { cwd: path });
    const { servers } = modelsDocument.parse(json());
    expect(servers.map(({ kind, models, error }) => [kind, models.length, error?.code])).toEqual([
      ['vllm', 1, undefined],
      ['lm-studio', 0, 'model-not-running'],
    ]);
  });

  it('says of both servers what is wrong when both are away', async () => {
    const { path } = await setUp("coder: { backend: vllm, url: 'http://127.0.0.1:1' }\n");
    const { exitCode, stdout } = await runNexus(['models', 'list'], { cwd: path });
    expect(exitCode).toBe(5);
    expect(stdout.match(/ECONNREFUSED/g)).toHaveLength(2);
  });
});

describe('nexus doctor', () => {
  it.each([
    ['lm-studio', 'LM Studio', 'nexus models pull gone:7b'],
    ['lemonade', 'Lemonade', 'nexus models pull gone:7b'],
    ['llama-server', 'llama-server', '--alias gone:7b'],
    ['vllm', 'vLLM', 'vllm serve gone:7b'],
    ['openai', 'OpenAI-compatible server', 'nexus models list'],
  ] as const)(
    '%s: its server, and a missing model with the way to get it there',
    async (kind, title, remedy) => {
      const server = await serve({ kind, loadedContext: 16_384 });
      const role = `backend: ${kind}, url: '${server.url}'`;
      const { path } = await setUp(`overseer: { ${role} }\ncoder: { ${role}, model: 'gone:7b' }\n`);
      const found = await findings(path);
      expect(found.get('server')).toMatchObject({
        level: 'ok',
        message: expect.stringContaining(`${title} at `),
      });
      expect(found.get('overseer-model')?.level).toBe('ok');
      expect(found.get('coder-model')).toMatchObject({
        level: kind === 'openai' ? 'warn' : 'fail',
        remedy: expect.stringContaining(remedy),
      });
    },
  );

  it('says how a server that is not there is started', async () => {
    for (const [kind, start] of [
      ['lm-studio', 'lms server start'],
      ['lemonade', 'lemond'],
      ['llama-server', 'llama-server -m'],
      ['vllm', 'vllm serve'],
      ['openai', 'url:'],
    ] as const) {
      const role = `backend: ${kind}, url: 'http://127.0.0.1:1'`;
      const { path } = await setUp(`overseer: { ${role} }\ncoder: { ${role} }\n`);
      const finding = (await findings(path)).get('server');
      expect(finding).toMatchObject({ level: 'fail', remedy: expect.stringContaining(start) });
    }
  });

  it('finds a context that is too small where a request cannot set it, and takes a larger one', async () => {
    const small = await serve({ kind: 'llama-server', loadedContext: 8192 });
    const role = `backend: llama-server, url: '${small.url}'`;
    const { path } = await setUp(`overseer: { ${role} }\ncoder: { ${role}, context: 12288 }\n`);
    const found = await findings(path);
    expect(found.get('coder-loaded')).toMatchObject({
      level: 'fail',
      message: expect.stringContaining('8192 tokens; the coder is configured for 12288'),
      remedy: expect.stringContaining('-c 12288'),
    });
    expect(found.has('overseer-loaded')).toBe(false);
  });

  it('says that Lemonade keeps one model where the roles use two', async () => {
    const server = await serve({ kind: 'lemonade' });
    const role = `backend: lemonade, url: '${server.url}'`;
    const { path } = await setUp(`overseer: { ${role} }\ncoder: { ${role} }\n`);
    expect((await findings(path)).get('loaded-models')).toMatchObject({
      level: 'warn',
      remedy: expect.stringContaining('max_loaded_models=2'),
    });
    const one = await setUp(`overseer: { ${role}, model: m }\ncoder: { ${role}, model: m }\n`);
    expect((await findings(one.path)).has('loaded-models')).toBe(false);
  });

  it('takes a server that lists no models at its word', async () => {
    const server = await serve({
      kind: 'openai',
      override: (request, response) => {
        if (request.method !== 'GET') return false;
        response.statusCode = 404;
        response.end('{"detail":"Not Found"}');
        return true;
      },
    });
    const role = `backend: openai, url: '${server.url}/v1'`;
    const { path } = await setUp(`overseer: { ${role} }\ncoder: { ${role} }\n`);
    expect((await findings(path)).get('coder-model')?.level).toBe('warn');
    expect((await runNexus(['models', 'list'], { cwd: path })).exitCode).toBe(0);
    expect((await runNexus(['run'], { cwd: path })).stdout).toContain('fix-sum: ready for review');
  });

  it('says that a server is not away but loading', async () => {
    const server = await serve({ kind: 'llama-server', loadingFor: 1e9 });
    const role = `backend: llama-server, url: '${server.url}'`;
    const { path } = await setUp(`overseer: { ${role} }\ncoder: { ${role} }\n`);
    expect((await findings(path)).get('server')).toMatchObject({
      level: 'fail',
      message: expect.stringContaining('Loading model'),
      remedy: expect.stringContaining('try again in a moment'),
    });
  });

  it('says that a key is wrong, and in which variable it is missing', async () => {
    const server = await serve({ kind: 'vllm', apiKey: 'right' });
    const role = `backend: vllm, url: '${server.url}'`;
    const { path } = await setUp(`overseer: { ${role} }\ncoder: { ${role} }\n`);
    expect((await findings(path)).get('server')).toMatchObject({
      level: 'fail',
      message: expect.stringContaining('for want of a key'),
    });
    const named = await setUp(`overseer: { ${role} }\ncoder: { ${role}, api_key_env: NOT_SET }\n`);
    expect((await findings(named.path)).get('server')?.message).toContain('NOT_SET');
  });

  it('recognises Ollama under another name', async () => {
    const server = await serve({
      kind: 'openai',
      override: (request, response) => {
        if (request.url === '/api/version') response.end('{"version":"0.24.0"}');
        else response.end('Ollama is running');
        return true;
      },
    });
    const role = `backend: openai, url: '${server.url}/v1'`;
    const { path } = await setUp(`overseer: { ${role} }\ncoder: { ${role} }\n`);
    expect((await findings(path)).get('server')).toMatchObject({
      level: 'fail',
      remedy: 'Write `backend: ollama` for the role in .nexus.yml.',
    });
  });
});

describe('nexus models', () => {
  it('lists each server with what it tells', async () => {
    const studio = await serve({ kind: 'lm-studio', loadedContext: 8192 });
    const vllm = await serve({ kind: 'vllm', models: ['other'], loadedContext: 16_384 });
    const { path } = await setUp(
      `overseer: { backend: lm-studio, url: '${studio.url}' }\ncoder: { backend: vllm, url: '${vllm.url}' }\n`,
    );
    const { exitCode, stdout } = await runNexus(['models', 'list'], { cwd: path });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/^LM Studio at \S+$/mu);
    expect(stdout).toMatch(/^llama3\.1:8b +4\.7 GB +7B Q4_K_M +32768 +context 8192 +overseer$/mu);
    expect(stdout).toMatch(/^vLLM at \S+ \(version 0\.12\.0\)$/mu);
    expect(stdout).toMatch(
      /the coder's model qwen2\.5-coder:7b is missing\n {2}→ Start it with `vllm serve/u,
    );
    const { servers } = modelsDocument.parse(
      (await runNexus(['models', 'list', '--json'], { cwd: path })).json(),
    );
    expect(servers.map(({ kind, version }) => [kind, version])).toEqual([
      ['lm-studio', undefined],
      ['vllm', '0.12.0'],
    ]);
  });

  it('downloads where the server can, and says what to do where it cannot', async () => {
    const lemonade = await serve({ kind: 'lemonade' });
    const vllm = await serve({ kind: 'vllm' });
    const { path } = await setUp(
      `overseer: { backend: lemonade, model: new, url: '${lemonade.url}' }\ncoder: { backend: vllm, url: '${vllm.url}' }\n`,
    );
    const done = await runNexus(['models', 'pull', 'new'], { cwd: path });
    expect(done.stdout).toMatch(/^ready: new on Lemonade at /mu);
    const { error } = await runNexus(['models', 'pull', 'qwen2.5-coder:7b'], { cwd: path });
    expect(error).toMatchObject({
      code: 'cannot-pull',
      exitCode: 5,
      message: expect.stringContaining('vLLM at '),
      remedy: expect.stringContaining('vllm serve qwen2.5-coder:7b'),
    });
  });
});
