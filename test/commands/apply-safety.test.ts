import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { chmodSync, linkSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  apply,
  applyJson,
  createFolder,
  FIXED_SUM,
  fixSum,
  replaceLine,
  snapshot,
  SUM,
  wholeFile,
} from './apply-scene.js';
import { MOST_LISTED } from '../../src/repository/working/list-text-files.js';
import { MOST_READ } from '../../src/repository/working/working-files.js';
import { createProject } from './run-nexus.js';

const FIX_BOTH = `${fixSum('a.js')}\n${fixSum('b.js')}`;

/** Codes of the rejections; nothing may have been written. */
async function refused(folder: string, reply: string, args: readonly string[] = []): Promise<string[]> {
  const before = snapshot(folder);
  const { applied, rejections, diff, exitCode } = await applyJson(folder, reply, args);
  expect({ applied, diff, exitCode }).toEqual({ applied: false, diff: '', exitCode: 1 });
  expect(snapshot(folder)).toEqual(before);
  return rejections.map(({ code, message }) => `${code}: ${message}`);
}

/** Replaces a function of node:fs until the test is over. */
function replaceFs<Name extends 'renameSync' | 'linkSync' | 'writeFileSync' | 'unlinkSync'>(
  name: Name,
  make: (real: (typeof fs)[Name]) => (typeof fs)[Name],
): void {
  const real = fs[name];
  const set = (value: (typeof fs)[Name]): void => {
    fs[name] = value;
    syncBuiltinESMExports();
  };
  set(make(real));
  onTestFinished(() => set(real));
}

function failWith(code: string): never {
  throw Object.assign(new Error(`${code}: made up`), { code });
}

describe('protected files', () => {
  it.each([
    ['package.json', 'it defines what the checks do'],
    ['.github/workflows/ci.yml', 'it runs in CI'],
    ['yarn.lock', 'it pins dependencies'],
    ['secret/keys.txt', 'it is protected in .nexus.yml'],
  ])('%s is written only when --files names it', async (path, reason) => {
    const folder = createFolder({ [path]: 'old\n', '.nexus.yml': 'protect: [secret]\n', 'a.txt': '' });
    const reply = replaceLine(path, 'old', 'new');
    expect(await refused(folder, reply)).toEqual([
      `protected: ${path} is protected: ${reason} and --files does not name it`,
    ]);
    expect(await applyJson(folder, reply, ['--files', path])).toMatchObject({ applied: true });
    expect(readFileSync(join(folder, path), 'utf8')).toBe('new\n');
  });

  it('are also those that do not exist yet', async () => {
    const folder = createFolder({ 'a.js': SUM });
    const reply = wholeFile('.github/workflows/ci.yml', 'on: push\n');
    expect(await refused(folder, reply)).toHaveLength(1);
    expect(await applyJson(folder, reply, ['--files', '.github/workflows/ci.yml'])).toMatchObject({
      applied: true,
    });
  });

  it('are told by their paths in the repository when the root is further down', async () => {
    const { path, write } = createProject({
      '.nexus.yml': 'protect: [packages/x/secret.txt]\n',
      'packages/x/secret.txt': 'old\n',
      'packages/x/tasks.yml': 'old\n',
      '.github/workflows/ci.yml': 'old\n',
    });
    write('.github/a.txt', '');
    const x = join(path, 'packages/x');
    expect(await refused(x, replaceLine('secret.txt', 'old', 'new'))).toHaveLength(1);
    expect(await refused(join(path, '.github'), replaceLine('workflows/ci.yml', 'old', 'new'))).toHaveLength(
      1,
    );
    expect(
      await applyJson(x, replaceLine('secret.txt', 'old', 'new'), ['--files', 'secret.txt']),
    ).toMatchObject({ applied: true });
    // Only at the top it is the task list.
    expect(await applyJson(x, replaceLine('tasks.yml', 'old', 'new'))).toMatchObject({ applied: true });
  });
});

describe('what steers Nexus or git is never written', () => {
  it.each([
    'tasks.yml',
    'TASKS.yml',
    '.nexus.yml',
    '.nexus/templates/plan.md',
    '.gitmodules',
    '.husky/pre-commit',
    '.githooks/pre-push',
    'lefthook.yml',
    '.pre-commit-config.yaml',
  ])('%s', async (path) => {
    const folder = createFolder({ 'a.js': SUM });
    for (const args of [[], ['--files', path], ['--files', `a.js,${path}`]]) {
      expect(await refused(folder, wholeFile(path, 'x: 1\n'), args)).toEqual([
        expect.stringMatching(/^protected: .* steers Nexus or git$/u),
      ]);
    }
  });

  it.each([
    '.git/hooks/pre-commit',
    '.git/config',
    '.GIT/config',
    'git~1/config',
    'src/.git/config',
    '.git./x',
  ])('%s', async (path) => {
    const { path: folder } = createProject({ 'a.js': SUM });
    expect(await refused(folder, wholeFile(path, 'x\n'))).toEqual([
      expect.stringMatching(/^path-not-allowed: .*is inside \.git/u),
    ]);
  });

  it('hooks in a folder of the work tree neither, nor at its top', async () => {
    const { path, git } = createProject({ 'tools/hooks/pre-push': '#!/bin/sh\n', 'tools/a.js': SUM });
    git(['config', 'core.hooksPath', 'tools/hooks']);
    const reply = replaceLine('tools/hooks/pre-push', '#!/bin/sh', '#!/bin/sh -x');
    expect(await refused(path, reply, ['--files', 'tools/hooks/pre-push'])).toEqual([
      expect.stringContaining('it is a hook of git'),
    ]);
    expect(await refused(join(path, 'tools'), wholeFile('hooks/post-merge', 'x\n'))).toHaveLength(1);
    git(['config', 'core.hooksPath', '.']);
    expect(await refused(path, wholeFile('post-commit', 'x\n'))).toHaveLength(1);
    expect(await applyJson(path, fixSum('tools/a.js'))).toMatchObject({ applied: true });
    // A link in .git leads to them just as well.
    git(['config', '--unset', 'core.hooksPath']);
    fs.rmSync(join(path, '.git/hooks'), { recursive: true });
    symlinkSync('../tools/hooks', join(path, '.git/hooks'));
    expect(await refused(path, reply, ['--files', 'tools/hooks/pre-push'])).toHaveLength(1);
  });

  it('a bare repository, or what is in it, is no place for files', async () => {
    const folder = createFolder({
      'bare/HEAD': 'ref: refs/heads/main\n',
      'bare/objects/x': '',
      'bare/refs/x': '',
      'a.js': SUM,
    });
    expect(await refused(folder, wholeFile('bare/hooks/post-commit', 'x\n'))).toEqual([
      expect.stringContaining('bare'),
    ]);
    expect((await apply(join(folder, 'bare'), wholeFile('hooks/x', 'x\n'))).error).toMatchObject({
      code: 'inside-git-folder',
      exitCode: 2,
    });
  });
});

describe('paths that lead elsewhere', () => {
  it.each([
    '../out.js',
    '/tmp/out.js',
    'src/../../out.js',
    'C:/out.js',
    '~/out.js',
    'a\u202Egpj.js',
    'aux.js',
  ])('%s', async (path) => {
    const folder = createFolder({ 'work/a.js': SUM });
    const [message] = await refused(join(folder, 'work'), wholeFile(path, 'x\n'));
    expect(message).toMatch(/^(?:path-not-allowed|no-edit|unknown-path)/u);
    expect(Object.keys(snapshot(folder))).toEqual(['work', 'work/a.js']);
  });

  it('a link is not written through, as a file or as a folder', async () => {
    const folder = createFolder({ 'work/a.js': SUM, 'work/real/b.js': SUM, 'outside/c.js': SUM });
    const path = join(folder, 'work');
    symlinkSync('../outside', join(path, 'away'));
    symlinkSync('real', join(path, 'inside'));
    symlinkSync('../outside/c.js', join(path, 'c.js'));
    symlinkSync('nowhere', join(path, 'broken.js'));
    const before = snapshot(folder);
    for (const target of ['away/c.js', 'away/new.js', 'inside/b.js', 'c.js', 'broken.js', 'broken.js/x.js']) {
      expect((await refused(path, fixSum(target)))[0]).toMatch(/^(?:not-editable|unknown-path)/u);
      expect(await refused(path, wholeFile(target, FIXED_SUM))).toEqual([
        expect.stringMatching(/^not-editable: .* symbolic link/u),
      ]);
      const named = await apply(path, fixSum(target), ['--files', target]);
      expect(named.error).toMatchObject({ code: 'usage', exitCode: 2 });
    }
    expect(snapshot(folder)).toEqual(before);
  });

  it('a link that git tracks is none of the files', async () => {
    const { path, git } = createProject({ 'a.js': SUM });
    symlinkSync('a.js', join(path, 'link.js'));
    git(['add', '.']);
    expect((await refused(path, fixSum('link.js')))[0]).toMatch(/^not-editable/u);
  });

  it('a folder that became a link after it was committed is one', async () => {
    const { path, folder } = createProject({ 'src/a.js': SUM });
    mkdirSync(join(folder, 'outside'));
    writeFileSync(join(folder, 'outside/a.js'), SUM);
    fs.rmSync(join(path, 'src'), { recursive: true });
    symlinkSync('../outside', join(path, 'src'));
    expect((await refused(path, fixSum('src/a.js')))[0]).toMatch(/^not-editable/u);
    expect(readFileSync(join(folder, 'outside/a.js'), 'utf8')).toBe(SUM);
  });

  it('a submodule is another repository, whether it is checked out or not', async () => {
    const { path, git } = createProject({ 'a.js': SUM });
    const head = git(['rev-parse', 'HEAD']);
    git(['update-index', '--add', '--cacheinfo', `160000,${head},lib`]);
    mkdirSync(join(path, 'lib'));
    expect((await refused(path, wholeFile('lib/x.js', 'x\n')))[0]).toMatch(/^not-editable: .*submodule/u);
    expect((await apply(path, fixSum('lib'), ['--files', 'lib/a.js'])).error).toMatchObject({
      code: 'usage',
    });
  });
});

describe('what is no text to edit', () => {
  it.each([
    ['binary', 'GIF89a\0'],
    ['Git LFS', `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`],
    ['not UTF-8', Buffer.from('caf\u00E9\n', 'latin1')],
    ['too large', Buffer.alloc(1024 * 1024 + 1, 'a')],
  ])('%s', async (_, content) => {
    const folder = createFolder({ 'a.dat': content, 'b.js': SUM });
    expect((await refused(folder, wholeFile('a.dat', 'x\n')))[0]).toMatch(/^not-editable: a\.dat is /u);
  });

  it.skipIf(process.platform === 'win32')('a pipe: it is not waited for', async () => {
    const folder = createFolder({ 'a.js': SUM });
    spawnSync('mkfifo', [join(folder, 'pipe.js')]);
    const { rejections } = await applyJson(folder, wholeFile('pipe.js', 'x\n'));
    expect(rejections).toMatchObject([{ path: 'pipe.js', code: 'not-editable' }]);
  });
});

describe('names that cannot be', () => {
  it('a folder where a file should go, a file where a folder should', async () => {
    const folder = createFolder({ 'src/a.js': SUM, 'b.js': SUM });
    mkdirSync(join(folder, 'empty.d'));
    expect((await refused(folder, wholeFile('empty.d', 'x\n')))[0]).toBe('exists: empty.d is a folder.');
    expect((await refused(folder, wholeFile('b.js/c.js', 'x\n')))[0]).toMatch(/^path-not-allowed/u);
    const ignored = createProject({ 'a.js': SUM, '.gitignore': 'out\n' });
    ignored.write('out', 'a file');
    expect((await refused(ignored.path, wholeFile('out/c.js', 'x\n')))[0]).toBe(
      'path-not-allowed: out/c.js cannot be made: out is a file.',
    );
  });

  it('another spelling of what is there, tracked or not', async () => {
    const { path, write } = createProject({ 'src/a.js': SUM });
    write('lib/b.js', SUM);
    for (const name of ['SRC/new.js', 'src/A.js', 'LIB/new.js', 'lib/B.js']) {
      expect((await refused(path, wholeFile(name, 'x\n')))[0]).toMatch(/^unknown-path: /u);
    }
  });

  it('two new files that are one on some systems', async () => {
    const folder = createFolder({ 'a.js': SUM });
    const [message] = await refused(
      folder,
      `${wholeFile('new/x.js', 'x\n')}\n${wholeFile('new/X.js', 'y\n')}`,
    );
    expect(message).toMatch(/^path-not-allowed/u);
  });
});

describe('all or nothing', () => {
  it('a read-only file refuses the whole reply', async () => {
    const folder = createFolder({ 'a.js': SUM, 'b.js': SUM });
    chmodSync(join(folder, 'b.js'), 0o444);
    expect(await refused(folder, FIX_BOTH)).toEqual(['not-editable: b.js is read-only.']);
    expect(await refused(folder, FIX_BOTH, ['--dry-run'])).toHaveLength(1);
  });

  it.each([
    ['EACCES', 'not-writable'],
    ['EROFS', 'not-writable'],
    ['EIO', 'not-written'],
  ])(
    'when the second file cannot be put in place (%s), the first gets its own back',
    async (system, code) => {
      const folder = createFolder({ 'a.js': SUM, 'b.js': SUM, 'old.js': SUM });
      chmodSync(join(folder, 'a.js'), 0o755);
      const before = snapshot(folder);
      const inode = statSync(join(folder, 'a.js')).ino;
      replaceFs('renameSync', (real) => (from, to) => {
        if (String(to).endsWith('b.js') && String(from).endsWith('.new')) failWith(system);
        real(from, to);
      });
      const reply = `${fixSum('a.js')}\n${wholeFile('deep/new/c.js', 'x\n')}\n*** Begin Patch\n*** Delete File: old.js\n*** End Patch\n\n${fixSum('b.js')}`;
      const ran = await apply(folder, reply);
      expect(ran.error).toMatchObject({
        code,
        exitCode: 4,
        message: expect.stringContaining('b.js could not be written'),
        remedy: expect.stringContaining('Nothing was changed'),
      });
      expect(snapshot(folder)).toEqual(before);
      expect(statSync(join(folder, 'a.js')).ino).toBe(inode);
    },
  );

  it('when the disk is full nothing has begun', async () => {
    const folder = createFolder({ 'a.js': SUM, 'b.js': SUM });
    const before = snapshot(folder);
    let written = 0;
    replaceFs('writeFileSync', (real) => (...args) => {
      written += 1;
      if (written === 2) failWith('ENOSPC');
      real(...args);
    });
    const ran = await apply(folder, FIX_BOTH);
    expect(ran.error).toMatchObject({ code: 'disk-full', exitCode: 4 });
    expect(written).toBe(2);
    expect(snapshot(folder)).toEqual(before);
  });

  it('a file that changes meanwhile is left as it is then, and so are the others', async () => {
    const folder = createFolder({ 'a.js': SUM, 'b.js': SUM });
    replaceFs('writeFileSync', (real) => (...args) => {
      real(...args);
      real(join(folder, 'b.js'), 'saved by an editor\n');
    });
    const ran = await apply(folder, FIX_BOTH);
    expect(ran.error).toMatchObject({ code: 'file-changed', exitCode: 4 });
    expect(ran.error?.message).toContain('b.js was changed by something else');
    expect(snapshot(folder)).toEqual({ 'a.js': `644 ${SUM}`, 'b.js': '644 saved by an editor\n' });
  });

  it('a file that appears where a new one goes is not lost', async () => {
    const folder = createFolder({ 'a.js': SUM });
    replaceFs('linkSync', (real) => (from, to) => {
      if (String(to).endsWith('new.js')) writeFileSync(to, 'mine\n');
      real(from, to);
    });
    const ran = await apply(folder, `${fixSum('a.js')}\n${wholeFile('new.js', 'x\n')}`);
    expect(ran.error).toMatchObject({ code: 'file-changed' });
    expect(snapshot(folder)).toEqual({ 'a.js': `644 ${SUM}`, 'new.js': '644 mine\n' });
  });

  it('a folder that becomes a link meanwhile is not followed', async () => {
    const folder = createFolder({ 'work/src/a.js': SUM, 'outside/a.js': SUM });
    replaceFs('writeFileSync', (real) => (...args) => {
      real(...args);
      fs.renameSync(join(folder, 'work/src'), join(folder, 'moved'));
      symlinkSync(join(folder, 'outside'), join(folder, 'work/src'));
    });
    const ran = await apply(join(folder, 'work'), fixSum('src/a.js'));
    expect(ran.error).toMatchObject({ code: 'file-changed' });
    expect(readFileSync(join(folder, 'outside/a.js'), 'utf8')).toBe(SUM);
  });

  it('says where the old text is when it cannot be put back', async () => {
    const folder = createFolder({ 'a.js': SUM, 'b.js': SUM });
    replaceFs('renameSync', (real) => (from, to) => {
      if (String(to).endsWith('b.js') || String(from).endsWith('.old')) failWith('EIO');
      real(from, to);
    });
    const { error } = await apply(folder, FIX_BOTH);
    expect(error).toMatchObject({ code: 'not-restored', exitCode: 4 });
    const kept = /a\.js is kept as (\S+\.old)/u.exec(error?.remedy ?? '')?.[1] ?? '';
    expect(readFileSync(kept, 'utf8')).toBe(SUM);
  });

  it('works without hard links, and leaves another name of a file alone', async () => {
    const folder = createFolder({ 'a.js': SUM });
    linkSync(join(folder, 'a.js'), join(folder, 'same.js'));
    replaceFs('linkSync', () => () => failWith('ENOTSUP'));
    const { applied } = await applyJson(folder, `${fixSum('a.js')}\n${wholeFile('new.js', 'x\n')}`);
    expect(applied).toBe(true);
    expect(snapshot(folder)).toEqual({
      'a.js': `644 ${FIXED_SUM}`,
      'same.js': `644 ${SUM}`,
      'new.js': '644 x\n',
    });
  });
});

describe('more files than are looked through', () => {
  it('do not keep a reply that names its files from being applied, whatever else it shows', async () => {
    const many = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`many/${at}.txt`, `${at}\n`]));
    const folder = createFolder({ 'src/a.js': SUM, ...many });
    const { files } = MOST_READ;
    onTestFinished(() => void Object.assign(MOST_READ, { files }));
    MOST_READ.files = 10;
    const ran = await apply(folder, replaceLine('', '  return a * b;', '  return b * a;'));
    expect(ran.error).toMatchObject({
      code: 'too-many-files',
      exitCode: 2,
      remedy: expect.stringContaining('--files'),
    });
    const usage = 'Use it so:\n\n```js\nconst total = sum(1, 2);\nconsole.log(total);\n```\n';
    const { applied, edits } = await applyJson(folder, `${fixSum('src/a.js')}\n${usage}`);
    expect(applied).toBe(true);
    expect(edits).toMatchObject([{ path: 'src/a.js' }]);
  });

  it.each([{ files: 3 }, { entries: 4 }])('are no project outside a repository (%o)', async (limit) => {
    const folder = createFolder({ '1.txt': 'x\n', '2.txt': '', '3.txt': '', '4.txt': '', '5.txt': '' });
    const before = { ...MOST_LISTED };
    onTestFinished(() => void Object.assign(MOST_LISTED, before));
    Object.assign(MOST_LISTED, limit);
    const ran = await apply(folder, replaceLine('1.txt', 'x', 'y'));
    expect(ran.error).toMatchObject({ code: 'too-many-files', exitCode: 2 });
    const { applied } = await applyJson(folder, replaceLine('1.txt', 'x', 'y'), ['--files', '1.txt']);
    expect(applied).toBe(true);
  });
});
