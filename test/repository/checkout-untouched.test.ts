import { chmodSync, cpSync, existsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { openRepository, requireBase } from '../../src/repository/open.js';
import { snapshotCheckout } from '../support/checkout-snapshot.js';
import { createTempRepository, runGit, type TempRepository } from '../support/temp-repository.js';

const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'4d'.repeat(32)}\nsize 12345\n`;
const SPECIAL: Record<string, string | Buffer> = {
  'binary.bin': Buffer.from([0, 1, 2, 255, 254]),
  'crlf.txt': 'one\r\ntwo\r\n',
  'latin1.txt': Buffer.from('caf\xe9\n', 'latin1'),
  'bom.txt': '\uFEFFbom\n',
  'large.psd': POINTER,
};

const temps: TempRepository[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const temp of temps.splice(0)) temp.dispose();
});

let template: TempRepository;
beforeAll(() => {
  template = createTemplate();
});
afterAll(() => template.dispose());

/** A repository with every kind of entry and two branches that clash. */
function createTemplate(): TempRepository {
  const temp = createTempRepository();
  temp.commit('Files', { ...SPECIAL, 'src/a.ts': 'a\n', 'src/deep/b.ts': 'b\n', 'docs/c.md': 'c\n' });
  symlinkSync('src/a.ts', join(temp.path, 'link'));
  temp.write('run.sh', '#!/bin/sh\n');
  chmodSync(join(temp.path, 'run.sh'), 0o755);
  temp.git(['add', '--all']);
  temp.git(['update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},module`]);
  temp.git(['commit', '-qm', 'Special entries']);
  temp.git(['switch', '-qc', 'other']);
  temp.write('src/a.ts', 'other\n');
  temp.git(['commit', '-qm', 'Other', 'src/a.ts']);
  temp.git(['switch', '-q', 'main']);
  temp.write('src/a.ts', 'main\n');
  temp.git(['commit', '-qm', 'Main', 'src/a.ts']);
  return temp;
}

function createProject(name?: string): TempRepository {
  const temp = createTempRepository({ firstCommit: false, ...(name === undefined ? {} : { name }) });
  temps.push(temp);
  cpSync(template.path, temp.path, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  installHooks(temp);
  return temp;
}

const OBJECT = /^[0-9a-f]{40}$/;

const HOOKS = [
  'reference-transaction',
  'post-checkout',
  'post-commit',
  'pre-commit',
  'post-index-change',
  'post-merge',
];

/** Hooks that leave a file when they run. */
function installHooks(temp: TempRepository): void {
  for (const hook of HOOKS) {
    const path = join(temp.path, '.git', 'hooks', hook);
    writeFileSync(path, `#!/bin/sh\necho ${hook} >> '${join(temp.folder, 'hooks-ran')}'\n`);
    chmodSync(path, 0o755);
  }
}

/** What a run does to a repository, all of it. */
async function workIn(cwd: string): Promise<string> {
  const repository = await openRepository(cwd);
  const { commit: base } = await requireBase(repository);
  const before = await repository.readFiles(base, ['src/a.ts', 'docs/c.md']);
  const a = before.get('src/a.ts');
  if (a?.kind !== 'text') throw new Error('src/a.ts is not there');
  await repository.assertBranchCreatable('nexus/t1');
  const first = await repository.commit({
    parent: base,
    message: 'Step 1\n',
    changes: [
      { kind: 'modify', path: 'src/a.ts', oldText: a.text, newText: `${a.text}more\n` },
      { kind: 'create', path: 'new.ts', newText: 'new\n' },
    ],
  });
  await repository.updateBranch('nexus/t1', first, undefined);
  const worktree = await repository.addThrowawayWorktree(first);
  writeFileSync(join(worktree.path, 'new.ts'), 'formatted\n');
  const second = await repository.commitWorktree(worktree, { parent: first, message: 'Format\n' });
  await worktree.dispose();
  expect(existsSync(worktree.path)).toBe(false);
  if (!second) throw new Error('the change in the worktree was not seen');
  await repository.updateBranch('nexus/t1', second, first);
  await repository.writeRef('refs/nexus/history/t1/1', first);
  await repository.writeBlob(Buffer.from('x'));
  await repository.dirtyFiles();
  await repository.listFiles(base);
  await repository.log(base, second);
  await repository.diff(base, second);
  await repository.tryMerge(base, second);
  await repository.ignored(['src/a.ts']);
  return second;
}

const STATES: Record<string, (temp: TempRepository) => void> = {
  clean: () => undefined,
  dirty(temp) {
    temp.write('src/a.ts', 'edited\n');
    temp.write('staged.ts', 'staged\n');
    temp.git(['add', 'staged.ts']);
    temp.write('untracked.ts', 'untracked\n');
    temp.write('docs/c.md', 'to stash\n');
    temp.git(['stash', 'push', '-q', '--', 'docs/c.md']);
    temp.write('docs/c.md', 'again\n');
  },
  'mid-merge'(temp) {
    temp.git(['merge', 'other'], { exits: [1] });
    expect(existsSync(join(temp.path, '.git', 'MERGE_HEAD'))).toBe(true);
  },
  'mid-rebase'(temp) {
    temp.git(['rebase', 'other'], { exits: [1] });
    expect(existsSync(join(temp.path, '.git', 'rebase-merge'))).toBe(true);
  },
  detached(temp) {
    temp.git(['checkout', '-q', '--detach', 'HEAD']);
  },
  sparse(temp) {
    // The copied index has other file times, and git keeps files in place that could be changed.
    temp.git(['update-index', '--refresh'], { exits: [1] });
    temp.git(['sparse-checkout', 'set', '--cone', '--sparse-index', 'docs']);
    expect(existsSync(join(temp.path, 'src'))).toBe(false);
  },
  'signing with a gpg that fails'(temp) {
    temp.git(['config', 'commit.gpgSign', 'true']);
    temp.git(['config', 'gpg.program', 'false']);
  },
  'settings that change formats'(temp) {
    for (const [key, value] of [
      ['core.quotePath', 'true'],
      ['core.autocrlf', 'input'],
      ['core.splitIndex', 'true'],
      ['core.fsmonitor', 'true'],
      ['color.ui', 'always'],
      ['log.showSignature', 'true'],
      ['status.renames', 'copies'],
      ['diff.noprefix', 'true'],
      ['i18n.commitEncoding', 'ISO-8859-1'],
      ['gc.auto', '1'],
    ]) {
      temp.git(['config', key ?? '', value ?? '']);
    }
  },
};

describe('the checkout stays as it is', () => {
  for (const [state, prepare] of Object.entries(STATES)) {
    it(`when it is ${state}`, async () => {
      const temp = createProject();
      prepare(temp);
      expect(await workUntouched(temp, temp.path)).toMatch(OBJECT);
    });
  }

  it('when the work is done from a sub-directory', async () => {
    const temp = createProject();
    expect(await workUntouched(temp, join(temp.path, 'src', 'deep'))).toMatch(OBJECT);
  });

  it('when its path has blanks, quotes and other letters', async () => {
    const temp = createProject("größe — it's a 'test' $HOME");
    expect(await workUntouched(temp, join(temp.path, 'src'))).toMatch(OBJECT);
  });

  it('in a linked worktree, whose main worktree stays, too', async () => {
    const temp = createProject();
    const linked = join(temp.folder, 'linked one');
    temp.git(['worktree', 'add', '-q', '-b', 'side', linked]);
    const main = snapshotCheckout(temp.path);
    writeFileSync(join(linked, 'untracked'), 'x');
    expect(await workUntouched(temp, linked, linked)).toMatch(OBJECT);
    expect(snapshotCheckout(temp.path)).toEqual(main);
  });

  it('when git variables of a hook are set', async () => {
    const temp = createProject();
    const other = createTempRepository();
    temps.push(other);
    const strangers = snapshotCheckout(other.path);
    vi.stubEnv('GIT_DIR', join(other.path, '.git'));
    vi.stubEnv('GIT_WORK_TREE', other.path);
    vi.stubEnv('GIT_INDEX_FILE', join(other.path, '.git', 'index'));
    vi.stubEnv('GIT_OBJECT_DIRECTORY', join(other.path, '.git', 'objects'));
    vi.stubEnv('GIT_AUTHOR_NAME', 'Somebody Else');
    vi.stubEnv('GIT_AUTHOR_EMAIL', 'else@example.com');
    vi.stubEnv('GIT_AUTHOR_DATE', '2001-01-01T00:00:00Z');
    vi.stubEnv('GIT_COMMITTER_DATE', '2001-01-01T00:00:00Z');
    vi.stubEnv('GIT_CONFIG_PARAMETERS', "'user.name'='Wrong'");
    vi.stubEnv('GIT_EDITOR', ':');
    vi.stubEnv('EDITOR', 'false');
    vi.stubEnv('PAGER', 'false');
    const tip = await workUntouched(temp, temp.path);
    expect(temp.git(['log', '-1', '--format=%an|%ae|%ad', '--date=format:%Y', tip])).not.toMatch(
      /Else|Wrong|2001/,
    );
    expect(snapshotCheckout(other.path)).toEqual(strangers);
  });
});

/** Does a run's work in `cwd` and holds everything of the user's against what it was. Returns the new tip. */
async function workUntouched(temp: TempRepository, cwd: string, root = temp.path): Promise<string> {
  // The hooks are there to be run by us, not by what prepared the state.
  const marks = join(temp.folder, 'hooks-ran');
  writeFileSync(marks, '');
  const before = snapshotCheckout(root);
  const base = runGit(root, ['rev-parse', 'HEAD']);
  const tip = await workIn(cwd);
  expect(snapshotCheckout(root)).toEqual(before);
  expect(runGit(root, ['hash-object', '--no-filters', marks])).toBe(
    'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391',
  );
  expectCarriedOver(root, base, tip);
  expect(runGit(root, ['worktree', 'list', '--porcelain'])).not.toContain('nexus-worktree-');
  return tip;
}

/** Every entry that no change named has the same mode and blob as in the base. */
function expectCarriedOver(root: string, base: string, tip: string): void {
  const touched = /\t(?:src\/a\.ts|new\.ts)$/;
  const list = (commit: string) =>
    runGit(root, ['-c', 'core.quotePath=false', 'ls-tree', '-r', commit])
      .split('\n')
      .filter((line) => !touched.test(line));
  expect(list(base).length).toBeGreaterThan(9);
  expect(list(tip)).toEqual(list(base));
  expect(runGit(root, ['show', `${tip}:new.ts`])).toBe('formatted');
  expect(runGit(root, ['cat-file', 'commit', tip])).not.toMatch(/gpgsig|encoding/);
}
