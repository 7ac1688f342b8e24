import { chmodSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FileChange } from '../../src/edits/types.js';
import { Git } from '../../src/repository/git.js';
import { openRepository } from '../../src/repository/open.js';
import type { Repository } from '../../src/repository/repository.js';
import { withOwnIndex, writeTree } from '../../src/repository/write.js';
import { createTempRepository, type TempRepository } from '../support/temp-repository.js';

let temp: TempRepository;
let repository: Repository;
let base: string;

beforeEach(async () => {
  // Only the repository says who commits.
  vi.stubEnv('GIT_CONFIG_GLOBAL', '/no/such/file');
  vi.stubEnv('GIT_CONFIG_NOSYSTEM', '1');
  temp = createTempRepository();
  temp.write('run.sh', 'run\n');
  chmodSync(join(temp.path, 'run.sh'), 0o755);
  base = temp.commit('Second', { 'src/a.ts': 'a\n', 'src/b.ts': 'b\n', 'docs/x.md': 'x\n', file: 'f\n' });
  repository = await openRepository(temp.path);
});
afterEach(() => {
  vi.unstubAllEnvs();
  temp.dispose();
});

const commit = (changes: FileChange[], message = 'Message\n') =>
  repository.commit({ parent: base, message, changes });
const modesOf = (oid: string) =>
  temp.git(['ls-tree', '-r', '--format=%(objectmode) %(path)', oid]).split('\n');

describe('commit', () => {
  it('creates, modifies, deletes and renames files in one commit', async () => {
    const oid = await commit(
      [
        { kind: 'create', path: 'new/file with blank ä.txt', newText: 'new\r\n' },
        { kind: 'modify', path: 'src/a.ts', oldText: 'a\n', newText: '' },
        { kind: 'delete', path: 'docs/x.md', oldText: 'x\n' },
        { kind: 'rename', from: 'src/b.ts', path: 'src/c.ts', oldText: 'b\n', newText: 'c\n' },
        { kind: 'rename', from: 'run.sh', path: 'bin/run.sh', oldText: 'run\n', newText: 'run\n' },
      ],
      'All kinds\n\n# not a comment\n\nNexus-Task: t1\n',
    );
    expect(modesOf(oid)).toEqual([
      '100755 bin/run.sh',
      '100644 file',
      '100644 "new/file with blank \\303\\244.txt"',
      '100644 readme.md',
      '100644 src/a.ts',
      '100644 src/c.ts',
    ]);
    expect(await repository.readFiles(oid, ['src/a.ts', 'src/c.ts', 'new/file with blank ä.txt'])).toEqual(
      new Map([
        ['new/file with blank ä.txt', { kind: 'text', text: 'new\r\n' }],
        ['src/a.ts', { kind: 'text', text: '' }],
        ['src/c.ts', { kind: 'text', text: 'c\n' }],
      ]),
    );
    expect(temp.git(['log', '-1', '--format=%an|%ae|%cn|%ce|%P|%B', oid])).toBe(
      `Ada Tester|ada@example.com|Ada Tester|ada@example.com|${base}|All kinds\n\n# not a comment\n\nNexus-Task: t1\n`,
    );
    expect(temp.git(['status', '--porcelain'])).toBe('');
    expect(temp.git(['fsck', '--strict', '--no-dangling'])).toBe('');
  });

  it('puts a folder in the place of a file, and a file in the place of a folder', async () => {
    const oid = await commit([
      { kind: 'delete', path: 'file', oldText: 'f\n' },
      { kind: 'create', path: 'file/inside', newText: 'i\n' },
      { kind: 'delete', path: 'docs/x.md', oldText: 'x\n' },
      { kind: 'create', path: 'docs', newText: 'd\n' },
    ]);
    expect(modesOf(oid).filter((line) => /file|docs/.test(line))).toEqual([
      '100644 docs',
      '100644 file/inside',
    ]);
  });

  it.each(['file/inside', 'src'])('refuses to have a file and a folder at one path (%s)', async (path) => {
    await expect(commit([{ kind: 'create', path, newText: 'x\n' }])).rejects.toMatchObject({
      code: 'change-refused',
      message: expect.stringContaining('either a file or a folder'),
    });
  });

  it('notices a path that git skips without a word', async () => {
    const entry = { mode: '100644', oid: await repository.writeBlob(Buffer.from('x')) };
    const write = withOwnIndex(join(temp.path, '.git'), Git.in(temp.path), async (git) => {
      await git.run({ args: ['read-tree', base], parse: () => undefined });
      return writeTree(git, [{ path: 'a/.git/config', entry }], base);
    });
    await expect(write).rejects.toMatchObject({
      code: 'change-refused',
      message: expect.stringContaining('a/.git'),
    });
  });

  it('takes a change that changes nothing', async () => {
    const oid = await commit([{ kind: 'modify', path: 'file', oldText: 'f\n', newText: 'f\n' }]);
    expect(await repository.changedFiles(base, oid)).toEqual([]);
  });

  it('makes an empty commit of no changes', async () => {
    const oid = await commit([]);
    expect(await repository.treeOf(oid)).toBe(await repository.treeOf(base));
  });

  it('needs an identity before it writes a commit', async () => {
    temp.git(['config', '--unset', 'user.email']);
    await expect(commit([])).rejects.toMatchObject({ code: 'identity-missing' });
  });

  it('refuses a parent that is not a full object name', async () => {
    await expect(repository.commit({ parent: 'HEAD', message: 'm', changes: [] })).rejects.toMatchObject({
      code: 'not-an-object',
    });
  });

  it('leaves no temporary index, also when it fails', async () => {
    const left = () => readdirSync(join(temp.path, '.git', 'nexus', 'temporary'));
    // A name that only git can judge.
    await commit([{ kind: 'create', path: 'o:k', newText: 'x' }]);
    expect(left()).toEqual([]);
    await commit([{ kind: 'create', path: 'src', newText: 'x' }]).catch(() => undefined);
    expect(left()).toEqual([]);
  });

  it('keeps the message in UTF-8 whatever the configured encoding is', async () => {
    temp.git(['config', 'i18n.commitEncoding', 'ISO-8859-1']);
    const oid = await commit([], 'Größe\n');
    expect(temp.git(['-c', 'i18n.logOutputEncoding=UTF-8', 'log', '-1', '--format=%e%s', oid])).toBe('Größe');
  });
});
