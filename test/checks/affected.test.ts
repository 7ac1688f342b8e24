import { expect, test } from 'vitest';

import { affectedChecks } from '../../src/checks/affected.js';
import { checkSchema } from '../../src/config/schema.js';

const check = (run: string, ...paths: string[]) => checkSchema.parse({ run, paths });
const checks = [
  check('always'),
  check('docs', 'docs/**', '*.md'),
  check('code', 'src/**/*.ts'),
  check('hidden', '**/*.yml'),
  check('dot', './docs/*.md'),
];

test.each([
  [['docs/a/b.md'], ['always', 'docs']],
  [['docs/a.md'], ['always', 'docs', 'dot']],
  [['README.md'], ['always', 'docs']],
  [['src/a.ts'], ['always', 'code']],
  [
    ['src/deep/er/a.ts', 'x'],
    ['always', 'code'],
  ],
  [['.github/workflows/ci.yml'], ['always', 'hidden']],
  [['src/a.js'], ['always']],
  [[], ['always']],
])('%j', (paths, expected) => {
  expect(affectedChecks(checks, paths).map(({ run }) => run)).toEqual(expected);
});
