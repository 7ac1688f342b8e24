import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createConfigJsonSchema, findSchemaAt } from '../../src/config/json-schema.js';
import type { JsonSchema } from '../../src/config/json-schema.js';
import { parseConfig } from '../../src/config/parse-config.js';
import { configSchema } from '../../src/config/schema.js';
import { createTasksJsonSchema } from '../../src/tasks/json-schema.js';
import { parseTasks } from '../../src/tasks/parse.js';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test.each([
  ['schemas/nexus.schema.json', createConfigJsonSchema()],
  ['schemas/tasks.schema.json', createTasksJsonSchema()],
])('%s is what the code says (npm run build && node scripts/write-schemas.mjs)', (path, schema) => {
  expect(JSON.parse(read(path))).toEqual(schema);
});

test('every key has a description for editors', () => {
  const schema = createConfigJsonSchema();
  const keys = listKeys(schema);
  expect(keys.length).toBeGreaterThan(25);
  expect(keys.filter((path) => !findSchemaAt(schema, path.split('.'))?.description)).toEqual([]);
});

const example = read('.nexus.example.yml');

test('the example is valid and says the true defaults', () => {
  expect(parseConfig(example)).toEqual({ config: configSchema.parse({}), problems: [] });
});

test('the example shows every key: with its default, or behind a # where there is none', () => {
  const schema = createConfigJsonSchema();
  const lines = example.split('\n');
  const missing = listKeys(schema).filter((path) => {
    const keys = path.split('.');
    const indent = '  '.repeat(keys.length - 1);
    const hasDefault = findSchemaAt(schema, keys)?.default !== undefined;
    const start = `${indent}${hasDefault ? '' : '# '}${keys.at(-1)}:`;
    return !lines.some((line) => line.startsWith(start));
  });
  expect(missing).toEqual([]);
});

test('with its commented keys switched on the example is still valid', () => {
  const live = example.replaceAll(/^( *)# (url|base|link): /gm, '$1$2: ');
  const { config, problems } = parseConfig(live);
  expect(problems).toEqual([]);
  expect(config).toMatchObject({
    base: 'main',
    link: ['node_modules'],
    coder: { url: 'http://127.0.0.1:11434' },
  });
  const checks = example.match(/^#( {3}- run[^]*?|(?: {3}|- ).*)$/gm)?.map((line) => line.slice(1)) ?? [];
  expect(parseConfig(`checks:\n${checks.join('\n')}\n`)).toMatchObject({
    problems: [],
    config: {
      checks: [
        { run: 'npm test' },
        { name: 'unit tests', run: 'npm test', cwd: '.', paths: [], timeout: 600 },
      ],
    },
  });
});

test('the commented tasks of the starter file are valid', () => {
  const starter = read('templates/init/tasks.yml');
  expect(parseTasks(starter)).toEqual({ tasks: [], problems: [] });
  const sample = starter
    .split('\n')
    .filter((line) => /^# (tasks:| {2})|^#$/.test(line))
    .map((line) => line.slice(2))
    .join('\n');
  const { tasks, problems } = parseTasks(sample);
  expect(problems.map(({ message }) => message)).toEqual([
    "`depends_on` names 'add-users', which no task has.",
  ]);
  expect(tasks).toHaveLength(2);
});

/** Paths of all keys, `limits.steps`, without those inside list entries. */
function listKeys(schema: JsonSchema, base: readonly string[] = []): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, part]) => {
    const path = [...base, name];
    return [path.join('.'), ...listKeys(part, path)];
  });
}
