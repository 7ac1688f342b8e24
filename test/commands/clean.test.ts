import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openWorkspace } from '../../src/engine/workspace.js';
import { writeDecision } from '../../src/journal/decisions.js';
import { keepInHistory } from '../../src/journal/history.js';
import { makeStart } from '../journal/make.js';
import { cleanDocument } from './json-documents.js';
import { createProject, runNexus, type Project } from './run-nexus.js';

/** A project with one accepted task, whose first run counts no more and whose earlier tip is of 2020. */
async function createUsedProject(): Promise<Project & { run: string; ref: string }> {
  const project = createProject({
    'tasks.yml': 'tasks:\n  - id: done\n    title: Do it\n',
    '.nexus.yml': '',
  });
  const { repository, store, tasks } = await openWorkspace(project.path);
  const head = project.git(['rev-parse', 'HEAD']);
  const [task] = tasks;
  const hash = task?.hash ?? '';
  await writeDecision(repository, { task: 'done', verb: 'accepted', taskHash: hash, tip: head });
  for (const run of ['0001-abcdef', '0002-abcdef']) {
    await store.create(
      makeStart({ run, base: head, task: { id: 'done', title: 'Do it', hash, kind: 'change' } }),
    );
  }
  const date = '2020-01-01T00:00:00Z';
  const tree = project.git(['rev-parse', 'HEAD^{tree}']);
  const tip = project.git(['commit-tree', tree, '-m', 'Old'], {
    env: { GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date },
  });
  const { ref } = await keepInHistory(repository, 'other', tip);
  return { ...project, ref, run: join(project.path, '.git', 'nexus', 'runs', 'done', '0001-abcdef') };
}

it('says what it would free, and how, where nobody can be asked', async () => {
  const { path, run, ref, git } = await createUsedProject();
  for (const flags of [[], ['--dry-run'], ['--dry-run', '--yes']]) {
    const { exitCode, stdout } = await runNexus(['clean', ...flags], { cwd: path });
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^This can be freed, [\d.]+ k?B in all:\n {2}1 old run +\d+ B +nexus\/runs\/done\/0001-abcdef: a later run of its task counts, and you accepted its task\n {2}1 earlier branch tip +\d+ B +refs\/nexus\/history\/other\/1: its task is no longer in tasks.yml\ngit itself frees/,
    );
    expect(stdout).toMatch(/\nNothing was freed\. Free it with: nexus clean --yes\n$/);
  }
  expect(existsSync(run)).toBe(true);
  expect(git(['for-each-ref', ref])).not.toBe('');
});

it('names the command with the days that it was asked for', async () => {
  const { path } = await createUsedProject();
  const { stdout } = await runNexus(['clean', '--older-than', '0'], { cwd: path });
  expect(stdout).toContain('2 old runs');
  expect(stdout).toContain('nexus clean --yes --older-than 0\n');
});

it('frees it with --yes, and then has nothing to free', async () => {
  const { path, run, ref, git } = await createUsedProject();
  const { exitCode, stdout } = await runNexus(['clean', '--yes'], { cwd: path });
  expect([exitCode, stdout.split('\n').at(-2)]).toEqual([0, expect.stringMatching(/^Freed [\d.]+ k?B\.$/)]);
  expect(existsSync(run)).toBe(false);
  expect(git(['for-each-ref', ref])).toBe('');
  const again = await runNexus(['clean', '--yes'], { cwd: path });
  expect([again.exitCode, again.stdout]).toEqual([0, 'There is nothing to free.\n']);
});

it.each([
  ['y\n', true],
  ['\n', false],
  ['', false],
])('asks at a terminal; %j', async (input, isFreed) => {
  const { path, run } = await createUsedProject();
  const { exitCode, stdout } = await runNexus(['clean'], { cwd: path, tty: true, input });
  expect(exitCode).toBe(0);
  expect(stdout).toContain('Free it? [y/N] ');
  expect(stdout.includes('Free it with:')).toBe(!isFreed);
  expect(existsSync(run)).toBe(!isFreed);
});

it('prints one document, and asks nothing for it', async () => {
  const { path, run } = await createUsedProject();
  const planned = await runNexus(['clean', '--json'], { cwd: path, tty: true, input: 'y\n' });
  const document = cleanDocument.parse(planned.json());
  expect(document).toMatchObject({ freed: false, needed: [], failed: [], inUse: [] });
  expect(document.kinds.map(({ kind, count }) => [kind, count])).toEqual([
    ['runs', 1],
    ['history', 1],
  ]);
  expect(document.bytes).toBe(document.kinds.reduce((sum, { bytes }) => sum + bytes, 0));
  expect(existsSync(run)).toBe(true);
  const done = cleanDocument.parse((await runNexus(['clean', '--json', '--yes'], { cwd: path })).json());
  expect(done).toEqual({ ...document, freed: true });
  const empty = cleanDocument.parse((await runNexus(['clean', '--json', '--yes'], { cwd: path })).json());
  expect(empty).toEqual({ freed: false, bytes: 0, kinds: [], inUse: [], needed: [], failed: [] });
});

it('says what is still there, and ends with 1', async () => {
  const { path, ref, run } = await createUsedProject();
  writeFileSync(join(path, '.git', `${ref}.lock`), '');
  const { exitCode, stdout } = await runNexus(['clean', '--yes'], { cwd: path });
  expect(exitCode).toBe(1);
  expect(stdout).toContain('Freed 1 of 2 things.\nrefs/nexus/history/other/1 is still there: ');
  expect(existsSync(run)).toBe(false);
});

it('leaves out what there is nothing of, and shortens what there is much of', async () => {
  const { path } = await createUsedProject();
  const folder = join(path, '.git', 'nexus', 'workers');
  for (const key of ['0123456789ab', 'ba9876543210']) {
    mkdirSync(join(folder, key), { recursive: true });
    utimesSync(join(folder, key), 0, 0);
  }
  const { stdout } = await runNexus(['clean'], { cwd: path });
  expect(stdout).toMatch(/\n {2}2 worker logs +0 B +nexus\/workers\/\w+: that worker is gone, …\n/);
  expect(stdout).not.toContain('worktree');
});

it.each(['-1', 'x', '1.5', '', '999999'])('refuses %j days', async (days) => {
  const { path } = createProject();
  const { exitCode, error } = await runNexus(['clean', `--older-than=${days}`], { cwd: path });
  expect([exitCode, error?.code]).toEqual([2, 'usage']);
  expect(error?.message).toContain('whole number of days');
});
