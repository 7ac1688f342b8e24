import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { CheckRepository } from '../../src/checks/run-checks.js';
import type { FileContent } from '../../src/edits/types.js';

/** A real git repository in a temporary folder, with what the checks need of it, told by git itself. */
export interface ScratchRepository extends CheckRepository {
  /** Worktrees that were made and not disposed of. */
  open: Set<string>;
  /** Head of the only branch. */
  head(): string;
  write(files: Readonly<Record<string, string>>): void;
  commitAll(): string;
  git(...args: string[]): string;
  remove(): void;
}

export function createScratchRepository(files: Readonly<Record<string, string>> = {}): ScratchRepository {
  const temp = realpathSync(mkdtempSync(path.join(tmpdir(), 'nexus checks-')));
  const root = path.join(temp, 'the repo');
  mkdirSync(root);
  const gitIn = (cwd: string, args: string[], env: NodeJS.ProcessEnv = {}): string =>
    execFileSync('git', args, { cwd, encoding: 'utf8', env: { ...cleanEnvironment(), ...env } });
  const git = (...args: string[]): string => gitIn(root, args);
  const open = new Set<string>();
  let made = 0;
  git('init', '-q', '-b', 'main');

  const repository: ScratchRepository = {
    root,
    open,
    git,
    head: () => git('rev-parse', 'HEAD').trim(),
    write: (contents) => writeFiles(root, contents),
    commitAll() {
      git('add', '-A');
      git('commit', '-q', '--allow-empty', '-m', 'x');
      return repository.head();
    },
    remove: () => rmSync(temp, { recursive: true, force: true }),
    treeOf: async (commit) => git('rev-parse', `${commit}^{tree}`).trim(),
    listFiles: async (commit) =>
      git('ls-tree', '-r', '-z', '--name-only', commit)
        .split('\0')
        .filter((name) => name !== '')
        .map((name) => ({ path: name, mode: '100644', oid: '', size: undefined })),
    async ignored(paths) {
      const ignored = new Set<string>();
      for (const one of paths) {
        try {
          git('check-ignore', '-q', one);
          ignored.add(one);
        } catch {
          // Exit code 1: not ignored.
        }
      }
      return ignored;
    },
    async addThrowawayWorktree(commit) {
      made += 1;
      const folder = path.join(temp, `worktree ${made}`);
      git('worktree', 'add', '-q', '--detach', folder, commit);
      open.add(folder);
      return {
        path: folder,
        async dispose() {
          open.delete(folder);
          rmSync(folder, { recursive: true, force: true });
          git('worktree', 'prune');
        },
      };
    },
    async commitWorktree(worktree, { parent, message }) {
      const env = { GIT_INDEX_FILE: path.join(temp, 'index') };
      gitIn(worktree.path, ['read-tree', parent], env);
      gitIn(worktree.path, ['add', '-A'], env);
      const tree = gitIn(worktree.path, ['write-tree'], env).trim();
      if (tree === (await repository.treeOf(parent))) return undefined;
      return git('commit-tree', tree, '-p', parent, '-m', message).trim();
    },
    async changedFiles(from, to) {
      const fields = git('diff-tree', '-r', '-z', '--name-status', '--no-renames', from, to).split('\0');
      const status = { A: 'added', D: 'deleted', M: 'modified' } as const;
      const changed = [];
      for (let at = 0; at + 1 < fields.length; at += 2) {
        const letter = fields[at] === 'A' ? 'A' : fields[at] === 'D' ? 'D' : 'M';
        const one = { path: fields[at + 1] ?? '', from: undefined, status: status[letter] };
        changed.push({ ...one, added: undefined, deleted: undefined });
      }
      return changed;
    },
    async readFiles(commit, paths) {
      const found = new Map<string, FileContent>();
      const known = new Set((await repository.listFiles(commit)).map((entry) => entry.path));
      for (const one of paths) {
        if (!known.has(one)) continue;
        const text = git('show', `${commit}:${one}`);
        found.set(one, text.includes('\0') ? { kind: 'binary' } : { kind: 'text', text });
      }
      return found;
    },
    async commit({ parent, changes, message }) {
      const env = { GIT_INDEX_FILE: path.join(temp, 'index') };
      gitIn(root, ['read-tree', parent], env);
      for (const change of changes) {
        if (change.kind === 'delete') {
          gitIn(root, ['update-index', '--force-remove', '--', change.path], env);
          continue;
        }
        const blob = execFileSync('git', ['hash-object', '-w', '--stdin'], {
          cwd: root,
          input: change.newText,
        });
        const entry = `100644,${blob.toString().trim()},${change.path}`;
        gitIn(root, ['update-index', '--add', '--cacheinfo', entry], env);
      }
      const tree = gitIn(root, ['write-tree'], env).trim();
      return git('commit-tree', tree, '-p', parent, '-m', message).trim();
    },
  };
  repository.write(files);
  repository.commitAll();
  return repository;
}

/** Writes files below a folder, with the folders they need. */
export function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(root, name);
    if (!existsSync(path.dirname(file))) mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

function cleanEnvironment(): NodeJS.ProcessEnv {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  const person = { NAME: 'T', EMAIL: 't@example.org' };
  for (const role of ['AUTHOR', 'COMMITTER']) {
    env[`GIT_${role}_NAME`] = person.NAME;
    env[`GIT_${role}_EMAIL`] = person.EMAIL;
  }
  return { ...env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_SYSTEM: '/dev/null' };
}
