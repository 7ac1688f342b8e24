import { execFileSync } from 'node:child_process';
import { chmodSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { LARGEST_TEXT } from '../../src/repository/content.js';
import { openRepository } from '../../src/repository/open.js';
import { createTempRepository, type TempRepository } from '../support/temp-repository.js';

const temps: TempRepository[] = [];
function make(...options: Parameters<typeof createTempRepository>): TempRepository {
  const temp = createTempRepository(...options);
  temps.push(temp);
  return temp;
}
afterEach(() => {
  for (const temp of temps.splice(0)) temp.dispose();
});

const pointer = (end: string) =>
  ['version https://git-lfs.github.com/spec/v1', `oid sha256:${'ab'.repeat(32)}`, 'size 5', ''].join(end);

describe('readFiles', () => {
  it('tells text from what must not be edited as text', async () => {
    const temp = make();
    temp.write('run.sh', '#!/bin/sh\n');
    chmodSync(join(temp.path, 'run.sh'), 0o755);
    symlinkSync('readme.md', join(temp.path, 'link'));
    temp.commit('Files', {
      'nul.bin': Buffer.from('a\0b'),
      'latin1.txt': Buffer.from('caf\xe9', 'latin1'),
      'utf16.txt': Buffer.from('\uFEFFhi', 'utf16le'),
      'surrogate.txt': Buffer.from([0xed, 0xa0, 0x80]),
      'pointer.psd': pointer('\n'),
      'pointer-crlf.psd': pointer('\r\n'),
      'about-lfs.md': `${pointer('\n')}${'x'.repeat(1100)}`,
      'at-limit.txt': 'x'.repeat(LARGEST_TEXT),
      'too-large.txt': 'x'.repeat(LARGEST_TEXT + 1),
      'empty.txt': '',
    });
    temp.git(['update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},module`]);
    temp.git(['commit', '-qm', 'Submodule']);
    const repository = await openRepository(temp.path);
    const head = temp.git(['rev-parse', 'HEAD']);
    const files = await repository.readFiles(
      head,
      (await repository.listFiles(head)).map(({ path }) => path),
    );
    expect([...files].map(([path, file]) => `${path}: ${file.kind}`)).toEqual([
      'about-lfs.md: text',
      'at-limit.txt: text',
      'empty.txt: text',
      'latin1.txt: not-utf8',
      'link: symlink',
      'module: submodule',
      'nul.bin: binary',
      'pointer-crlf.psd: lfs-pointer',
      'pointer.psd: lfs-pointer',
      'readme.md: text',
      'run.sh: text',
      'surrogate.txt: not-utf8',
      'too-large.txt: too-large',
      'utf16.txt: binary',
    ]);
    expect(files.get('run.sh')).toEqual({ kind: 'text', text: '#!/bin/sh\n', executable: true });
    expect(files.get('empty.txt')).toEqual({ kind: 'text', text: '' });
  });

  it('gives text whose encoding is the blob again', async () => {
    const temp = make();
    const texts = ['\uFEFFbom\r\n', 'a\r\nb\n\rc', '😀 ä \u2028\n', '\uFEFF\uFEFF', 'no end'];
    const commit = temp.commit(
      'Texts',
      Object.fromEntries(texts.map((text, index) => [`${index}.txt`, text])),
    );
    const repository = await openRepository(temp.path);
    const files = await repository.readFiles(
      commit,
      texts.map((_, index) => `${index}.txt`),
    );
    expect([...files.values()]).toEqual(texts.map((text) => ({ kind: 'text', text })));
  });

  it('leaves out what is not there, folders and paths that cannot be', async () => {
    const temp = make();
    const commit = temp.commit('Files', {
      'src/a.ts': 'a',
      'src/b.ts': 'b',
      '-x': 'dash',
      'a*.ts': 'star',
      'ab.ts': 'ab',
    });
    const repository = await openRepository(temp.path);
    const asked = [
      'src',
      'src/a.ts',
      'src/a.ts/x',
      'nope',
      '',
      '/etc/passwd',
      '../x',
      'src//a.ts',
      './readme.md',
      '-x',
      'a*.ts',
      'a\0b',
      ':/',
    ];
    const files = await repository.readFiles(commit, asked);
    expect([...files.keys()].toSorted()).toEqual(['-x', 'a*.ts', 'src/a.ts']);
    expect(await repository.readFiles(commit, [])).toEqual(new Map());
  });

  it('reads more files than fit on a command line, equal ones too', async () => {
    const temp = make();
    const blobs = ['one\n', 'two\n'].map((input) => temp.git(['hash-object', '-w', '--stdin'], { input }));
    const paths = Array.from(
      { length: 2100 },
      (_, index) => `folder-${index % 7}/file with a long name ${index}.txt`,
    );
    const lines = paths.map((path, index) => `100644 ${blobs[index % 2]}\t${path}\n`);
    temp.git(['update-index', '--index-info'], { input: lines.join('') });
    temp.git(['commit', '-qm', 'Many']);
    const commit = temp.git(['rev-parse', 'HEAD']);
    const repository = await openRepository(temp.path);
    for (const count of [1900, 2100]) {
      const files = await repository.readFiles(commit, paths.slice(0, count));
      expect(files.size).toBe(count);
      expect(files.get(paths[1235] ?? '')).toEqual({ kind: 'text', text: 'two\n' });
    }
  });

  it('reads in several goes what would not fit into memory at once', async () => {
    const temp = make();
    const names = Array.from({ length: 40 }, (_, index) => `${index}.txt`);
    const commit = temp.commit(
      'Large',
      Object.fromEntries(names.map((name) => [name, name.padEnd(1_000_000, 'x')])),
    );
    const files = await (await openRepository(temp.path)).readFiles(commit, names);
    expect(files.size).toBe(40);
    for (const name of names)
      expect(files.get(name)).toEqual({ kind: 'text', text: name.padEnd(1_000_000, 'x') });
  });

  it('works on SHA-256 repositories', async () => {
    const temp = make({ objectFormat: 'sha256' });
    const repository = await openRepository(temp.path);
    const base = temp.git(['rev-parse', 'HEAD']);
    expect(base).toHaveLength(64);
    const change = { kind: 'modify', path: 'readme.md', oldText: '# A project\n', newText: 'new\n' } as const;
    const commit = await repository.commit({ parent: base, message: 'm\n', changes: [change] });
    await repository.updateBranch('nexus/x', commit, undefined);
    expect(await repository.readFiles(commit, ['readme.md'])).toEqual(
      new Map([['readme.md', { kind: 'text', text: 'new\n' }]]),
    );
  });
});

describe('reading again', () => {
  it('gives the same, of another commit and next to what is read the first time', async () => {
    const temp = make();
    const first = temp.commit('Files', { 'a.txt': 'a', 'b.txt': 'b' });
    const second = temp.commit('More', { 'b.txt': 'B', 'c.txt': 'a' });
    const repository = await openRepository(temp.path);
    const paths = ['a.txt', 'b.txt', 'c.txt'];
    const texts = async (commit: string): Promise<unknown> =>
      [...(await repository.readFiles(commit, paths))].map(([path, content]) =>
        content.kind === 'text' ? [path, content.text] : path,
      );
    const expected = [
      ['a.txt', 'a'],
      ['b.txt', 'b'],
    ];
    expect(await texts(first)).toEqual(expected);
    expect(await texts(second)).toEqual([
      ['a.txt', 'a'],
      ['b.txt', 'B'],
      ['c.txt', 'a'],
    ]);
    expect(await texts(first)).toEqual(expected);
  });
});

describe('readFiles after listFiles', () => {
  it('reads what it reads without', async () => {
    const temp = make();
    symlinkSync('readme.md', join(temp.path, 'link'));
    const first = temp.commit('Files', { 'a/b.txt': 'b', 'large.txt': 'x'.repeat(LARGEST_TEXT + 1) });
    const second = temp.commit('More', { 'a/b.txt': 'B' });
    const paths = ['a', 'a/b.txt', 'large.txt', 'link', 'missing', '../readme.md', ''];
    const read = async (list: boolean): Promise<unknown> => {
      const repository = await openRepository(temp.path);
      if (list) for (const commit of [first, second]) await repository.listFiles(commit);
      return [await repository.readFiles(first, paths), await repository.readFiles(second, paths)];
    };
    expect(await read(true)).toEqual(await read(false));
    const kinds = (text: string): Map<string, unknown> =>
      new Map<string, unknown>([
        ['a/b.txt', { kind: 'text', text }],
        ['large.txt', { kind: 'too-large' }],
        ['link', { kind: 'symlink' }],
      ]);
    expect(await read(true)).toMatchObject([kinds('b'), kinds('B')]);
  });
});

describe('listFiles', () => {
  it('lists every entry with mode and size, however it is called', async () => {
    const temp = make();
    const commit = temp.commit('Files', { 'ä ö/"q".txt': '1234', 'tab\tline\n.txt': '1', '.hidden': '' });
    const files = await (await openRepository(temp.path)).listFiles(commit);
    expect(files.map(({ path, mode, size }) => [path, mode, size])).toEqual([
      ['.hidden', '100644', 0],
      ['readme.md', '100644', 12],
      ['tab\tline\n.txt', '100644', 1],
      ['ä ö/"q".txt', '100644', 4],
    ]);
  });

  it.skipIf(process.platform !== 'linux')(
    'does not list names that are not UTF-8, but carries them over',
    async () => {
      const temp = make();
      const blob = temp.git(['hash-object', '-w', '--stdin'], { input: 'x' });
      const line = Buffer.concat([Buffer.from(`100644 ${blob}\tcaf`), Buffer.from([0xe9, 0])]);
      temp.git(['update-index', '-z', '--index-info'], { input: line });
      temp.git(['commit', '-qm', 'Latin']);
      const base = temp.git(['rev-parse', 'HEAD']);
      const repository = await openRepository(temp.path);
      expect((await repository.listFiles(base)).map(({ path }) => path)).toEqual(['readme.md']);
      const change = { kind: 'create', path: 'caf\uFFFD', newText: 'y' } as const;
      const commit = await repository.commit({ parent: base, message: 'm\n', changes: [change] });
      expect(temp.git(['ls-tree', commit])).toContain(`${blob}\t"caf\\351"`);
    },
  );

  it('does not ask for sizes in a partial clone, which would download every file', async () => {
    const temp = make();
    temp.git(['config', 'uploadpack.allowFilter', 'true']);
    const head = temp.git(['rev-parse', 'HEAD']);
    const clone = join(temp.folder, 'clone');
    temp.git(['clone', '-q', '--no-checkout', '--filter=blob:none', `file://${temp.path}`, clone]);
    const repository = await openRepository(clone);
    expect(await repository.listFiles(head)).toMatchObject([{ path: 'readme.md', size: undefined }]);
    const missing = execFileSync('git', ['rev-list', '--objects', '--all', '--missing=print'], {
      cwd: clone,
    });
    expect(missing.toString()).toContain('?');
    // Only what is read is downloaded, and then its size counts.
    temp.commit('Large', { 'large.txt': 'x'.repeat(LARGEST_TEXT + 1) });
    execFileSync('git', ['fetch', '-q'], { cwd: clone });
    const large = temp.git(['rev-parse', 'HEAD']);
    await repository.listFiles(large);
    expect(await repository.readFiles(large, ['large.txt'])).toEqual(
      new Map([['large.txt', { kind: 'too-large' }]]),
    );
  });
});

describe('readBlob', () => {
  it('gives exact bytes', async () => {
    const temp = make();
    const repository = await openRepository(temp.path);
    const bytes = Buffer.from([0, 255, 13, 10, 0xc3, 0x28]);
    expect(await repository.readBlob(await repository.writeBlob(bytes))).toEqual(bytes);
  });

  it('refuses anything but an object name', async () => {
    const repository = await openRepository(make().path);
    for (const oid of ['HEAD', '--batch', '']) {
      await expect(repository.readBlob(oid)).rejects.toMatchObject({ code: 'not-an-object' });
    }
    await expect(repository.readBlob('1'.repeat(40))).rejects.toMatchObject({ code: 'git-failed' });
  });

  it('says that an object is missing', async () => {
    const temp = make();
    const tree = temp.git(['mktree', '--missing'], { input: `100644 blob ${'1'.repeat(40)}\tgone.txt\n` });
    const commit = temp.git(['commit-tree', tree, '-m', 'x']);
    const repository = await openRepository(temp.path);
    await expect(repository.readFiles(commit, ['gone.txt'])).rejects.toMatchObject({
      code: 'object-missing',
    });
    await expect(repository.treeOf('1'.repeat(40))).rejects.toMatchObject({ code: 'object-missing' });
    expect(await repository.treeOf(commit)).toBe(tree);
  });
});
