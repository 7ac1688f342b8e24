import { expect, test } from 'vitest';
import { findOccupied } from '../../src/coding/occupied-paths.js';

const isOccupied = findOccupied(['src/a.js', 'docs/guide/start.md', 'both/a', 'Both/b']);

test.each([
  ['src/a.js', 'a file'],
  ['SRC/A.js', 'a file in another spelling'],
  ['src', 'a folder'],
  ['Docs/Guide', 'a folder in another spelling'],
  ['src/a.js/b.js', 'below a file'],
  ['Src/b.js', 'in a folder in another spelling'],
  ['docs/GUIDE/end.md', 'in a deeper one'],
])('%s is occupied: %s', (path) => {
  expect(isOccupied(path)).toBe(true);
});

test.each(['src/b.js', 'src/a.jsx', 'docs/guide/end.md', 'lib/a.js', 'both/c', 'Both/c'])(
  '%s is free',
  (path) => {
    expect(isOccupied(path)).toBe(false);
  },
);
