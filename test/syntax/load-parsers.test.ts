import { describe, expect, test } from 'vitest';

import { loadParsers } from '../../src/syntax/load-parsers.js';

describe('loadParsers', () => {
  test('gives parsers for the languages of the paths, and no other', async () => {
    const parsers = await loadParsers(['src/a.js', 'b.PY', 'README.md']);
    expect(parsers.parserFor('other.jsx')?.language).toBe('JavaScript');
    expect(parsers.parserFor('x.pyi')?.language).toBe('Python');
    expect(parsers.parserFor('a.ts')).toBeUndefined();
    expect(parsers.parserFor('README.md')).toBeUndefined();
  });
});
