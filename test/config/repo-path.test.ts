import { expect, test } from 'vitest';
import { readRepoPath } from '../../src/config/repo-path.js';
import { quoteInput, suggestNearest } from '../../src/config/suggest.js';

test.each([
  ['src/a.ts', 'src/a.ts'],
  ['.\\src\\\\a.ts', 'src/a.ts'],
  [' src/ ', 'src'],
  ['./', '.'],
  ['app/[[...slug]]/page.tsx', 'app/[[...slug]]/page.tsx'],
  ['.github/x', '.github/x'],
  ['a..b/.gitignore', 'a..b/.gitignore'],
])('%j is %j', (text, path) => {
  expect(readRepoPath(text)).toEqual({ kind: 'path', path });
});

test.each([
  '',
  ' ',
  '/etc/passwd',
  '\\\\server\\share',
  'C:\\x',
  'c:x',
  '~/x',
  '..',
  'a/../../b',
  'a\u0000b',
  'a\nb',
  '.git',
  'a/.GIT/x',
  '.git./x',
  '.git ',
  '.git::$INDEX_ALLOCATION/x',
  'GIT~1/config',
])('%j is refused', (text) => {
  expect(readRepoPath(text).kind).toBe('refused');
});

test('the nearest word is suggested only when it is near', () => {
  const words = ['depends_on', 'title', 'id'];
  expect(suggestNearest('depend-on', words)).toBe('depends_on');
  expect(suggestNearest('TITLE', words)).toBe('title');
  expect(suggestNearest('xyz', words)).toBeUndefined();
  expect(suggestNearest('ab', ['id'])).toBeUndefined();
  expect(suggestNearest('title', [])).toBeUndefined();
  expect(suggestNearest('x'.repeat(100_000), words)).toBeUndefined();
});

test('quoted input is short and cannot write to a terminal', () => {
  expect(quoteInput('a\u001b[31m\n\u202Eb')).toBe("'a [31m b'");
  expect(quoteInput('x'.repeat(100))).toBe(`'${'x'.repeat(57)}…'`);
});
