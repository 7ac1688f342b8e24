import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dir } from 'tmp-promise';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadTasks } from '../../src/tasks/load.js';

let root: string;
let cleanup: () => Promise<void>;
beforeEach(async () => {
  ({ path: root, cleanup } = await dir({ unsafeCleanup: true }));
});
afterEach(() => cleanup());

const write = (content: string | Uint8Array) => writeFile(join(root, 'tasks.yml'), content);

test('gives the tasks, the text and the path', async () => {
  await write('tasks:\n  - Do it\n');
  const loaded = await loadTasks(root);
  expect(loaded).toMatchObject({ text: 'tasks:\n  - Do it\n', path: join(root, 'tasks.yml') });
  expect(loaded.tasks.map(({ id }) => id)).toEqual(['do-it']);
});

test('a missing file names the command that makes it', async () => {
  await expect(loadTasks(root)).rejects.toMatchObject({
    code: 'tasks-missing',
    remedy: 'Run `nexus init`.',
    exitCode: 3,
  });
  await writeFile(join(root, 'tasks.yaml'), '');
  await expect(loadTasks(root)).rejects.toMatchObject({ remedy: 'Rename tasks.yaml to tasks.yml.' });
});

test('all mistakes are in one error', async () => {
  await write('tasks:\n  - {titel: a, title: b}\n  - {title: c, depends_on: d}\n');
  await expect(loadTasks(root)).rejects.toMatchObject({
    code: 'tasks-invalid',
    exitCode: 3,
    message:
      'tasks.yml has 2 mistakes:\n' +
      "tasks.yml:2:6 There is no key 'titel' here. Did you mean 'title'?\n" +
      "tasks.yml:3:28 `depends_on` names 'd', which no task has. Write the `id` of a task in this file.",
  });
  await write('tasks: x\n');
  await expect(loadTasks(root)).rejects.toMatchObject({
    message: expect.stringContaining('tasks.yml has a mistake:\n'),
  });
});

test.each([
  ['UTF-16', Buffer.from('\uFEFFtasks: []', 'utf16le'), 'tasks.yml is UTF-16 text.'],
  ['UTF-16 the other way', Buffer.from([0xfe, 0xff, 0, 0x61]), 'tasks.yml is UTF-16 text.'],
  ['Latin-1', Buffer.from([0x74, 0xe4, 0x74]), 'tasks.yml is not UTF-8 text.'],
  ['binary', Buffer.from([0x74, 0, 0x74]), 'tasks.yml is not UTF-8 text.'],
  ['empty binary', Buffer.from([0]), 'tasks.yml is not UTF-8 text.'],
  [
    'huge',
    Buffer.alloc(4 * 1024 * 1024 + 1, '#'),
    'tasks.yml is 4194305 bytes long; at most 4194304 are read.',
  ],
])('a file that is %s is refused', async (_, content, message) => {
  await write(content);
  await expect(loadTasks(root)).rejects.toMatchObject({ code: 'tasks-unreadable', message, exitCode: 3 });
});

test('only a regular file is read', async () => {
  await mkdir(join(root, 'tasks.yml'));
  await expect(loadTasks(root)).rejects.toMatchObject({
    code: 'tasks-unreadable',
    message: 'tasks.yml is a folder.',
  });
  await mkdir(join(root, 'sub'));
  await writeFile(join(root, 'elsewhere'), 'tasks: []\n');
  await symlink(join(root, 'elsewhere'), join(root, 'sub', 'tasks.yml'));
  await expect(loadTasks(join(root, 'sub'))).rejects.toMatchObject({
    message: 'tasks.yml is a symbolic link.',
  });
  await expect(loadTasks(join(root, 'elsewhere'))).rejects.toMatchObject({ code: 'tasks-missing' });
});

test.skipIf(process.platform === 'win32')('a device is refused without opening it', async () => {
  await symlink('/dev', join(root, 'dev'));
  const { readUserFile } = await import('../../src/config/read-user-file.js');
  await expect(readUserFile('/dev/null', { code: 'x', maxBytes: 1 })).rejects.toMatchObject({
    message: 'null is not a file.',
  });
});

test.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
  'an unreadable file is named',
  async () => {
    await write('tasks: []\n');
    await chmod(join(root, 'tasks.yml'), 0);
    await expect(loadTasks(root)).rejects.toMatchObject({ code: 'tasks-unreadable' });
  },
);

test('with a cache folder an unchanged file gives the same tasks from the cache', async () => {
  const options = { cacheFolder: join(root, 'git', 'cache') };
  await write('tasks:\n  - {title: a, checks: [x]}\n');
  const first = await loadTasks(root, options);
  const [name = ''] = await readdir(options.cacheFolder);
  const path = join(options.cacheFolder, name);
  // A mark in the kept answer shows where the second one comes from.
  await writeFile(path, (await readFile(path, 'utf8')).replace('"title":"a"', '"title":"kept"'));
  const second = await loadTasks(root, options);
  expect(second.tasks).toEqual([{ ...first.tasks[0], title: 'kept' }]);
  await write('tasks:\n  - {title: b}\n');
  expect((await loadTasks(root, options)).tasks[0]?.title).toBe('b');
});

test('a damaged cache, or one that cannot be written, only costs time', async () => {
  const options = { cacheFolder: join(root, 'cache') };
  await write('tasks:\n  - a\n');
  await loadTasks(root, options);
  const path = join(options.cacheFolder, 'tasks.json');
  const text = await readFile(path, 'utf8');
  await writeFile(path, text.slice(0, -5));
  expect((await loadTasks(root, options)).tasks).toHaveLength(1);
  expect(await readFile(path, 'utf8')).toBe(text);
  expect((await loadTasks(root, { cacheFolder: join(root, 'tasks.yml', 'x') })).tasks).toHaveLength(1);
});

test('a broken file is never kept', async () => {
  const options = { cacheFolder: join(root, 'cache') };
  await write('tasks: x\n');
  await expect(loadTasks(root, options)).rejects.toMatchObject({ code: 'tasks-invalid' });
  await expect(readdir(options.cacheFolder)).rejects.toMatchObject({ code: 'ENOENT' });
});
