import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ONE_STEP } from '../integration/greeting.js';
import { scripted } from '../integration/script.js';
import { PROJECT } from '../e2e/spawn-nexus.js';
import { startScriptedOllama } from '../support/scripted-ollama.js';
import { createTempRepository } from '../support/temp-repository.js';
import { copyCommandLine } from './cli-copy.js';
import { startProcess } from './nexus-process.js';
import { findProcesses, killProcesses } from './processes.js';

/** Never ends by itself, and has a child that does not, either: a server that a test started, say. */
const ENDLESS = 'sleep 1000 & sleep 1000';

/** `R` while its main thread runs or waits for a core, `S` while it waits for something (proc(5)). */
function stateOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2)[0];
}

describe.skipIf(process.platform !== 'linux')('a check that runs when Nexus is killed', () => {
  it('is ended with all that it started', async () => {
    const repository = createTempRepository();
    onTestFinished(() => repository.dispose());
    const server = await startScriptedOllama({ replies: scripted(ONE_STEP) });
    onTestFinished(async () => server.close());
    const cli = copyCommandLine(PROJECT, join(repository.folder, 'nexus'));
    const cwd = repository.path;
    const home = join(repository.folder, 'home');
    mkdirSync(home);
    repository.commit('Project', {
      'tasks.yml': 'tasks:\n  - Say hello\n',
      '.nexus.yml': `checks: ['${ENDLESS}']\noverseer: { url: '${server.url}' }\ncoder: { url: '${server.url}' }\n`,
    });
    const mark = `NEXUS_CONFIG_HOME=${home}`;
    onTestFinished(() => void killProcesses(mark));
    const start = (...args: string[]) =>
      startProcess(cli, args, { cwd, env: { NEXUS_CONFIG_HOME: home }, mark });
    expect((await start('trust', '--yes').ended).exitCode).toBe(0);
    const running = start('run');
    const sleeping = () => findProcesses(mark).filter(({ command }) => command === 'sleep 1000');
    await vi.waitFor(() => expect(sleeping()).toHaveLength(2), { timeout: 60_000, interval: 20 });
    // On a busy machine the check may be up before Nexus is back from starting it.
    await vi.waitFor(() => expect(stateOf(running.pid)).toBe('S'), { timeout: 60_000, interval: 1 });
    running.kill('alone');
    await running.ended;
    await vi.waitFor(() => expect(findProcesses(mark)).toEqual([]), { timeout: 20_000, interval: 20 });
  });
});
