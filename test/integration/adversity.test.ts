import { appendFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { retryTask } from '../../src/engine/retry.js';
import { surveyTasks } from '../../src/engine/survey.js';
import { writeDecision } from '../../src/journal/decisions.js';
import type { JournalEntry } from '../../src/journal/entries.js';
import { readHistory } from '../../src/journal/history.js';
import { Crash, crashOnce } from './crash.js';
import { CONFIG, GREET_HELLO, GREETING, ONE_STEP, ONE_TASK } from './greeting.js';
import { interruptAt } from './interrupt.js';
import { setScene, type Scene } from './scene.js';
import { plan, readQuestion, scripted, scriptedByTask, wholeFile, type Script } from './script.js';

/** A run that ends in review with one step and its documents. */
const setGreeting = async (script: Script = {}, options: { tasks?: string } = {}): Promise<Scene> =>
  setScene({
    files: GREETING,
    config: CONFIG,
    tasks: options.tasks ?? ONE_TASK,
    replies: scripted({ ...ONE_STEP, ...script }),
  });

const runsOf = (scene: Scene): string => join(scene.repository.path, '.git', 'nexus', 'runs');
const loseJournals = (scene: Scene): void => rmSync(runsOf(scene), { recursive: true });
const tipOf = (scene: Scene): string => scene.repository.git(['rev-parse', 'nexus/greet']);
const historyOf = async (scene: Scene): Promise<string[]> =>
  (await readHistory((await scene.open()).repository, 'greet')).map(({ tip }) => tip);

/** A kill just after a reply was kept. */
async function crashAfter(scene: Scene, exchange: number): Promise<void> {
  const isTime = (entry: JournalEntry): boolean => entry.type === 'exchange' && entry.number === exchange;
  const killed = scene.run({ prepare: (workspace) => crashOnce(workspace, 'after', isTime) });
  await expect(killed).rejects.toThrow(Crash);
}

/** The newest run's folder. */
function runFolder(scene: Scene): string {
  const folder = join(runsOf(scene), 'greet');
  const run = readdirSync(folder).sort().at(-1);
  return join(folder, run ?? '');
}

describe('the journal is deleted', () => {
  it.each([
    ['all of it', (scene: Scene) => loseJournals(scene)],
    [
      'with all that Nexus keeps',
      (scene: Scene) => rmSync(join(scene.repository.path, '.git', 'nexus'), { recursive: true }),
    ],
  ])('%s: a complete branch gets its verdict anew, and no model is asked', async (_, lose) => {
    const scene = await setGreeting();
    await scene.run();
    const tip = tipOf(scene);
    const run = scene.told('task-started')[0]?.run;
    const asked = scene.server.requests.length;
    lose(scene);
    expect(await scene.state('greet')).toEqual({ kind: 'ready', why: 'unverified-branch' });
    scene.events.length = 0;

    expect(await scene.run()).toMatchObject({ review: 1 });
    expect(await scene.state('greet')).toEqual({ kind: 'review', tip });
    expect(scene.server.requests).toHaveLength(asked);
    expect(tipOf(scene)).toBe(tip);
    expect(scene.told('task-started')).toMatchObject([{ run, resumed: true }]);
    expect(scene.told('check-ended').map(({ on }) => on)).toContain('branch');
    // What was committed before is no news.
    expect(scene.told('committed')).toEqual([]);
    const { record } = await (await scene.open()).store.latest('greet');
    expect(record?.committed.map(({ label }) => label)).toEqual(['plan', 'step-1', 'documents']);
    expect(record?.started.base).toBe(scene.repository.git(['rev-parse', 'main']));
    expect(await scene.run()).toMatchObject({ review: 0, waiting: 1 });
  });

  it('also where only plans are wanted, or approved first', async () => {
    const scene = await setGreeting();
    await scene.run();
    loseJournals(scene);
    scene.setConfig(`${CONFIG}approval: plan\n`);
    expect(await scene.run({ planOnly: true })).toMatchObject({ review: 1 });
  });

  it('the verdict is that of now', async () => {
    const scene = await setGreeting();
    await scene.run();
    loseJournals(scene);
    scene.setConfig('checks:\n  - git grep -q Hi -- src/greet.mjs\n');
    expect(await scene.run()).toMatchObject({ needsAttention: 1 });
    expect(await scene.state('greet')).toMatchObject({ reason: 'checks-fail', tip: tipOf(scene) });
  });

  it('a branch that was cut short starts anew from the base, and its old tip is kept', async () => {
    const scene = await setGreeting();
    await interruptAt(scene, (event) => event.type === 'committed' && event.label === 'step-1');
    const old = tipOf(scene);
    loseJournals(scene);
    scene.repository.commit('Later', { 'later.txt': 'later\n' });
    expect(await scene.state('greet')).toEqual({ kind: 'ready', why: 'journal-lost' });
    expect(await scene.run()).toMatchObject({ review: 1 });
    expect(await historyOf(scene)).toEqual([old]);
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
    expect(scene.repository.git(['merge-base', 'main', 'nexus/greet'])).toBe(
      scene.repository.git(['rev-parse', 'main']),
    );
    // Its number tells it from the run whose journal is lost.
    expect(scene.told('task-started').map(({ run }) => run.slice(0, 4))).toEqual(['0001', '0002']);
  });

  it.each(['rejected', 'accepted'] as const)('a task that was %s does not start again', async (verb) => {
    const scene = await setGreeting();
    await scene.run();
    const { repository, tasks } = await scene.open();
    const tip = tipOf(scene);
    await writeDecision(repository, { task: 'greet', verb, taskHash: tasks[0]?.hash ?? '', tip });
    for (const lose of [
      (): void => rmSync(join(scene.repository.path, '.git', 'nexus'), { recursive: true }),
      () => scene.repository.git(['branch', '-D', 'nexus/greet']),
    ]) {
      lose();
      expect(await scene.run({ tasks: ['greet'] })).toMatchObject({ review: 0, waiting: 1 });
      expect(await scene.state('greet')).toEqual({ kind: verb, tip });
    }
    scene.setTasks(ONE_TASK.replace('Say hello', 'Say hello to everybody'));
    expect((await scene.state('greet')).kind).toBe('ready');
  });

  it('another text is another task, and the old tip is kept', async () => {
    const scene = await setGreeting();
    await scene.run();
    const old = tipOf(scene);
    loseJournals(scene);
    scene.setTasks(ONE_TASK.replace('Say hello', 'Say hello to everybody'));
    expect(await scene.state('greet')).toEqual({ kind: 'ready', why: 'changed' });
    await scene.run();
    expect(await historyOf(scene)).toEqual([old]);
    expect(scene.subjects('nexus/greet')[0]).toBe('Plan: Say hello to everybody');
  });

  it('a branch with a commit of somebody else is left to them', async () => {
    const scene = await setGreeting();
    const { git, commit } = scene.repository;
    await scene.run();
    git(['checkout', '--quiet', 'nexus/greet']);
    const theirs = commit('By hand', { 'src/greet.mjs': `${GREET_HELLO}// more\n` });
    git(['checkout', '--quiet', 'main']);
    loseJournals(scene);
    expect(await scene.run()).toMatchObject({ waiting: 1 });
    expect(await scene.state('greet')).toMatchObject({
      reason: 'unverified',
      detail: expect.stringContaining(`${theirs.slice(0, 10)} is not of Nexus`),
    });
    expect(tipOf(scene)).toBe(theirs);
  });

  it('a branch that was merged by hand is accepted', async () => {
    const scene = await setGreeting();
    const { git, commit } = scene.repository;
    await scene.run();
    commit('Later', { 'later.txt': 'later\n' });
    git(['merge', '--quiet', '--no-edit', 'nexus/greet']);
    loseJournals(scene);
    expect(await scene.state('greet')).toEqual({ kind: 'accepted', tip: tipOf(scene) });
  });

  it('a task whose merged branch was deleted is not done again', async () => {
    const scene = await setGreeting();
    const { git, commit } = scene.repository;
    await scene.run();
    commit('Later', { 'later.txt': 'later\n' });
    git(['merge', '--quiet', '--no-edit', 'nexus/greet']);
    // Whichever run is the next keeps in mind what it saw.
    await scene.run();
    git(['branch', '--quiet', '-D', 'nexus/greet']);
    loseJournals(scene);
    expect((await scene.state('greet')).kind).toBe('accepted');
  });

  it('a merge that is taken back is none any more', async () => {
    const scene = await setGreeting();
    const { git, commit } = scene.repository;
    await scene.run();
    const before = commit('Later', { 'later.txt': 'later\n' });
    git(['merge', '--quiet', '--no-edit', 'nexus/greet']);
    await scene.run();
    expect((await scene.state('greet')).kind).toBe('accepted');
    git(['reset', '--quiet', '--hard', before]);
    expect((await scene.state('greet')).kind).toBe('review');
  });

  it('while the branch is checked out it waits: nothing else says what the base is', async () => {
    const scene = await setGreeting();
    const { git } = scene.repository;
    await scene.run();
    git(['checkout', '--quiet', 'nexus/greet']);
    loseJournals(scene);
    expect(await scene.state('greet')).toMatchObject({
      kind: 'waiting',
      because: expect.stringContaining('checked out'),
    });
    git(['checkout', '--quiet', 'main']);
    expect(await scene.run()).toMatchObject({ review: 1 });
  });

  it('of a task stacked on another: each has the commits of its own', async () => {
    const step = (path: string, text: string): Script => ({
      plan: plan([{ title: `Change ${path}`, files: [path] }]),
      step: wholeFile(path, text),
    });
    const scene = await setScene({
      files: GREETING,
      config: 'checks:\n  - git grep -q greet -- src\n',
      tasks: `tasks:\n  - { id: greet, title: First }\n  - { id: more, title: Second, depends_on: [greet], stack: true }\n`,
      replies: scriptedByTask({
        First: { ...step('src/greet.mjs', GREET_HELLO) },
        Second: { ...step('src/main.mjs', "// more\nimport { greet } from './greet.mjs';\n") },
      }),
    });
    expect(await scene.run()).toMatchObject({ review: 2 });
    const asked = scene.server.requests.length;
    loseJournals(scene);
    expect(await scene.state('greet')).toEqual({ kind: 'ready', why: 'unverified-branch' });
    expect(await scene.run()).toMatchObject({ review: 2 });
    expect(scene.server.requests).toHaveLength(asked);
    const { record } = await (await scene.open()).store.latest('more');
    expect(record?.started.base).toBe(tipOf(scene));
    expect(record?.committed).toHaveLength(3);
  });

  it('while Nexus works: it stops, and the next run goes by the branch', async () => {
    const scene = await setGreeting();
    const lost = scene.run({
      onEvent: (event) => {
        if (event.type === 'committed' && event.label === 'step-1') loseJournals(scene);
      },
    });
    await expect(lost).rejects.toMatchObject({ code: 'journal-gone' });
    expect(existsSync(runsOf(scene))).toBe(false);
    const old = tipOf(scene);
    expect(await scene.run()).toMatchObject({ review: 1 });
    expect(await historyOf(scene)).toEqual([old]);
  });
});

describe('the journal can’t be read', () => {
  const damages: [string, (file: string) => void, string][] = [
    ['of a newer version', (file) => appendFileSync(file, '{"v":99,"any":"thing"}\n'), 'newer Nexus'],
    ['damaged', (file) => writeFileSync(file, 'not a journal\n'), 'line 1 of its journal is damaged'],
    ['empty', (file) => writeFileSync(file, ''), 'does not begin'],
  ];

  it.each(damages)('%s: it is set aside with a message, the branch counts', async (_, damage, words) => {
    const scene = await setGreeting();
    await scene.run();
    const tip = tipOf(scene);
    const folder = runFolder(scene);
    damage(join(folder, 'journal.jsonl'));
    const bytes = readFileSync(join(folder, 'journal.jsonl'));
    expect(await scene.state('greet')).toEqual({ kind: 'ready', why: 'unverified-branch' });
    // Looking does not touch it.
    expect(readFileSync(join(folder, 'journal.jsonl'))).toEqual(bytes);
    const asked = scene.server.requests.length;

    expect(await scene.run()).toMatchObject({ review: 1 });
    expect(await scene.state('greet')).toEqual({ kind: 'review', tip });
    expect(scene.server.requests).toHaveLength(asked);
    const aside = folder.replace(/([^/\\]+)$/, 'set-aside-$1');
    expect(readFileSync(join(aside, 'journal.jsonl'))).toEqual(bytes);
    expect(scene.told('notice').map(({ message }) => message)).toEqual([expect.stringContaining(words)]);
    expect(scene.told('notice')[0]?.message).toContain(aside);
    const { record } = await (await scene.open()).store.latest('greet');
    expect(record?.notices).toEqual(scene.told('notice').map(({ message }) => message));
  });

  it('without a branch: the task is done anew, under the next number', async () => {
    const scene = await setGreeting();
    await interruptAt(scene, (event) => event.type === 'request');
    writeFileSync(join(runFolder(scene), 'journal.jsonl'), '');
    expect(await scene.state('greet')).toEqual({ kind: 'ready', why: 'journal-lost' });
    expect(await scene.run()).toMatchObject({ review: 1 });
    expect(scene.told('task-started').map(({ run }) => run.slice(0, 4))).toEqual(['0001', '0002']);
  });

  it('of a retry: the run before it does not count again', async () => {
    const scene = await setGreeting();
    await scene.run();
    const first = tipOf(scene);
    const options = { planOnly: false, sink: () => {}, signal: new AbortController().signal };
    await retryTask(await scene.open(), 'greet', options);
    rmSync(runFolder(scene), { recursive: true });
    // That journal knows another branch of the same name.
    expect((await surveyTasks(await scene.open())).entries[0]?.record).toBeUndefined();
    expect(await scene.state('greet')).toEqual({ kind: 'ready', why: 'unverified-branch' });
    expect(await scene.run()).toMatchObject({ review: 1 });
    expect(await historyOf(scene)).toEqual([first]);
  });
});

describe('a reply that was kept is lost', () => {
  it.each([
    ['missing', (file: string) => rmSync(file)],
    ['damaged', (file: string) => writeFileSync(file, '{"messages":[]')],
    ['empty', (file: string) => writeFileSync(file, '')],
  ])('%s: it is asked again, once, and told', async (_, damage) => {
    const scene = await setGreeting();
    await crashAfter(scene, 2);
    damage(join(runFolder(scene), 'exchanges', '002.json'));
    expect(await scene.run()).toMatchObject({ review: 1 });
    const kinds = scene.server.requests.map((chat) => readQuestion(chat).kind);
    expect(kinds).toEqual(['plan', 'step', 'step', 'notes']);
    expect(scene.told('notice').map(({ message }) => message)).toEqual([
      expect.stringMatching(
        /^The reply number 2 of this run was lost, so it is asked for again\. .*002\.json/,
      ),
    ]);
  });

  it('is not asked for a third time', async () => {
    const scene = await setGreeting();
    await crashAfter(scene, 2);
    rmSync(join(runFolder(scene), 'exchanges', '002.json'));
    await crashAfter(scene, 3);
    expect(await scene.run()).toMatchObject({ review: 1 });
    expect(scene.server.requests).toHaveLength(4);
    expect(scene.told('notice')).toHaveLength(1);
  });
});
