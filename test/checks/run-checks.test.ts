import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import {
  runChecks,
  withCheckWorktree,
  type CheckEvent,
  type CheckInput,
} from '../../src/checks/run-checks.js';
import type { CheckConfig } from '../../src/config/schema.js';
import { createScratchRepository, type ScratchRepository } from './scratch-repository.js';

let scratch: ScratchRepository;
let events: CheckEvent[];
beforeEach(async () => {
  scratch = await createScratchRepository({
    'value.txt': 'one\n',
    'sub/inner.txt': 'inner\n',
    '.gitignore': 'node_modules\n',
  });
  events = [];
});
afterEach(() => scratch.remove());

function check(run: string, more: Partial<CheckConfig> = {}): CheckConfig {
  return { run, cwd: '.', paths: [], timeout: 30, ...more };
}

function input(more: Partial<CheckInput> = {}): CheckInput {
  return {
    repository: scratch.repository,
    commit: scratch.head(),
    checks: [],
    setup: [],
    link: undefined,
    limits: { output: 10_000 },
    onEvent: (event) => events.push(event),
    signal: new AbortController().signal,
    environment: { PATH: process.env['PATH'] ?? '', HOME: scratch.root },
    ...more,
  };
}

test('each check runs in order on the commit, not on the working files, and the worktree is gone afterwards', async () => {
  scratch.write({ 'value.txt': 'dirty\n' });
  const checks = [
    check('cat value.txt'),
    check('pwd > "$HOME/where"; echo "in $(pwd)/sub"', { name: 'where' }),
    check('false'),
    check('echo after'),
  ];
  const report = await runChecks(input({ checks }));
  expect(report.tree).toBe(await scratch.repository.treeOf(scratch.head()));
  expect(report.setupFailed).toBeUndefined();
  expect(report.results.map(({ name, outcome }) => [name, outcome])).toEqual([
    ['cat value.txt', 'passed'],
    ['where', 'passed'],
    ['false', 'failed'],
    ['echo after', 'passed'],
  ]);
  expect(report.results[0]?.output).toBe('one\n');
  // The name of the worktree is random; what is told of it is not.
  expect(report.results[1]?.output).toBe('in sub\n');
  const folder = readFileSync(path.join(scratch.root, 'where'), 'utf8').trim();
  expect(path.isAbsolute(folder)).toBe(true);
  expect(folder.startsWith(scratch.root)).toBe(false);
  expect(existsSync(folder)).toBe(false);
  expect(scratch.worktrees()).toBe(0);
});

test('events tell what runs and what came of it', async () => {
  const checks = [check('true'), check('false', { cwd: 'sub' })];
  await runChecks(input({ checks, setup: [check('echo ready')] }));
  const told = events.map((event) =>
    event.type === 'command-started'
      ? `${event.stage} ${event.index}/${event.total} ${event.name}`
      : event.type === 'command-finished'
        ? `${event.stage} ${event.result.outcome}`
        : event.type,
  );
  expect(told).toEqual([
    'worktree-preparing',
    'setup 1/1 echo ready',
    'setup passed',
    'check 1/2 true',
    'check passed',
    'check 2/2 false (sub)',
    'check failed',
  ]);
});

test('the environment: CI, plain output, no GIT_*, a guard', async () => {
  const environment = {
    ...input().environment,
    GIT_DIR: '/nowhere',
    GIT_INDEX_FILE: '/nowhere/index',
    PWD: '/nowhere',
    MINE: 'kept',
  };
  const { results } = await runChecks(input({ checks: [check('env')], environment }));
  const lines = (results[0]?.output ?? '').split('\n');
  for (const line of ['CI=1', 'NO_COLOR=1', 'FORCE_COLOR=0', 'NEXUS_OVERSEER_CHECK=1', 'MINE=kept']) {
    expect(lines).toContain(line);
  }
  expect(lines.filter((line) => line.startsWith('GIT_') || line === 'PWD=/nowhere')).toEqual([]);
});

test('only the named checks run when asked', async () => {
  const checks = [
    check('echo a', { name: 'a' }),
    check('echo b', { name: 'b' }),
    check('echo c', { name: 'c' }),
  ];
  const report = await runChecks({ ...input({ checks }), only: ['c', 'a'] });
  expect(report.results.map((result) => result.name)).toEqual(['a', 'c']);
});

describe('where a check runs', () => {
  test('in its folder', async () => {
    const { results } = await runChecks(input({ checks: [check('cat inner.txt', { cwd: 'sub' })] }));
    expect(results[0]).toMatchObject({ outcome: 'passed', cwd: 'sub', output: 'inner\n' });
  });

  test.each([
    ['gone', 'there is no folder "gone"'],
    ['value.txt', 'there is no folder "value.txt"'],
    ['..', 'leads out of the repository'],
    ['../gone', 'leads out of the repository'],
    ['/', 'leads out of the repository'],
    ['sub/../..', 'leads out of the repository'],
  ])('not in %s', async (cwd, reason) => {
    const { results } = await runChecks(input({ checks: [check('touch ran', { cwd })] }));
    expect(results[0]).toMatchObject({ outcome: 'could-not-run', exitCode: undefined, durationMs: 0 });
    expect(results[0]?.output).toContain(reason);
  });

  test('not through a tracked link that leads out', async () => {
    symlinkSync('/tmp', path.join(scratch.root, 'out'));
    symlinkSync('sub', path.join(scratch.root, 'within'));
    scratch.commitAll();
    const checks = [check('true', { cwd: 'out' }), check('cat inner.txt', { cwd: 'within' })];
    const { results } = await runChecks(input({ checks }));
    expect(results[0]?.output).toContain('leads out of the repository');
    expect(results[1]).toMatchObject({ outcome: 'passed', output: 'inner\n' });
  });
});

describe('setup', () => {
  test('prepares the worktree before the checks', async () => {
    const report = await runChecks(
      input({ setup: [check('mkdir deps'), check('echo x > deps/x')], checks: [check('cat deps/x')] }),
    );
    expect(report.results[0]).toMatchObject({ outcome: 'passed', output: 'x\n' });
  });

  test('that fails is reported, and nothing runs after it', async () => {
    const setup = [check('echo broken; exit 4', { name: 'install' }), check('echo never')];
    const report = await runChecks(input({ setup, checks: [check('true')] }));
    expect(report.setupFailed).toMatchObject({ name: 'install', exitCode: 4, output: 'broken\n' });
    expect(report.results).toEqual([]);
    expect(events.filter((event) => event.type === 'command-started')).toHaveLength(1);
    expect(scratch.worktrees()).toBe(0);
  });

  test('with it nothing of the checkout is linked', async () => {
    mkdirSync(path.join(scratch.root, 'node_modules/dep'), { recursive: true });
    const checks = [check('test ! -e node_modules')];
    expect((await runChecks(input({ checks, setup: [check('true')] }))).results[0]?.outcome).toBe('passed');
    expect((await runChecks(input({ checks }))).results[0]?.outcome).toBe('failed');
  });

  test('runs before links are made, and what it made stays', async () => {
    mkdirSync(path.join(scratch.root, 'node_modules/dep'), { recursive: true });
    const setup = [check('test ! -e node_modules && mkdir node_modules')];
    const checks = [check('ls -A node_modules')];
    const report = await runChecks(input({ setup, link: ['node_modules'], checks }));
    expect(report.results[0]).toMatchObject({ outcome: 'passed', output: '' });
  });
});

test('an abort ends the running check, disposes and throws the reason', async () => {
  const controller = new AbortController();
  const onEvent = (event: CheckEvent): void => {
    if (event.type === 'command-started' && event.stage === 'check') controller.abort(new Error('stop'));
  };
  const running = runChecks(input({ checks: [check('sleep 60')], signal: controller.signal, onEvent }));
  await expect(running).rejects.toThrow('stop');
  expect(scratch.worktrees()).toBe(0);
  await expect(runChecks(input({ signal: controller.signal }))).rejects.toThrow('stop');
});

test('the worktree goes away too when its user throws', async () => {
  await expect(
    withCheckWorktree(input(), async (session) => {
      expect(existsSync(session.worktree.path)).toBe(true);
      throw new Error('mine');
    }),
  ).rejects.toThrow('mine');
  expect(scratch.worktrees()).toBe(0);
});

describe('fixes', () => {
  test('are committed, and the checks then see and report that tree', async () => {
    const fix = [
      check("printf 'fixed\\n' > value.txt; printf 'new\\n' > new.txt; rm sub/inner.txt"),
      check('false'),
    ];
    const checks = [check('cat value.txt new.txt')];
    const done = await withCheckWorktree(input({ fix, checks }), async (session) => ({
      fixes: await session.runFixes('Tidy up\n'),
      report: await session.runChecks(),
    }));
    const commit = done.fixes.commit ?? '';
    expect(done.fixes.results.map((result) => result.outcome)).toEqual(['passed', 'failed']);
    expect(done.report.tree).toBe(await scratch.repository.treeOf(commit));
    expect(done.report.results[0]?.output).toBe('fixed\nnew\n');
    expect(scratch.git('log', '-1', '--format=%P %s', commit).trim()).toBe(`${scratch.head()} Tidy up`);
    expect(scratch.git('diff', '--name-status', 'HEAD', commit).trim().split('\n').sort()).toEqual([
      'A\tnew.txt',
      'D\tsub/inner.txt',
      'M\tvalue.txt',
    ]);
  });

  test('that change nothing make no commit', async () => {
    const fixes = await withCheckWorktree(input({ fix: [check('true')] }), (session) =>
      session.runFixes('x'),
    );
    expect(fixes).toMatchObject({ commit: undefined, results: [{ outcome: 'passed' }] });
  });

  test('none configured: nothing runs', async () => {
    const fixes = await withCheckWorktree(input(), (session) => session.runFixes('x'));
    expect(fixes).toEqual({ results: [], commit: undefined });
  });

  test('after a failed setup nothing runs', async () => {
    const failed = input({ setup: [check('false')], fix: [check('touch ran')] });
    const fixes = await withCheckWorktree(failed, (session) => session.runFixes('x'));
    expect(fixes).toEqual({ results: [], commit: undefined });
  });

  test('what setup changed stays out of the commit', async () => {
    const setup = [check('echo lock > lockfile; echo more >> sub/inner.txt; rm .gitignore')];
    const fix = [
      check("printf 'fixed\\n' > value.txt; printf 'a\\0b' > blob.bin; rm lockfile; echo n > new.txt"),
    ];
    const done = await withCheckWorktree(input({ setup, fix }), (session) => session.runFixes('Tidy'));
    const names = scratch.git('diff', '--name-status', 'HEAD', done.commit ?? '').trim();
    expect(names.split('\n')).toEqual(['A\tnew.txt', 'M\tvalue.txt']);
  });

  test('that only take back what setup did make no commit', async () => {
    const setup = [check('echo two > value.txt; echo x > extra; echo y > sub/inner.txt')];
    const back = input({ setup, fix: [check('echo one > value.txt')] });
    expect(await withCheckWorktree(back, (session) => session.runFixes('x'))).toMatchObject({
      commit: undefined,
    });
  });

  test('a deleted file is deleted in the commit, beside what setup did', async () => {
    const setup = [check('echo x > extra')];
    const gone = input({ setup, fix: [check('rm value.txt')] });
    const done = await withCheckWorktree(gone, (session) => session.runFixes('x'));
    expect(scratch.git('diff', '--name-status', 'HEAD', done.commit ?? '').trim()).toBe('D\tvalue.txt');
  });

  test('linked dependencies stay out even where the commit does not ignore them', async () => {
    writeFileSync(path.join(scratch.root, '.gitignore'), '');
    const commit = scratch.commitAll();
    writeFileSync(path.join(scratch.root, '.gitignore'), 'node_modules\n');
    mkdirSync(path.join(scratch.root, 'node_modules/dep'), { recursive: true });
    const fix = [check('test -e node_modules/dep && echo fixed > value.txt')];
    const done = await withCheckWorktree(input({ commit, fix }), (session) => session.runFixes('x'));
    expect(scratch.git('diff', '--name-only', commit, done.commit ?? '').trim()).toBe('value.txt');
  });
});
