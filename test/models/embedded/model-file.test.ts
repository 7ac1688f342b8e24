import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  digestModelFile,
  readModelFile,
  resolveModelPath,
  type FilePlace,
} from '../../../src/models/embedded/model-file.js';
import { QWEN, renderGguf, text, writeGguf } from './gguf-files.js';

const run = promisify(execFile);
let folder = '';
let place: FilePlace;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nexus-gguf-'));
  place = { folder, home: join(folder, 'home'), platform: 'linux' };
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

describe('the path of a model', () => {
  const posix: FilePlace = { folder: '/repo', home: '/home/ann', platform: 'linux' };
  const windows: FilePlace = { folder: 'C:\\repo', home: 'C:\\Users\\Ann', platform: 'win32' };

  test.each([
    [posix, '/models/a.gguf', '/models/a.gguf'],
    [posix, 'models/a b.gguf', '/repo/models/a b.gguf'],
    [posix, '../a.gguf', '/a.gguf'],
    [posix, '~/a.gguf', '/home/ann/a.gguf'],
    [posix, '~other/a.gguf', '/repo/~other/a.gguf'],
    [posix, '//models/a.gguf', '/models/a.gguf'],
    [windows, 'D:\\models\\a.gguf', 'D:\\models\\a.gguf'],
    [windows, '~\\a.gguf', 'C:\\Users\\Ann\\a.gguf'],
    [windows, 'models/a.gguf', 'C:\\repo\\models\\a.gguf'],
  ])('%# is found from the repository and the home folder', (where, name, path) => {
    expect(resolveModelPath(name, where)).toBe(path);
  });

  test.each([
    [posix, 'a\u0000.gguf', /control characters/],
    [posix, 'a\n.gguf', /control characters/],
    [posix, 'a\u001b[2J.gguf', /control characters/],
    [posix, ' ', /no path/],
    [posix, 'https://example.org/a.gguf', /address/],
    [posix, 'hf:org/model:Q4_K_M', /address/],
    [posix, 'file:///a.gguf', /address/],
    [windows, '\\\\server\\share\\a.gguf', /not on this machine/],
    [windows, '//server/share/a.gguf', /not on this machine/],
  ])('%# is refused when it is no path of this machine', (where, name, reason) => {
    let thrown: unknown;
    try {
      resolveModelPath(name, where);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      fault: 'refused-model',
      canRetry: false,
      message: expect.stringMatching(reason),
    });
    expect(String(thrown)).not.toMatch(/\p{Cc}/u);
  });
});

describe('the file of a model', () => {
  test('tells its size and description', async () => {
    const path = await writeGguf(join(folder, 'a.gguf'), QWEN, Buffer.alloc(1000));
    const file = await readModelFile('a.gguf', place);
    expect(file).toMatchObject({ name: 'a.gguf', path, header: { parameters: '0.5B' } });
    expect(file.sizeBytes).toBe(renderGguf().length + 1000);
  });

  test('may have a description that is longer than one reading', async () => {
    const words = Array.from({ length: 300_000 }, (_, index) => `word-${index}`);
    const long = {
      'tokenizer.ggml.tokens': { type: 'texts' as const, value: words },
      'general.name': text('Late'),
    };
    await writeGguf(join(folder, 'long.gguf'), long);
    const { header } = await readModelFile('long.gguf', place);
    expect(header).toMatchObject({ vocabulary: 300_000, name: 'Late' });
  });

  test('may be a link', async () => {
    const path = await writeGguf(join(folder, 'blob'));
    await symlink(path, join(folder, 'link.gguf'));
    expect((await readModelFile('link.gguf', place)).path).toBe(path);
  });

  test('may come in parts, of which all must be there', async () => {
    await writeGguf(join(folder, 'big-00001-of-00002.gguf'));
    await expect(readModelFile('big-00001-of-00002.gguf', place)).rejects.toMatchObject({
      fault: 'model-missing',
      message: expect.stringContaining('lacks its part 2 of 2'),
    });
    await writeFile(join(folder, 'big-00002-of-00002.gguf'), Buffer.alloc(500));
    expect((await readModelFile('big-00001-of-00002.gguf', place)).sizeBytes).toBe(renderGguf().length + 500);
    await expect(readModelFile('big-00002-of-00002.gguf', place)).rejects.toMatchObject({
      message: expect.stringContaining('not the first part'),
    });
  });

  test('must be an ordinary, readable file', async () => {
    await mkdir(join(folder, 'folder.gguf'));
    await run('mkfifo', [join(folder, 'pipe.gguf')]);
    await symlink('nowhere.gguf', join(folder, 'dangling.gguf'));
    await symlink('loop.gguf', join(folder, 'loop.gguf'));
    await writeFile(join(folder, 'text.gguf'), 'hello');
    await writeFile(join(folder, 'empty.gguf'), '');
    const cases = {
      'none.gguf': /is not there/,
      'text.gguf/inside.gguf': /is not there/,
      'dangling.gguf': /is not there/,
      'loop.gguf': /leads to itself/,
      'folder.gguf': /is a folder/,
      'pipe.gguf': /not an ordinary file/,
      'text.gguf': /not a GGUF file/,
      'empty.gguf': /cut off/,
      ['long'.repeat(200)]: /cannot be read/,
    };
    for (const [name, reason] of Object.entries(cases)) {
      const error: unknown = await readModelFile(name, place).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        fault: 'model-missing',
        exitCode: 5,
        message: expect.stringMatching(reason),
        remedy: expect.stringContaining('GGUF'),
      });
    }
  });

  test('has a digest of its own that moving it does not change', async () => {
    const tail = Buffer.alloc(3_000_000, 7);
    await writeGguf(join(folder, 'one.gguf'), QWEN, tail);
    await writeGguf(join(folder, 'same.gguf'), QWEN, tail);
    tail.fill(8, 2_990_000);
    await writeGguf(join(folder, 'weights.gguf'), QWEN, tail);
    await writeGguf(join(folder, 'name.gguf'), { ...QWEN, 'general.name': text('Other') }, tail);
    const names = ['one.gguf', 'same.gguf', 'weights.gguf', 'name.gguf'];
    const [one, same, ...others] = await Promise.all(
      names.map(async (name) => digestModelFile(await readModelFile(name, place))),
    );
    expect(one).toMatch(/^sampled-[0-9a-f]{64}$/);
    expect(same).toBe(one);
    expect(new Set([one, ...others]).size).toBe(3);
  });

  test('is described once, until it changes', async () => {
    const path = await writeGguf(join(folder, 'known.gguf'));
    const known = new Map();
    const first = await readModelFile('known.gguf', place, known);
    expect((await readModelFile('known.gguf', place, known)).header).toBe(first.header);
    await writeGguf(path, { ...QWEN, 'general.size_label': text('7B') });
    await utimes(path, 1, 1);
    expect((await readModelFile('known.gguf', place, known)).header.parameters).toBe('7B');
  });

  test('has a stamp that changes with it', async () => {
    const path = await writeGguf(join(folder, 'stamp.gguf'));
    const before = (await readModelFile('stamp.gguf', place)).stamp;
    expect((await readModelFile('stamp.gguf', place)).stamp).toBe(before);
    await utimes(path, 1, 1);
    expect((await readModelFile('stamp.gguf', place)).stamp).not.toBe(before);
  });
});
