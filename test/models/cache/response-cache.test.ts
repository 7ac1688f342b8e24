import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Question } from '../../../src/models/ask.js';
import { freeSpace, listStored } from '../../../src/models/cache/free-space.js';
import { requestKey, type AskedModel } from '../../../src/models/cache/request-key.js';
import { answersFolder, openResponseCache } from '../../../src/models/cache/response-cache.js';
import type { Model, Usage } from '../../../src/models/port.js';

const USAGE: Usage = {
  promptTokens: 100,
  reusedTokens: undefined,
  answerTokens: 5,
  loadMs: 1,
  promptMs: 200,
  answerMs: 50,
  totalMs: 300,
};

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'nexus-answers-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return answersFolder(folder);
}

/** A key like those of `requestKey`. */
function key(number: number): string {
  return number.toString(16).padStart(64, '0');
}

function answer(text: string) {
  return { text, usage: USAGE };
}

describe('the response cache', () => {
  it('gives back what was kept, to this process and to another', async () => {
    const folder = makeFolder();
    const cache = openResponseCache(folder);
    expect(await cache.read(key(1))).toBeUndefined();
    expect(existsSync(folder)).toBe(false);
    expect(await cache.write(key(1), answer('Yes, “naïve” 🦉.'))).toBeUndefined();
    expect(await cache.read(key(1))).toEqual(answer('Yes, “naïve” 🦉.'));
    expect(await openResponseCache(folder).read(key(1))).toEqual(answer('Yes, “naïve” 🦉.'));
    expect(await cache.read(key(2))).toBeUndefined();
  });

  it.skipIf(process.platform === 'win32')('is nobody else’s to read', async () => {
    const folder = makeFolder();
    mkdirSync(folder, { mode: 0o755 });
    await openResponseCache(folder).write(key(1), answer('Yes.'));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, `${key(1)}.json`)).mode & 0o777).toBe(0o600);
  });

  it('takes a newer answer in place of the old one', async () => {
    const cache = openResponseCache(makeFolder());
    await cache.write(key(1), answer('Yes.'));
    await cache.write(key(1), answer('No.'));
    expect((await cache.read(key(1)))?.text).toBe('No.');
  });

  it.each([
    ['cut short', (text: string) => text.slice(0, -9)],
    ['empty', () => ''],
    ['of another form', (text: string) => text.replace('"v":1', '"v":2')],
    ['of another key', (text: string) => text.replace(key(1), key(2))],
    ['with half a character', (text: string) => text.replace('Yes', String.raw`\ud83e`)],
    ['with a text that is none', (text: string) => text.replace('"Yes."', '["Yes."]')],
    ['with figures that are none', (text: string) => text.replace('300', '-1')],
    ['with more in it', (text: string) => text.replace('{', '{"more":1,')],
    ['null', () => 'null'],
    ['endless', (text: string) => text + ' '.repeat(1_000_000)],
  ])('ignores and removes a file that is %s', async (_, change) => {
    const folder = makeFolder();
    const cache = openResponseCache(folder);
    await cache.write(key(1), answer('Yes.'));
    const file = join(folder, `${key(1)}.json`);
    const before = readFileSync(file, 'utf8');
    expect(change(before)).not.toBe(before);
    writeFileSync(file, change(before));
    expect(await cache.read(key(1))).toBeUndefined();
    expect(existsSync(file)).toBe(false);
    await cache.write(key(1), answer('Yes.'));
    expect(await cache.read(key(1))).toEqual(answer('Yes.'));
  });

  it.skipIf(process.platform === 'win32')('follows no link, and leaves alone where it leads', async () => {
    const folder = makeFolder();
    const cache = openResponseCache(folder);
    await cache.write(key(1), answer('Yes.'));
    const content = readFileSync(join(folder, `${key(1)}.json`), 'utf8').replaceAll(key(1), key(2));
    const target = join(folder, '..', 'target');
    writeFileSync(target, content);
    symlinkSync(target, join(folder, `${key(2)}.json`));
    expect(await cache.read(key(2))).toBeUndefined();
    expect(readdirSync(folder)).toEqual([`${key(1)}.json`]);
    expect(readFileSync(target, 'utf8')).toBe(content);
  });

  it('keeps a folder in place of a file from harming anything', async () => {
    const folder = makeFolder();
    mkdirSync(join(folder, `${key(1)}.json`), { recursive: true });
    const cache = openResponseCache(folder);
    expect(await cache.read(key(1))).toBeUndefined();
    expect(await listStored(folder)).toEqual([]);
  });

  it.skipIf(process.platform === 'win32' || process.getuid?.() === 0)(
    'says once that it can’t be written, and is off then',
    async () => {
      const folder = makeFolder();
      const above = join(folder, '..');
      chmodSync(above, 0o500);
      const cache = openResponseCache(folder);
      expect(await cache.write(key(1), answer('Yes.'))).toMatch(/EACCES.*answers/u);
      chmodSync(above, 0o700);
      expect(await cache.write(key(1), answer('Yes.'))).toBeUndefined();
      expect(existsSync(folder)).toBe(false);
    },
  );

  it('says once that a file is where its folder should be', async () => {
    const folder = makeFolder();
    writeFileSync(folder, 'mine');
    const cache = openResponseCache(folder);
    expect(await cache.read(key(1))).toBeUndefined();
    expect(await cache.write(key(1), answer('Yes.'))).toContain(folder);
    expect(await cache.write(key(1), answer('Yes.'))).toBeUndefined();
    expect(await cache.read(key(1))).toBeUndefined();
    expect(readFileSync(folder, 'utf8')).toBe('mine');
  });

  it('goes on when its folder is deleted in the meantime', async () => {
    const folder = makeFolder();
    const cache = openResponseCache(folder);
    await cache.write(key(1), answer('Yes.'));
    rmSync(folder, { recursive: true });
    expect(await cache.read(key(1))).toBeUndefined();
    expect(await cache.write(key(2), answer('No.'))).toBeUndefined();
    expect((await cache.read(key(2)))?.text).toBe('No.');
  });

  it('bears any number of writers of the same and of other answers', async () => {
    const folder = makeFolder();
    const caches = [1, 2, 3].map(() => openResponseCache(folder));
    const writes = Array.from({ length: 60 }, async (_, at) =>
      caches[at % 3]?.write(key(at % 10), answer(`Answer ${at % 10}. ${'x'.repeat(2000)}`)),
    );
    expect(await Promise.all(writes)).toEqual(writes.map(() => undefined));
    for (let at = 0; at < 10; at += 1) {
      expect((await caches[0]?.read(key(at)))?.text.split('.')[0]).toBe(`Answer ${at}`);
    }
    expect(readdirSync(folder)).toHaveLength(10);
  });
});

describe('its size', () => {
  const long = answer('x'.repeat(1000));
  const setUsed = (folder: string, number: number, ago: number): void => {
    const time = Date.now() / 1000 - ago;
    utimesSync(join(folder, `${key(number)}.json`), time, time);
  };
  const numbers = (folder: string) => readdirSync(folder).map((name) => Number(`0x${name.split('.')[0]}`));

  it('is limited: what was not used for longest goes', async () => {
    const folder = makeFolder();
    const cache = openResponseCache(folder, { mostBytes: 6000 });
    for (const number of [1, 2, 3, 4]) {
      await cache.write(key(number), long);
      setUsed(folder, number, 1000 - number);
    }
    expect(new Set(numbers(folder))).toEqual(new Set([1, 2, 3, 4]));
    // To be read is to be used.
    expect(await cache.read(key(1))).toEqual(long);
    await cache.write(key(5), long);
    await cache.write(key(6), long);
    await vi.waitFor(async () => {
      const bytes = (await listStored(folder)).reduce((sum, file) => sum + file.bytes, 0);
      expect(bytes).toBeLessThanOrEqual(6000);
    });
    expect(numbers(folder)).toEqual(expect.arrayContaining([1, 5, 6]));
    expect(numbers(folder)).not.toContain(2);
  });

  it('counts what other processes have kept', async () => {
    const folder = makeFolder();
    const other = openResponseCache(folder);
    for (let number = 1; number <= 10; number += 1) await other.write(key(number), long);
    await openResponseCache(folder, { mostBytes: 5000 }).write(key(11), long);
    await vi.waitFor(() => expect(numbers(folder).length).toBeLessThanOrEqual(4));
    expect(numbers(folder)).toContain(11);
  });

  it('has no room for an answer that would take all of it', async () => {
    const folder = makeFolder();
    const cache = openResponseCache(folder, { mostBytes: 500 });
    expect(await cache.write(key(1), long)).toBeUndefined();
    expect(await cache.read(key(1))).toBeUndefined();
    expect(existsSync(folder)).toBe(false);
  });

  it('leaves alone what is not ours, and takes away what a killed process left', async () => {
    const folder = makeFolder();
    mkdirSync(folder);
    const old = join(folder, `${key(1)}.json.123456`);
    const fresh = join(folder, `${key(2)}.json.123456`);
    for (const file of [old, fresh, join(folder, 'notes.txt')]) writeFileSync(file, 'x');
    const hoursAgo = Date.now() / 1000 - 2 * 60 * 60;
    utimesSync(old, hoursAgo, hoursAgo);
    expect(await freeSpace(folder, 1000)).toBe(0);
    expect(readdirSync(folder).toSorted()).toEqual([`${key(2)}.json.123456`, 'notes.txt']);
  });
});

describe('what an answer is known by', () => {
  const model: Model = {
    role: 'coder',
    name: 'c',
    contextTokens: 4096,
    chat: () => {
      throw new Error('not asked');
    },
  };
  const asked: AskedModel = { kind: 'ollama', digest: 'abc', model };
  const question: Question = {
    role: 'coder',
    purpose: 'code',
    attempt: 1,
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Please.' },
    ],
    maxTokens: 10,
    temperature: 0,
    seed: 1,
  };

  it('is the same for the same request, whatever it is for', () => {
    const known = requestKey(question, asked);
    expect(known).toMatch(/^[0-9a-f]{64}$/u);
    expect(requestKey({ ...question, purpose: 'repair', attempt: 2, step: 4 }, asked)).toBe(known);
    // At temperature 0 nothing is drawn, so the seed decides nothing.
    expect(requestKey({ ...question, seed: 1001 }, asked)).toBe(known);
  });

  it.each<[string, Partial<Question>, Partial<AskedModel>]>([
    ['role', { role: 'overseer' }, {}],
    ['words', { messages: [{ role: 'user', content: 'Please!' }] }, {}],
    ['messages', { messages: [{ role: 'user', content: 'Be brief.Please.' }] }, {}],
    ['schema', { schema: { type: 'object' } }, {}],
    ['length', { maxTokens: 11 }, {}],
    ['model', {}, { digest: 'abd' }],
    ['server', {}, { kind: 'embedded' }],
    ['context', {}, { model: { ...model, contextTokens: 8192 } }],
  ])('is another for another %s', (_, change, other) => {
    expect(requestKey({ ...question, ...change }, { ...asked, ...other })).not.toBe(
      requestKey(question, asked),
    );
  });

  it('is not known for what is drawn by chance', () => {
    expect(requestKey({ ...question, temperature: 0.2 }, asked)).toBeUndefined();
  });
});
