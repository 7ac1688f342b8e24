import { describe, expect, it } from 'vitest';
import { checkBranch } from '../../src/engine/check-branch.js';
import {
  CHECK,
  CONFIG,
  GREET_HALLO,
  GREET_HELLO,
  GREETING,
  MAIN_ALL,
  ONE_STEP,
  ONE_TASK,
} from './greeting.js';
import { setScene, type Scene, type SceneOptions } from './scene.js';
import { plan, readQuestion, scripted, wholeFile, type Script } from './script.js';

async function setGreeting(script: Script, more: Partial<SceneOptions> = {}): Promise<Scene> {
  return setScene({
    files: GREETING,
    config: CONFIG,
    tasks: ONE_TASK,
    replies: scripted({ ...ONE_STEP, ...script }),
    ...more,
  });
}

async function attention(scene: Scene): Promise<{ reason: string; detail: string }> {
  const state = await scene.state('greet');
  if (state.kind !== 'needs-attention') throw new Error(`it is ${state.kind}`);
  return { reason: state.reason, detail: state.detail };
}

const kinds = (scene: Scene): string[] => scene.server.requests.map((chat) => readQuestion(chat).kind);

describe('checks decide', () => {
  it('repairs until they pass, also what failed on the base', async () => {
    const scene = await setGreeting({
      step: wholeFile('src/greet.mjs', GREET_HALLO),
      repair: ({ chat }) =>
        chat.messages[1]?.content.includes('Hullo') === true
          ? wholeFile('src/greet.mjs', GREET_HELLO)
          : wholeFile('src/greet.mjs', GREET_HALLO.replace('Hallo', 'Hullo')),
    });
    expect(await scene.run()).toMatchObject({ review: 1 });
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'repair-1', 'repair-2', 'documents']);
    const prompt = scene.server.requests.find((chat) => readQuestion(chat).kind === 'repair');
    expect(prompt?.messages[1]?.content).toContain(`$ ${CHECK}\n(ended with exit code 1)`);
  });

  it('calls it checks-fail when a check fails that passed on the base', async () => {
    const scene = await setGreeting(
      {
        step: wholeFile('src/greet.mjs', "export const greet = () => 'Hello';\n"),
        repair: 'I am done.',
      },
      { config: 'checks:\n  - git grep -q name -- src/greet.mjs\nlimits: { attempts: 2 }\n' },
    );
    expect(await scene.run()).toMatchObject({ review: 0, needsAttention: 1 });
    expect(await attention(scene)).toEqual({
      reason: 'checks-fail',
      detail: 'These checks fail: git grep -q name -- src/greet.mjs.',
    });
    // The work is kept, without documents; the repair was asked for as often as allowed, once in all.
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1']);
    expect(kinds(scene)).toEqual(['plan', 'step', 'repair', 'repair']);
    expect(scene.told('notice').map(({ message }) => message)).toEqual([
      expect.stringContaining('Repair 1: no reply could be applied'),
    ]);
  });

  it('spends limits.attempts repairs', async () => {
    let count = 0;
    const scene = await setGreeting(
      {
        step: wholeFile('src/greet.mjs', "export const greet = () => '0';\n"),
        repair: () => wholeFile('src/greet.mjs', `export const greet = () => '${(count += 1)}';\n`),
      },
      { config: 'checks:\n  - git grep -q name -- src/greet.mjs\nlimits: { attempts: 2 }\n' },
    );
    await scene.run();
    expect(await attention(scene)).toMatchObject({ reason: 'checks-fail' });
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'repair-1', 'repair-2']);
  });

  it('is unverified without a check, with documents', async () => {
    const scene = await setGreeting({}, { config: '' });
    expect(await scene.run()).toMatchObject({ needsAttention: 1 });
    expect(await attention(scene)).toMatchObject({
      reason: 'unverified',
      detail: expect.stringContaining('No check is configured'),
    });
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
    expect(scene.show('nexus/greet', 'docs/nexus/greet.md')).toContain('Checks: none is configured');
  });

  it('is unverified when only what failed on the base still fails', async () => {
    const scene = await setGreeting(
      { repair: 'I cannot.' },
      {
        config:
          'checks:\n  - git grep -q Nothing -- src\n  - git grep -q name -- src\nlimits: { attempts: 1 }\n',
      },
    );
    await scene.run();
    expect(await attention(scene)).toEqual({
      reason: 'unverified',
      detail: 'What fails on the branch failed on the base too: git grep -q Nothing -- src.',
    });
    expect(scene.show('nexus/greet', 'docs/nexus/greet.md')).toContain('what fails failed on the base too');
  });

  it('tells the base once per tree, whatever the number of tasks', async () => {
    const tasks = `${ONE_TASK}  - id: second\n    title: Say hello again\n    files: [src/greet.mjs]\n`;
    const scene = await setGreeting({}, { tasks });
    await scene.run();
    expect(scene.told('check-started').filter(({ on }) => on === 'base')).toHaveLength(1);
    expect(scene.told('task-ended').map(({ outcome }) => outcome.kind)).toEqual(['review', 'review']);
  });
});

describe('what the models answer', () => {
  it('is not applied at all: edits-not-applied, with every reply kept', async () => {
    const scene = await setGreeting(
      { step: 'Here you go!' },
      { config: `${CONFIG}limits: { attempts: 3 }\n` },
    );
    await scene.run();
    const state = await attention(scene);
    expect(state.reason).toBe('edits-not-applied');
    expect(state.detail).toMatch(/^Step 1: /);
    expect(kinds(scene)).toEqual(['plan', 'step', 'step', 'step']);
    expect(scene.labels('nexus/greet')).toEqual(['plan']);
    expect(scene.told('rejected').map(({ label, attempt }) => `${label} ${attempt}`)).toEqual([
      'step-1 1',
      'step-1 2',
      'step-1 3',
    ]);
    const { store } = await scene.open();
    const { record } = await store.latest('greet');
    const kept = await store.readExchange('greet', record?.started.run ?? '', 4);
    expect(kept.reply).toBe('Here you go!');
  });

  it('is cut off by its length: a rejection, and asked again', async () => {
    const scene = await setGreeting({
      step: ({ attempt }) => ({
        text: wholeFile('src/greet.mjs', GREET_HELLO),
        ending: attempt === 1 ? 'length' : 'stop',
      }),
    });
    await scene.run();
    expect(scene.told('rejected')[0]?.rejections[0]?.code).toBe('truncated');
    expect(await scene.state('greet')).toMatchObject({ kind: 'review' });
  });

  it('is a question: it is shown, and nothing is done', async () => {
    const question = 'Which language shall it greet in?';
    const scene = await setGreeting({
      plan: { json: { answer: 'question', summary: '', steps: [], documents: [], question } },
    });
    expect(await scene.run()).toMatchObject({ needsAttention: 1 });
    expect(await attention(scene)).toEqual({ reason: 'question', detail: question });
    expect(await (await scene.open()).repository.branch('nexus/greet')).toBeUndefined();
    // Not asked again until the task says more.
    expect(await scene.run()).toMatchObject({ needsAttention: 0, waiting: 1 });
    expect(scene.server.requests).toHaveLength(1);
  });

  it('is that nothing is to be done', async () => {
    const reason = 'The greeting is as the task wants it.';
    const scene = await setGreeting({
      plan: { json: { answer: 'nothing', summary: '', steps: [], documents: [], question: reason } },
    });
    await scene.run();
    expect(await attention(scene)).toEqual({ reason: 'nothing-to-change', detail: reason });
  });

  it('changes nothing in any step: edits-not-applied', async () => {
    const scene = await setGreeting(
      { step: wholeFile('src/greet.mjs', GREETING['src/greet.mjs']) },
      { config: `${CONFIG}limits: { attempts: 1 }\n` },
    );
    await scene.run();
    expect((await attention(scene)).reason).toBe('edits-not-applied');
    expect(scene.labels('nexus/greet')).toEqual(['plan']);
  });

  it('changes nothing in one step: the others count', async () => {
    const scene = await setGreeting(
      {
        plan: plan([
          { title: 'Greet all', files: ['src/main.mjs'] },
          { title: 'Say hello', files: ['src/greet.mjs'] },
        ]),
        step: (asked) =>
          asked.kind === 'step' && asked.number === 1
            ? wholeFile('src/main.mjs', GREETING['src/main.mjs'])
            : wholeFile('src/greet.mjs', GREET_HELLO),
      },
      { config: `${CONFIG}limits: { attempts: 1 }\n` },
    );
    await scene.run();
    expect(await scene.state('greet')).toMatchObject({ kind: 'review' });
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-2', 'documents']);
    expect(scene.told('notice').map(({ message }) => message)).toEqual([
      expect.stringContaining('Step 1 changed nothing'),
    ]);
  });

  it('is no usable plan: the task itself is the plan, and the document says so', async () => {
    const scene = await setGreeting(
      { plan: 'First, we look at the code.' },
      { config: `${CONFIG}limits: { attempts: 2 }\n` },
    );
    await scene.run();
    expect(kinds(scene)).toEqual(['plan', 'plan', 'step', 'notes']);
    expect(scene.told('plan')[0]?.notes).toMatchObject({ fallback: true, attempts: 2 });
    expect(scene.show('nexus/greet', 'docs/nexus/greet.md')).toContain(
      'No plan of the model could be used after 2 attempts: the task itself is the plan.',
    );
    expect(await scene.state('greet')).toMatchObject({ kind: 'review' });
  });

  it('is a plan with idle steps and several for one file: they are joined, and the document says so', async () => {
    const scene = await setGreeting({
      plan: plan([
        { title: 'Identify the problem', files: ['src/greet.mjs'], instruction: 'Look at greet.' },
        { title: 'Say hello', files: ['src/greet.mjs'] },
        { title: 'Greet all', files: ['src/main.mjs', 'src/greet.mjs'] },
      ]),
      step: `${wholeFile('src/greet.mjs', GREET_HELLO)}\n${wholeFile('src/main.mjs', MAIN_ALL)}`,
    });
    await scene.run();
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
    expect(scene.told('plan')[0]?.notes.remarks).toHaveLength(2);
    expect(scene.show('nexus/greet', 'docs/nexus/greet.md')).toContain('Steps 2 and 3 were joined');
  });
});

describe('the set-up', () => {
  const MISSING = 'git grep -q Ready -- src';

  it('that fails is setup-missing, and the next run goes on once it is mended', async () => {
    const scene = await setGreeting({}, { config: `${CONFIG}setup:\n  - ${MISSING}\n` });
    await scene.run();
    expect(await attention(scene)).toMatchObject({ reason: 'setup-missing' });
    expect(scene.server.requests).toHaveLength(0);
    // It is not tried again by itself.
    expect(await scene.run()).toMatchObject({ waiting: 1, needsAttention: 0 });

    scene.setConfig(CONFIG);
    expect(await scene.run({ tasks: ['greet'] })).toMatchObject({ review: 1 });
    expect(scene.told('task-started').map(({ resumed }) => resumed)).toEqual([false, true]);
  });

  it('that fails only on the branch is setup-missing, too, and is tried again', async () => {
    const scene = await setGreeting({}, { config: `${CONFIG}setup:\n  - git grep -q Hi -- src/greet.mjs\n` });
    await scene.run();
    expect(await attention(scene)).toMatchObject({
      reason: 'setup-missing',
      detail: '`git grep -q Hi -- src/greet.mjs` failed on the branch; no check ran.',
    });
    scene.setConfig(CONFIG);
    expect(await scene.run({ tasks: ['greet'] })).toMatchObject({ review: 1 });
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
  });

  it('with dependencies that lead back into the checkout asks for `setup`', async () => {
    const scene = await setGreeting(
      {},
      { files: { ...GREETING, '.gitignore': 'node_modules\n', 'packages/a/index.js': '1;\n' } },
    );
    const { path, write } = scene.repository;
    write('node_modules/.keep', '');
    const { symlinkSync } = await import('node:fs');
    symlinkSync('../packages/a', `${path}/node_modules/a`, 'junction');
    await scene.run();
    expect(await attention(scene)).toMatchObject({
      reason: 'setup-missing',
      detail: expect.stringContaining('setup'),
    });
    expect(scene.server.requests).toHaveLength(0);
  });
});

describe('nexus check', () => {
  it('takes the verdict of the branch as it is, with the checks as they are now', async () => {
    const scene = await setGreeting({});
    await scene.run();
    const options = { sink: () => {}, signal: new AbortController().signal };
    const good = await checkBranch(await scene.open(), 'greet', options);
    expect(good).toMatchObject({ task: 'greet', branch: 'nexus/greet', verdict: { kind: 'good' } });

    scene.setConfig('checks:\n  - git grep -q Hi -- src/greet.mjs\n');
    const bad = await checkBranch(await scene.open(), 'greet', options);
    expect(bad.verdict).toEqual({ kind: 'failing', failing: ['git grep -q Hi -- src/greet.mjs'] });
    expect(await attention(scene)).toMatchObject({ reason: 'checks-fail' });

    // A check that is new since and fails on the base, too, is not held against the branch.
    scene.setConfig('checks:\n  - git grep -q Nothing -- src\n');
    expect((await checkBranch(await scene.open(), 'greet', options)).verdict.kind).toBe('unverified');

    scene.setConfig('');
    expect((await checkBranch(await scene.open(), 'greet', options)).verdict).toMatchObject({
      kind: 'unverified',
      reason: 'no-checks',
    });
  });

  it('takes it of commits of somebody else, and without a journal', async () => {
    const scene = await setGreeting({});
    await scene.run();
    const { git, commit, path } = scene.repository;
    git(['checkout', '--quiet', 'nexus/greet']);
    commit('By hand', { 'src/greet.mjs': `${GREET_HELLO}// more\n` });
    git(['checkout', '--quiet', 'main']);
    expect(await attention(scene)).toMatchObject({ reason: 'branch-changed' });
    const options = { sink: () => {}, signal: new AbortController().signal };
    await checkBranch(await scene.open(), 'greet', options);
    expect(await scene.state('greet')).toMatchObject({ kind: 'review' });

    const { rmSync } = await import('node:fs');
    rmSync(`${path}/.git/nexus/runs`, { recursive: true });
    expect(await attention(scene)).toMatchObject({ reason: 'unverified' });
    const { verdict } = await checkBranch(await scene.open(), 'greet', options);
    expect(verdict).toEqual({ kind: 'good' });
    expect(await scene.state('greet')).toMatchObject({ kind: 'review' });
  });

  it('says what it cannot check', async () => {
    const scene = await setGreeting({});
    const options = { sink: () => {}, signal: new AbortController().signal };
    const workspace = await scene.open();
    await expect(checkBranch(workspace, 'greet', options)).rejects.toMatchObject({
      code: 'no-branch',
      remedy: 'Run the task first: nexus run greet',
    });
    await expect(checkBranch(workspace, 'great', options)).rejects.toMatchObject({
      code: 'unknown-task',
      remedy: expect.stringContaining('"greet"'),
    });
  });
});
