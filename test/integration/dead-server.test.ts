import { describe, expect, it, onTestFinished } from 'vitest';
import { EXIT } from '../../src/errors.js';
import { ModelError } from '../../src/models/model-error.js';
import { startScriptedOllama, type Replies, type ScriptedOllama } from '../support/scripted-ollama.js';
import { GREETING } from './greeting.js';
import { rolesOn, startKind } from './openai-scene.js';
import { setScene, type Scene } from './scene.js';
import { readQuestion, scriptedByTask, writing, type Asked } from './script.js';
import { startWatch } from './watch-scene.js';

/*
 * What fails for every task stops the queue with one message; the tasks behind stay as they are, and a watch goes on with
 * them when it is over.
 */

const NAMES = ['one', 'two', 'three', 'four', 'five'];
const TASKS = [
  'tasks:',
  ...NAMES.map((name) => `  - { id: ${name}, title: Write ${name}, files: [src/${name}.mjs] }\n`),
].join('\n');
const SCRIPTS = Object.fromEntries(NAMES.map((name) => [`Write ${name}`, writing(name)]));
const answer = scriptedByTask(SCRIPTS);

/** Which task a request is about, and what it asks for: `three step`. */
function describeChat(asked: Asked): string {
  const text = asked.chat.messages.map(({ content }) => content).join('\n');
  return `${/^# Task: Write (.*)$/m.exec(text)?.[1] ?? ''} ${asked.kind}`;
}

/** Answers well but for the requests that are named: those meet the fault. */
const failing =
  (fault: 'down' | 'server-error' | 'unauthorised' | 'context-exceeded', ...where: string[]): Replies =>
  (chat, index) =>
    where.includes(describeChat(readQuestion(chat))) ? { fault } : answer(chat, index);

async function setQueue(replies: Replies, resident: 1 | 2): Promise<Scene> {
  return setScene({
    files: GREETING,
    config: `models: { resident: ${resident} }\n`,
    tasks: TASKS,
    replies,
    server: { resident: 2 },
  });
}

async function errorOf(run: Promise<unknown>): Promise<ModelError | undefined> {
  try {
    await run;
    return undefined;
  } catch (error) {
    if (error instanceof ModelError) return error;
    throw error;
  }
}

async function statesOf(scene: Scene): Promise<string[]> {
  return Promise.all(
    NAMES.map(async (name) => {
      const state = await scene.state(name);
      return state.kind === 'needs-attention' ? state.reason : state.kind;
    }),
  );
}

const ended = (scene: Scene): string[] => scene.told('task-ended').map(({ task }) => task);
const asked = (server: Pick<ScriptedOllama, 'requests'>): string[] =>
  server.requests.map((chat) => describeChat(readQuestion(chat))).filter((each) => !each.endsWith('files'));

describe('a server that dies in the middle of a queue', () => {
  it('ends the run with one message; the tasks behind are as they were, and the next run does them', async () => {
    let isGood = false;
    const bad = failing('down', 'three step');
    const scene = await setQueue((chat, index) => (isGood ? answer : bad)(chat, index), 2);
    const error = await errorOf(scene.run());
    expect(error).toMatchObject({ fault: 'not-running', exitCode: EXIT.model });
    expect(error?.message).toContain(`Ollama at ${scene.server.url} does not answer`);
    expect(ended(scene)).toEqual(['one', 'two', 'three']);
    expect(await statesOf(scene)).toEqual(['unverified', 'unverified', 'model-trouble', 'ready', 'ready']);
    await scene.server.up();
    isGood = true;
    const before = asked(scene.server).length;
    await scene.run();
    // What it had of the third is not asked again.
    expect(asked(scene.server).slice(before)).toEqual([
      'three step',
      'three notes',
      'four plan',
      'four step',
      'four notes',
      'five plan',
      'five step',
      'five notes',
    ]);
    expect(await statesOf(scene)).toEqual(NAMES.map(() => 'unverified'));
  });

  it('ends a run role by role, too: nothing more is planned or told', async () => {
    const scene = await setQueue(failing('down', 'three plan'), 1);
    expect(await errorOf(scene.run())).toMatchObject({ fault: 'not-running' });
    expect(ended(scene)).toEqual(['three']);
    expect(asked(scene.server)).toEqual(['one plan', 'two plan', 'three plan']);
    expect(scene.told('retrying')).toHaveLength(3);
  });

  it('while documents are written leaves the branches without words, asks no more and says so once', async () => {
    const scene = await setQueue(failing('down', 'two notes'), 1);
    expect(await scene.run()).toMatchObject({ needsAttention: 5 });
    expect(await statesOf(scene)).toEqual(NAMES.map(() => 'unverified'));
    expect(asked(scene.server).slice(-2)).toEqual(['one notes', 'two notes']);
    expect(scene.told('notice').map(({ task, message }) => [task, message])).toEqual([
      ['two', expect.stringContaining('Not all of the documents could be written: Ollama at')],
    ]);
    for (const name of NAMES) {
      expect(scene.labels(`nexus/${name}`)).toEqual(['plan', 'step-1', 'documents']);
      const text = scene.show(`nexus/${name}`, `docs/nexus/${name}.md`) ?? '';
      expect([name, text.includes('## What changed')]).toEqual([name, name === 'one']);
    }
  });
});

describe('two roles on two servers', () => {
  async function setTwo(
    overseer: Replies,
    coder: Replies,
  ): Promise<{ scene: Scene; coders: ScriptedOllama; overseers: ScriptedOllama }> {
    const scene = await setQueue(overseer, 2);
    const coders = await startScriptedOllama({ replies: coder });
    onTestFinished(async () => coders.close());
    scene.repository.write(
      '.nexus.yml',
      rolesOn('ollama', scene.server.url, ['overseer']) + rolesOn('ollama', coders.url, ['coder']),
    );
    return { scene, coders, overseers: scene.server };
  }

  it("names the Coder's when that is the dead one, once", async () => {
    const { scene, coders, overseers } = await setTwo(answer, failing('down', 'two step'));
    const error = await errorOf(scene.run());
    expect(error?.message).toContain(`Ollama at ${coders.url} does not answer`);
    expect(ended(scene)).toEqual(['one', 'two']);
    expect(asked(overseers)).toEqual(['one plan', 'one notes', 'two plan']);
    expect(await statesOf(scene)).toEqual(['unverified', 'model-trouble', 'ready', 'ready', 'ready']);
  });

  it("names the Overseer's when that is the dead one, and asks the Coder nothing", async () => {
    const { scene, coders, overseers } = await setTwo(failing('down', 'one plan'), answer);
    const error = await errorOf(scene.run());
    expect(error?.message).toContain(`Ollama at ${overseers.url} does not answer`);
    expect(ended(scene)).toEqual(['one']);
    expect(coders.requests).toHaveLength(0);
  });

  it("is done without the Overseer's words when that dies at the last moment, and stops before the next task", async () => {
    const { scene, overseers } = await setTwo(failing('down', 'one notes'), answer);
    expect(await errorOf(scene.run())).toMatchObject({ fault: 'not-running' });
    expect(await statesOf(scene)).toEqual(['unverified', 'model-trouble', 'ready', 'ready', 'ready']);
    expect(asked(overseers)).toEqual(['one plan', 'one notes']);
  });
});

describe('a server that answers every request with an error', () => {
  it.each([1, 2] as const)('is asked for two tasks, not for five (resident: %i)', async (resident) => {
    const scene = await setQueue(
      failing('server-error', ...NAMES.map((name) => `${name} choose-files`)),
      resident,
    );
    expect(await errorOf(scene.run())).toMatchObject({ fault: 'server-error', exitCode: EXIT.model });
    expect(ended(scene)).toEqual(['one', 'two']);
    expect(scene.server.requests).toHaveLength(2);
  });

  it('costs only the tasks that it fails when others are answered in between', async () => {
    const scene = await setQueue(failing('server-error', 'one plan', 'three plan', 'five plan'), 1);
    await scene.run();
    expect(await statesOf(scene)).toEqual([
      'model-trouble',
      'unverified',
      'model-trouble',
      'unverified',
      'model-trouble',
    ]);
  });

  it('is no matter of the server when it has to do with what is asked', async () => {
    const scene = await setQueue(failing('context-exceeded', ...NAMES.map((name) => `${name} step`)), 1);
    await scene.run();
    expect(ended(scene)).toEqual(NAMES);
  });
});

describe('a watch', () => {
  it('asks a server that fails every request less and less often, with one task', async () => {
    const replies = failing('server-error', ...NAMES.map((name) => `${name} choose-files`));
    const scene = await setQueue(replies, 2);
    const watch = await startWatch(scene);
    await watch.told('server-back');
    const back = watch.events.findIndex(({ type }) => type === 'server-back');
    await watch.told('server-away', {}, back);
    expect(watch.events.flatMap((event) => (event.type === 'task-ended' ? [event.task] : []))).toEqual([
      'one',
      'two',
      'one',
    ]);
    // The next time is in some seconds.
    expect(scene.server.requests).toHaveLength(3);
  });

  it.each(['overseer', 'coder'] as const)(
    'does exactly what is left when the server of the %s is back, of another kind than the other',
    async (dead) => {
      let fails = true;
      const where = dead === 'overseer' ? 'two plan' : 'two step';
      const replies: Replies = (chat, index) =>
        fails && describeChat(readQuestion(chat)) === where ? { fault: 'down' } : answer(chat, index);
      const scene = await setScene({ files: GREETING, tasks: TASKS, replies: answer });
      const server = await startKind('llama-server', replies, { loadedContext: 32_768 });
      const living = dead === 'overseer' ? 'coder' : 'overseer';
      scene.repository.write(
        '.nexus.yml',
        rolesOn('llama-server', server.url, [dead]) + rolesOn('ollama', scene.server.url, [living]),
      );
      const watch = await startWatch(scene);
      const { error } = await watch.told('server-away');
      expect(error.message).toContain(`llama-server at ${server.url} does not answer`);
      expect(await statesOf(scene)).toEqual(['unverified', 'model-trouble', 'ready', 'ready', 'ready']);
      fails = false;
      const from = watch.events.length;
      await server.up();
      await watch.told('server-back');
      await watch.told('task-ended', { task: 'five' });
      expect(watch.count('server-away')).toBe(1);
      const started = watch.events
        .slice(from)
        .flatMap((event) => (event.type === 'task-started' ? [event.task] : []));
      expect(started).toEqual(NAMES.slice(1));
      expect(await statesOf(scene)).toEqual(NAMES.map(() => 'unverified'));
    },
  );
});
