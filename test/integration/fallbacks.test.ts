import { expect, it } from 'vitest';
import type { Replies } from '../support/scripted-ollama.js';
import { GREETING, ONE_STEP, RICH_TASK } from './greeting.js';
import { setScene, type Scene } from './scene.js';
import { scripted } from './script.js';
import { startWatch } from './watch-scene.js';

const SCRIPT = { ...ONE_STEP, 'choose-files': { json: { files: ['src/greet.mjs'] } } };
const CONFIG = 'coder: { model: [large:30b, small:1b] }\n';
const answers = scripted(SCRIPT);

const setList = async (replies: Replies, models: string[], config = CONFIG): Promise<Scene> =>
  setScene({
    files: GREETING,
    config,
    tasks: RICH_TASK,
    replies,
    server: { models: ['llama3.1:8b', ...models] },
  });

const coders = (scene: Scene): string[] =>
  scene.server.requests.filter(({ model }) => model !== 'llama3.1:8b').map(({ model }) => model);

it('the next model of the list takes the place of one that is missing, and is named where it answered', async () => {
  const scene = await setList(answers, ['small:1b']);
  await scene.run();
  expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
  expect(coders(scene).filter((model) => model === 'small:1b')).toHaveLength(1);
  const [notice, ...others] = scene
    .told('notice')
    .filter(({ message }) => message.includes('takes its place'));
  expect(others).toEqual([]);
  expect(notice?.message).toMatch(
    /does not have the model large:30b\b.* small:1b takes its place as the coder from now on\.$/,
  );
  const trailers = scene.repository.git([
    'log',
    '--format=%(trailers:key=Assisted-by,valueonly)',
    'main..nexus/greet',
  ]);
  expect(trailers.split('\n').filter((line) => line !== '')).toEqual([
    'llama3.1:8b',
    'small:1b',
    'llama3.1:8b',
  ]);
});

it('a model that does not fit in memory is asked once, whatever the number of tasks', async () => {
  const large: Replies = (chat, index) =>
    chat.model === 'large:30b' ? { fault: 'out-of-memory' } : answers(chat, index);
  const scene = await setList(large, ['large:30b', 'small:1b']);
  scene.setTasks(
    `${RICH_TASK}${RICH_TASK.split('\n').slice(1).join('\n').replace('id: greet', 'id: again')}`,
  );
  await scene.run();
  expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
  expect(scene.labels('nexus/again')).toEqual(['plan', 'step-1', 'documents']);
  expect(coders(scene)).toEqual(['large:30b', 'small:1b', 'small:1b']);
});

it('a run that goes on asks the first model again, and finds the answers of the second', async () => {
  let isDown = true;
  const scene = await setList(
    (chat, index) => {
      if (isDown && JSON.stringify(chat.format ?? '').includes('"review"')) return { fault: 'server-error' };
      return answers(chat, index);
    },
    ['small:1b'],
  );
  await scene.run();
  isDown = false;
  await scene.run();
  expect(scene.labels('nexus/greet')).toEqual(['plan', 'step-1', 'documents']);
  expect(coders(scene).filter((model) => model === 'small:1b')).toHaveLength(1);
});

it('with none left the task ends with the trouble of the last', async () => {
  const scene = await setList(answers, []);
  await expect(scene.run()).rejects.toMatchObject({ fault: 'model-missing' });
  expect(await scene.state('greet')).toMatchObject({
    reason: 'model-trouble',
    detail: expect.stringContaining('small:1b'),
  });
});

it('a server that is away is no reason to change the model', async () => {
  const scene = await setList(answers, ['large:30b', 'small:1b']);
  scene.server.down();
  await expect(scene.run()).rejects.toMatchObject({ fault: 'not-running' });
  expect(scene.told('notice')).toEqual([]);
});

it('a watch begins with the first model again when the trouble is over', async () => {
  const failed = new Set<string>();
  const scene = await setList(
    (chat, index) => {
      if (chat.model === 'llama3.1:8b' || failed.has(chat.model)) return answers(chat, index);
      failed.add(chat.model);
      return { fault: 'model-missing' };
    },
    ['large:30b', 'small:1b'],
  );
  const watch = await startWatch(scene);
  await watch.told('server-back');
  await watch.told(
    'task-ended',
    {},
    watch.events.findIndex(({ type }) => type === 'server-back'),
  );
  await watch.end();
  expect(coders(scene)).toEqual(['large:30b', 'small:1b', 'large:30b']);
});
