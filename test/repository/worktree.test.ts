import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GitFailed } from '../../src/repository/failures.js';
import { createPlatform } from '../../src/platform.js';
import { openRepository } from '../../src/repository/open.js';
import type { Repository, ThrowawayWorktree } from '../../src/repository/repository.js';
import { removeStaleWorktrees } from '../../src/repository/stale-worktrees.js';
import { withWorktreeRegistry } from '../../src/repository/worktree-registry.js';
import { createTempRepository, type TempRepository } from '../support/temp-repository.js';

const CRLF = 'one\r\ntwo\r\n';

let temp: TempRepository;
let repository: Repository;
let base: string;
const open: ThrowawayWorktree[] = [];

beforeEach(async () => {
  temp = createTempRepository();
  temp.write('run.sh', 'run\n');
  chmodSync(join(temp.path, 'run.sh'), 0o755);
  symlinkSync('readme.md', join(temp.path, 'link'));
  // A repository that was never normalised: CRLF blobs under `text` attributes.
  base = temp.commit('Files', {
    'crlf.txt': CRLF,
    'mixed.txt': 'a\r\nb\n',
    'src/a b.ts': 'a\n',
    'src/gone.ts': 'g\n',
    '.gitignore': 'node_modules/\n*.log\n',
  });
  const attributes = '*.txt text\nmixed.txt text eol=crlf\n';
  const blob = temp.git(['hash-object', '-w', '--stdin'], { input: attributes });
  temp.git(['update-index', '--add', '--cacheinfo', `100644,${blob},.gitattributes`]);
  temp.git(['commit', '-qm', 'Attributes']);
  temp.git(['checkout', '-q', '--', '.gitattributes']);
  base = temp.git(['rev-parse', 'HEAD']);
  repository = await openRepository(temp.path);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const worktree of open.splice(0)) await worktree.dispose();
  temp.dispose();
});

async function add(commit = base): Promise<ThrowawayWorktree> {
  const worktree = await repository.addThrowawayWorktree(commit);
  open.push(worktree);
  return worktree;
}
const commitIn = (worktree: ThrowawayWorktree, parent = base) =>
  repository.commitWorktree(worktree, { parent, message: 'Format\n\nNexus-Step: fix\n' });
const adminFolders = () => {
  const folder = join(temp.path, '.git', 'worktrees');
  return existsSync(folder) ? readdirSync(folder) : [];
};

const ownFolders = () => readdirSync(join(temp.path, '.git', 'nexus', 'temporary'));

describe('addThrowawayWorktree', () => {
  it('checks a commit out completely, detached and outside the repository', async () => {
    const worktree = await add();
    expect(worktree.path.startsWith(realpathSync(tmpdir()))).toBe(true);
    expect(readdirSync(worktree.path).toSorted()).toEqual(
      [
        '.git',
        '.gitattributes',
        '.gitignore',
        'crlf.txt',
        'link',
        'mixed.txt',
        'readme.md',
        'run.sh',
        'src',
      ].toSorted(),
    );
    expect(temp.git(['rev-parse', 'HEAD'], { cwd: worktree.path })).toBe(base);
    expect(temp.git(['symbolic-ref', '-q', 'HEAD'], { cwd: worktree.path, exits: [1] })).toBe('');
    await worktree.dispose();
    expect(existsSync(dirname(worktree.path))).toBe(false);
    expect(adminFolders()).toEqual([]);
    await worktree.dispose();
  });

  it.each(['--cone', '--no-cone'])('has all files although the checkout is sparse (%s)', async (mode) => {
    temp.git(['sparse-checkout', 'set', mode, 'docs']);
    const worktree = await add();
    expect(existsSync(join(worktree.path, 'src', 'a b.ts'))).toBe(true);
    expect(temp.git(['status', '--porcelain', '--', 'src'], { cwd: worktree.path })).toBe('');
    expect(existsSync(join(temp.path, 'src'))).toBe(false);
    expect(temp.git(['config', 'core.sparseCheckout'])).toBe('true');
  });

  it('has pointers instead of downloads', async () => {
    // What git-lfs does: it asks the environment whether to download.
    temp.git(['config', 'filter.lfs.smudge', 'echo skip=$GIT_LFS_SKIP_SMUDGE; cat']);
    const commit = temp.commit('LFS', { '.gitattributes': '*.psd filter=lfs\n', 'a.psd': 'pointer\n' });
    const worktree = await add(commit);
    expect(readFileSync(join(worktree.path, 'a.psd'), 'utf8')).toBe('skip=1\npointer\n');
  });

  it('leaves nothing behind when the checkout fails', async () => {
    const tmp = join(temp.folder, 'tmp');
    mkdirSync(tmp);
    vi.stubEnv('TMPDIR', tmp);
    vi.stubEnv('TEMP', tmp);
    await expect(add('1'.repeat(40))).rejects.toMatchObject({ code: 'git-failed' });
    temp.git(['config', 'filter.broken.smudge', 'false']);
    temp.git(['config', 'filter.broken.required', 'true']);
    const commit = temp.git([
      'commit-tree',
      '-p',
      base,
      '-m',
      'x',
      treeWith('.gitattributes', '*.md filter=broken\n'),
    ]);
    await expect(add(commit)).rejects.toMatchObject({ code: 'git-failed' });
    expect(adminFolders()).toEqual([]);
    expect(readdirSync(tmp)).toEqual([]);
    expect(ownFolders()).toEqual([]);
  });

  it('refuses a temporary folder inside the repository', async () => {
    mkdirSync(join(temp.path, 'tmp'));
    vi.stubEnv('TMPDIR', join(temp.path, 'tmp'));
    vi.stubEnv('TEMP', join(temp.path, 'tmp'));
    await expect(add()).rejects.toMatchObject({ code: 'temp-inside-repository' });
  });

  it('can be made several times at once', async () => {
    const worktrees = await Promise.all([add(), add(), add()]);
    expect(new Set(worktrees.map(({ path }) => path)).size).toBe(3);
    await Promise.all(worktrees.map((worktree) => worktree.dispose()));
    expect(adminFolders()).toEqual([]);
  });

  it('removes links without what they point to', async () => {
    const outside = join(temp.folder, 'outside');
    mkdirSync(outside);
    writeFileSync(join(outside, 'precious'), 'x');
    const worktree = await add();
    symlinkSync(outside, join(worktree.path, 'node_modules'), 'junction');
    mkdirSync(join(worktree.path, 'deep', 'er'), { recursive: true });
    symlinkSync(outside, join(worktree.path, 'deep', 'er', 'link'), 'junction');
    await worktree.dispose();
    expect(existsSync(worktree.path)).toBe(false);
    expect(readFileSync(join(outside, 'precious'), 'utf8')).toBe('x');
  });

  it('leaves other worktrees alone, also those whose folder is gone', async () => {
    const linked = join(temp.folder, 'linked');
    temp.git(['worktree', 'add', '-q', '--detach', linked]);
    renameSync(linked, `${linked}-moved`);
    await (await add()).dispose();
    expect(adminFolders()).toEqual(['linked']);
  });
});

function treeWith(path: string, content: string): string {
  const blob = temp.git(['hash-object', '-w', '--stdin'], { input: content });
  const env = { GIT_INDEX_FILE: join(temp.folder, 'index') };
  temp.git(['read-tree', base], { env });
  temp.git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`], { env });
  return temp.git(['write-tree'], { env });
}

describe('withWorktreeRegistry', () => {
  const halfWritten = () =>
    new GitFailed(['worktree'], 128, 'fatal: failed to read .git/worktrees/x/commondir: Success');

  it('tries again when another process is in the middle of an entry', async () => {
    let attempts = 0;
    const use = async () => {
      attempts += 1;
      if (attempts < 3) throw halfWritten();
      return 'done';
    };
    expect(await withWorktreeRegistry('/a', use)).toBe('done');
    expect(attempts).toBe(3);
  });

  it('gives up in the end, and at once for any other failure', async () => {
    let attempts = 0;
    const fail = (error: () => Error) => async () => {
      attempts += 1;
      throw error();
    };
    await expect(withWorktreeRegistry('/a', fail(halfWritten))).rejects.toThrow('commondir');
    expect(attempts).toBe(5);
    attempts = 0;
    await expect(
      withWorktreeRegistry(
        '/a',
        fail(() => new Error('other')),
      ),
    ).rejects.toThrow('other');
    expect(attempts).toBe(1);
  });

  it('lets one wait for the other', async () => {
    const order: string[] = [];
    let finish = () => {};
    const first = withWorktreeRegistry('/a', async () => {
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      order.push('first');
    });
    const second = withWorktreeRegistry('/a', async () => order.push('second'));
    await withWorktreeRegistry('/b', async () => order.push('elsewhere'));
    finish();
    await Promise.all([first, second]);
    expect(order).toEqual(['elsewhere', 'first', 'second']);
  });
});

describe('commitWorktree', () => {
  it('finds nothing where nothing changed, whatever the file times and attributes say', async () => {
    const worktree = await add();
    for (const name of ['crlf.txt', 'mixed.txt', 'run.sh']) utimesSync(join(worktree.path, name), 1, 1);
    expect(temp.git(['status', '--porcelain'], { cwd: worktree.path })).toContain('crlf.txt');
    expect(await commitIn(worktree)).toBeUndefined();
  });

  it('commits changed, new and deleted files and nothing else', async () => {
    const worktree = await add();
    const write = (path: string, content: string) => {
      mkdirSync(dirname(join(worktree.path, path)), { recursive: true });
      writeFileSync(join(worktree.path, path), content);
    };
    write('src/a b.ts', 'formatted\n');
    write('run.sh', 'better\n');
    write('new ö/"quoted"\n\\file.ts', 'new\n');
    write('debug.log', 'ignored\n');
    write('node_modules/x/index.js', 'ignored\n');
    chmodSync(join(worktree.path, 'new ö/"quoted"\n\\file.ts'), 0o755);
    chmodSync(join(worktree.path, 'readme.md'), 0o755);
    rmSync(join(worktree.path, 'src', 'gone.ts'));
    for (const name of ['crlf.txt', 'mixed.txt']) utimesSync(join(worktree.path, name), 1, 1);
    const oid = await commitIn(worktree);
    const changed = temp
      .git(['-c', 'core.quotePath=false', 'diff-tree', '-r', '--format=', base, oid ?? ''])
      .split('\n');
    expect(changed.map((line) => line.replace(/ [0-9a-f]{40} [0-9a-f]{40}/, ''))).toEqual([
      String.raw`:000000 100644 A	"new ö/\"quoted\"\n\\file.ts"`,
      ':100755 100755 M\trun.sh',
      ':100644 100644 M\tsrc/a b.ts',
      ':100644 000000 D\tsrc/gone.ts',
    ]);
    expect(temp.git(['log', '-1', '--format=%P|%an|%(trailers:key=Nexus-Step,valueonly)', oid ?? ''])).toBe(
      `${base}|Ada Tester|fix\n`,
    );
  });

  it('stores what it commits as the attributes say', async () => {
    const worktree = await add();
    writeFileSync(join(worktree.path, 'crlf.txt'), `${CRLF}three\r\n`);
    const oid = await commitIn(worktree);
    expect(await repository.readFiles(oid ?? '', ['crlf.txt'])).toEqual(
      new Map([['crlf.txt', { kind: 'text', text: 'one\ntwo\nthree\n' }]]),
    );
  });

  it('does not commit links, nested repositories, or files in the place of links', async () => {
    const worktree = await add();
    symlinkSync('/etc/passwd', join(worktree.path, 'new-link'));
    symlinkSync(temp.folder, join(worktree.path, 'node_modules'));
    temp.git(['init', '-q', 'nested'], { cwd: worktree.path });
    writeFileSync(join(worktree.path, 'nested', 'file'), 'x');
    rmSync(join(worktree.path, 'link'));
    writeFileSync(join(worktree.path, 'link'), 'a file now');
    rmSync(join(worktree.path, 'readme.md'));
    symlinkSync('/etc/passwd', join(worktree.path, 'readme.md'));
    expect(await commitIn(worktree)).toBeUndefined();
  });

  it('sees a file in the place of a folder', async () => {
    const worktree = await add();
    rmSync(join(worktree.path, 'src'), { recursive: true });
    writeFileSync(join(worktree.path, 'src'), 'a file\n');
    const files = await repository.listFiles((await commitIn(worktree)) ?? '');
    expect(files.map(({ path }) => path).filter((path) => path.startsWith('src'))).toEqual(['src']);
  });

  it('is not led astray by what commands did to git in the worktree', async () => {
    const worktree = await add();
    writeFileSync(join(worktree.path, 'new.ts'), 'x\n');
    temp.git(['add', '--all'], { cwd: worktree.path });
    temp.git(['-c', 'user.name=x', 'commit', '-qam', 'In the worktree'], { cwd: worktree.path });
    writeFileSync(join(worktree.path, '.git'), `gitdir: ${join(temp.path, '.git')}\n`);
    const oid = await commitIn(worktree);
    expect((await repository.changedFiles(base, oid ?? '')).map(({ path }) => path)).toContain('new.ts');
    expect(temp.git(['rev-parse', 'HEAD'])).toBe(base);
    await worktree.dispose();
    expect(existsSync(worktree.path)).toBe(false);
  });

  it('commits on top of another commit than the one checked out', async () => {
    const worktree = await add();
    writeFileSync(join(worktree.path, 'src', 'a b.ts'), 'formatted\n');
    const first = (await commitIn(worktree)) ?? '';
    expect(await commitIn(worktree, first)).toBeUndefined();
    writeFileSync(join(worktree.path, 'src', 'a b.ts'), 'again\n');
    const second = (await commitIn(worktree, first)) ?? '';
    expect(await repository.changedFiles(first, second)).toMatchObject([
      { path: 'src/a b.ts', status: 'modified' },
    ]);
  });

  it('knows only worktrees that are in use', async () => {
    const worktree = await add();
    await worktree.dispose();
    await expect(commitIn(worktree)).rejects.toMatchObject({ code: 'not-a-throwaway' });
  });
});

describe('removeStaleWorktrees', () => {
  const GONE = 2 ** 22 + 1;
  const ownOf = (worktree: ThrowawayWorktree) => readFileSync(join(dirname(worktree.path), 'owner'), 'utf8');
  /** As if another process had made it. */
  const changeOwner = (own: string, change: object) => {
    const file = join(own, 'owner.json');
    const owner: object = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...owner, ...change }));
  };
  const orphan = (worktree: ThrowawayWorktree) => changeOwner(ownOf(worktree), { pid: GONE });
  const expectNothing = () => {
    expect(ownFolders()).toEqual([]);
    expect(adminFolders()).toEqual([]);
  };

  it('removes those of processes that are gone', async () => {
    const [running, gone] = await Promise.all([add(), add()]);
    orphan(gone);
    expect(await removeStaleWorktrees(repository)).toEqual([gone.path]);
    expect(existsSync(dirname(gone.path))).toBe(false);
    expect(existsSync(running.path)).toBe(true);
    expect(adminFolders()).toHaveLength(1);
    expect(ownFolders()).toHaveLength(1);
  });

  it('knows a process from another that was given its id', async () => {
    const reused = await add();
    changeOwner(ownOf(reused), { startedAt: 'long ago' });
    expect(await removeStaleWorktrees(repository)).toEqual([reused.path]);
    expectNothing();
  });

  it('knows that the computer was started anew', async () => {
    const [before, unknown] = await Promise.all([add(), add()]);
    const space = { machine: '0'.repeat(32), boot: 'before', namespace: 'pid:[1]' };
    const own: { space?: { machine?: string } } = JSON.parse(
      readFileSync(join(ownOf(before), 'owner.json'), 'utf8'),
    );
    changeOwner(ownOf(before), { pid: process.pid, space: { ...space, machine: own.space?.machine } });
    changeOwner(ownOf(unknown), { pid: process.pid, space });
    const isKnown = own.space?.machine !== undefined;
    expect(await removeStaleWorktrees(repository)).toEqual(isKnown ? [before.path] : []);
    expect(existsSync(unknown.path)).toBe(true);
  });

  it('removes the entry alone when the folder is gone already', async () => {
    const gone = await add();
    orphan(gone);
    rmSync(dirname(gone.path), { recursive: true });
    expect(await removeStaleWorktrees(repository)).toEqual([gone.path]);
    expectNothing();
  });

  it.each([
    ['named, not made', ['folder', 'entry']],
    ['made, without its owner', ['files', 'owner', 'entry']],
    ['made, with an owner that is not written yet', ['files', 'empty owner', 'entry']],
    ['without an entry of git', ['files', 'entry']],
    ['with half an entry of git', ['files', 'half entry']],
    ['with an entry that git was making', ['locked entry']],
    ['half removed', ['.git']],
    ['without its worktree', ['files']],
  ])('removes one that was killed when it was %s', async (_, missing) => {
    const worktree = await add();
    const folder = dirname(worktree.path);
    const entry = join(temp.path, '.git', 'worktrees', adminFolders()[0] ?? '');
    orphan(worktree);
    const without: Record<string, () => void> = {
      folder: () => rmSync(folder, { recursive: true }),
      entry: () => rmSync(entry, { recursive: true }),
      files: () => rmSync(worktree.path, { recursive: true }),
      owner: () => rmSync(join(folder, 'owner')),
      'empty owner': () => writeFileSync(join(folder, 'owner'), ''),
      'half entry': () => rmSync(join(entry, 'gitdir')),
      'locked entry': () => writeFileSync(join(entry, 'locked'), 'initializing'),
      '.git': () => rmSync(join(worktree.path, '.git')),
    };
    for (const part of missing) without[part]?.();
    await removeStaleWorktrees(repository);
    expect(existsSync(folder)).toBe(false);
    expectNothing();
  });

  it('removes indexes and drafts of processes that are gone, and what nobody can read', async () => {
    const root = join(temp.path, '.git', 'nexus', 'temporary');
    const folders = ['111111111111', '222222222222', '.333333333333'].map((name) => join(root, name));
    for (const folder of folders) mkdirSync(folder, { recursive: true });
    const owner = { pid: GONE, host: hostname(), since: new Date().toISOString() };
    writeFileSync(join(folders[0] ?? '', 'owner.json'), JSON.stringify(owner));
    writeFileSync(join(folders[0] ?? '', 'index'), 'DIRC');
    writeFileSync(join(folders[1] ?? '', 'owner.json'), '{"pid":-1}');
    // Somebody else's, whatever it is.
    mkdirSync(join(root, 'notes'));
    const space = await createPlatform().pidSpace();
    changeOwner(folders[0] ?? '', { space });
    expect(await removeStaleWorktrees(repository)).toEqual([]);
    expect(ownFolders()).toEqual(['notes']);
  });

  it("waits a day before it removes another computer's, and never its files", async () => {
    const [young, old, present] = await Promise.all([add(), add(), add()]);
    const since = new Date(Date.now() - 25 * 60 * 60 * 1000).toISOString();
    changeOwner(ownOf(present), { host: 'another', since });
    for (const [worktree, change] of [
      [young, { host: 'another' }],
      [old, { host: 'another', since }],
    ] as const) {
      changeOwner(ownOf(worktree), change);
      rmSync(dirname(worktree.path), { recursive: true });
    }
    expect(await removeStaleWorktrees(repository)).toEqual([old.path]);
    expect(existsSync(present.path)).toBe(true);
  });

  it('deletes nothing that does not point back to it', async () => {
    const linked = join(temp.folder, 'linked');
    temp.git(['worktree', 'add', '-q', '--detach', linked]);
    const [renamed, foreign] = await Promise.all([add(), add()]);
    for (const worktree of [renamed, foreign]) orphan(worktree);
    writeFileSync(join(ownOf(renamed), 'worktree'), dirname(linked));
    writeFileSync(join(dirname(foreign.path), 'owner'), '/somewhere/else');
    expect(await removeStaleWorktrees(repository)).toEqual([]);
    for (const path of [linked, renamed.path, foreign.path]) expect(existsSync(path)).toBe(true);
    rmSync(dirname(renamed.path), { recursive: true });
    rmSync(dirname(foreign.path), { recursive: true });
  });
});
