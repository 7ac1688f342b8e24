import { connect as connectTcp, Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadTemplates } from '../../src/config/templates.js';
import { estimateTokens } from '../../src/models/token-estimate.js';
import type { ReceivedChat } from '../support/scripted-ollama.js';
import { CONFIG, GREETING, ONE_STEP, RICH, RICH_TASK } from './greeting.js';
import { setScene, type Scene } from './scene.js';
import { plan, readQuestion, scripted, scriptedByTask, wholeFile, type Script } from './script.js';

const OVERSEER = 'llama3.1:8b';
const CODER = 'qwen2.5-coder:7b';

/** Tasks with a file of their own each. */
async function setTasks(names: readonly string[], config: string, resident = 1): Promise<Scene> {
  const script = (name: string): Script => ({
    plan: plan([{ title: `Write ${name}`, files: [`${name}.mjs`] }]),
    step: wholeFile(`${name}.mjs`, `export const ${name} = 0;\n`),
  });
  return setScene({
    files: GREETING,
    config,
    tasks: ['tasks:', ...names.map((name) => `  - { id: ${name}, title: ${name} }`), ''].join('\n'),
    replies: scriptedByTask(Object.fromEntries(names.map((name) => [name, script(name)]))),
    server: { resident },
  });
}

const modelsInOrder = (scene: Scene): string[] =>
  scene.server.requests.map(({ model }) => model).filter((model, index, all) => model !== all[index - 1]);

describe('the loads of models', () => {
  const EIGHT = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'];

  it('are three for eight tasks when one model fits in memory', async () => {
    const scene = await setTasks(EIGHT, 'models: { resident: 1 }\n');
    expect(await scene.run()).toMatchObject({ needsAttention: 8 });
    expect(scene.server.loads.map(({ model }) => model)).toEqual([OVERSEER, CODER, OVERSEER]);
    expect(scene.told('task-ended')).toHaveLength(8);
  });

  it('are none beyond the first two for eight tasks when both are resident', async () => {
    const scene = await setTasks(EIGHT, 'models: { resident: auto }\n', 2);
    expect(await scene.run()).toMatchObject({ needsAttention: 8 });
    expect(scene.server.loads.map(({ model }) => model)).toEqual([OVERSEER, CODER]);
  });

  it('are two when both fit, and each task is done before the next', async () => {
    const scene = await setTasks(['one', 'two'], 'models: { resident: 2 }\n', 2);
    await scene.run();
    expect(scene.server.loads).toHaveLength(2);
    const order = scene.events.flatMap((event) =>
      event.type === 'task-started' || event.type === 'task-ended' ? [`${event.type} ${event.task}`] : [],
    );
    expect(order.slice(0, 3)).toEqual(['task-started one', 'task-ended one', 'task-started two']);
  });

  it('begin while the base is checked, since the plan is asked for in any case', async () => {
    const scene = await setTasks(['one', 'two'], 'models: { resident: 1 }\nchecks: [git grep -q greet]\n');
    const loadsAt: number[] = [];
    await scene.run({
      onEvent: (event) => {
        if (event.type === 'check-ended' || event.type === 'request') loadsAt.push(scene.server.loads.length);
      },
    });
    expect(loadsAt.slice(0, 2)).toEqual([1, 1]);
    expect(scene.server.loads.map(({ model }) => model)).toEqual([OVERSEER, CODER, OVERSEER]);
  });

  it('are as the server says with `resident: auto`', async () => {
    const scene = await setTasks(['one', 'two'], 'models: { resident: auto }\n', 2);
    await scene.run();
    expect(modelsInOrder(scene)).toEqual([OVERSEER, CODER, OVERSEER]);
    // Both are in memory now.
    scene.setTasks('tasks:\n  - { id: five, title: one }\n  - { id: six, title: two }\n');
    await scene.run();
    expect(modelsInOrder(scene).length).toBeGreaterThan(4);
    expect(scene.server.loads).toHaveLength(2);
  });

  it('are one for one model in both roles, with one context window', async () => {
    const scene = await setTasks(
      ['one', 'two'],
      "models: { resident: 1 }\noverseer: { model: 'qwen2.5-coder:7b', context: 8192 }\n",
    );
    await scene.run();
    expect(scene.server.loads).toEqual([{ model: CODER, numCtx: 16_384 }]);
  });
});

describe('the prompts', () => {
  const text = (chat: ReceivedChat): string => JSON.stringify(chat.messages);

  function commonLength(a: string, b: string): number {
    let length = 0;
    while (length < a.length && a[length] === b[length]) length += 1;
    return length;
  }

  it('of one role are the same up to the first file that changed in between', async () => {
    const scene = await setScene({
      files: { ...GREETING, 'a-first.mjs': 'export const first = 1;\n' },
      config: CONFIG,
      tasks: RICH_TASK,
      replies: scripted(RICH),
    });
    await scene.run();
    const coder = scene.server.requests.filter(({ model }) => model === CODER);
    expect(coder.map((chat) => readQuestion(chat).kind)).toEqual([
      'step',
      'step',
      'step',
      'repair',
      'repair',
    ]);
    const [step, retried, second, repair, again] = coder;
    if (!step || !retried || !second || !repair || !again) throw new Error('too few requests');
    // A further attempt is the whole prompt and more.
    expect(text(retried).startsWith(text(step).slice(0, -1))).toBe(true);
    expect(text(again).startsWith(text(repair).slice(0, -1))).toBe(true);
    // The first step changed greet.mjs: main.mjs and all before it are known to the server.
    const greet = text(step).indexOf('src/greet.mjs\\n```');
    const main = text(step).indexOf('src/main.mjs\\n```');
    expect(main).toBeGreaterThan(0);
    expect(main).toBeLessThan(greet);
    expect(commonLength(text(step), text(second))).toBeGreaterThanOrEqual(greet);
    // The second changed main.mjs.
    expect(commonLength(text(second), text(repair))).toBeGreaterThanOrEqual(main);
    expect(text(repair)).toContain('How the checks fail before the change');

    const overseer = scene.server.requests.filter(({ model }) => model === OVERSEER);
    const [choose, planned, corrected] = overseer;
    if (!choose || !planned || !corrected) throw new Error('too few requests');
    const list = text(choose).indexOf('Which of the files listed above');
    expect(commonLength(text(choose), text(planned))).toBeGreaterThanOrEqual(list);
    expect(text(corrected).startsWith(text(planned).slice(0, -1))).toBe(true);
  });

  it('say how to answer in less than 700 tokens, the system prompt included', async () => {
    const scene = await setScene({ tasks: RICH_TASK, replies: () => undefined });
    const templates = await loadTemplates(scene.repository.path);
    for (const system of ['overseer-system', 'coder-system'] as const)
      for (const format of ['format-whole-file', 'format-search-replace', 'format-unified-diff'] as const) {
        const tokens = estimateTokens(templates.fill(system)) + estimateTokens(templates.fill(format));
        expect(tokens).toBeLessThan(700);
      }
  });

  it('get a smaller budget when the server finds one too long, and the task goes on', async () => {
    const scene = await setScene({
      files: { ...GREETING, 'src/other.mjs': `// ${'filler '.repeat(900)}\n` },
      tasks: RICH_TASK,
      replies: (chat, index) => {
        const { kind } = readQuestion(chat);
        const isLong = chat.messages.some(({ content }) => content.includes('filler filler'));
        if (kind === 'plan' && isLong) return { fault: 'context-exceeded' };
        return scripted({
          ...ONE_STEP,
          'choose-files': { json: { files: ['src/greet.mjs', 'src/other.mjs'] } },
        })(chat, index);
      },
    });
    await scene.run();
    expect(scene.told('notice')[0]?.message).toContain("The overseer's prompt was longer than its context");
    expect(scene.told('plan')[0]?.notes.leftOut).toEqual(['src/other.mjs']);
    expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
  });

  it('that cannot hold the files of a step end it with limit-reached', async () => {
    const scene = await setScene({
      files: { ...GREETING, 'src/greet.mjs': `// ${'filler '.repeat(3000)}\n` },
      config: 'coder: { context: 2048, max_answer: 512 }\n',
      tasks: RICH_TASK,
      replies: scripted({ ...ONE_STEP, 'choose-files': { json: { files: [] } } }),
    });
    await scene.run();
    expect(await scene.state('greet')).toMatchObject({
      reason: 'limit-reached',
      detail: expect.stringContaining('src/greet.mjs does not fit'),
    });
  });

  it('leave out files that no step changes before they are too long', async () => {
    const scene = await setScene({
      files: { ...GREETING, 'src/other.mjs': `// ${'filler '.repeat(1500)}\n` },
      config: 'coder: { context: 3072, max_answer: 512 }\n',
      tasks: 'tasks:\n  - { id: greet, title: Say hello, files: [src/greet.mjs, src/other.mjs] }\n',
      replies: scripted(ONE_STEP),
    });
    await scene.run();
    expect(scene.told('notice').map(({ message }) => message)).toEqual([
      'Not shown to the Coder, since they did not fit its context: src/other.mjs.',
    ]);
  });
});

describe('the network', () => {
  it('sees no connection but those to the configured server', async () => {
    const scene = await setScene({
      files: GREETING,
      config: CONFIG,
      tasks: RICH_TASK,
      replies: scripted(RICH),
    });
    const targets = new Set<string>();
    const connect = Object.getOwnPropertyDescriptor(Socket.prototype, 'connect');
    const original: unknown = connect?.value;
    if (connect === undefined || typeof original !== 'function') throw new Error('net has changed');
    Object.defineProperty(Socket.prototype, 'connect', {
      ...connect,
      value(this: Socket, ...args: unknown[]): unknown {
        targets.add(describeTarget(args));
        return Reflect.apply(original, this, args);
      },
    });
    onTestFinished(() => void Object.defineProperty(Socket.prototype, 'connect', connect));
    // The watch sees what it should see.
    await new Promise((resolve) => void connectTcp({ host: '127.0.0.1', port: 1 }).once('error', resolve));
    expect([...targets]).toEqual(['127.0.0.1:1']);
    targets.clear();
    await scene.run();
    expect([...targets]).toEqual([new URL(scene.server.url).host]);
    expect(scene.server.openSockets()).toBe(0);
  });
});

/** `net` normalises the arguments of `connect` to an array of options and callback (lib/net.js). */
function describeTarget(args: unknown[]): string {
  const first: unknown = Array.isArray(args[0]) ? args[0][0] : args[0];
  const options: object = typeof first === 'object' && first !== null ? first : {};
  const host = 'host' in options ? String(options.host) : 'localhost';
  if ('port' in options) return `${host}:${String(options.port)}`;
  return 'path' in options ? String(options.path) : JSON.stringify(args);
}
