import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { TASK_ID_MAX, TASK_ID_PATTERN } from '../../src/tasks/keys.js';
import { deriveTaskId, isReservedName } from '../../src/tasks/task-id.js';

test.each([
  ['Fix the login', 'fix-the-login'],
  ['  Fix   THE login?! ', 'fix-the-login'],
  ["Don't crash", 'dont-crash'],
  ['Größe ändern: Æther', 'grosse-andern-aether'],
  ['Use a – dash', 'use-a-dash'],
  ['v1.10', 'v1-10'],
])('%j → %s', (title, id) => {
  expect(deriveTaskId(title)).toBe(id);
});

test('what cannot be written in Latin letters ends in a hash of its own', () => {
  expect(deriveTaskId('ログインを直す')).toMatch(/^task-[0-9a-f]{8}$/);
  expect(deriveTaskId('добавить API')).toMatch(/^api-[0-9a-f]{8}$/);
  expect(deriveTaskId('добавить API')).not.toBe(deriveTaskId('удалить API'));
  expect(deriveTaskId('!!!')).toMatch(/^task-[0-9a-f]{8}$/);
  expect(deriveTaskId('NUL')).toMatch(/^nul-[0-9a-f]{8}$/);
});

test('long titles are cut at a word and stay apart', () => {
  const start = 'Rewrite the whole configuration loader so that it ';
  const [a, b] = [deriveTaskId(`${start}reads TOML`), deriveTaskId(`${start}reads JSON`)];
  expect(a).toMatch(/^rewrite-the-whole-configuration-loader-[0-9a-f]{8}$/);
  expect(a).not.toBe(b);
  expect(deriveTaskId('x'.repeat(100))).toMatch(/^x{39}-[0-9a-f]{8}$/);
});

test('any title gives a valid id, the same one however it is normalised', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 120 }), (title) => {
      const id = deriveTaskId(title);
      expect(id).toMatch(TASK_ID_PATTERN);
      expect(id.length).toBeLessThanOrEqual(TASK_ID_MAX);
      expect(isReservedName(id)).toBe(false);
      expect(deriveTaskId(title.normalize('NFD'))).toBe(deriveTaskId(title.normalize('NFC')));
    }),
  );
});
