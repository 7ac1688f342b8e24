import { describe, expect, test } from 'vitest';
import { chooseFormat } from '../../src/coding/choose-format.js';
import type { FileContent } from '../../src/edits/types.js';
import { makeBudget } from '../support/make-task.js';

function filesOf(...lines: number[]): Map<string, FileContent> {
  return new Map(
    lines.map((count, index) => [`f${index}.js`, { kind: 'text', text: 'let a;\n'.repeat(count) }]),
  );
}

describe('the format to ask for', () => {
  test.each<[string, Map<string, FileContent>, string]>([
    ['new files', filesOf(), 'whole-file'],
    ['small files', filesOf(20, 150), 'whole-file'],
    ['a file that is just too long', filesOf(20, 151), 'search-replace'],
    ['small files that are too many', filesOf(...Array.from({ length: 20 }, () => 100)), 'search-replace'],
    ['what is no text', new Map([['a.png', { kind: 'binary' }]]), 'whole-file'],
  ])('for %s', (_, files, format) => {
    expect(chooseFormat('auto', files, makeBudget(6000, 4096))).toBe(format);
  });

  test('is the one that the user wants', () => {
    expect(chooseFormat('unified-diff', filesOf(1), makeBudget())).toBe('unified-diff');
    expect(chooseFormat('whole-file', filesOf(10_000), makeBudget())).toBe('whole-file');
  });

  test('leaves room for the whole file twice', () => {
    const files = new Map<string, FileContent>([['a.js', { kind: 'text', text: 'x'.repeat(380) }]]);
    expect(chooseFormat('auto', files, makeBudget(6000, 200))).toBe('whole-file');
    expect(chooseFormat('auto', files, makeBudget(6000, 199))).toBe('search-replace');
  });
});
