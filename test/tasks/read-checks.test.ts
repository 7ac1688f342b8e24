import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import { CHECK_KEYS } from '../../src/config/check-defaults.js';
import { configSchema, checkSchema } from '../../src/config/schema.js';
import { parseTasks } from '../../src/tasks/parse.js';

test('the keys of a check are those of the schema', () => {
  expect([...CHECK_KEYS]).toEqual(Object.keys(checkSchema.shape));
  expect(z.toJSONSchema(checkSchema, { io: 'input' }).additionalProperties).toBe(false);
});

test('tasks.yml accepts the checks that .nexus.yml accepts, with the same values, and no others', () => {
  const word = fc.constantFrom('npm test', 'x', './a/', 'a\\b', '..', '/x', '.git', '*.ts', 'ü');
  const value = fc.oneof(word, fc.constantFrom(0, 1, -1, 5.5, true), fc.array(word, { maxLength: 2 }));
  const check = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record(
        { run: word, name: word, cwd: word, paths: fc.array(word), timeout: fc.integer({ min: -1, max: 9 }) },
        { requiredKeys: ['run'] },
      ),
    },
    {
      weight: 1,
      arbitrary: fc.record({ run: value, cwd: value, timeout: value, other: value }, { requiredKeys: [] }),
    },
    { weight: 1, arbitrary: value },
  );
  let accepted = 0;
  fc.assert(
    fc.property(fc.array(check, { maxLength: 3 }), (checks) => {
      const { tasks, problems } = parseTasks(stringify({ tasks: [{ title: 'x', checks }] }));
      const result = configSchema.safeParse({ checks });
      expect(problems.length === 0).toBe(result.success);
      if (!result.success) return;
      accepted += checks.length;
      expect(tasks[0]?.checks).toEqual(result.data.checks);
    }),
    { numRuns: 400 },
  );
  expect(accepted).toBeGreaterThan(20);
});
