import { describe, expect, test } from 'vitest';

import { loadParsers } from '../../src/syntax/load-parsers.js';

describe('characters beyond the basic plane', () => {
  test('are no fault, wherever they stand', async () => {
    const parsers = await loadParsers(['a.rs', 'a.js']);
    // The runtime reads 5,119 code units at a time: in some of these texts a pair is torn there.
    for (let spaces = 0; spaces < 10; spaces += 1) {
      const shift = ' '.repeat(spaces);
      const rust = `${shift}const A: &[char] = &[${"'\u{10900}', ".repeat(3000)}];\n`;
      expect(parsers.parserFor('a.rs')?.parse(rust)?.faults).toEqual([]);
      const script = `${shift}const a = { ${'\u{20000}: 1, '.repeat(3000)}};\nfunction f() {}\n`;
      const parsed = parsers.parserFor('a.js')?.parse(script);
      expect(parsed?.faults).toEqual([]);
      expect(parsed?.declarations.map(({ name }) => name)).toEqual(['a', 'f']);
    }
  });
});
