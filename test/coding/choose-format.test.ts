import { beforeAll, describe, expect, test } from 'vitest';
import { chooseFormat, type ExpectedChange, type FormatFigures } from '../../src/coding/choose-format.js';
import type { Target } from '../../src/coding/find-targets.js';
import type { EditFormat, FileContent } from '../../src/edits/types.js';
import { loadParsers } from '../../src/syntax/load-parsers.js';
import type { Parsers } from '../../src/syntax/types.js';
import { makeBudget } from '../support/make-task.js';

let parsers: Parsers;
beforeAll(async () => {
  parsers = await loadParsers(['f.js']);
});

function filesOf(...lines: number[]): Map<string, FileContent> {
  return new Map(
    lines.map((count, index) => [`f${index}.js`, { kind: 'text', text: 'let a;\n'.repeat(count) }]),
  );
}

function expecting(files: Map<string, FileContent>, more: Partial<ExpectedChange> = {}): ExpectedChange {
  return { files, offered: [...files.keys()], targets: [], parsers, ...more };
}

function target(path: string, lines: number): Target {
  return { path, name: `a${lines}`, lines };
}

describe('the format to ask for', () => {
  test.each<[string, Map<string, FileContent>, string]>([
    ['new files', filesOf(), 'whole-file'],
    ['small files', filesOf(20, 150), 'whole-file'],
    ['a file that is just too long', filesOf(20, 151), 'search-replace'],
    ['small files that are too many', filesOf(...Array.from({ length: 20 }, () => 100)), 'search-replace'],
    ['what is no text', new Map([['a.png', { kind: 'binary' }]]), 'whole-file'],
  ])('for %s', (_, files, format) => {
    expect(chooseFormat('auto', expecting(files), makeBudget(6000, 4096))).toBe(format);
  });

  test('looks at what may change only', () => {
    const change = expecting(filesOf(20, 1000), { offered: ['f0.js'] });
    expect(chooseFormat('auto', change, makeBudget())).toBe('whole-file');
  });

  test('is the one that the user wants', () => {
    expect(chooseFormat('unified-diff', expecting(filesOf(1)), makeBudget())).toBe('unified-diff');
    expect(chooseFormat('whole-file', expecting(filesOf(10_000)), makeBudget())).toBe('whole-file');
    expect(chooseFormat('named-declaration', expecting(filesOf(1)), makeBudget())).toBe('named-declaration');
  });

  test('leaves room for the whole file twice', () => {
    const files = new Map<string, FileContent>([['a.js', { kind: 'text', text: 'x'.repeat(380) }]]);
    expect(chooseFormat('auto', expecting(files), makeBudget(6000, 200))).toBe('whole-file');
    expect(chooseFormat('auto', expecting(files), makeBudget(6000, 199))).toBe('search-replace');
  });
});

describe('named declarations are asked for', () => {
  const choose = (change: ExpectedChange, answerTokens = 4096): string =>
    chooseFormat('auto', change, makeBudget(6000, answerTokens));

  test('where those that change are known in every file', () => {
    const targets = [target('f0.js', 10), target('f1.js', 0)];
    expect(choose(expecting(filesOf(400, 60), { targets }))).toBe('named-declaration');
    expect(choose(expecting(filesOf(400, 60), { targets: targets.slice(0, 1) }))).toBe('search-replace');
    expect(choose(expecting(filesOf(100, 60), { targets: targets.slice(1) }))).toBe('whole-file');
  });

  test('unless the files are small, or new', () => {
    expect(choose(expecting(filesOf(150), { targets: [target('f0.js', 3)] }))).toBe('whole-file');
    expect(choose(expecting(filesOf(151), { targets: [target('f0.js', 3)] }))).toBe('named-declaration');
    const change = expecting(filesOf(200), { targets: [target('f0.js', 3)], offered: ['f0.js', 'new.js'] });
    expect(choose(change)).toBe('search-replace');
  });

  test('also for a small file that does not fit the answer twice', () => {
    expect(choose(expecting(filesOf(100), { targets: [target('f0.js', 3)] }), 100)).toBe('named-declaration');
  });

  test('unless they are most of the file, or long', () => {
    expect(choose(expecting(filesOf(200), { targets: [target('f0.js', 100)] }))).toBe('named-declaration');
    expect(choose(expecting(filesOf(200), { targets: [target('f0.js', 101)] }))).toBe('search-replace');
    const two = [target('f0.js', 100), target('f0.js', 51)];
    expect(choose(expecting(filesOf(900), { targets: two }))).toBe('search-replace');
    expect(choose(expecting(filesOf(900), { targets: two.slice(1) }), 100)).toBe('search-replace');
  });

  test('never where a file has no parser, whatever is wanted', () => {
    const files = new Map<string, FileContent>([
      ...filesOf(200),
      ['a.sql', { kind: 'text', text: 'select 1;\n' }],
    ]);
    const change = expecting(files, { targets: [target('f0.js', 3), target('a.sql', 1)] });
    expect(choose(change)).toBe('search-replace');
    expect(chooseFormat('named-declaration', change, makeBudget())).toBe('search-replace');
    expect(chooseFormat('named-declaration', expecting(filesOf()), makeBudget())).toBe('whole-file');
  });
});

describe('what was measured of the Coder', () => {
  const figures = (right: number, tokens = 1000, asked = 12): FormatFigures => ({ asked, right, tokens });
  const choose = (
    measured: readonly (readonly [EditFormat, FormatFigures])[],
    change: ExpectedChange = expecting(filesOf(20)),
    wanted: Parameters<typeof chooseFormat>[0] = 'auto',
  ): string => chooseFormat(wanted, change, makeBudget(6000, 4096), new Map(measured));

  test('decides when a format has a clear lead, of three edits in a dozen', () => {
    expect(
      choose([
        ['whole-file', figures(7)],
        ['search-replace', figures(10)],
      ]),
    ).toBe('search-replace');
    expect(
      choose([
        ['whole-file', figures(7)],
        ['search-replace', figures(9)],
      ]),
    ).toBe('whole-file');
    expect(
      choose([
        ['whole-file', figures(0)],
        ['search-replace', figures(2)],
      ]),
    ).toBe('whole-file');
  });

  test('needs a dozen edits of both', () => {
    expect(
      choose([
        ['whole-file', figures(0, 0, 11)],
        ['search-replace', figures(12)],
      ]),
    ).toBe('whole-file');
    expect(
      choose([
        ['whole-file', figures(0)],
        ['search-replace', figures(11, 0, 11)],
      ]),
    ).toBe('whole-file');
    expect(choose([['search-replace', figures(12)]])).toBe('whole-file');
  });

  test('takes the better of two, and of equal ones the one with fewer tokens', () => {
    const whole = figures(2);
    expect(
      choose([
        ['whole-file', whole],
        ['search-replace', figures(8)],
        ['unified-diff', figures(9)],
      ]),
    ).toBe('unified-diff');
    expect(
      choose([
        ['whole-file', whole],
        ['search-replace', figures(8, 500)],
        ['unified-diff', figures(8, 600)],
      ]),
    ).toBe('search-replace');
  });

  test('never asks for what does not suit the files', () => {
    const named: [EditFormat, FormatFigures][] = [
      ['whole-file', figures(1)],
      ['named-declaration', figures(12)],
      ['search-replace', figures(1)],
    ];
    expect(choose(named)).toBe('whole-file');
    expect(choose(named, expecting(filesOf(200)))).toBe('search-replace');
    const whole: [EditFormat, FormatFigures][] = [
      ['whole-file', figures(12)],
      ['search-replace', figures(1)],
    ];
    expect(choose(whole, expecting(filesOf(200)))).toBe('search-replace');
  });

  test('says nothing of files that are to be made, nor against the user', () => {
    const measured: [EditFormat, FormatFigures][] = [
      ['whole-file', figures(1)],
      ['search-replace', figures(12)],
    ];
    expect(choose(measured, expecting(filesOf(20), { offered: ['f0.js', 'new.js'] }))).toBe('whole-file');
    expect(choose(measured, expecting(filesOf(20)), 'whole-file')).toBe('whole-file');
  });
});
