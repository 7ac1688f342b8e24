import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { answering, GOOD_CODE, SUM_PROJECT } from '../commands/sum-project.js';
import { statusDocument } from '../commands/json-documents.js';
import { createProject, startServer } from '../commands/run-nexus.js';
import { waitUntil } from '../support/wait-until.js';
import { PROJECT, spawnNexus } from './spawn-nexus.js';

/** util-linux's `script` gives a command a terminal of its own; that of other systems takes other arguments. */
const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;

it.skipIf(!hasScript)('a closed terminal ends a watch after its request, with nothing lost', async () => {
  const config = `${SUM_PROJECT['.nexus.yml']}watch: { settle: 0.1 }\n`;
  const project = createProject({ ...SUM_PROJECT, '.nexus.yml': config });
  const code = { text: GOOD_CODE, delayMs: 1500 };
  const server = await startServer({ replies: answering({ code }) });
  const cwd = project.path;
  await spawnNexus(['trust', '--yes'], { cwd });
  const cli = join(PROJECT, 'dist', 'cli.js');
  const { CI: _, ...env } = process.env;
  const watch = `"${process.execPath}" "${cli}" watch`;
  const terminal = spawn('script', ['--quiet', '--command', watch, '/dev/null'], {
    cwd,
    env: { ...env, TERM: 'xterm' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void terminal.kill('SIGKILL'));
  let shown = '';
  terminal.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
  });
  await waitUntil(
    () => shown.includes('coding step 1/1'),
    () => `the live view of the Coder's request; shown was ${JSON.stringify(shown)}`,
  );
  const status = async () => {
    const { stdout } = await spawnNexus(['status', '--json'], { cwd });
    return statusDocument.parse(JSON.parse(stdout));
  };
  const pid = (await status()).worker?.pid ?? 0;
  expect(pid).toBeGreaterThan(0);
  // With its end the terminal is gone: the system sends SIGHUP, and every write to it fails.
  terminal.kill('SIGKILL');
  await waitUntil(
    () => !isAlive(pid),
    () => `the end of process ${pid}`,
  );
  const after = await status();
  expect(after.worker).toBeNull();
  expect(after.tasks[0]?.state).toEqual({ kind: 'ready', why: 'interrupted' });
  // The request under way was finished, and what it brought is kept.
  expect(server.requests).toHaveLength(2);
  expect(project.git(['log', '--format=%s', 'nexus/fix-sum'])).toMatch(/^Add\n/u);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
