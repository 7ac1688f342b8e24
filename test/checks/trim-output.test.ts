import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { array, assert, constantFrom, nat, oneof, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { trimOutput, withRelativePaths } from '../../src/checks/trim-output.js';

const outputs = path.join(import.meta.dirname, 'outputs');
const names = readdirSync(path.join(outputs, 'first')).map((file) => file.replace(/\.txt$/, ''));

function read(run: 'first' | 'second', name: string): string {
  return readFileSync(path.join(outputs, run, `${name}.txt`), 'utf8');
}

function trim(text: string, more: { maxChars?: number; roots?: string[] } = {}): string {
  return trimOutput(text, { maxChars: 4000, ...more });
}

describe('what real tools wrote', () => {
  test('there are recordings of two runs each, which differ', () => {
    expect(names).toHaveLength(11);
    const same = names.filter((name) => read('first', name) === read('second', name));
    expect(same).toEqual(['tsc', 'unittest']);
  });

  test.each(names)('%s: two runs of the same failure give the same text', (name) => {
    const folders = ['node', 'py', 'go', 'rs', 'vt', 'ts'].map((folder) => `/home/user/project/${folder}`);
    const first = trim(read('first', name), { roots: folders });
    expect(trim(read('second', name), { roots: folders })).toBe(first);
    expect(first).not.toContain('/home/user/project');
    expect(first).not.toContain('\u001B');
  });

  test.each([
    [
      'node-tap',
      ['not ok 2 - subtracts', "error: '2 == 1'", 't/a.test.js:3:34', '# fail 4'],
      ['adds', 'node:', 'inner ok'],
    ],
    ['node-spec', ['✖ subtracts', '2 == 1', 't/a.test.js:4:107', 'ℹ fail 4'], ['adds', 'inner ok', 'ms)']],
    ['pytest', ['E       assert -1 == 5', 'test_a.py:5: AssertionError', '2 failed, 30 passed'], [' in 0.']],
    ['pytest-verbose', ['test_a.py::test_add FAILED', 'E       ValueError: boom'], ['test_many', 'PASSED']],
    ['unittest', ['FAIL: test_bad', 'Lists differ: [1] != [2]', 'FAILED (failures=1)'], ['test_ok', '0.00']],
    [
      'go',
      ['x_test.go:4: got 2, want 3', 'panic: assignment to entry in nil map', 'x/x_test.go:5'],
      ['testing.go'],
    ],
    ['go-verbose', ['--- FAIL: TestBad', '--- FAIL: TestPanic'], ['TestOk', '=== RUN', '0x']],
    [
      'cargo',
      ['test tests::works ... FAILED', 'left: -1', 'panicked at src/lib.rs:2:'],
      ['tests::ok', '/rustc/'],
    ],
    [
      'vitest',
      ['× adds', 'expected 2 to be 3', 'a.test.ts:2:', 'Tests  2 failed'],
      ['✓', 'Duration', 'Start at'],
    ],
    [
      'vitest-verbose',
      ['a.test.ts > math > adds', 'expected { a: 1 } to deeply equal { a: 2 }'],
      ['> ok', '✓'],
    ],
    ['tsc', ['a.ts(1,7): error TS2322', 'a.ts(1,64): error TS2551'], []],
  ])('%s: the failures stay, the rest goes', (name, kept, gone) => {
    const text = trim(read('first', name), { roots: ['/home/user/project'] });
    expect(kept.filter((part) => !text.includes(part))).toEqual([]);
    expect(gone.filter((part) => text.includes(part))).toEqual([]);
    expect(text.length).toBeLessThanOrEqual(read('first', name).length);
  });

  test('a failure that node tells twice is told once', () => {
    expect(read('first', 'node-spec').split('2 == 1')).toHaveLength(3);
    expect(trim(read('first', 'node-spec')).split('2 == 1')).toHaveLength(2);
  });
});

describe('when not all has room', () => {
  const noise = (count: number) => Array.from({ length: count }, (_, at) => `loading module ${at}`);

  test('the first failure and the end stay, and the gaps say how much is gone', () => {
    const detail = ['FAIL src/a.test', 'expected 1, got 2', 'at a.test:3'];
    const lines = [...noise(300), ...detail, ...noise(300), 'Tests: 1 failed, 9 passed'];
    const text = trim(lines.join('\n'), { maxChars: 600 }).split('\n');
    expect(text.slice(0, 6)).toEqual([
      '[… 298 lines left out …]',
      'loading module 298',
      'loading module 299',
      ...detail,
    ]);
    expect(text.at(-1)).toBe('Tests: 1 failed, 9 passed');
    expect(text.filter((line) => line.startsWith('[…'))).toHaveLength(2);
  });

  test('all lines are kept or counted', () => {
    const lines = [...noise(200), 'error: bad', ...noise(200)];
    const text = trim(lines.join('\n'), { maxChars: 500 }).split('\n');
    const counted = text.map((line) => Number(/^\[… (\d+) lines/.exec(line)?.[1] ?? 1));
    expect(counted.reduce((sum, count) => sum + count)).toBe(lines.length);
  });

  test('without a failure that is known: the beginning and the end', () => {
    const text = trim(noise(500).join('\n'), { maxChars: 400 }).split('\n');
    expect(text[0]).toBe('loading module 0');
    expect(text.at(-1)).toBe('loading module 499');
  });

  test('a failure in the last lines is kept with what stands before it', () => {
    const text = trim([...noise(300), 'error: late', 'bye'].join('\n'), { maxChars: 400 });
    expect(text.startsWith('[… ')).toBe(true);
    expect(text.endsWith('loading module 299\nerror: late\nbye')).toBe(true);
  });

  test('hardly any room', () => {
    expect(trim('abcdefghij', { maxChars: 5 })).toBe('abcde');
    expect(trim('abc', { maxChars: 0 })).toBe('');
  });

  test('never longer than asked, whatever comes', () => {
    const line = oneof(string(), constantFrom('FAIL x', 'ok 1 - a', '  ---', '  ...', 'same', 'same', ''));
    const text = array(line, { maxLength: 60 }).map((lines) => lines.join('\n'));
    assert(
      property(text, nat(400), (output, maxChars) => {
        expect(trim(output, { maxChars }).length).toBeLessThanOrEqual(maxChars);
      }),
    );
  });
});

describe('lines', () => {
  test.each([
    ['colours', '\u001B[31mred\u001B[39m', 'red'],
    ['control characters', 'a\u0000b\u0007\tc', 'ab\tc'],
    ['Windows line ends', 'a\r\nb\r\r\n', 'a\nb'],
    ['a progress bar', ' 10%\r 50%\rdone\nnext\r', 'done\nnext'],
    ['blank lines around and between', '\n\na\n\n\n\nb  \n\n', 'a\n\nb'],
    ['two equal lines', 'a\na\nb', 'a\na\nb'],
    ['many equal lines', 'a\na\na\na\nb', 'a\n[… the same line 3 more times …]\nb'],
    ['nothing', '\n \n', ''],
  ])('%s', (_, output, expected) => {
    expect(trim(output)).toBe(expected);
  });

  test('a very long line loses its middle', () => {
    const text = trim(`start${'x'.repeat(5000)}end`);
    expect(text).toMatch(/^startx+ \[… 4608 characters …\] x+end$/);
    expect(text.length).toBeLessThan(450);
  });

  test.each([
    'expected "5ms" to be "7ms"',
    'AssertionError: formatDuration(5000) should be "5s" (5ms)',
    '- 0x00ff00',
    'E       assert 12.5 == 13.0',
    'E       assert f() in 5 m',
    'Type "Duration" is not assignable to 5 s',
    'okay, this is no test line',
  ])('what a test is about stays: %s', (line) => {
    expect(trim(line)).toBe(line);
  });

  test.each([
    ['ok 3 - inner', ''],
    ['(node:4242) Warning: old', '(node) Warning: old'],
    ['Ran 12 tests in 0.003s', 'Ran 12 tests'],
    ['=== 1 failed, 2 passed in 62.10s (0:01:02) ===', '=== 1 failed, 2 passed ==='],
    ['<Thing object at 0x7f3a2b1c>', '<Thing object>'],
    ['/tmp/pytest-of-ann/pytest-17/test_x0', '/tmp/pytest-of-user/pytest-0/test_x0'],
    ['ok  \texample.org/y\t0.012s', ''],
    ['ok  \texample.org/y\t(cached)', ''],
    ['?   \texample.org/z\t[no test files]', ''],
    ['    at Object.<anonymous> (node:internal/main:1:2)', ''],
    ['    at node:internal/main:1:2', ''],
    ['    at run (src/app.js:1:2)', '    at run (src/app.js:1:2)'.trim()],
  ])('%s', (line, expected) => {
    expect(trim(line).trim()).toBe(expected);
  });
});

describe('paths', () => {
  const roots = ['/tmp/nexus-worktree-ab/work', '/tmp/nexus-worktree-ab'];
  test.each([
    ['/tmp/nexus-worktree-ab/work/src/a.ts:3', 'src/a.ts:3'],
    ['file:///tmp/nexus-worktree-ab/work/src/a.ts', 'src/a.ts'],
    ['cwd is /tmp/nexus-worktree-ab/work', 'cwd is .'],
    ['(/tmp/nexus-worktree-ab/work)', '(.)'],
    ['/private/tmp/nexus-worktree-ab/work/a.ts', 'a.ts'],
    ['/tmp/nexus-worktree-ab/other', 'other'],
    ['/mnt/tmp/nexus-worktree-ab/work/x', '/mnt/tmp/nexus-worktree-ab/work/x'],
    ['/tmp/nexus-worktree-abc/work/x', '/tmp/nexus-worktree-abc/work/x'],
  ])('%s', (line, expected) => {
    expect(trim(line, { roots })).toBe(expected);
  });

  test.each([
    [String.raw`C:\Temp\my work\src\a.ts:3`, String.raw`src\a.ts:3`],
    ['C:/Temp/my work/src/a.ts:3', 'src/a.ts:3'],
    [String.raw`"C:\\Temp\\my work\\src"`, '"src"'],
    ['file:///C:/Temp/my%20work/a.js', 'a.js'],
  ])('of Windows: %s', (line, expected) => {
    expect(trim(line, { roots: ['C:\\Temp\\my work\\'] })).toBe(expected);
  });

  test('in colours, before these are taken away', () => {
    const line = '\u001B[90m/tmp/nexus-worktree-ab/work/a.ts\u001B[39m';
    expect(withRelativePaths(line, roots)).toBe('\u001B[90ma.ts\u001B[39m');
  });

  test('the root of the file system is no root to take away', () => {
    expect(trim('/etc/hosts', { roots: ['/'] })).toBe('/etc/hosts');
  });
});
