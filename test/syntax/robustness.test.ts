import { array, assert, constantFrom, property } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { parseAs, parserOf } from './outline-text.js';

const PATHS = ['a.js', 'a.ts', 'a.tsx', 'a.py', 'a.go', 'a.rs', 'A.java', 'a.c', 'a.cpp', 'a.h'];

/** Milliseconds of processor time, far above the second that is promised: the tests run with coverage too. */
const LONG = 4000;

function timeOf(run: () => void): number {
  const begun = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1000;
}

describe('any text', () => {
  test.each(PATHS)('%s: a hundred thousand brackets, a line of a megabyte', async (path) => {
    const parser = await parserOf(path);
    expect(timeOf(() => parser.parse('('.repeat(100_000)))).toBeLessThan(LONG);
    expect(parser.parse('x = 1; '.repeat(150_000))).toBeUndefined();
  });

  test.each([
    ['a.js', 'lines of brackets', '{\n'.repeat(50_000)],
    ['a.js', 'calls', `${'f('.repeat(20_000)}1${')'.repeat(20_000)}`],
    ['a.js', 'a long sum', `x = ${'1 +\n'.repeat(8000)}1`],
    ['a.js', 'many statements on a line', 'x = 1; '.repeat(20_000)],
    ['a.js', 'comments without end', '/* '.repeat(10_000)],
    ['a.js', 'a row of signs', '=;'.repeat(10_000)],
    ['a.py', 'quotes', '"'.repeat(20_000)],
    ['a.py', 'faults on every line', 'def f(:\n  x = (\n'.repeat(1000)],
    ['a.rs', 'commas', 'a,'.repeat(10_000)],
    ['A.java', 'names', `int ${'a,'.repeat(5000)}b;`],
    ['a.cpp', 'templates of templates', 'template <typename T>\n'.repeat(5000)],
    ['a.js', 'faces', '😀'.repeat(5000)],
  ])('%s: %s', async (path, _, text) => {
    const parser = await parserOf(path);
    expect(timeOf(() => parser.parse(text))).toBeLessThan(LONG);
    expect(timeOf(() => parser.parsePiece(text))).toBeLessThan(LONG);
  });

  test.each(PATHS)('%s: random words of many languages', async (path) => {
    const word = constantFrom(
      ...'fn def class struct impl template < > ( ) { } [ ] ; , : :: . -> => = == # #[a] #define @a // /* */ """ \' " ` ${ \\ \n \n\t import from use const let var type func package public static operator() ~A if else #ifdef #endif extern "C" namespace mod trait enum record interface lambda async await yield \r\n x y1 é 😀'.split(
        ' ',
      ),
    );
    const parser = await parserOf(path);
    assert(
      property(array(word, { maxLength: 60 }), (words) => {
        for (const text of [words.join(' '), words.join('')]) {
          expect(parser.parse(text)).toBeDefined();
          expect(parser.parsePiece(text)).toBeDefined();
        }
      }),
      { numRuns: 40 },
    );
  });

  test('too long, with NUL characters, or too much work for the parser: no outline', async () => {
    const parser = await parserOf('a.py');
    expect(parser.parse('x = 1\n'.repeat(50_000))).toBeUndefined();
    expect(parser.parse('x = 1\n'.repeat(10_000))?.declarations).toHaveLength(10_000);
    expect(parser.parse('x = 1\n\0')).toBeUndefined();
    expect(parser.parse('x = 1; '.repeat(40_000))).toBeUndefined();
    expect(parser.parse('x = 1\n')?.declarations).toHaveLength(1);
  });

  test('functions nested deeper than anybody writes are left alone', async () => {
    const { declarations } = await parseAs('a.js', `${'function f() {\n'.repeat(1000)}${'}\n'.repeat(1000)}`);
    let depth = 0;
    for (let each = declarations[0]; each !== undefined; each = each.members[0]) depth += 1;
    expect(depth).toBeGreaterThan(20);
    expect(depth).toBeLessThan(100);
  });

  test('names by the thousand in one statement', async () => {
    const names = Array.from({ length: 5000 }, (_, index) => `a${index}`);
    const { declarations } = await parseAs('a.js', `// doc\nconst { ${names.join(', ')} } = x;`);
    expect(declarations).toHaveLength(5000);
    expect(declarations[4999]?.doc).toEqual({ from: 0, to: 0 });
  });
});
