import { expect, test } from 'vitest';
import type { DetectedCheck } from '../../src/config/detect-checks.js';
import { parseConfig } from '../../src/config/parse-config.js';
import { readStarterSchemas, renderStarterConfig, renderStarterTasks } from '../../src/config/starter.js';
import { parseTasks } from '../../src/tasks/parse.js';

const found = (kind: 'check' | 'setup', run: string, cwd = '.'): DetectedCheck => ({
  kind,
  run,
  cwd,
  paths: cwd === '.' ? [] : [`${cwd}/**`],
  because: 'test',
});

test('what was found stands in a valid configuration', () => {
  const text = renderStarterConfig({
    overseerModel: 'hf.co/some: odd $& name',
    coderModel: '7',
    checks: [found('setup', 'npm ci'), found('check', 'npm test'), found('check', 'go test ./...', 'a #b')],
  });
  const { config, problems } = parseConfig(text);
  expect(problems).toEqual([]);
  expect(config).toMatchObject({
    overseer: { model: 'hf.co/some: odd $& name' },
    coder: { model: '7' },
    setup: [{ run: 'npm ci' }],
    checks: [
      { run: 'npm test', cwd: '.' },
      { run: 'go test ./...', cwd: 'a #b', paths: ['a #b/**'] },
    ],
  });
  expect(text).not.toContain('{{');
});

test('where nothing was found a sample stands behind a #', () => {
  const text = renderStarterConfig({ overseerModel: 'a', coderModel: 'b', checks: [] });
  expect(text).toContain('\nchecks:\n  # - npm test\n');
  expect(parseConfig(text)).toMatchObject({ problems: [], config: { checks: [], setup: [] } });
});

test('the first tasks.yml is valid and empty', () => {
  expect(parseTasks(renderStarterTasks())).toEqual({ tasks: [], problems: [] });
});

test('both files name schemas that come with them', () => {
  const schemas = readStarterSchemas();
  const texts = [
    renderStarterConfig({ overseerModel: 'a', coderModel: 'b', checks: [] }),
    renderStarterTasks(),
  ];
  const named = texts.map((text) => /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)?.[1]);
  expect(named).toEqual([...schemas.keys()]);
  for (const text of schemas.values()) expect(JSON.parse(text)).toHaveProperty('title');
});
