import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createProject, runNexus, setUpSum, startServer } from './run-nexus.js';
import { dryRunDocument, eventDocument, planDocument, statusDocument } from './json-documents.js';
import { answering, BAD_CODE, GOOD_CODE, ONE_ATTEMPT, SUM_CHECK, SUM_PROJECT } from './sum-project.js';

describe('nexus run', () => {
  it('does a task and says where it stands', async () => {
    const { path, git } = await setUpSum();
    const ran = await runNexus(['run'], { cwd: path });
    expect(ran.stdout).toContain('later waits: it depends on fix-sum');
    expect(ran.stdout).toContain('fix-sum: ready for review: nexus review fix-sum');
    expect(ran.exitCode).toBe(0);
    expect(git(['show', 'nexus/fix-sum:sum.mjs'])).toBe('export const sum = (a, b) => a + b;');
    expect(readFileSync(join(path, 'sum.mjs'), 'utf8')).toContain('a - b');
    const status = statusDocument.parse((await runNexus(['status', '--json'], { cwd: path })).json());
    expect(status.tasks.map(({ id, state, verdict, next }) => [id, state.kind, verdict?.kind, next])).toEqual(
      [
        ['fix-sum', 'review', 'good', 'nexus review fix-sum'],
        ['later', 'waiting', undefined, null],
      ],
    );
  });

  it('streams the events as NDJSON, first the queue and last the finish', async () => {
    const { path } = await setUpSum();
    const { stdout, exitCode } = await runNexus(['run', 'fix-sum', '--json'], { cwd: path });
    const types = stdout
      .trimEnd()
      .split('\n')
      .map((line) => eventDocument.parse(JSON.parse(line)).type);
    expect(exitCode).toBe(0);
    expect(types[0]).toBe('queue');
    expect(types.at(-1)).toBe('finished');
    expect(types).toEqual(
      expect.arrayContaining(['task-started', 'plan', 'committed', 'verdict', 'task-ended']),
    );
  });

  it('ends with 1 when a task needs attention', async () => {
    const { path } = await setUpSum(answering({ code: BAD_CODE }), ONE_ATTEMPT);
    const { exitCode, stdout } = await runNexus(['run', 'fix-sum'], { cwd: path });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/needs attention/u);
    const status = await runNexus(['status'], { cwd: path });
    expect(status.stdout).toMatch(/^fix-sum +needs attention +nexus review fix-sum/mu);
  });

  it('does nothing before the user has agreed, and asks a person', async () => {
    const { path } = createProject(SUM_PROJECT);
    const server = await startServer({ replies: answering() });
    const refused = await runNexus(['run'], { cwd: path });
    expect(refused.error).toMatchObject({ code: 'not-approved', exitCode: 3 });
    expect(refused.error?.message).toContain(`runs: ${SUM_CHECK}`);
    const no = await runNexus(['run'], { cwd: path, tty: true, input: 'no\n' });
    expect(no.stdout).toContain(`runs: ${SUM_CHECK}`);
    expect(no.error).toMatchObject({ code: 'not-approved' });
    expect(server.calls).toEqual([]);
    const yes = await runNexus(['run'], { cwd: path, tty: true, input: 'y\n' });
    expect(yes.exitCode).toBe(0);
    expect(yes.stdout).toContain('ready for review');
  });

  it('says that a named task can not be done, and which was meant', async () => {
    const { path } = await setUpSum();
    const waits = await runNexus(['run', 'later'], { cwd: path });
    expect(waits).toMatchObject({ exitCode: 1 });
    expect(waits.stdout).toContain('later waits: it depends on fix-sum');
    const wrong = await runNexus(['run', 'fix-sun'], { cwd: path });
    expect(wrong.error).toMatchObject({ code: 'unknown-task', exitCode: 2 });
    expect(wrong.error?.remedy).toContain('fix-sum');
  });

  it('--dry-run says what would be done, and asks nothing', async () => {
    const project = createProject(SUM_PROJECT);
    const server = await startServer();
    project.write('new.txt', 'not committed');
    const { stdout, exitCode } = await runNexus(['run', '--dry-run'], { cwd: project.path });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^fix-sum: Make sum add\n {2}starts nexus\/fix-sum from main at [0-9a-f]{8} \(new\)\n/u,
    );
    expect(stdout).toContain(`  checks: ${SUM_CHECK}\n  without what is not committed: new.txt\n`);
    expect(stdout).toContain('later waits: it depends on fix-sum');
    expect(stdout).toContain('llama3.1:8b is asked for a plan of at most 6 steps');
    const json = (await runNexus(['run', '--dry-run', '--json'], { cwd: project.path })).json();
    expect(dryRunDocument.parse(json).ready.map(({ task }) => task)).toEqual(['fix-sum']);
    const nothing = await runNexus(['run', 'later', '--dry-run'], { cwd: project.path });
    expect(nothing).toMatchObject({ exitCode: 1 });
    expect(nothing.stdout).toMatch(/Nothing is ready to be done\.\n$/u);
    expect(server.calls).toEqual([]);
  });

  it('waits for tasks whose files are not committed, unless --anyway', async () => {
    const { path, write } = await setUpSum();
    write('sum.mjs', 'export const sum = () => 0;\n');
    const waits = await runNexus(['run', 'fix-sum'], { cwd: path });
    expect(waits.stdout).toContain('which has uncommitted changes');
    const done = await runNexus(['run', 'fix-sum', '--anyway'], { cwd: path });
    expect(done.stdout).toContain('uncommitted and not part of the base: sum.mjs');
    expect(done.stdout).toContain('ready for review');
  });

  it('ends with the interruption when it is interrupted', async () => {
    const controller = new AbortController();
    const interrupting: typeof GOOD_CODE = GOOD_CODE;
    const { path } = await setUpSum((request, index) => {
      controller.abort(new Error('interrupted'));
      return answering({ code: interrupting })(request, index);
    });
    await expect(runNexus(['run'], { cwd: path, signal: controller.signal })).rejects.toThrow('interrupted');
    const { stdout } = await runNexus(['status'], { cwd: path });
    expect(stdout).toMatch(/^fix-sum +ready +nexus run fix-sum +its run was interrupted/mu);
    const dry = await runNexus(['run', '--dry-run'], { cwd: path });
    expect(dry.stdout).toContain('  goes on with nexus/fix-sum (interrupted)\n');
  });

  it('without a server ends with the message of the server', async () => {
    const { path } = createProject(SUM_PROJECT);
    await runNexus(['trust', '--yes'], { cwd: path });
    const { error } = await runNexus(['run'], { cwd: path });
    expect(error).toMatchObject({ code: 'model-not-running', exitCode: 5 });
  });
});

describe('nexus plan', () => {
  it('makes the plan, shows it again without a request, and the run goes on with it', async () => {
    const { path } = await setUpSum();
    const made = await runNexus(['plan', 'fix-sum'], { cwd: path });
    expect(made.exitCode).toBe(0);
    expect(made.stdout).toContain(
      'Use plus.\n\n1. Add\n   Use + in sum.\n   files: sum.mjs\n   done when: The check passes.',
    );
    const server = await startServer();
    const again = await runNexus(['plan', 'fix-sum', '--json'], { cwd: path });
    expect(planDocument.parse(again.json())).toMatchObject({
      task: 'fix-sum',
      plan: { summary: 'Use plus.' },
    });
    expect(server.calls).toEqual([]);
    await startServer({ replies: answering() });
    const ran = await runNexus(['run', 'fix-sum'], { cwd: path });
    expect(ran.stdout).toContain('ready for review');
  });

  it('is one document also when it has to be made', async () => {
    const { path } = await setUpSum();
    const { json, exitCode } = await runNexus(['plan', 'fix-sum', '--json'], { cwd: path });
    expect(exitCode).toBe(0);
    expect(planDocument.parse(json()).plan?.steps).toHaveLength(1);
  });

  it('says why there is none', async () => {
    const question = { answer: 'question', summary: '', steps: [], documents: [], question: 'Which sum?' };
    const { path } = await setUpSum(answering({ plan: question }));
    const { stdout, exitCode } = await runNexus(['plan', 'fix-sum'], { cwd: path });
    expect(exitCode).toBe(1);
    expect(stdout).toContain('no plan: the Overseer asks: Which sum?');
    const waiting = await runNexus(['plan', 'later'], { cwd: path });
    expect(waiting.exitCode).toBe(1);
    expect(waiting.stdout).toContain('nexus status says what later waits for');
  });
});

describe('nexus status', () => {
  it('of no tasks says what to do', async () => {
    const { path } = createProject({ 'tasks.yml': 'tasks: []\n' });
    expect((await runNexus(['status'], { cwd: path })).stdout).toContain('has no task yet');
  });

  it('of a repository without a commit says that one is needed', async () => {
    const { path, git } = createProject({ 'tasks.yml': 'tasks:\n  - Something\n' });
    git(['checkout', '--quiet', '--orphan', 'fresh']);
    const { error } = await runNexus(['status'], { cwd: path });
    expect(error).toMatchObject({ code: 'unborn-head', exitCode: 4 });
    expect(error?.remedy).toContain('git commit');
  });

  it('needs files without mistakes, and lists every mistake', async () => {
    const { path } = createProject({
      'tasks.yml': 'tasks:\n  - id: a\n    titel: x\n  - id: a\n    title: y\n',
    });
    const { error } = await runNexus(['status'], { cwd: path });
    expect(error).toMatchObject({ code: 'tasks-invalid', exitCode: 3 });
    expect(error?.message).toContain('tasks.yml:3:5');
  });
});
