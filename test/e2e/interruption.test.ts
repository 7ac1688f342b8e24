import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { answering, SUM_PROJECT } from '../commands/sum-project.js';
import { startScriptedOllama, type Replies, type ScriptedOllama } from '../support/scripted-ollama.js';
import { createTempRepository } from '../support/temp-repository.js';
import { waitUntil } from '../support/wait-until.js';
import { spawnNexus, startNexus } from './spawn-nexus.js';

type Working = 'run' | 'watch';

const PROJECT = { ...SUM_PROJECT, '.nexus.yml': `${SUM_PROJECT['.nexus.yml']}watch: { settle: 0.2 }\n` };

async function startServer(replies: Replies): Promise<ScriptedOllama> {
  const server = await startScriptedOllama({ replies });
  onTestFinished(async () => server.close());
  return server;
}

/** The command, with its first request under way. */
async function startWorking(command: Working, delayMs: number) {
  const server = await startServer((chat, index) => {
    const reply = answering()(chat, index);
    return typeof reply === 'string' ? { text: reply, delayMs } : { ...reply, delayMs };
  });
  const repository = createTempRepository();
  onTestFinished(() => repository.dispose());
  repository.commit('Project', PROJECT);
  const cwd = repository.path;
  const env = { NEXUS_CONFIG_HOME: join(repository.folder, 'home'), OLLAMA_HOST: server.url };
  await spawnNexus(['trust', '--yes'], { cwd, env });
  const running = startNexus([command], { cwd, env });
  onTestFinished(() => void running.child.kill('SIGKILL'));
  await server.received(0);
  return { ...running, cwd, env, server };
}

/** The kernel does not keep the order of signals that are sent together; the first has to be seen first. */
async function untilTold(child: ReturnType<typeof startNexus>['child']): Promise<void> {
  let told = '';
  child.stderr?.on('data', (chunk: Buffer) => (told += chunk.toString()));
  await waitUntil(
    () => told.includes('Stopping'),
    () => 'the message that it stops',
  );
}

describe.skipIf(process.platform === 'win32')('a signal', () => {
  // All three are told apart nowhere: test/commands/interruption.test.ts.
  it.each<[Working, NodeJS.Signals]>([
    ['run', 'SIGINT'],
    ['watch', 'SIGTERM'],
  ])(
    'during nexus %s: %s lets the request end and keeps its answer; the next run goes on',
    async (command, signal) => {
      const { child, done, cwd, env, server } = await startWorking(command, 700);
      child.kill(signal);
      const { exitCode, stderr } = await done;
      expect(exitCode).toBe(130);
      expect(stderr).toMatch(
        /^Stopping after the current request; .*\nerror: Interrupted\. .*\n {2}→ nexus run goes on/u,
      );
      expect(server.requests).toHaveLength(1);
      expect(existsSync(join(cwd, '.git/nexus/lock'))).toBe(false);
      const again = await spawnNexus(['run'], { cwd, env });
      expect(again).toMatchObject({ exitCode: 0 });
      expect(again.stdout).toContain('goes on where its last run stopped');
      const asked = server.requests.map(({ raw }) => raw);
      expect(new Set(asked).size).toBe(asked.length);
    },
  );

  it.each<Working>(['watch'])(
    'twice during nexus %s ends it at once, and the lock is given back',
    async (command) => {
      const { child, done, cwd } = await startWorking(command, 60_000);
      child.kill('SIGINT');
      await untilTold(child);
      const second = performance.now();
      child.kill('SIGTERM');
      expect(await done).toMatchObject({ exitCode: 130 });
      expect(performance.now() - second).toBeLessThan(5_000);
      expect(existsSync(join(cwd, '.git/nexus/lock'))).toBe(false);
    },
  );

  it('three times ends the process whatever it does', async () => {
    const { child, done } = await startWorking('run', 60_000);
    child.kill('SIGINT');
    await untilTold(child);
    child.kill('SIGINT');
    child.kill('SIGTERM');
    expect(await done).toMatchObject({ exitCode: 130 });
  });

  it('in an idle watch ends it', async () => {
    const { child, done, server } = await startWorking('watch', 0);
    await server.received(2);
    let out = '';
    child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
    await waitUntil(
      () => out.includes('watching tasks.yml'),
      () => `the watch to be idle: ${out}`,
    );
    child.kill('SIGTERM');
    const { exitCode, stderr } = await done;
    expect(exitCode).toBe(130);
    // Nothing was interrupted.
    expect(stderr).toBe('Stopping after the current request; Ctrl-C again stops at once.\n');
  });
});
