import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/commands/program.js';
import { openEventLog } from '../../src/engine/worker/event-log.js';
import { takeRequests } from '../../src/engine/worker/inbox.js';
import { acquireLock } from '../../src/engine/worker/lock.js';
import { createWorkerState, readWorker } from '../../src/engine/worker/state.js';
import { EXIT, NexusError } from '../../src/errors.js';
import { createFakeTerminal } from '../report/fake-terminal.js';
import { waitUntil } from '../support/wait-until.js';
import { cancelDocument, eventDocument, statusDocument } from './json-documents.js';
import { createProject, runNexus, startServer, type Project } from './run-nexus.js';
import { answering, GOOD_CODE, SUM_PROJECT } from './sum-project.js';

/** Longer than anything here takes: what goes on is ended by the test. */
const FOREVER_MS = 60_000;

const FILES = { ...SUM_PROJECT, '.nexus.yml': `${SUM_PROJECT['.nexus.yml']}watch: { settle: 0.2 }\n` };

/** As Ctrl-C. */
const OVER = new NexusError({
  code: 'interrupted',
  message: 'The test is over.',
  exitCode: EXIT.interrupted,
});

interface Watching {
  project: Project;
  /** What it ended with. */
  ended: Promise<unknown>;
  stop: AbortController;
  stdout: () => string;
}

/** `nexus watch --json` in the middle of the Coder's answer to the first step. */
async function watchAtWork(): Promise<Watching> {
  const project = createProject(FILES);
  const code = { text: GOOD_CODE, delayMs: FOREVER_MS };
  const server = await startServer({ replies: answering({ code }) });
  await runNexus(['trust', '--yes'], { cwd: project.path });
  const { terminal, stdout } = createFakeTerminal();
  const stop = new AbortController();
  const { signal } = stop;
  const input = { terminal, signal, abort: signal, version: '1.2.3' };
  const ended = runProgram(['-C', project.path, 'watch', '--json'], input).catch((error: unknown) => error);
  await server.received(1);
  return { project, ended, stop, stdout };
}

async function readStatus(
  cwd: string,
): Promise<{ document: ReturnType<typeof statusDocument.parse>; text: string }> {
  const document = statusDocument.parse((await runNexus(['status', '--json'], { cwd })).json());
  return { document, text: (await runNexus(['status'], { cwd })).stdout };
}

describe('while a watch works on a task', () => {
  it('status says who is at work, on what, and how far it is', async () => {
    const { project, ended, stop } = await watchAtWork();
    const { document, text } = await readStatus(project.path);
    const who = { mode: 'watch', pid: process.pid, host: hostname(), root: project.path };
    expect(document.worker).toMatchObject({ ...who, tasks: ['fix-sum'] });
    expect(document.tasks[0]?.state).toEqual({ kind: 'coding' });
    expect(text).toMatch(/^fix-sum +coding step 1\/1 /mu);
    expect(text.trimEnd().split('\n').at(-1)).toMatch(
      new RegExp(
        `^nexus watch works on fix-sum \\(process ${process.pid}, since \\d\\d:\\d\\d, in .+\\)$`,
        'u',
      ),
    );
    stop.abort(OVER);
    expect(await ended).toBe(OVER);
    const later = await readStatus(project.path);
    expect(later.document.worker).toBeNull();
    expect(later.document.tasks[0]?.state).toEqual({ kind: 'ready', why: 'interrupted' });
    expect(later.text).not.toContain('nexus watch');
  });

  it('cancel ends the task and says so; the watch goes on, and tells all of it', async () => {
    const { project, ended, stop, stdout } = await watchAtWork();
    const cancelled = await runNexus(['cancel', 'fix-sum', '--json'], { cwd: project.path });
    expect(cancelDocument.parse(cancelled.json())).toMatchObject({
      task: 'fix-sum',
      outcome: { kind: 'needs-attention', reason: 'cancelled' },
    });
    await waitUntil(
      () => stdout().includes('"idle"'),
      () => 'the watch to have nothing to do',
    );
    expect((await readStatus(project.path)).text).toMatch(/^nexus watch waits for tasks \(process/mu);
    project.write('tasks.yml', 'tasks: [{ titel: x }]\n');
    await waitUntil(
      () => stdout().includes('"file-problem"'),
      () => 'what is wrong with tasks.yml',
    );
    stop.abort(OVER);
    expect(await ended).toBe(0);
    const lines = stdout().trim().split('\n');
    const types = lines.map((line) => eventDocument.parse(JSON.parse(line)).type);
    expect(types.filter((type) => type !== 'progress').join(' ')).toBe(
      'queue task-started stage check-started check-ended request reply plan committed stage request ' +
        'task-ended idle settling file-problem stopping',
    );
  });
});

it('status says what to do about a file without tasks', async () => {
  const project = createProject({ ...FILES, 'tasks.yml': 'tasks: []\n' });
  expect((await readStatus(project.path)).text).toBe(
    'tasks.yml has no task yet. Write one and start it with: nexus run\n',
  );
});

it('cancel says when the task had ended before it could be cancelled', async () => {
  const project = createProject(FILES);
  const commonDir = join(project.path, '.git');
  const lock = await acquireLock(commonDir);
  const state = createWorkerState(commonDir, lock, 'run', project.path);
  const log = openEventLog(commonDir, lock.key);
  state.setTasks(['fix-sum']);
  await waitUntil(
    async () => (await readWorker(commonDir))?.tasks.includes('fix-sum') === true,
    () => 'the worker to be found',
  );
  const cancelling = runNexus(['cancel', 'fix-sum'], { cwd: project.path });
  await waitUntil(
    async () => (await takeRequests(commonDir, lock.key)).length > 0,
    () => 'the request to cancel',
  );
  const outcome = { kind: 'review' } as const;
  log.append({ type: 'task-ended', task: 'fix-sum', branch: 'nexus/fix-sum', outcome, tip: '0'.repeat(40) });
  expect(await cancelling).toMatchObject({
    exitCode: EXIT.attention,
    stdout: 'fix-sum had ended before it could be cancelled: nexus review fix-sum\n',
  });
  await log.close();
  await state.dispose();
  await lock.release();
});

it('a hook pokes a watch, which waits until tasks.yml has settled', async () => {
  const project = createProject({ ...FILES, 'tasks.yml': 'tasks: []\n' });
  await startServer({ replies: answering() });
  await runNexus(['trust', '--yes'], { cwd: project.path });
  const { terminal, stdout } = createFakeTerminal();
  const stop = new AbortController();
  const input = { terminal, signal: stop.signal, abort: stop.signal, version: '1.2.3' };
  const ended = runProgram(['-C', project.path, 'watch', '--json'], input).catch((error: unknown) => error);
  const told = async (type: string): Promise<void> =>
    waitUntil(() => stdout().includes(`"type":"${type}"`), stdout);
  await told('idle');
  project.write('tasks.yml', SUM_PROJECT['tasks.yml']);
  const hook = ['hooks', 'run', 'post-commit', join(project.path, '.git'), '--detached'];
  expect((await runNexus(hook, { cwd: project.path })).stdout).toContain('told the Nexus that works here');
  await told('task-ended');
  stop.abort(OVER);
  expect(await ended).toBe(0);
  expect(stdout()).not.toContain('"request-taken"');
  expect(stdout().indexOf('"settled"')).toBeLessThan(stdout().indexOf('"task-started"'));
});
