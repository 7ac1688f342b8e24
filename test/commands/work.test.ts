import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createProject, runNexus, startServer, type Project } from './run-nexus.js';
import {
  acceptDocument,
  diffDocument,
  dryRunDocument,
  eventDocument,
  exchangeDocument,
  logDocument,
  planDocument,
  rejectDocument,
  reviewDocument,
  statusDocument,
} from './json-documents.js';
import { answering, BAD_CODE, GOOD_CODE, SUM_PROJECT } from './sum-project.js';

const ONE_ATTEMPT = { ...SUM_PROJECT, '.nexus.yml': `${SUM_PROJECT['.nexus.yml']}limits:\n  attempts: 1\n` };

/** A project whose files are approved, and a server that answers well. */
async function setUp(replies = answering(), files: Record<string, string> = SUM_PROJECT): Promise<Project> {
  const project = createProject(files);
  await startServer({ replies });
  await runNexus(['trust', '--yes'], { cwd: project.path });
  return project;
}

describe('nexus run', () => {
  it('does a task and says where it stands', async () => {
    const { path, git } = await setUp();
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
    const { path } = await setUp();
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
    const { path } = await setUp(answering({ code: BAD_CODE }), ONE_ATTEMPT);
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
    expect(refused.error?.message).toContain('runs: node check.mjs');
    const no = await runNexus(['run'], { cwd: path, tty: true, input: 'no\n' });
    expect(no.stdout).toContain('runs: node check.mjs');
    expect(no.error).toMatchObject({ code: 'not-approved' });
    expect(server.calls).toEqual([]);
    const yes = await runNexus(['run'], { cwd: path, tty: true, input: 'y\n' });
    expect(yes.exitCode).toBe(0);
    expect(yes.stdout).toContain('ready for review');
  });

  it('says that a named task can not be done, and which was meant', async () => {
    const { path } = await setUp();
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
    expect(stdout).toContain('  checks: node check.mjs\n  without what is not committed: new.txt\n');
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
    const { path, write } = await setUp();
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
    const { path } = await setUp((request, index) => {
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
    const { path } = await setUp();
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
    const { path } = await setUp();
    const { json, exitCode } = await runNexus(['plan', 'fix-sum', '--json'], { cwd: path });
    expect(exitCode).toBe(0);
    expect(planDocument.parse(json()).plan?.steps).toHaveLength(1);
  });

  it('says why there is none', async () => {
    const question = { answer: 'question', summary: '', steps: [], documents: [], question: 'Which sum?' };
    const { path } = await setUp(answering({ plan: question }));
    const { stdout, exitCode } = await runNexus(['plan', 'fix-sum'], { cwd: path });
    expect(exitCode).toBe(1);
    expect(stdout).toContain('no plan: the Overseer asks: Which sum?');
    const waiting = await runNexus(['plan', 'later'], { cwd: path });
    expect(waiting.exitCode).toBe(1);
    expect(waiting.stdout).toContain('nexus status says what later waits for');
  });
});

describe('after a run', () => {
  it('check, review, log and accept lead to the end', async () => {
    const { path, git } = await setUp();
    await runNexus(['run', 'fix-sum'], { cwd: path });

    const checked = await runNexus(['check', 'fix-sum'], { cwd: path });
    expect(checked.stdout).toContain('fix-sum: verdict: good: all checks pass');
    expect(checked.exitCode).toBe(0);

    const packet = await runNexus(['review', 'fix-sum'], { cwd: path });
    expect(packet.stdout).toContain('nexus accept fix-sum');
    const asJson = await runNexus(['review', 'fix-sum', '--json'], { cwd: path });
    expect(reviewDocument.parse(asJson.json())).toMatchObject({
      task: { id: 'fix-sum' },
      verdict: { kind: 'good' },
    });

    const diff = await runNexus(['review', 'fix-sum', '--diff'], { cwd: path });
    expect(diff.stdout).toContain(
      '-export const sum = (a, b) => a - b;\n+export const sum = (a, b) => a + b;\n',
    );
    const diffJson = await runNexus(['review', 'fix-sum', '--diff', '--json'], { cwd: path });
    expect(diffDocument.parse(diffJson.json())).toEqual({ task: 'fix-sum', diff: diff.stdout });

    const log = await runNexus(['log', 'fix-sum'], { cwd: path });
    expect(log.stdout).toMatch(/^# +WHAT +MODEL/mu);
    expect(log.stdout).toMatch(/^\d+ +coding step 1\/1 +qwen2\.5-coder:7b .* used$/mu);
    expect(log.stdout).toContain('Ended: ready for review.');
    const { exchanges } = logDocument.parse(
      (await runNexus(['log', 'fix-sum', '--json'], { cwd: path })).json(),
    );
    const code = exchanges.find(({ purpose }) => purpose === 'code')?.number ?? 0;
    const exchange = await runNexus(['log', 'fix-sum', '--exchange', String(code)], { cwd: path });
    expect(exchange.stdout).toMatch(/^----- system -----\n/u);
    expect(exchange.stdout.endsWith(`----- reply -----\n${GOOD_CODE}\n`)).toBe(true);
    const kept = (
      await runNexus(['log', 'fix-sum', '--exchange', String(code), '--json'], { cwd: path })
    ).json();
    expect(exchangeDocument.parse(kept)).toMatchObject({ number: code, reply: GOOD_CODE, purpose: 'code' });
    const none = await runNexus(['log', 'fix-sum', '--exchange', '99'], { cwd: path });
    expect(none.error).toMatchObject({ code: 'unknown-exchange', exitCode: 2 });

    const accepted = await runNexus(['accept', 'fix-sum', '-m', 'fine'], { cwd: path });
    expect(accepted.stdout).toMatch(
      /^accepted fix-sum: main was fast-forwarded to [0-9a-f]{8}, and the files in /u,
    );
    expect(accepted.stdout).toContain('The branch nexus/fix-sum is deleted.');
    expect(git(['show', 'HEAD:sum.mjs'])).toContain('a + b');
    const status = await runNexus(['status'], { cwd: path });
    expect(status.stdout).toMatch(/^fix-sum +accepted/mu);
    expect(status.stdout).toMatch(/^later +ready +nexus run later/mu);
  });

  it('reject puts it aside, and retry does it anew', async () => {
    const { path } = await setUp();
    await runNexus(['run', 'fix-sum'], { cwd: path });
    const rejected = await runNexus(['reject', 'fix-sum', '-m', 'no'], { cwd: path });
    expect(rejected.stdout).toContain(
      'rejected fix-sum: it is not done again until its text in tasks.yml changes.',
    );
    expect(rejected.stdout).toMatch(/is deleted; its work is kept at refs\/nexus\/history\/fix-sum\//u);
    expect((await runNexus(['run'], { cwd: path })).stdout).toContain('Nothing is ready to be done.');
    const retried = await runNexus(['retry', 'fix-sum'], { cwd: path });
    expect(retried.stdout).toContain('ready for review');
    expect(retried.exitCode).toBe(0);
    const json = (await runNexus(['reject', 'fix-sum', '--json'], { cwd: path })).json();
    expect(rejectDocument.parse(json)).toMatchObject({ task: 'fix-sum', removed: { kind: 'deleted' } });
  });

  it('accept refuses what the checks do not vouch for, unless --anyway', async () => {
    const files = { ...SUM_PROJECT, '.nexus.yml': 'limits:\n  attempts: 1\n' };
    const { path } = await setUp(answering(), files);
    expect((await runNexus(['run', 'fix-sum'], { cwd: path })).exitCode).toBe(1);
    const refused = await runNexus(['accept', 'fix-sum'], { cwd: path });
    expect(refused.error).toMatchObject({ code: 'not-acceptable' });
    const dry = await runNexus(['run', '--dry-run', 'fix-sum'], { cwd: path });
    expect(dry.stdout).toContain('fix-sum waits: it needs attention');
    const accepted = await runNexus(['accept', 'fix-sum', '--anyway', '--json'], { cwd: path });
    expect(accepted.exitCode).toBe(0);
    const { how, remarks } = acceptDocument.parse(accepted.json());
    expect(how).toBe('merge');
    expect(remarks.join('\n')).toContain('It needed attention: unverified');
  });

  it('log tells of answers that could not be used, and how it ended', async () => {
    const { path } = await setUp(answering({ code: 'I can not do that.' }), ONE_ATTEMPT);
    expect((await runNexus(['run', 'fix-sum'], { cwd: path })).exitCode).toBe(1);
    const log = await runNexus(['log', 'fix-sum'], { cwd: path });
    expect(log.stdout).toMatch(/^\d+ +coding step 1\/1 .* step 1 not applied: /mu);
    expect(log.stdout).toMatch(/^Ended: needs attention, edits not applied: /mu);
    const { json } = await runNexus(['log', 'fix-sum', '--json'], { cwd: path });
    expect(logDocument.parse(json()).rejected[0]).toMatchObject({ label: 'step-1', attempt: 1 });
    const status = await runNexus(['status'], { cwd: path });
    expect(status.stdout).toMatch(/^fix-sum +needs attention +nexus log fix-sum/mu);
  });

  it('log of a run that can not be read, or was interrupted, or waits', async () => {
    const { path, write, git } = await setUp();
    await runNexus(['plan', 'fix-sum'], { cwd: path });
    const waiting = await runNexus(['log', 'fix-sum'], { cwd: path });
    expect(waiting.stdout).toContain('Its plan waits for approval.');
    const [folder = ''] = git(['rev-parse', '--git-dir']).split('\n');
    const runs = readdirSync(join(path, folder, 'nexus/runs/fix-sum'));
    const journal = join(folder, 'nexus/runs/fix-sum', runs[0] ?? '', 'journal.jsonl');
    const [first = ''] = readFileSync(join(path, journal), 'utf8').split('\n');
    write(journal, `${first}\n`);
    const cut = await runNexus(['log', 'fix-sum'], { cwd: path });
    expect(cut.stdout).toContain('Nothing was asked.\nStopped or still working at: planning.');
    write(journal, 'not a journal\n');
    const damaged = await runNexus(['log', 'fix-sum'], { cwd: path });
    expect(damaged.error).toMatchObject({ code: 'journal-unreadable', remedy: 'nexus retry fix-sum' });
  });

  it('the difference is coloured by us, on a terminal', async () => {
    const { path } = await setUp();
    await runNexus(['run', 'fix-sum'], { cwd: path });
    const { stdout } = await runNexus(['review', 'fix-sum', '--diff'], { cwd: path, colours: true });
    expect(stdout).toContain('\u001B[31m-export const sum = (a, b) => a - b;\u001B[39m\n');
    expect(stdout).toContain('\u001B[32m+export const sum = (a, b) => a + b;\u001B[39m\n');
    expect(stdout).toContain('\u001B[36m@@ -1 +1 @@\u001B[39m\n');
    expect(stdout).toContain('\u001B[1m+++ b/sum.mjs\u001B[22m\n');
  });

  it('accept goes into another branch, and reject leaves a branch that is checked out', async () => {
    const { path, git, folder } = await setUp();
    git(['branch', 'release']);
    await runNexus(['run', 'fix-sum'], { cwd: path });
    git(['worktree', 'add', '--quiet', join(folder, 'other'), 'nexus/fix-sum']);
    const rejected = await runNexus(['reject', 'fix-sum'], { cwd: path });
    expect(rejected.stdout).toMatch(/The branch nexus\/fix-sum stays, as it is checked out in .*other; /u);
    git(['worktree', 'remove', join(folder, 'other')]);
    await runNexus(['retry', 'fix-sum'], { cwd: path });
    const accepted = await runNexus(['accept', 'fix-sum', '--into', 'release'], { cwd: path });
    expect(accepted.stdout).toMatch(/^accepted fix-sum: release was fast-forwarded to [0-9a-f]{8}\.\n/u);
  });

  it('check and review say that there is nothing yet', async () => {
    const { path } = await setUp();
    expect((await runNexus(['check', 'fix-sum'], { cwd: path })).error).toMatchObject({ code: 'no-branch' });
    expect((await runNexus(['review', 'fix-sum', '--diff'], { cwd: path })).error).toMatchObject({
      code: 'no-branch',
    });
    expect((await runNexus(['log', 'fix-sum'], { cwd: path })).error).toMatchObject({ code: 'no-run' });
    for (const command of ['check', 'review', 'log', 'accept', 'reject', 'retry', 'plan']) {
      expect((await runNexus([command, 'fix-som'], { cwd: path })).error).toMatchObject({
        code: 'unknown-task',
        exitCode: 2,
      });
    }
  });
});

describe('nexus status', () => {
  it('of no tasks says what to do', async () => {
    const { path } = createProject({ 'tasks.yml': 'tasks: []\n' });
    expect((await runNexus(['status'], { cwd: path })).stdout).toContain('has no task yet');
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
