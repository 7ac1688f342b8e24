import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { answersFolder } from '../../src/models/cache/response-cache.js';
import type { ScriptedOllama, ScriptedOllamaOptions } from '../support/scripted-ollama.js';
import { eventDocument } from './json-documents.js';
import { createProject, runNexus, startServer, type Project } from './run-nexus.js';
import { answering, BAD_CODE, SUM_PROJECT } from './sum-project.js';

async function setUp(
  options: Partial<ScriptedOllamaOptions> = {},
): Promise<{ project: Project; server: ScriptedOllama; answers: string }> {
  const project = createProject(SUM_PROJECT);
  // Beside the repository, so that it is there for as long.
  vi.stubEnv('NEXUS_CACHE_HOME', join(project.folder, 'cache'));
  const server = await startServer({ replies: answering(), ...options });
  return { project, server, answers: answersFolder(join(project.folder, 'cache')) };
}

async function nexus(project: Project, ...args: string[]) {
  return runNexus(args, { cwd: project.path });
}

/** The same commit in another place, where nothing was done yet. */
async function clone(project: Project): Promise<string> {
  const path = join(project.folder, 'clone');
  project.git(['clone', '--quiet', '--no-hardlinks', project.path, path]);
  for (const [name, value] of [
    ['user.name', 'Someone'],
    ['user.email', 'someone@example.com'],
  ] as const) {
    project.git(['-C', path, 'config', name, value]);
  }
  await runNexus(['trust', '--yes'], { cwd: path });
  return path;
}

describe('answers of earlier runs', () => {
  it('make a repeated run of unchanged work free', async () => {
    const { project, server } = await setUp();
    await nexus(project, 'trust', '--yes');
    expect((await nexus(project, 'run')).exitCode).toBe(0);
    const { length: requests } = server.requests;
    const { length: calls } = server.calls;
    const { length: loads } = server.loads;
    expect(requests).toBe(3);
    const path = await clone(project);
    const again = await runNexus(['run', '--json'], { cwd: path });
    expect(again.exitCode).toBe(0);
    expect(server.requests).toHaveLength(requests);
    // Which model it is has to be known, for each role; nothing else is asked.
    expect(server.calls.slice(calls)).toEqual(['GET /api/tags', 'GET /api/tags']);
    expect(server.loads).toHaveLength(loads);
    expect(project.git(['-C', path, 'rev-parse', 'nexus/fix-sum:sum.mjs'])).toBe(
      project.git(['rev-parse', 'nexus/fix-sum:sum.mjs']),
    );
    const events = again.stdout
      .trim()
      .split('\n')
      .map((line) => eventDocument.parse(JSON.parse(line)));
    expect(events.filter(({ type }) => type === 'request')).toEqual([]);
    const replies = events.filter((event) => event.type === 'reply');
    expect(replies).toHaveLength(3);
    for (const { cached, reused, usage } of replies) {
      expect({ cached, reused }).toEqual({ cached: true, reused: false });
      // Nothing was read or written for it now.
      expect(Object.keys(usage)).toEqual(['totalMs']);
    }
    const log = await runNexus(['log', 'fix-sum'], { cwd: path });
    expect(log.stdout.match(/\bcached\b/gu)).toHaveLength(3);
  });

  it('make a retry free', async () => {
    const { project, server } = await setUp();
    await nexus(project, 'trust', '--yes');
    await nexus(project, 'run');
    const retried = await nexus(project, 'retry', 'fix-sum');
    expect(retried.exitCode).toBe(0);
    expect(retried.stdout).toContain('fix-sum: an earlier run has the answer (--no-cache asks again)');
    expect(server.requests).toHaveLength(3);
  });

  it('are neither used nor kept with --no-cache', async () => {
    const { project, server, answers } = await setUp();
    await nexus(project, 'trust', '--yes');
    await nexus(project, 'run', '--no-cache');
    expect(server.requests).toHaveLength(3);
    expect(existsSync(answers)).toBe(false);
    await nexus(project, 'retry', 'fix-sum');
    expect(server.requests).toHaveLength(6);
    // And the mark that the plan is among them.
    expect(readdirSync(answers)).toHaveLength(4);
    await nexus(project, 'retry', 'fix-sum', '--no-cache');
    expect(server.requests).toHaveLength(9);
  });

  it('count only for the same model, not for another of its name', async () => {
    let digest = 'a'.repeat(64);
    const { project, server } = await setUp({
      override: (request, response) => {
        if (request.url !== '/api/tags') return false;
        const models = ['llama3.1:8b', 'qwen2.5-coder:7b'].map((name) => ({ name, model: name, digest }));
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ models }));
        return true;
      },
    });
    await nexus(project, 'trust', '--yes');
    await nexus(project, 'run');
    digest = 'b'.repeat(64);
    await nexus(project, 'retry', 'fix-sum');
    expect(server.requests).toHaveLength(6);
    // A server that names no digest tells nothing of what answers.
    digest = '';
    await nexus(project, 'retry', 'fix-sum');
    await nexus(project, 'retry', 'fix-sum');
    expect(server.requests).toHaveLength(12);
    digest = 'a'.repeat(64);
    await nexus(project, 'retry', 'fix-sum');
    expect(server.requests).toHaveLength(12);
  });

  it('are kept only if they are whole, and were not drawn by chance', async () => {
    let endings = 0;
    const answer = answering();
    const { project, server, answers } = await setUp({
      replies: (chat, index) => {
        const reply = answer(chat, index);
        if (typeof reply !== 'string') return reply;
        endings += 1;
        return {
          text: endings === 1 ? BAD_CODE.slice(0, 30) : reply,
          ending: endings === 1 ? 'length' : 'stop',
        };
      },
    });
    await nexus(project, 'trust', '--yes');
    expect((await nexus(project, 'run')).exitCode).toBe(0);
    expect(server.requests).toHaveLength(4);
    expect(server.requests.map(({ options }) => options['temperature'])).toEqual([
      0,
      0,
      expect.any(Number),
      0,
    ]);
    expect(server.requests[2]?.options['temperature']).toBeGreaterThan(0);
    // And the mark that the plan is among them.
    expect(readdirSync(answers)).toHaveLength(3);
  });

  it('are no reason to fail when they can’t be kept: it is said once', async () => {
    const { project, server } = await setUp();
    vi.stubEnv('NEXUS_CACHE_HOME', join(project.path, 'sum.mjs'));
    await nexus(project, 'trust', '--yes');
    const ran = await nexus(project, 'run');
    expect(ran.exitCode).toBe(0);
    expect(ran.stdout.match(/Answers can't be kept for later runs/gu)).toHaveLength(1);
    expect(server.requests).toHaveLength(3);
  });
});
