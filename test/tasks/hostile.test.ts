import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTasks } from '../../src/tasks/parse.js';

const repeat = (count: number, line: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => line(n)).join('');

/* Sizes at which anything quadratic takes minutes. */
test.each([
  [
    'as many wrong dependencies as tasks',
    `tasks:\n${repeat(3000, (n) => `  - {id: t${n}, title: x, depends_on: u${n}}\n`)}`,
  ],
  ['one task with 15,000 keys', `tasks:\n  - title: x\n${repeat(15_000, (n) => `    k${n}: 1\n`)}`],
  ['8,000 aliases', `a: &a x\ntasks:\n${repeat(8000, () => '  - *a\n')}`],
  [
    'one task that merges far too much',
    `m: &m {${repeat(5000, (n) => `k${n}: 1, `)}}\ntasks:\n${repeat(1000, () => '  - <<: *m\n')}`,
  ],
  ['40,000 files', `tasks:\n  - title: x\n    files: [${repeat(40_000, (n) => `f${n},`)}]\n`],
  ['a title of 2 MB', `tasks:\n  - title: "${'a b'.repeat(700_000)}"\n`],
  ['nothing but dashes', '- '.repeat(20_000)],
  ['nothing but question marks', '? '.repeat(20_000)],
])('%s', (_, text) => {
  const before = process.cpuUsage();
  const { tasks, problems } = parseTasks(text);
  expect(tasks.length + problems.length).toBeGreaterThan(0);
  expect(process.cpuUsage(before).user / 1000).toBeLessThan(5000);
});

test('whatever the text is, the answer is tasks or problems inside the text', () => {
  const piece = fc.constantFrom(
    'tasks:',
    '\n',
    '  ',
    '- ',
    'id: a',
    'title: x',
    '*a',
    '&a ',
    '<<: ',
    '[',
    ']',
    '{',
    '}',
    ',',
    '"',
    "'",
    '|',
    '>',
    '#',
    '!t ',
    '? ',
    ': ',
    '---',
    '...',
    '%',
    '\t',
    '\r\n',
    '\uFEFF',
    '\u0000',
    'depends_on: a',
    '~',
    'é',
    '\u{1F600}',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('');
      const lines = text.replace(/^\uFEFF/, '').split('\n');
      for (const { position, message } of parseTasks(text).problems) {
        expect(message).not.toBe('');
        expect(position.line).toBeLessThanOrEqual(lines.length);
        expect(position.column).toBeLessThanOrEqual((lines[position.line - 1]?.length ?? 0) + 1);
      }
    }),
    { numRuns: 1500 },
  );
});
