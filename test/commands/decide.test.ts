import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runNexus, setUpSum } from './run-nexus.js';
import {
  acceptDocument,
  diffDocument,
  exchangeDocument,
  logDocument,
  rejectDocument,
  reviewDocument,
} from './json-documents.js';
import { answering, GOOD_CODE, ONE_ATTEMPT, SUM_PROJECT } from './sum-project.js';

describe('after a run', () => {
  it('check, review, log and accept lead to the end', async () => {
    const { path, git } = await setUpSum();
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
    const { path } = await setUpSum();
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
    const { path } = await setUpSum(answering(), files);
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
    const { path } = await setUpSum(answering({ code: 'I can not do that.' }), ONE_ATTEMPT);
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
    const { path, write, git } = await setUpSum();
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
    const { path } = await setUpSum();
    await runNexus(['run', 'fix-sum'], { cwd: path });
    const { stdout } = await runNexus(['review', 'fix-sum', '--diff'], { cwd: path, colours: true });
    expect(stdout).toContain('\u001B[31m-export const sum = (a, b) => a - b;\u001B[39m\n');
    expect(stdout).toContain('\u001B[32m+export const sum = (a, b) => a + b;\u001B[39m\n');
    expect(stdout).toContain('\u001B[36m@@ -1 +1 @@\u001B[39m\n');
    expect(stdout).toContain('\u001B[1m+++ b/sum.mjs\u001B[22m\n');
  });

  it('accept goes into another branch, and reject leaves a branch that is checked out', async () => {
    const { path, git, folder } = await setUpSum();
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
    const { path } = await setUpSum();
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
