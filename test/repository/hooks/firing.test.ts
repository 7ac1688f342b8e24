import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { AWAKE, setHookScene, type HookScene } from './hook-scene.js';

let scene: HookScene;
let counter = 0;

beforeEach(async () => {
  scene = setHookScene({ name: 'my project' });
  scene.repository.commit('Project', { 'tasks.yml': 'tasks: []\n', 'other.txt': 'other\n' });
  await scene.install();
});

/** A linked worktree beside the main one, on a branch of its own; gives its folder relative to the main one. */
function addLinked(): string {
  scene.git(['worktree', 'add', '--quiet', '-b', 'linked', '../linked']);
  return '../linked';
}

function write(path: string, folder: string): void {
  counter += 1;
  scene.repository.write(join(folder, path), `${path} ${counter}\n`);
}

describe.each(['main', 'linked'])('in the %s worktree', (which) => {
  let folder: string;
  let git: (...args: string[]) => string;
  beforeEach(() => {
    folder = which === 'main' ? '.' : addLinked();
    git = (...args) => scene.git(args, { cwd: folder });
  });
  const edit = (path: string): void => write(path, folder);
  const commit = (path: string): void => {
    edit(path);
    git('add', path);
    git('commit', '-qm', path);
  };
  /** A branch with one commit to `path`, off the current one; stays where it is. */
  const branchWith = (name: string, path: string): void => {
    git('switch', '-qc', name);
    commit(path);
    git('switch', '-q', '-');
  };

  it('a commit starts something only when it changes tasks.yml', () => {
    expect(scene.fires(() => commit('other.txt'))).toBe(false);
    expect(scene.fires(() => commit('tasks.yml'))).toBe(true);
    expect(scene.fires(() => commit('docs/tasks.yml'))).toBe(false);
    edit('tasks.yml');
    // Changed, but not by this commit.
    expect(scene.fires(() => commit('other.txt'))).toBe(false);
    expect(scene.fires(() => git('commit', '-qam', 'all'))).toBe(true);
    expect(scene.fires(() => git('commit', '-q', '--amend', '-m', 'amended'))).toBe(true);
    git('rm', '-q', 'tasks.yml');
    expect(scene.fires(() => git('commit', '-qm', 'deleted'))).toBe(true);
  });

  it('commit <path> counts the path, not the index', () => {
    edit('tasks.yml');
    edit('other.txt');
    git('add', 'tasks.yml');
    expect(scene.fires(() => git('commit', '-qm', 'other', 'other.txt'))).toBe(false);
    expect(scene.fires(() => git('commit', '-qm', 'tasks', 'tasks.yml'))).toBe(true);
  });

  it('tells what it starts where it ran, and which repository', async () => {
    commit('tasks.yml');
    const { folder: ranIn, args } = await scene.recorded();
    const top = git('rev-parse', '--show-toplevel');
    expect(ranIn).toBe(top);
    expect(args.slice(0, 3)).toEqual(['hooks', 'run', 'post-commit']);
    expect(args.slice(3).join(' ')).toBe(git('rev-parse', '--absolute-git-dir'));
  });

  it('merges: fast-forward, with a commit, and resolved by hand; not a squash', () => {
    branchWith('a', 'tasks.yml');
    expect(scene.fires(() => git('merge', '-q', 'a'))).toBe(true);
    branchWith('b', 'other.txt');
    expect(scene.fires(() => git('merge', '-q', 'b'))).toBe(false);
    branchWith('c', 'tasks.yml');
    expect(scene.fires(() => git('merge', '-q', '--squash', 'c'))).toBe(false);
    git('reset', '-q', '--hard');
    expect(scene.fires(() => git('merge', '-q', '--no-ff', '--no-edit', 'c'))).toBe(true);
    branchWith('d', 'tasks.yml');
    commit('tasks.yml');
    scene.git(['merge', '-q', 'd'], { cwd: folder, exits: [1] });
    edit('tasks.yml');
    git('add', 'tasks.yml');
    expect(scene.fires(() => git('commit', '-qm', 'resolved'))).toBe(true);
    // What the other side changed is seen from the first parent; this resolution keeps ours.
    branchWith('e', 'other.txt');
    commit('other.txt');
    scene.git(['merge', '-q', 'e'], { cwd: folder, exits: [1] });
    git('checkout', '-q', '--ours', 'other.txt');
    git('add', 'other.txt');
    expect(scene.fires(() => git('commit', '-qm', 'kept'))).toBe(false);
  });

  it('is silent while commits are moved: rebase of both kinds, cherry-pick of one and of two', () => {
    git('switch', '-qc', 'topic');
    commit('tasks.yml');
    commit('tasks.yml');
    git('switch', '-q', '-');
    commit('other.txt');
    const home = git('branch', '--show-current');
    expect(scene.fires(() => git('cherry-pick', 'topic~1'))).toBe(false);
    git('reset', '-q', '--hard', 'HEAD~1');
    expect(scene.fires(() => git('cherry-pick', 'topic~1', 'topic'))).toBe(false);
    git('reset', '-q', '--hard', 'HEAD~2');
    commit('tasks.yml');
    git('reset', '-q', '--hard', 'HEAD~1');
    git('switch', '-q', 'topic');
    expect(scene.fires(() => git('rebase', '-q', home))).toBe(false);
    git('reset', '-q', '--hard', 'ORIG_HEAD');
    expect(scene.fires(() => git('rebase', '-q', '--apply', home))).toBe(false);
    expect(scene.fires(() => git('revert', '--no-edit', 'HEAD'))).toBe(true);
  });

  it('a commit in the middle of a rebase that stopped is silent too', () => {
    branchWith('topic', 'tasks.yml');
    commit('tasks.yml');
    git('switch', '-q', 'topic');
    scene.git(['rebase', '-q', '-'], { cwd: folder, exits: [1] });
    edit('tasks.yml');
    git('add', 'tasks.yml');
    expect(scene.fires(() => git('commit', '-qm', 'in between'))).toBe(false);
    git('rebase', '--continue');
    expect(scene.fires(() => commit('tasks.yml'))).toBe(true);
  });

  it('a checkout counts when it is of a branch with other tasks', () => {
    const home = git('branch', '--show-current');
    branchWith('other-tasks', 'tasks.yml');
    branchWith('same-tasks', 'other.txt');
    expect(scene.fires(() => git('switch', '-q', 'same-tasks'))).toBe(false);
    expect(scene.fires(() => git('switch', '-q', 'other-tasks'))).toBe(true);
    expect(scene.fires(() => git('checkout', '-q', home, '--', 'tasks.yml'))).toBe(false);
    git('reset', '-q', '--hard');
    expect(scene.fires(() => git('switch', '-qc', 'new-one'))).toBe(false);
  });
});

it('the first commit of a repository counts', async () => {
  const empty = setHookScene({ firstCommit: false });
  await empty.install();
  empty.repository.write('tasks.yml', 'tasks: []\n');
  empty.git(['add', 'tasks.yml']);
  expect(empty.fires(() => empty.git(['commit', '-qm', 'first']))).toBe(true);
});

it('a pull that merges counts, one that rebases does not', () => {
  scene.git(['clone', '-q', '.', '../upstream']);
  const upstream = (...args: string[]): string => scene.git(args, { cwd: '../upstream' });
  upstream('config', 'user.name', 'Up');
  upstream('config', 'user.email', 'up@example.com');
  for (const flag of ['--no-rebase', '--rebase']) {
    write('tasks.yml', '../upstream');
    upstream('commit', '-qam', 'tasks from upstream');
    write('other.txt', '.');
    scene.git(['commit', '-qam', 'here']);
    const pulled = scene.fires(() => scene.git(['pull', '-q', '--no-edit', flag, '../upstream', 'main']));
    expect(pulled).toBe(flag === '--no-rebase');
    upstream('pull', '-q', '--no-edit', '--no-rebase', 'origin', 'main');
  }
});

it('a new worktree is no checkout of other tasks', () => {
  expect(scene.fires(() => addLinked())).toBe(false);
});

it.each([
  [{ CI: 'true' }, false],
  [{ CI: '1' }, false],
  [{ CI: 'false' }, true],
  [{ CI: '0' }, true],
  [{ NEXUS_OVERSEER: '0' }, false],
  [{ NEXUS_OVERSEER_CHECK: '1' }, false],
  [{ NEXUS_OVERSEER: '1' }, true],
])('with %j in the environment: %s', (env, expected) => {
  write('tasks.yml', '.');
  expect(scene.fires(() => scene.git(['commit', '-qam', 'tasks'], { env }))).toBe(expected);
});

it('is silent in a worktree of its own', () => {
  const linked = addLinked();
  const gitDir = scene.git(['rev-parse', '--absolute-git-dir'], { cwd: linked });
  writeFileSync(join(gitDir, 'nexus-overseer.json'), '{}');
  write('tasks.yml', linked);
  expect(scene.fires(() => scene.git(['commit', '-qam', 'tasks'], { cwd: linked }))).toBe(false);
});

it('works from below the top, and in a repository that has moved', async () => {
  mkdirSync(join(scene.repository.path, 'deep'));
  write('tasks.yml', '.');
  expect(scene.fires(() => scene.git(['commit', '-qam', 'tasks'], { cwd: 'deep' }))).toBe(true);
  expect((await scene.recorded()).folder).toBe(scene.repository.path);
  scene.git(['clone', '-q', '.', '../copy']);
  for (const name of ['hooks', 'nexus'])
    rmSync(join(scene.repository.folder, 'copy/.git', name), { recursive: true, force: true });
  mkdirSync(join(scene.repository.folder, 'copy/.git/nexus'));
  mkdirSync(join(scene.repository.folder, 'copy/.git/hooks'));
  for (const file of ['hooks/post-commit', 'nexus/hook.sh']) {
    const target = join(scene.repository.folder, 'copy/.git', file);
    writeFileSync(target, readFileSync(join(scene.commonDir, file)));
    chmodSync(target, 0o755);
  }
  scene.repository.write('../copy/tasks.yml', 'tasks: [Copied]\n');
  scene.git(['-c', 'user.name=C', '-c', 'user.email=c@d.e', 'commit', '-qam', 'tasks'], { cwd: '../copy' });
  expect((await scene.recorded()).folder).toBe(join(scene.repository.folder, 'copy'));
});

describe('whatever is broken, the commit stands', () => {
  /** Commits a change of the tasks; gives what git printed on stderr. */
  const commitTasks = async (
    env: Record<string, string> = {},
  ): Promise<{ exit: number | null; stderr: string }> => {
    write('tasks.yml', '.');
    const child = spawn('git', ['commit', '-qam', 'tasks'], {
      cwd: scene.repository.path,
      env: { ...process.env, ...AWAKE, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const exit = await new Promise<number | null>((done) => child.once('close', done));
    return { exit, stderr };
  };

  it('nothing that could be started is there: one line', async () => {
    rmSync(scene.recorder);
    const { exit, stderr } = await commitTasks({ PATH: '/usr/bin:/bin' });
    expect(exit).toBe(0);
    expect(stderr).toMatch(/^nexus: tasks\.yml changed, but no run was started: [^\n]*recorder\.sh[^\n]*\n$/);
  });

  it('a nexus on the PATH is taken when the recorded one is gone', async () => {
    const bin = join(scene.repository.folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'nexus'), `#!/bin/sh\nexec sh '${join(bin, 'recorder')}' "$@"\n`, {
      mode: 0o755,
    });
    writeFileSync(join(bin, 'recorder'), readFileSync(scene.recorder));
    rmSync(scene.recorder);
    expect(await commitTasks({ PATH: `${bin}:/usr/bin:/bin` })).toEqual({ exit: 0, stderr: '' });
    expect((await scene.recorded()).args.slice(0, 3)).toEqual(['hooks', 'run', 'post-commit']);
  });

  it('a node on the PATH is taken when the recorded one is gone', async () => {
    const bin = join(scene.repository.folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'node'), '#!/bin/sh\nexec sh "$@"\n', { mode: 0o755 });
    const script = join(scene.commonDir, 'nexus/hook.sh');
    writeFileSync(script, readFileSync(script, 'utf8').replace("node='/bin/sh'", "node='/no/such/node'"));
    expect(await commitTasks({ PATH: `${bin}:/usr/bin:/bin` })).toEqual({ exit: 0, stderr: '' });
    expect((await scene.recorded()).args.slice(0, 3)).toEqual(['hooks', 'run', 'post-commit']);
  });

  it('the log cannot be written: one line', async () => {
    mkdirSync(join(scene.commonDir, 'nexus/hook.log'));
    const { exit, stderr } = await commitTasks();
    expect(exit).toBe(0);
    expect(stderr).toMatch(/^nexus: [^\n]*hook\.log cannot be written\.\n$/);
  });

  it('the script is gone: one line that says what brings it back', async () => {
    rmSync(join(scene.commonDir, 'nexus'), { recursive: true });
    const { exit, stderr } = await commitTasks();
    expect(exit).toBe(0);
    expect(stderr).toMatch(/^nexus: [^\n]*hook\.sh is gone; nexus hooks install brings it back\n$/);
  });

  it('what was started fails, or does not end: git returns at once all the same', async () => {
    const pid = join(scene.repository.folder, 'pid');
    writeFileSync(
      scene.recorder,
      `echo $$ >'${pid}.new'; mv '${pid}.new' '${pid}'; echo loud; echo loud >&2; exec sleep 60\n`,
    );
    onTestFinished(() => {
      if (existsSync(pid)) process.kill(Number(readFileSync(pid, 'utf8')));
    });
    const start = performance.now();
    // The pipes are closed only when nobody holds them.
    expect(await commitTasks()).toEqual({ exit: 0, stderr: '' });
    expect(performance.now() - start).toBeLessThan(10_000);
  });
});
