import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { EngineEvent } from '../../src/engine/events.js';
import { EXIT } from '../../src/errors.js';
import { runGit } from '../support/temp-repository.js';
import { CONFIG, GREETING, ONE_STEP, ONE_TASK } from './greeting.js';
import { interruptAt } from './interrupt.js';
import { setScene, type Scene } from './scene.js';
import { scripted } from './script.js';

const setGreeting = async (): Promise<Scene> =>
  setScene({ files: GREETING, config: CONFIG, tasks: ONE_TASK, replies: scripted(ONE_STEP) });

const gitDirOf = (scene: Scene): string => join(scene.repository.path, '.git');

function journalOf(scene: Scene): string {
  const folder = join(gitDirOf(scene), 'nexus', 'runs', 'greet');
  return join(folder, readdirSync(folder).sort().at(-1) ?? '', 'journal.jsonl');
}

const isCommitted = (event: EngineEvent, label: string): boolean =>
  event.type === 'committed' && event.label === label;

async function expectDone(scene: Scene): Promise<void> {
  expect((await scene.state('greet')).kind).toBe('review');
  expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
}

describe.skipIf(!existsSync('/dev/full'))('the disk is full', () => {
  it('for the journal: a named error, and the run goes on when there is space', async () => {
    const scene = await setGreeting();
    let file = '';
    const full = scene.run({
      onEvent: (event) => {
        if (!isCommitted(event, 'plan')) return;
        file = journalOf(scene);
        renameSync(file, `${file}.kept`);
        symlinkSync('/dev/full', file);
      },
    });
    await expect(full).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringMatching(/^The disk is full: .*journal\.jsonl could not be written\.$/),
      remedy: expect.stringContaining('Free some space'),
      exitCode: EXIT.repository,
    });
    rmSync(file);
    renameSync(`${file}.kept`, file);
    expect(await scene.state('greet')).toEqual({ kind: 'ready', why: 'interrupted' });
    await scene.run();
    await expectDone(scene);
    // The plan was kept before.
    expect(scene.server.requests).toHaveLength(3);
  });
});

/** A file system of its own in memory. Undefined where that needs rights that we don't have. */
function mountSmall():
  | { path: string; fill(): void; free(): void; lock(readOnly: boolean): void }
  | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  const path = mkdtempSync(join(tmpdir(), 'nexus-small-'));
  const mount = (...args: string[]): boolean => spawnSync('mount', args).status === 0;
  if (!mount('-t', 'tmpfs', '-o', 'size=4m', 'nexus-test', path)) {
    rmSync(path, { recursive: true });
    return undefined;
  }
  onTestFinished(() => {
    spawnSync('umount', ['--lazy', path]);
    rmSync(path, { recursive: true, force: true });
  });
  const filler = join(path, 'filler');
  return {
    path,
    fill: () => void spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4096']),
    free: () => rmSync(filler),
    lock: (readOnly) => void mount('-o', `remount,${readOnly ? 'ro' : 'rw'}`, path),
  };
}

/** A scene whose repository is on a file system of its own. */
const setSmallScene = async (path: string): Promise<Scene> => withTemporary(path, setGreeting);

async function withTemporary<T>(path: string, use: () => Promise<T>): Promise<T> {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = path;
  try {
    return await use();
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
}

const MOMENTS: [string, (event: EngineEvent) => boolean][] = [
  ['while the plan is made', (event) => event.type === 'request'],
  ['before the first commit', (event) => event.type === 'plan'],
  ['between two commits', (event) => isCommitted(event, 'plan')],
  ['before the checks', (event) => isCommitted(event, 'step-1')],
  ['before the end', (event) => isCommitted(event, 'documents')],
];

describe('a whole file system', () => {
  // The last entries of a journal mostly fit into what its file has taken already.
  it.for(MOMENTS.slice(0, -1))('is full %s: nothing is lost', async ([, isTime], { skip }) => {
    const small = mountSmall();
    if (small === undefined) return skip('needs the right to mount');
    const scene = await setSmallScene(small.path);
    let filled = false;
    const full = scene.run({
      onEvent: (event) => {
        if (filled || !isTime(event)) return;
        filled = true;
        small.fill();
      },
    });
    await expect(full).rejects.toMatchObject({ code: 'disk-full', exitCode: EXIT.repository });
    small.free();
    await scene.run();
    await expectDone(scene);
    scene.repository.git(['fsck', '--strict']);
  });

  it('for temporary files is too small for the checks: not the change is blamed for it', async ({ skip }) => {
    const small = mountSmall();
    if (small === undefined) return skip('needs the right to mount');
    const scene = await setGreeting();
    scene.setConfig(`checks:\n  - git grep -q Hi -- src/greet.mjs || dd if=/dev/zero of=big bs=4096\n`);
    await expect(withTemporary(small.path, () => scene.run())).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringContaining(small.path),
    });
    expect(readdirSync(small.path)).toEqual([]);
    scene.setConfig(CONFIG);
    await scene.run();
    await expectDone(scene);
    expect(scene.server.requests).toHaveLength(3);
  });

  it('for temporary files is full: the worktree for the checks can’t be made', async ({ skip }) => {
    const small = mountSmall();
    if (small === undefined) return skip('needs the right to mount');
    const scene = await setGreeting();
    small.fill();
    await expect(withTemporary(small.path, () => scene.run())).rejects.toMatchObject({ code: 'disk-full' });
    expect(scene.repository.git(['worktree', 'list', '--porcelain'])).not.toContain('prunable');
    await scene.run();
    await expectDone(scene);
  });

  it('becomes read-only: nothing is lost', async ({ skip }) => {
    const small = mountSmall();
    if (small === undefined) return skip('needs the right to mount');
    const scene = await setSmallScene(small.path);
    await interruptAt(scene, (event) => isCommitted(event, 'plan'));
    small.lock(true);
    // Looking needs no right to write.
    expect(await scene.state('greet')).toEqual({ kind: 'ready', why: 'interrupted' });
    await expect(scene.run()).rejects.toMatchObject({
      code: expect.stringMatching(/not-writable$/),
      message: expect.stringContaining(small.path),
      exitCode: EXIT.repository,
    });
    small.lock(false);
    await scene.run();
    await expectDone(scene);
  });
});

describe('a place that can’t be written', () => {
  it('is named: a file where the journals should be', async () => {
    const scene = await setGreeting();
    const place = join(gitDirOf(scene), 'nexus', 'runs', 'greet');
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, '');
    await expect(scene.run()).rejects.toMatchObject({
      code: 'not-writable',
      message: expect.stringContaining('a file is where a folder should be'),
    });
    rmSync(place);
    await scene.run();
    await expectDone(scene);
  });
});

/** The lock could not be released while the repository was away; with the process it would have ended. */
const endProcess = (scene: Scene): void => rmSync(join(gitDirOf(scene), 'nexus', 'lock'));

describe('the repository goes away while Nexus works', () => {
  it.each(MOMENTS)('%s: it says so and makes nothing in its place', async (_, isTime) => {
    const scene = await setGreeting();
    const { path, folder } = scene.repository;
    const away = join(folder, 'away');
    let gone = false;
    const lost = scene.run({
      onEvent: (event) => {
        if (gone || !isTime(event)) return;
        gone = true;
        renameSync(path, away);
      },
    });
    await expect(lost).rejects.toMatchObject({
      code: 'repository-gone',
      message: expect.stringContaining(path),
      exitCode: EXIT.repository,
    });
    expect(existsSync(path)).toBe(false);
    renameSync(away, path);
    endProcess(scene);
    await scene.run();
    await expectDone(scene);
  });

  it('only its .git, inside another repository: that is not taken for it', async () => {
    const scene = await setGreeting();
    const { folder } = scene.repository;
    runGit(folder, ['init', '--quiet', '--template=']);
    const before = readdirSync(join(folder, '.git'), { recursive: true });
    const lost = scene.run({
      onEvent: (event) => {
        if (isCommitted(event, 'plan')) renameSync(gitDirOf(scene), join(folder, 'away'));
      },
    });
    await expect(lost).rejects.toMatchObject({ code: 'repository-gone' });
    expect(existsSync(gitDirOf(scene))).toBe(false);
    expect(readdirSync(join(folder, '.git'), { recursive: true })).toEqual(before);
    renameSync(join(folder, 'away'), gitDirOf(scene));
    endProcess(scene);
    await scene.run();
    await expectDone(scene);
  });
});
