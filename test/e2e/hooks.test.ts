import { spawn } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hasCode } from '../../src/errors.js';
import { answering, SUM_PROJECT } from '../commands/sum-project.js';
import { startScriptedOllama } from '../support/scripted-ollama.js';
import { createTempRepository, runGit, TEST_IDENTITY } from '../support/temp-repository.js';
import { waitUntil } from '../support/wait-until.js';
import { spawnNexus, type Spawned } from './spawn-nexus.js';

const NO_TASKS = { ...SUM_PROJECT, 'tasks.yml': 'tasks: []\n' };
const TASKS = 'tasks:\n  - id: fix-sum\n    title: Make sum add\n    files: [sum.mjs]\n';
const MORE = `${TASKS}  - id: fix-again\n    title: Make sum add again\n    files: [sum.mjs]\n`;

/** Waits in the check until the test lets it go on. */
const GATED = {
  ...NO_TASKS,
  '.nexus.yml': 'checks:\n  - node check.mjs\n',
  'check.mjs': [
    "import { existsSync, writeFileSync } from 'node:fs';",
    "import { setTimeout } from 'node:timers/promises';",
    "import { sum } from './sum.mjs';",
    "writeFileSync(`${process.env.GATE}.waits`, '');",
    'while (!existsSync(process.env.GATE)) await setTimeout(10);',
    "if (sum(2, 3) !== 5) throw new Error('sum is wrong');",
    '',
  ].join('\n'),
};

interface Place {
  /** Top of the main work tree. */
  path: string;
  /** The temporary folder around it. */
  folder: string;
  env: Record<string, string>;
  nexus: (...args: string[]) => Promise<Spawned>;
  git: (args: readonly string[], options?: { cwd?: string; env?: Record<string, string> }) => string;
  write: (path: string, content: string) => void;
  log: () => string;
  /** Until the log says so, and nobody works any more. */
  logged: (what: RegExp) => Promise<void>;
}

/** A real repository with our hooks, in which all of Nexus is approved and its model server is scripted. */
async function setUp(
  files: Readonly<Record<string, string>> = NO_TASKS,
  { approve = true }: { approve?: boolean } = {},
): Promise<Place> {
  const server = await startScriptedOllama({ replies: answering() });
  const repository = createTempRepository();
  const gitDir = join(repository.path, '.git');
  const env = {
    NEXUS_CONFIG_HOME: join(repository.folder, 'home'),
    OLLAMA_HOST: server.url,
    CI: '',
    NEXUS_OVERSEER: '',
    NEXUS_OVERSEER_CHECK: '',
    GATE: join(repository.folder, 'gate'),
  };
  const log = (): string => {
    const path = join(gitDir, 'nexus/hook.log');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  const isFree = (): boolean => !existsSync(join(gitDir, 'nexus/lock'));
  onTestFinished(async () => {
    writeFileSync(env.GATE, '');
    await waitUntil(isFree, log);
    await waitUntil(
      () => isRemoved(repository.folder),
      () => repository.folder,
    );
    await server.close();
  });
  repository.commit('Project', files);
  const nexus: Place['nexus'] = async (...args) => spawnNexus(args, { cwd: repository.path, env });
  if (approve) await nexus('trust', '--yes');
  expect(await nexus('hooks', 'install')).toMatchObject({ exitCode: 0 });
  return {
    path: repository.path,
    folder: repository.folder,
    env,
    nexus,
    git: (args, { cwd = '.', env: more } = {}) =>
      runGit(join(repository.path, cwd), args, { env: { ...env, ...more } }),
    write: (path, content) => repository.write(path, content),
    log,
    logged: async (what) =>
      waitUntil(
        () => what.test(log()) && isFree(),
        () => `${String(what)} in: ${log()}`,
        30_000,
      ),
  };
}

/** A process that ends may still write into a folder that is being removed. */
function isRemoved(folder: string): boolean {
  try {
    rmSync(folder, { recursive: true, force: true });
    return true;
  } catch {
    return false;
  }
}

describe('a commit of tasks.yml is worked on, and nothing of it leaks', () => {
  const somebody = {
    GIT_AUTHOR_NAME: 'Somebody Else',
    GIT_AUTHOR_EMAIL: 'else@example.com',
    GIT_AUTHOR_DATE: '2001-01-01T00:00:00Z',
  };

  it.each(['main', 'linked'])('from the %s worktree', async (which) => {
    const { path, folder, git, write, logged, nexus } = await setUp();
    const top = which === 'main' ? path : join(folder, 'linked');
    if (which === 'linked') git(['worktree', 'add', '-q', '-b', 'linked', '../linked']);
    write(which === 'main' ? 'tasks.yml' : '../linked/tasks.yml', TASKS);
    // An index of the user's own and git's folder by name, as tools around git set them.
    const gitDir = runGit(top, ['rev-parse', '--absolute-git-dir']);
    const index = join(folder, 'own-index');
    copyFileSync(join(gitDir, 'index'), index);
    const ambient = { GIT_DIR: gitDir, GIT_WORK_TREE: top, GIT_INDEX_FILE: index, ...somebody };
    const cwd = which === 'main' ? '.' : '../linked';
    git(['commit', '-qam', 'Tasks', '--date', '2001-02-03T04:05:06Z'], { cwd, env: ambient });
    copyFileSync(index, join(gitDir, 'index'));
    const head = git(['rev-parse', 'HEAD'], { cwd });
    expect(git(['log', '-1', '--format=%an %ad', '--date=short'], { cwd })).toBe('Somebody Else 2001-02-03');

    await logged(/1 ready for review/);
    const commits = git([
      'log',
      '--format=%an <%ae>|%cn <%ce>|%ad|%cd',
      '--date=format:%Y',
      `${head}..nexus/fix-sum`,
    ]);
    const year = new Date().getFullYear();
    const me = `${TEST_IDENTITY.name} <${TEST_IDENTITY.email}>`;
    expect(new Set(commits.split('\n'))).toEqual(new Set([`${me}|${me}|${year}|${year}`]));
    expect(git(['rev-parse', 'HEAD'], { cwd })).toBe(head);
    expect(git(['status', '--porcelain'], { cwd })).toBe('');
    expect(git(['diff', '--cached', '--name-only'], { cwd, env: ambient })).toBe('');
    expect(JSON.parse((await nexus('hooks', 'status', '--json')).stdout)).toMatchObject({
      installed: true,
      problem: null,
      last: { hook: 'post-commit', what: 'starts fix-sum' },
    });
  });
});

it('goes on when the terminal closes, and takes what a later commit asks for', async () => {
  const { path, folder, env, git, write, log, logged } = await setUp(GATED);
  write('tasks.yml', TASKS);
  // The leader of a group of its own, as a shell makes it of a command.
  const child = spawn('git', ['commit', '-qam', 'Tasks'], {
    cwd: path,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const printed: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => printed.push(chunk));
  expect(await new Promise((done) => child.once('close', done))).toBe(0);
  expect(Buffer.concat(printed).toString()).toBe('');
  await waitUntil(() => existsSync(join(folder, 'gate.waits')), log);
  hangUp(child.pid ?? 0);

  write('tasks.yml', MORE);
  git(['commit', '-qam', 'One more']);
  await waitUntil(() => log().includes('post-commit: told the Nexus that works here already'), log);
  writeFileSync(env['GATE'] ?? '', '');
  await logged(/fix-again: ready for review/);
  expect(log().match(/: starts /g)).toHaveLength(1);
});

/** What a closing terminal does to everybody who is left of a command's process group. */
function hangUp(group: number): void {
  try {
    process.kill(-group, 'SIGHUP');
  } catch (error) {
    if (!hasCode(error, 'ESRCH')) throw error;
  }
}

describe('starts nothing', () => {
  const branches = (git: Place['git']): string =>
    git(['for-each-ref', '--format=%(refname)', 'refs/heads/nexus/']);

  it('without agreement, and says so once', async () => {
    const { git, write, logged, log, nexus } = await setUp(NO_TASKS, { approve: false });
    write('tasks.yml', TASKS);
    git(['commit', '-qam', 'Tasks']);
    await logged(/→ Look at it and agree with: nexus trust/);
    expect(log().match(/→ Look at it and agree with/g)).toHaveLength(1);
    expect((await nexus('hooks', 'status')).stdout).toMatch(
      /^Last: .* post-commit: stopped: You have not agreed/m,
    );
    expect(branches(git)).toBe('');
  });

  it('on a branch of its own, for a commit of its own, and for tasks that are done', async () => {
    const { git, write, logged } = await setUp();
    git(['switch', '-qc', 'nexus/fix-sum']);
    write('tasks.yml', TASKS);
    git(['commit', '-qam', 'Tasks']);
    await logged(/nothing to do: nexus\/fix-sum is a branch of Nexus's own/);
    git(['switch', '-q', 'main']);
    git(['branch', '-qD', 'nexus/fix-sum']);
    write('tasks.yml', TASKS);
    git(['commit', '-qam', 'Tasks\n\nNexus-Task: fix-sum']);
    await logged(/nothing to do: the commit is one of Nexus's own/);
    write('tasks.yml', 'tasks: []\n');
    git(['commit', '-qam', 'None']);
    await logged(/nothing to do: no task is ready/);
    expect(branches(git)).toBe('');
  });

  it('when git worked with another repository than the folder belongs to', async () => {
    const { path, folder, git, write, logged } = await setUp();
    git(['init', '-q', '../dotfiles']);
    const other = join(folder, 'dotfiles/.git');
    write('../dotfiles/.git/nexus/hook.sh', readFileSync(join(path, '.git/nexus/hook.sh'), 'utf8'));
    const hook = join(other, 'hooks/post-commit');
    writeFileSync(hook, `#!/bin/sh\nsh '${other}/nexus/hook.sh' post-commit\n`, { mode: 0o755 });
    write('tasks.yml', TASKS);
    const worked = [
      '--git-dir',
      other,
      '--work-tree',
      '.',
      '-c',
      'user.name=me',
      '-c',
      'user.email=me@example.com',
    ];
    git([...worked, 'add', 'tasks.yml']);
    git([...worked, 'commit', '-qm', 'Tasks']);
    const said = (): string => readFileSync(join(other, 'nexus/hook.log'), 'utf8');
    await waitUntil(() => said().includes('nothing to do: git worked with'), said);
    await logged(/^$/);
    expect(branches(git)).toBe('');
  });
});

it('install, status and uninstall leave no trace', async () => {
  const { git, nexus, path } = await setUp();
  const config = readFileSync(join(path, '.git/config'), 'utf8');
  expect(await nexus('hooks', 'status')).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^on +post-commit/m),
  });
  expect(await nexus('hooks', 'uninstall', '--dry-run')).toMatchObject({ exitCode: 0 });
  expect(existsSync(join(path, '.git/nexus/hook.sh'))).toBe(true);
  expect(await nexus('hooks', 'uninstall')).toMatchObject({ exitCode: 0 });
  expect(existsSync(join(path, '.git/nexus/hook.sh'))).toBe(false);
  expect(readFileSync(join(path, '.git/config'), 'utf8')).toBe(config.split('[hook')[0]);
  expect(git(['status', '--porcelain'])).toBe('');
  expect((await nexus('hooks', 'status')).stdout).toContain('nexus hooks install');
});
