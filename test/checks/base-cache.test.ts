import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import { loadBaseReport, saveBaseReport, type BaseKey } from '../../src/checks/base-cache.js';
import type { CheckReport, CheckResult } from '../../src/checks/check.js';
import type { CheckConfig } from '../../src/config/schema.js';

const TREE = 'a'.repeat(40);
const result: CheckResult = {
  name: 'tests',
  command: 'npm test',
  cwd: '.',
  outcome: 'failed',
  exitCode: 1,
  signal: undefined,
  durationMs: 12,
  output: 'ä\n',
};
const report: CheckReport = {
  tree: TREE,
  results: [
    result,
    { ...result, name: 'slow', outcome: 'timed-out', exitCode: undefined, signal: 'SIGTERM' },
  ],
  setupFailed: undefined,
};
const check: CheckConfig = { name: 'tests', run: 'npm test', cwd: '.', paths: [], timeout: 10 };

let commonDir: string;
let key: BaseKey;
beforeEach(() => {
  commonDir = mkdtempSync(path.join(tmpdir(), 'nexus-base-'));
  writeFileSync(path.join(commonDir, 'HEAD'), 'ref: refs/heads/main\n');
  key = { commonDir, tree: TREE, checks: [check], setup: [], link: undefined };
});
afterEach(() => rmSync(commonDir, { recursive: true, force: true }));

const folder = (): string => path.join(commonDir, 'nexus', 'base-checks');

test('a report comes back as it was kept', async () => {
  expect(await loadBaseReport(key)).toBeUndefined();
  await saveBaseReport(key, report);
  expect(await loadBaseReport(key)).toEqual(report);
  const again = { ...report, results: [result] };
  await saveBaseReport(key, again);
  expect(await loadBaseReport(key)).toEqual(again);
  expect(readdirSync(folder())).toHaveLength(1);
});

test.each<[string, Partial<BaseKey>]>([
  ['another tree', { tree: 'b'.repeat(40) }],
  ['another command', { checks: [{ ...check, run: 'npm run other' }] }],
  ['another folder', { checks: [{ ...check, cwd: 'sub' }] }],
  ['another timeout', { checks: [{ ...check, timeout: 11 }] }],
  ['one check more', { checks: [check, check] }],
  ['another setup', { setup: [check] }],
  ['other links', { link: [] }],
])('%s is another question', async (_, change) => {
  await saveBaseReport(key, report);
  expect(await loadBaseReport({ ...key, ...change })).toBeUndefined();
});

test('when a check runs again does not change what it says', async () => {
  await saveBaseReport(key, report);
  expect(await loadBaseReport({ ...key, checks: [{ ...check, paths: ['docs/**'] }] })).toEqual(report);
});

test('what tells of the machine is not kept', async () => {
  await saveBaseReport(key, { ...report, results: [{ ...result, outcome: 'could-not-run' }] });
  await saveBaseReport(key, { ...report, results: [], setupFailed: result });
  expect(await loadBaseReport(key)).toBeUndefined();
});

test('a damaged, foreign or newer file counts as not known, and is replaced', async () => {
  await saveBaseReport(key, report);
  const file = path.join(folder(), readdirSync(folder())[0] ?? '');
  const good = readFileSync(file, 'utf8');
  const damaged = [
    good.slice(0, 40),
    '',
    'null',
    good.replace('"version":1', '"version":2'),
    good.replaceAll(TREE, 'c'.repeat(40)),
    good.replace('"failed"', '"fine"'),
  ];
  for (const text of damaged) {
    writeFileSync(file, text);
    expect(await loadBaseReport(key)).toBeUndefined();
  }
  rmSync(file);
  mkdirSync(file);
  expect(await loadBaseReport(key)).toBeUndefined();
  rmSync(file, { recursive: true });
  writeFileSync(file, 'x');
  await saveBaseReport(key, report);
  expect(await loadBaseReport(key)).toEqual(report);
});

test('a report on another tree is a mistake that is told', async () => {
  await expect(saveBaseReport(key, { ...report, tree: 'x' })).rejects.toThrow('a report on x');
});
