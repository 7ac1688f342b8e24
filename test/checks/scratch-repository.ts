import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { openRepository } from '../../src/repository/open.js';
import type { Repository } from '../../src/repository/repository.js';

/** A real git repository in a temporary folder of its own, which has a blank in its path. */
export interface ScratchRepository {
  /** The folder around it; gone after `remove`. */
  temp: string;
  root: string;
  repository: Repository;
  /** Throw-away worktrees that git knows of. */
  worktrees(): number;
  head(): string;
  write(files: Readonly<Record<string, string>>): void;
  commitAll(): string;
  git(...args: string[]): string;
  remove(): void;
}

export async function createScratchRepository(
  files: Readonly<Record<string, string>>,
): Promise<ScratchRepository> {
  const temp = realpathSync(mkdtempSync(path.join(tmpdir(), 'nexus checks-')));
  const root = path.join(temp, 'the repo');
  mkdirSync(root);
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' });
  const head = (): string => git('rev-parse', 'HEAD').trim();
  const commitAll = (): string => {
    git('add', '-A');
    git('-c', 'core.hooksPath=/dev/null', 'commit', '-q', '--allow-empty', '-m', 'x');
    return head();
  };
  git('init', '-q', '-b', 'main');
  writeFiles(path.join(root, '.git'), {
    config: '[core]\n\trepositoryformatversion = 0\n[user]\n\tname = T\n\temail = t@example.org\n',
  });
  writeFiles(root, files);
  commitAll();
  return {
    temp,
    root,
    repository: await openRepository(root),
    worktrees: () => git('worktree', 'list', '--porcelain').split('\n\n').length - 2,
    head,
    write: (contents) => writeFiles(root, contents),
    commitAll,
    git,
    remove: () => rmSync(temp, { recursive: true, force: true }),
  };
}

/** Writes files below a folder, with the folders they need. */
export function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(root, name);
    if (!existsSync(path.dirname(file))) mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
