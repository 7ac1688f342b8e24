import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fillFrom } from './repository-template.js';

export interface TempRepository {
  /** Top of the work tree; absolute and without links. */
  readonly path: string;
  /** The temporary folder around it, for things that belong outside the repository. */
  readonly folder: string;
  /** Writes a file of the work tree, its folders too. */
  write(path: string, content: string | Buffer): void;
  /** Writes `files`, stages everything and commits. Returns the commit. */
  commit(message: string, files?: Readonly<Record<string, string | Buffer>>): string;
  /** Standard output of git in the work tree, without the last line end. Throws when git fails. */
  git(args: readonly string[], options?: GitOptions): string;
  dispose(): void;
}

export interface GitOptions {
  /** Another folder, relative to the work tree. */
  cwd?: string;
  input?: string | Buffer;
  env?: Readonly<Record<string, string>>;
  /** Exit codes that are fine besides 0. */
  exits?: readonly number[];
}

export interface TempRepositoryOptions {
  /** Name of the work tree's folder; may have blanks and other letters. */
  name?: string;
  /** Default: true. Without it HEAD is unborn. */
  firstCommit?: boolean;
  /** Files of a second commit, `Project`; without files it is empty. Default: there is none. */
  project?: Readonly<Record<string, string | Buffer>>;
  bare?: boolean;
  objectFormat?: 'sha1' | 'sha256';
  /** Default: true. Without it the repository has no user.name and user.email. */
  identity?: boolean;
}

export const TEST_IDENTITY = { name: 'Ada Tester', email: 'ada@example.com' };

const PROJECT = resolve(import.meta.dirname, '..', '..');

/** A real repository in a temporary folder, with nothing of this machine's git configuration. Branch: `main`. */
export function createTempRepository(options: TempRepositoryOptions = {}): TempRepository {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'nexus-test-')));
  refuseProject(folder);
  const path = join(folder, options.name ?? 'repository');
  mkdirSync(path, { recursive: true });
  const repository = repositoryAt(path, folder);
  const { name: _, ...decisive } = options;
  fillFrom(JSON.stringify(decisive), path, () => build(repository, options));
  return repository;
}

/** With git, as a person would. */
function build(repository: TempRepository, options: TempRepositoryOptions): void {
  const { path } = repository;
  const format = options.objectFormat ? [`--object-format=${options.objectFormat}`] : [];
  // Without the sample hooks: they are half of what `git init` writes.
  const flags = ['--template=', ...format, ...(options.bare ? ['--bare'] : [])];
  repository.git(['init', '--quiet', '--initial-branch=main', ...flags]);
  const gitDir = options.bare ? path : join(path, '.git');
  for (const name of ['hooks', 'info']) mkdirSync(join(gitDir, name), { recursive: true });
  if (options.identity !== false) {
    const { name, email } = TEST_IDENTITY;
    appendFileSync(join(gitDir, 'config'), `[user]\n\tname = ${name}\n\temail = ${email}\n`);
  }
  if (options.firstCommit !== false && !options.bare) {
    repository.commit('First commit', { 'readme.md': '# A project\n' });
  }
  if (options.project !== undefined) repository.commit('Project', options.project);
}

function refuseProject(folder: string): void {
  if (relative(PROJECT, folder).startsWith('..')) return;
  throw new Error(`A test repository must not be inside the project: ${folder}`);
}

function repositoryAt(path: string, folder: string): TempRepository {
  const git: TempRepository['git'] = (args, options = {}) =>
    runGit(resolve(path, options.cwd ?? '.'), args, options);
  const write: TempRepository['write'] = (file, content) => {
    const target = join(path, file);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  };
  return {
    path,
    folder,
    git,
    write,
    commit(message, files = {}) {
      for (const [file, content] of Object.entries(files)) write(file, content);
      git(['add', '--all']);
      git(['commit', '--quiet', '--allow-empty', '--no-verify', '-m', message]);
      return readTip(path) ?? git(['rev-parse', 'HEAD']);
    },
    dispose() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What HEAD names if it can be read from two plain files, as right after a commit on a branch. */
function readTip(path: string): string | undefined {
  try {
    const [, ref] = /^ref: (.+)\n$/.exec(readFileSync(join(path, '.git', 'HEAD'), 'utf8')) ?? [];
    const [, oid] = /^([0-9a-f]{40,64})\n$/.exec(readFileSync(join(path, '.git', ref ?? ''), 'utf8')) ?? [];
    return oid;
  } catch {
    return undefined;
  }
}

/** Standard output of git in `cwd`, isolated from this machine's configuration and the ambient `GIT_*` variables. */
export function runGit(cwd: string, args: readonly string[], options: Omit<GitOptions, 'cwd'> = {}): string {
  refuseProject(cwd);
  const ambient = Object.entries(process.env).filter(([name]) => !name.toUpperCase().startsWith('GIT_'));
  const result = spawnSync('git', [...args], {
    cwd,
    input: options.input ?? '',
    env: {
      ...Object.fromEntries(ambient),
      GIT_CONFIG_GLOBAL: join(cwd, 'no-such-file'),
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      GIT_EDITOR: 'true',
      LC_ALL: 'C.UTF-8',
      ...options.env,
    },
    maxBuffer: 256 * 1024 * 1024,
  });
  if (result.error) throw result.error;
  const exit = result.status ?? -1;
  if (exit !== 0 && !options.exits?.includes(exit)) {
    throw new Error(`git ${args.join(' ')} failed (${exit}): ${result.stderr.toString()}`);
  }
  return result.stdout.toString().replace(/\n$/, '');
}
