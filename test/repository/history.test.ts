import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRepository } from '../../src/repository/open.js';
import type { Repository } from '../../src/repository/repository.js';
import { parseTrailers } from '../../src/repository/trailers.js';
import { createTempRepository, type TempRepository } from '../support/temp-repository.js';

let temp: TempRepository;
let repository: Repository;
let base: string;
let middle: string;
let tip: string;

const MESSAGE = `Subject ä\n\nBody one.\n\nBody: two.\n\nNexus-Task: t1\nNexus-Step: 1\nAssisted-by: a\nAssisted-by: b\n  folded\n`;

beforeAll(async () => {
  temp = createTempRepository();
  const long = Array.from({ length: 30 }, (_, index) => `line ${index}\n`).join('');
  base = temp.commit('Base', {
    'a.txt': 'a\n',
    'old name.txt': long,
    'gone.txt': 'x\n',
    'run.sh': 'r\n',
    'b.bin': 'a\0b',
  });
  middle = temp.commit(MESSAGE, { 'a.txt': 'A\nB\n' });
  temp.git(['mv', 'old name.txt', 'new "name"\tö.txt']);
  temp.git(['rm', '-q', 'gone.txt']);
  chmodSync(join(temp.path, 'run.sh'), 0o755);
  tip = temp.commit('Tip', { 'b.bin': 'a\0c', 'new "name"\tö.txt': `${long}more\n`, 'added.txt': '1\n2\n' });
  for (const [key, value] of [
    ['diff.noprefix', 'true'],
    ['diff.external', 'false'],
    ['diff.renames', 'false'],
    ['log.showSignature', 'true'],
  ]) {
    temp.git(['config', key ?? '', value ?? '']);
  }
  repository = await openRepository(temp.path);
});
afterAll(() => temp.dispose());

describe('log', () => {
  it('gives commits with body and trailers, oldest first', async () => {
    const commits = await repository.log(base, tip);
    expect(commits.map(({ oid }) => oid)).toEqual([middle, tip]);
    expect(commits[0]).toEqual({
      oid: middle,
      parents: [base],
      tree: temp.git(['rev-parse', `${middle}^{tree}`]),
      subject: 'Subject ä',
      body: MESSAGE.slice(MESSAGE.indexOf('Body one')),
      authorEmail: 'ada@example.com',
      committerEmail: 'ada@example.com',
      trailers: new Map([
        ['nexus-task', ['t1']],
        ['nexus-step', ['1']],
        ['assisted-by', ['a', 'b folded']],
      ]),
    });
    expect(commits[1]?.trailers.size).toBe(0);
  });

  it('is empty where there is nothing between', async () => {
    expect(await repository.log(tip, base)).toEqual([]);
  });

  it('knows a root commit', async () => {
    const root = temp.git(['commit-tree', `${base}^{tree}`, '-m', 'Root']);
    expect(await repository.log(base, root)).toMatchObject([{ oid: root, parents: [] }]);
  });
});

describe('changedFiles', () => {
  it('finds what happened to each file', async () => {
    expect(await repository.changedFiles(base, tip)).toEqual([
      { path: 'a.txt', from: undefined, status: 'modified', added: 2, deleted: 1 },
      { path: 'added.txt', from: undefined, status: 'added', added: 2, deleted: 0 },
      { path: 'b.bin', from: undefined, status: 'modified', added: undefined, deleted: undefined },
      { path: 'gone.txt', from: undefined, status: 'deleted', added: 0, deleted: 1 },
      { path: 'new "name"\tö.txt', from: 'old name.txt', status: 'renamed', added: 1, deleted: 0 },
      { path: 'run.sh', from: undefined, status: 'mode-changed', added: 0, deleted: 0 },
    ]);
    expect(await repository.changedFiles(tip, tip)).toEqual([]);
  });
});

describe('readCommit', () => {
  it('gives what log and changedFiles give, whatever is in the message', async () => {
    const make = (message: string, parent: string, tree: string): string =>
      temp.git(['commit-tree', tree, '-p', parent, '-F', '-'], { input: message });
    const tree = temp.git(['rev-parse', `${tip}^{tree}`]);
    const commits = [
      middle,
      tip,
      make('Nothing changed\n', tip, tree),
      make('', base, tree),
      make('\n\n:100644 at the start\n\n:100644 100644 a b M\n\n  Key: value\n', base, tree),
      make('Subject\nof two lines\n\n\nBody\n\n\n', middle, tree),
    ];
    for (const oid of commits) {
      const [parent = ''] = temp.git(['rev-parse', `${oid}^@`]).split('\n');
      expect(await repository.readCommit(oid)).toEqual({
        info: (await repository.log(parent, oid)).at(-1),
        paths: (await repository.changedFiles(parent, oid)).map(({ path }) => path),
      });
    }
    expect((await repository.readCommit(tip)).paths).toHaveLength(5);
    await expect(repository.readCommit('HEAD')).rejects.toMatchObject({ code: 'not-an-object' });
  });
});

describe('diff', () => {
  it('is the unified diff as git prints it, whatever is configured', async () => {
    const text = await repository.diff(base, middle);
    expect(text).toMatch(/^diff --git a\/a\.txt b\/a\.txt\n/);
    expect(text).toContain('@@ -1 +1,2 @@\n-a\n+A\n+B\n');
  });

  it('can be limited, coloured and summed up', async () => {
    expect(await repository.diff(base, tip, { paths: ['added.txt'] })).not.toContain('a.txt b/a.txt');
    expect(await repository.diff(base, tip, { paths: [] })).toBe('');
    expect(await repository.diff(base, tip, { paths: ['*.txt'] })).toBe('');
    expect(await repository.diff(base, middle, { color: true })).toContain('\u001B[31m-a');
    const stat = await repository.diff(base, middle, { stat: true });
    expect(stat).toContain('a.txt | 3 ++-');
    expect(stat).not.toContain('@@');
  });

  it('takes more paths than one command line', async () => {
    const paths = Array.from({ length: 3000 }, (_, index) => `no/such/file/${index}`);
    expect(await repository.diff(base, middle, { paths: [...paths, 'a.txt'] })).toContain('+B\n');
  });

  it('refuses what is not an object', async () => {
    await expect(repository.diff('--output=x', tip)).rejects.toMatchObject({ code: 'not-an-object' });
  });
});

describe('revisions', () => {
  it('knows ancestors and merge bases', async () => {
    const root = temp.git(['commit-tree', `${base}^{tree}`, '-m', 'Root']);
    expect(await repository.isAncestor(base, tip)).toBe(true);
    expect(await repository.isAncestor(tip, base)).toBe(false);
    expect(await repository.mergeBase(middle, tip)).toBe(middle);
    expect(await repository.mergeBase(root, tip)).toBeUndefined();
    await expect(repository.isAncestor('1'.repeat(40), tip)).rejects.toMatchObject({ code: 'git-failed' });
  });

  it('knows which of many tips are merged, also when some are gone or no commits', async () => {
    const root = temp.git(['commit-tree', `${base}^{tree}`, '-m', 'Root']);
    const tree = await repository.treeOf(tip);
    const selected = async (...tips: string[]) => [...(await repository.selectMerged(tips, middle))];
    expect(await selected()).toEqual([]);
    expect(await selected(base, tip, root, middle)).toEqual([base, middle]);
    expect(await selected('1'.repeat(40), tip, base, tree)).toEqual([base]);
    expect(await selected('1'.repeat(40))).toEqual([]);
    expect([...(await repository.selectMerged([base], '1'.repeat(40)))]).toEqual([]);
  });

  it('resolves names of commits and nothing else', async () => {
    expect(await repository.resolveCommit('HEAD~1')).toBe(middle);
    expect(await repository.resolveCommit('HEAD:a.txt')).toBeUndefined();
    expect(await repository.resolveCommit('-h')).toBeUndefined();
    expect(await repository.resolveCommit('a.txt')).toBeUndefined();
  });
});

describe('parseTrailers', () => {
  it('keeps colons in values and skips what is no trailer', () => {
    expect(parseTrailers('A: b: c\n: x\nnothing\nA:d\n')).toEqual(new Map([['a', ['b: c', 'd']]]));
  });
});
