import { describe, expect, it } from 'vitest';
import { Crash, crashOnce } from './crash.js';
import {
  CHECK,
  CONFIG,
  GREET_HALLO,
  GREET_HELLO,
  GREETING,
  GUIDE_HELLO,
  ONE_STEP,
  ONE_TASK,
} from './greeting.js';
import { setScene, type Scene, type SceneOptions } from './scene.js';
import { plan, readQuestion, scripted, wholeFile, type Script } from './script.js';

const WITH_GUIDE: Script = {
  ...ONE_STEP,
  plan: plan([{ title: 'Say hello in greet', files: ['src/greet.mjs'] }], { documents: ['guide.md'] }),
  update: wholeFile('guide.md', GUIDE_HELLO),
};

const setGreeting = async (script: Script, more: Partial<SceneOptions> = {}): Promise<Scene> =>
  setScene({ files: GREETING, config: CONFIG, tasks: ONE_TASK, replies: scripted(script), ...more });

const checksRun = (scene: Scene): string[] =>
  scene.told('check-started').map(({ name, on }) => `${on}: ${name}`);

describe('the documents of a change', () => {
  it('are dropped when they break a check, and the verdict stays that of the tip', async () => {
    const guide = 'git grep -q hi -- guide.md';
    const scene = await setGreeting(WITH_GUIDE, { config: `${CONFIG}  - ${guide}\n` });
    expect(await scene.run()).toMatchObject({ review: 1 });
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1']);
    expect(scene.told('dropped')).toMatchObject([
      { label: 'documents', reason: `with them these checks fail: ${guide}` },
    ]);
    const tip = scene.repository.git(['rev-parse', 'nexus/greet']);
    expect(await scene.state('greet')).toEqual({ kind: 'review', tip });
  });

  it('run again only the checks whose `paths` they touch', async () => {
    const config = [
      'checks:',
      `  - { name: code, run: ${CHECK}, paths: [src/**] }`,
      '  - { name: guide, run: git grep -q program -- guide.md, paths: ["*.md"] }',
      '  - { name: all, run: git grep -q export -- src }',
      '',
    ].join('\n');
    const scene = await setGreeting(WITH_GUIDE, { config });
    expect(await scene.run()).toMatchObject({ review: 1 });
    const all = ['code', 'guide', 'all'];
    expect(checksRun(scene)).toEqual([
      ...all.map((name) => `base: ${name}`),
      ...all.map((name) => `branch: ${name}`),
      'branch: guide',
      'branch: all',
    ]);
  });

  it('run no check again when none can be touched', async () => {
    const scene = await setGreeting(ONE_STEP, {
      config: `checks:\n  - { name: code, run: ${CHECK}, paths: [src/**] }\n`,
    });
    expect(await scene.run()).toMatchObject({ review: 1 });
    expect(checksRun(scene)).toEqual(['base: code', 'branch: code']);
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
  });

  it('keep a document as it is when no reply can be applied, or when it needs no change', async () => {
    for (const [update, asked] of [
      ['I would leave it.', 4],
      [wholeFile('guide.md', GREETING['guide.md']), 1],
    ] as const) {
      const scene = await setGreeting({ ...WITH_GUIDE, update });
      expect(await scene.run()).toMatchObject({ review: 1 });
      expect(scene.show('nexus/greet', 'guide.md')).toBe(GREETING['guide.md'].trimEnd());
      const updates = scene.server.requests.filter((chat) => readQuestion(chat).kind === 'update');
      expect(updates).toHaveLength(asked);
    }
  });

  it('are checked with the checks as they are when the run goes on', async () => {
    const scene = await setGreeting(ONE_STEP);
    let verdicts = 0;
    const stopped = scene.run({
      prepare: (workspace) =>
        crashOnce(workspace, 'before', ({ type }) => type === 'checked' && (verdicts += 1) === 2),
    });
    await expect(stopped).rejects.toBeInstanceOf(Crash);
    scene.setConfig('checks:\n  - git grep -q Hi -- src/greet.mjs\nlimits: { attempts: 1 }\n');
    expect(await scene.run()).toMatchObject({ needsAttention: 1 });
    expect(await scene.state('greet')).toMatchObject({ reason: 'checks-fail' });
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
  });

  it('have no words when no answer has any', async () => {
    const scene = await setGreeting({ ...ONE_STEP, notes: 'It is done.' });
    expect(await scene.run()).toMatchObject({ review: 1 });
    expect(scene.show('nexus/greet', 'docs/nexus/greet.md')).not.toContain('## What changed');
    expect(scene.told('rejected').every(({ label }) => label === 'documents')).toBe(true);
  });
});

describe('`fix` commands', () => {
  it('run before the verdict, and what they change is committed', async () => {
    const fix =
      "node -e \"const f='src/greet.mjs',s=require('fs');s.writeFileSync(f,s.readFileSync(f,'utf8').replace('Hallo','Hello'))\"";
    const scene = await setGreeting(
      { ...ONE_STEP, step: wholeFile('src/greet.mjs', GREET_HALLO) },
      { config: `${CONFIG}fix:\n  - ${JSON.stringify(fix)}\n` },
    );
    expect(await scene.run()).toMatchObject({ review: 1 });
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'fix-0', 'documents']);
    expect(scene.show('nexus/greet', 'src/greet.mjs')).toBe(GREET_HELLO.trimEnd());
    const { git } = scene.repository;
    expect(git(['log', '-1', '--format=%s%n%b', 'nexus/greet~1'])).toContain('Apply the configured fixes');
    expect(git(['log', '-1', '--format=%b', 'nexus/greet~1'])).not.toContain('Assisted-by');
    expect(scene.told('check-ended').map(({ result }) => result.outcome)).toEqual([
      'failed',
      'passed',
      'passed',
      'passed',
    ]);
  });
});

describe('kind: docs', () => {
  const TEXT = '# How to greet\n\nCall `greet` with a name. It answers with a greeting for that very name.\n';
  const task = (more: string): string =>
    `tasks:\n  - id: guide\n    title: Describe greet\n    kind: docs\n${more}`;
  const script: Script = {
    'choose-files': { json: { files: ['src/greet.mjs'] } },
    write: TEXT,
    update: wholeFile('guide.md', `${GUIDE_HELLO}\nCall greet.\n`),
  };

  it('writes the document that the task names, from what was read, without the Coder', async () => {
    const scene = await setGreeting(script, { tasks: task('    files: [docs/greeting.md]\n') });
    expect(await scene.run()).toMatchObject({ review: 1 });
    expect(scene.labels('nexus/guide')).toEqual(['plan', 'documents']);
    expect(`${scene.show('nexus/guide', 'docs/greeting.md')}\n`).toBe(TEXT);
    expect(scene.show('nexus/guide', 'docs/nexus/guide.md')).toContain(
      'Read for this plan: `src/greet.mjs`.',
    );
    expect(new Set(scene.server.requests.map(({ model }) => model))).toEqual(new Set(['llama3.1:8b']));
    const write = scene.server.requests.find((chat) => readQuestion(chat).kind === 'write');
    expect(write?.messages[1]?.content).toContain(GREETING['src/greet.mjs']);
  });

  it('updates one that exists, and goes to review also without checks', async () => {
    const scene = await setGreeting(script, { config: '', tasks: task('    files: [guide.md]\n') });
    expect(await scene.run()).toMatchObject({ review: 1 });
    expect(scene.show('nexus/guide', 'guide.md')).toContain('Call greet.');
    expect(scene.told('verdict').at(-1)?.verdict).toMatchObject({ kind: 'unverified' });
  });

  it('goes to review when nothing fails that passed on the base, and repairs no code', async () => {
    const scene = await setGreeting(script, { config: CONFIG, tasks: task('    files: [docs/new.md]\n') });
    expect(await scene.run()).toMatchObject({ review: 1 });
    expect(scene.server.requests.map((chat) => readQuestion(chat).kind)).toEqual(['choose-files', 'write']);
  });

  it('is edits-not-applied when the document breaks a check, and so is dropped', async () => {
    const scene = await setGreeting(script, {
      config: 'checks:\n  - git grep -q hi -- guide.md\n',
      tasks: task('    files: [guide.md]\n'),
    });
    expect(await scene.run()).toMatchObject({ needsAttention: 1 });
    expect(await scene.state('guide')).toMatchObject({
      reason: 'edits-not-applied',
      detail: expect.stringContaining('git grep -q hi -- guide.md'),
    });
    expect(scene.labels('nexus/guide')).toEqual(['plan']);
  });

  it('needs attention when no answer is a document', async () => {
    const scene = await setGreeting({ ...script, write: 'Sure!' }, { tasks: task('') });
    expect(await scene.run()).toMatchObject({ needsAttention: 1 });
    expect(await scene.state('guide')).toMatchObject({ reason: 'edits-not-applied' });
  });

  it('needs the model: its trouble is not passed over', async () => {
    const scene = await setGreeting({ ...script, write: { fault: 'out-of-memory' } }, { tasks: task('') });
    await scene.run();
    expect(await scene.state('guide')).toMatchObject({ reason: 'model-trouble' });
  });
});

describe('kind: research', () => {
  it('answers in its own document, with the files that were read', async () => {
    const findings =
      '# Who calls greet\n\nOnly `main` in src/main.mjs calls `greet`, always with the same argument.\n';
    const scene = await setGreeting(
      { write: findings },
      {
        config: '',
        tasks:
          'tasks:\n  - id: callers\n    title: Find out who calls greet\n    kind: research\n    files: [src/]\n',
      },
    );
    expect(await scene.run()).toMatchObject({ review: 1 });
    expect(scene.labels('nexus/callers')).toEqual(['plan', 'documents']);
    const text = scene.show('nexus/callers', 'docs/nexus/callers.md') ?? '';
    expect(text).toMatch(/^## Findings\n\n#+ Who calls greet\n/m);
    expect(text).toContain('Read for this plan: `src/greet.mjs`, `src/main.mjs`.');
  });
});
