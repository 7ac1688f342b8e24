import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askForWorktrees, checkedOut, worktreeFolders } from '../../src/repository/checked-out.js';
import type { Context } from '../../src/repository/context.js';
import { Git } from '../../src/repository/git.js';
import { readWorktreeHeads } from '../../src/repository/worktree-heads.js';
import { createTempRepository, type TempRepository } from '../support/temp-repository.js';

let temp: TempRepository;
beforeEach(() => {
  temp = createTempRepository();
});
afterEach(() => temp.dispose());

function contextOf(commonDir = join(temp.path, '.git'), root = temp.path): Context {
  return { root, commonDir, gitDir: commonDir, version: [2, 39], git: Git.in(root) };
}

function headsIn(context = contextOf()): Map<string, string> | undefined {
  return readWorktreeHeads(context, worktreeFolders(context.commonDir));
}

const addWorktree = (name: string, ...args: string[]): string => {
  const path = join(temp.folder, name);
  temp.git(['worktree', 'add', '-q', ...args, path]);
  return path;
};

describe('branches that are checked out', () => {
  it('are read off the HEAD of each worktree, as git lists them', async () => {
    expect(headsIn()).toEqual(new Map([['main', temp.path]]));
    const linked = addWorktree('linked', '-b', 'topic/größe-1');
    addWorktree('detached', '--detach');
    const gone = addWorktree('gone', '-b', 'gone');
    rmSync(gone, { recursive: true });
    temp.git(['worktree', 'lock', linked]);
    const found = headsIn();
    expect(found?.get('topic/größe-1')).toBe(linked);
    expect(found?.size).toBe(3);
    expect(found).toEqual(await askForWorktrees(contextOf()));
  });

  it('count although they have no commit yet', async () => {
    temp.git(['switch', '-q', '--orphan', 'unborn']);
    expect(headsIn()).toEqual(await askForWorktrees(contextOf()));
  });

  const git: [string, () => void][] = [
    ['HEAD is a link', () => linkHead()],
    ['HEAD leads on', () => writeHead('ref: refs/remotes/origin/main')],
    ['refs are kept otherwise', () => writeHead('ref: refs/heads/.invalid')],
    ['HEAD is being written', () => writeHead('')],
    ['HEAD is gone', () => rmSync(join(temp.path, '.git', 'HEAD'))],
    ['a branch is another name of one', () => temp.git(['symbolic-ref', 'refs/heads/main', 'refs/heads/x'])],
    ['the work tree is elsewhere', () => temp.git(['config', 'core.worktree', temp.path])],
    ['there is none', () => temp.git(['config', 'core.bare', 'true'])],
    ['there is none, said in short', () => append('[core]\n\tbare\n')],
    ['settings come from elsewhere', () => temp.git(['config', 'include.path', 'other'])],
    ['there are no settings', () => rmSync(join(temp.path, '.git', 'config'))],
    ['an entry has no HEAD yet', () => halfEntry()],
  ];
  const headFile = () => join(temp.path, '.git', 'HEAD');
  const writeHead = (text: string) => writeFileSync(headFile(), `${text}\n`);
  const append = (text: string) => writeFileSync(join(temp.path, '.git', 'config'), text, { flag: 'a' });
  const linkHead = () => {
    rmSync(headFile());
    symlinkSync('refs/heads/main', headFile());
  };
  const halfEntry = () => {
    const entry = join(temp.path, '.git', 'worktrees', 'half');
    mkdirSync(entry, { recursive: true });
    writeFileSync(join(entry, 'gitdir'), join(temp.folder, 'half', '.git'));
  };
  it.each(git)('are for git to tell where %s', (_, prepare) => {
    prepare();
    expect(headsIn()).toBeUndefined();
  });

  it('are asked of git there', async () => {
    temp.git(['branch', 'real']);
    temp.git(['symbolic-ref', 'refs/heads/alias', 'refs/heads/real']);
    temp.git(['symbolic-ref', 'HEAD', 'refs/heads/alias']);
    expect([...(await checkedOut(contextOf())).keys()]).toEqual(['real']);
  });

  it('are not those that a repository without a work tree points to', async () => {
    const bare = join(temp.folder, 'bare.git');
    renameSync(join(temp.path, '.git'), bare);
    const run = async (...args: string[]): Promise<void> =>
      Git.in(bare).run({ args: ['--git-dir', bare, ...args], parse: () => undefined });
    await run('config', 'core.bare', 'true');
    const linked = join(temp.folder, 'linked');
    await run('worktree', 'add', '-q', '-b', 'topic', linked);
    expect(await checkedOut(contextOf(bare, linked))).toEqual(new Map([['topic', linked]]));
  });
});
