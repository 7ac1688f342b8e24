import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { runCommand, type CommandInput } from '../../src/checks/run-command.js';
import { createPlatform } from '../../src/platform.js';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'nexus-command-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, more: Partial<CommandInput> = {}) {
  return runCommand({
    command,
    cwd: folder,
    env: process.env,
    timeoutMs: 15_000,
    maxOutput: 10_000,
    signal: new AbortController().signal,
    ...more,
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie answers too; where nobody reaps orphans it may stay one.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function untilDead(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100 && isAlive(pid); tries += 1) await wait(20);
  return !isAlive(pid);
}

async function untilWritten(file: string): Promise<string> {
  for (let tries = 0; tries < 400; tries += 1) {
    try {
      const text = readFileSync(file, 'utf8');
      if (text.endsWith('\n')) return text;
    } catch {
      // Not yet.
    }
    await wait(10);
  }
  throw new Error(`${file} was never written`);
}

test('a command that passes: code, both streams, time', async () => {
  const result = await run('echo out; echo err >&2');
  expect(result).toMatchObject({ outcome: 'passed', exitCode: 0, signal: undefined });
  expect(result.output.split('\n').sort()).toEqual(['', 'err', 'out']);
  expect(result.durationMs).toBeGreaterThanOrEqual(0);
});

test('a command that fails keeps its code', async () => {
  expect(await run('echo no; exit 3')).toMatchObject({ outcome: 'failed', exitCode: 3, output: 'no\n' });
});

test('a command that a signal ends has failed', async () => {
  const result = await run('kill -SEGV $$');
  expect(result).toMatchObject({ outcome: 'failed', exitCode: undefined, signal: 'SIGSEGV' });
});

test('stdin is closed: nothing can wait for an answer', async () => {
  expect(await run('cat; echo done')).toMatchObject({ outcome: 'passed', output: 'done\n' });
});

describe('a command that is not there could not run', () => {
  test('not found', async () => {
    const result = await run('nexus-no-such-command --x');
    expect(result).toMatchObject({ outcome: 'could-not-run', exitCode: 127 });
    expect(result.output).toContain('nexus-no-such-command');
  });

  test('not executable', async () => {
    writeFileSync(path.join(folder, 'tool'), 'x', { mode: 0o644 });
    expect(await run('./tool')).toMatchObject({ outcome: 'could-not-run', exitCode: 126 });
  });

  test('the shell itself cannot start', async () => {
    const result = await run('true', { cwd: path.join(folder, 'gone') });
    expect(result).toMatchObject({ outcome: 'could-not-run', exitCode: undefined });
    expect(result.output).toContain('ENOENT');
  });

  test('the system refuses the command line', async () => {
    const before = process.listenerCount('exit');
    expect(await run('echo \0')).toMatchObject({ outcome: 'could-not-run', exitCode: undefined });
    expect(process.listenerCount('exit')).toBe(before);
  });

  test('as cmd.exe tells it', async () => {
    // The shell is sh here; only what its end means is read as on Windows.
    const windows = { ...createPlatform(), name: 'win32' as const };
    const sentence = "'vitest' is not recognized as an internal or external command,";
    expect(await run('exit 9', { platform: windows })).toMatchObject({ outcome: 'failed' });
    expect(await run('exit 127', { platform: windows })).toMatchObject({ outcome: 'failed' });
    const missing = await run(`echo "${sentence}"; exit 1`, { platform: windows });
    expect(missing).toMatchObject({ outcome: 'could-not-run', exitCode: 1 });
  });
});

test('a timeout ends the command and what it started, also what ignores a polite end', async () => {
  const script = `trap '' TERM; sh -c 'trap "" TERM; echo $$ > pid; while :; do sleep 0.05; done' & wait`;
  const result = await run(script, { timeoutMs: 300 });
  expect(result.outcome).toBe('timed-out');
  expect(await untilDead(Number(readFileSync(path.join(folder, 'pid'), 'utf8')))).toBe(true);
}, 10_000);

test('what was written before the timeout is kept', async () => {
  const result = await run('echo begun; sleep 30', { timeoutMs: 400 });
  expect(result).toMatchObject({ outcome: 'timed-out', output: 'begun\n' });
});

test('a timeout beyond what a timer can hold does not fire at once', async () => {
  expect(await run('sleep 0.1', { timeoutMs: 1e12 })).toMatchObject({ outcome: 'passed' });
});

test('a background child that holds the output open does not hang us, and ends too', async () => {
  const result = await run('sleep 60 & echo $!');
  expect(result).toMatchObject({ outcome: 'passed' });
  expect(await untilDead(Number(result.output))).toBe(true);
  expect(result.durationMs).toBeLessThan(5000);
});

test('a background child in a group of its own does not hang us either', async () => {
  const script = `const {spawn} = require('child_process');
    const child = spawn('sleep', ['60'], {detached: true, stdio: 'inherit'}); child.unref(); console.log(child.pid);`;
  writeFileSync(path.join(folder, 'daemon.js'), script);
  const result = await run('node daemon.js');
  process.kill(Number(result.output), 'SIGKILL');
  expect(result).toMatchObject({ outcome: 'passed' });
});

test('all output of a fast writer arrives', async () => {
  const result = await run(`node -e "process.stdout.write('x'.repeat(3000000)); process.exitCode = 2"`, {
    maxOutput: 4_000_000,
  });
  expect(result.exitCode).toBe(2);
  expect(result.output).toHaveLength(3_000_000);
});

test('output past the cap keeps its beginning and end and says how much is gone', async () => {
  const result = await run(
    `echo first; i=0; while [ $i -lt 2000 ]; do echo 0123456789; i=$((i+1)); done; echo last`,
    {
      maxOutput: 1000,
    },
  );
  expect(result.output.startsWith('first\n0123456789\n')).toBe(true);
  expect(result.output.endsWith('0123456789\nlast\n')).toBe(true);
  const all = 6 + 2000 * 11 + 5;
  expect(result.output).toContain(`\n[… ${all - 1000} characters of output left out …]\n`);
});

test('letters that arrive in two halves stay whole', async () => {
  const result = await run(`printf '\\303'; sleep 0.2; printf '\\244\\n'`);
  expect(result.output).toBe('ä\n');
});

test('an abort ends the group and throws its reason', async () => {
  const controller = new AbortController();
  const running = run('sleep 60 & echo $! > pid; wait', { signal: controller.signal });
  const pid = Number(await untilWritten(path.join(folder, 'pid')));
  controller.abort(new Error('enough'));
  await expect(running).rejects.toThrow('enough');
  expect(await untilDead(pid)).toBe(true);
});

test('aborted before it began, nothing runs', async () => {
  await expect(run('touch ran', { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow(
    'before',
  );
  expect(() => readFileSync(path.join(folder, 'ran'))).toThrow('ENOENT');
});

test('no listener is left behind', async () => {
  const before = ['exit', 'SIGINT', 'SIGTERM', 'SIGHUP'].map((event) => process.listenerCount(event));
  const controller = new AbortController();
  await Promise.all([run('true', { signal: controller.signal }), run('sleep 0.1')]);
  expect(['exit', 'SIGINT', 'SIGTERM', 'SIGHUP'].map((event) => process.listenerCount(event))).toEqual(
    before,
  );
});

describe('our own end ends the commands', () => {
  /** The module and what it imports as plain JavaScript, so that a bare node can run them. */
  let built: string;
  beforeAll(() => {
    built = realpathSync(mkdtempSync(path.join(tmpdir(), 'nexus-built-')));
    const root = path.join(import.meta.dirname, '..', '..');
    const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = ['--target', 'es2023', '--module', 'nodenext', '--types', 'node', '--skipLibCheck'];
    const where = ['--ignoreConfig', '--rootDir', path.join(root, 'src'), '--outDir', built];
    const entry = path.join(root, 'src', 'checks', 'run-command.ts');
    execFileSync(process.execPath, [tsc, ...options, ...where, '--strict', entry], { cwd: root });
    writeFileSync(path.join(built, 'package.json'), '{"type":"module"}');
  });
  afterAll(() => rmSync(built, { recursive: true, force: true }));

  /** Runs a process that runs a command that never ends; resolves with both when the command is up. */
  async function startVictim(extra: string) {
    const source = `
      import { runCommand } from ${JSON.stringify(pathToFileURL(path.join(built, 'checks', 'run-command.js')).href)};
      ${extra}
      await runCommand({ command: 'echo $$ > pid; sleep 60', cwd: ${JSON.stringify(folder)}, env: process.env,
        timeoutMs: 60000, maxOutput: 1000, signal: new AbortController().signal });`;
    writeFileSync(path.join(folder, 'victim.mjs'), source);
    const victim = spawn(process.execPath, ['victim.mjs'], { cwd: folder, stdio: 'ignore' });
    const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
      victim.once('exit', (code, signal) => resolve({ code, signal }));
    });
    const pid = Number(await untilWritten(path.join(folder, 'pid')));
    return { victim, ended, pid };
  }

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s that nobody else handles', async (signal) => {
    const { victim, ended, pid } = await startVictim('');
    victim.kill(signal);
    expect(await ended).toEqual({ code: null, signal });
    expect(await untilDead(pid)).toBe(true);
  });

  test('a crash', async () => {
    const crash = `import { existsSync } from 'node:fs';
      setInterval(() => { if (existsSync('crash')) throw new Error('crash'); }, 10);`;
    const { ended, pid } = await startVictim(crash);
    writeFileSync(path.join(folder, 'crash'), '');
    expect((await ended).code).toBe(1);
    expect(await untilDead(pid)).toBe(true);
  });

  test('a signal that somebody else handles is left to them', async () => {
    const polite = `process.on('SIGINT', () => process.exit(5));`;
    const { victim, ended, pid } = await startVictim(polite);
    victim.kill('SIGINT');
    expect(await ended).toEqual({ code: 5, signal: null });
    expect(await untilDead(pid)).toBe(true);
  });
});
